"""The data of a run that is put away is asked again when somebody wants it, once for each request.

Store and cluster are in memory, as in `test_sql_asking.py`.
"""

from __future__ import annotations

import json

import pytest

from apps.jobs.checks.asking import ANSWER, numbered
from apps.jobs.ledger.bucket import Bucket
from apps.jobs.ledger.record import Cause
from apps.jobs.ledger.requests import CheckRequest, Requests
from apps.jobs.ledger.store import Ledger
from apps.jobs.worker.passing import Passing
from apps.jobs.worker.tracking import Tracking
from tests.apps.jobs.test_sql_asking import COUNTED, NOW, RUN, SERIES, World, go
from tests.apps.jobs.worlds import Fate, KilledError, Mortal, ran

SECOND = RUN.sql_check_again(2)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def worker(world: World) -> Tracking:
    """A worker whose run went well, was asked, and is put away."""
    made = world.worker()
    for name in (RUN.application, RUN.sql_check):
        world.cluster.drive(name, ran(0, message=COUNTED), "COMPLETED")
        go(world, made)
    assert world.marks == []
    return made


def request(n: int = 1) -> CheckRequest:
    series = {"namespace": SERIES.namespace, "job": SERIES.job, "interval": SERIES.interval}
    return CheckRequest(**series, n=n, number=2, by="ann", at=NOW)


def again(world: World, worker: Tracking, number: int = 2) -> bool:
    return worker.sql.is_asked_again(RUN, number, world.cluster.view(), world.now)


def test_a_run_that_is_put_away_is_asked_again_and_both_answers_are_kept(
    world: World, worker: Tracking
) -> None:
    assert not again(world, worker)
    assert not again(world, world.worker()), "another worker goes on with the same"
    assert world.cluster.made == {RUN.application: 1, RUN.sql_check: 1, SECOND: 1}
    world.cluster.drive(SECOND, ran(0, message=json.dumps({"answer": [[200, 0, 0]]})), "COMPLETED")
    assert again(world, worker)
    assert [world.beside(each)["counts"]["rows"]["broken"] for each in (ANSWER, numbered(ANSWER, 2))] == [
        3,
        0,
    ]
    assert again(world, world.worker()), "a request that was left by a crash is done"
    assert world.cluster.made[SECOND] == 1


def test_a_request_stays_in_the_inbox_until_it_is_answered(world: World, worker: Tracking) -> None:
    bucket = Bucket(world.store, "records")
    requests, ledger = Requests(bucket), Ledger(world.store, "records")
    asked = [request(), request(9)]
    for each in asked:
        requests.ask(each, each.name)
    passing = Passing(ledger, requests, None, worker, lambda: world.now)
    passing.run(world.cluster.view())
    assert [name for name, _ in requests.all()] == [asked[0].name], "there is no run 9"
    passing.run(world.cluster.view())
    assert world.cluster.made[SECOND] == 1
    assert {each.record.cause for each in ledger.runs()} == {Cause.SCHEDULE}, "what asks is nobody's run"
    world.cluster.drive(SECOND, ran(0, message=COUNTED), "COMPLETED")
    passing.run(world.cluster.view())
    assert list(requests.all()) == []


def test_data_of_a_run_that_did_not_go_well_is_not_asked_again(world: World) -> None:
    worker = world.worker()
    assert again(world, worker)
    assert SECOND not in world.cluster.made


def passing_of(world: World, fate: Fate) -> Passing:
    """A new process of the worker."""
    store = Mortal(world.store, fate)
    return Passing(
        Ledger(store, "records"),
        Requests(Bucket(store, "records")),
        None,
        world.worker(fate),
        lambda: world.now,
    )


@pytest.mark.parametrize("after", [False, True], ids=["before-it", "after-it"])
def test_a_worker_killed_at_every_step_asks_a_further_question_once(after: bool) -> None:
    deaths, at = 0, 1
    while True:
        world = World()
        settled = world.worker()
        for name in (RUN.application, RUN.sql_check):
            world.cluster.drive(name, ran(0, message=COUNTED), "COMPLETED")
            go(world, settled)
        requests = Requests(Bucket(world.store, "records"))
        requests.ask(request(), request().name)
        fate, passing = Fate(at=at, after=after), None
        for _ in range(6):
            try:
                passing = passing or passing_of(world, fate)
                passing.run(world.cluster.view())
            except KilledError:
                passing = None
            if SECOND in world.cluster.applications:
                world.cluster.drive(SECOND, ran(0, message=COUNTED), "COMPLETED")
        assert world.cluster.made[SECOND] == 1, f"killed at step {at}"
        assert world.beside(numbered(ANSWER, 2))["counts"]["rows"]["broken"] == 3
        assert list(requests.all()) == []
        if fate.steps < at:
            break
        deaths, at = deaths + 1, at + 1
    assert deaths >= 10

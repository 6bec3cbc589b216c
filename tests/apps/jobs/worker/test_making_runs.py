"""What Git, schedules and people ask for is made once, whatever becomes of worker and cluster."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from apps.jobs.ledger.identity import RunId, Series
from apps.jobs.ledger.record import Cause, Wanted
from apps.jobs.ledger.requests import RunRequest, StopRequest
from apps.jobs.runs.run import Run
from tests.apps.jobs.worlds import (
    KEEP_SECONDS,
    NAMESPACE,
    World,
    application,
    daily,
    once,
    ran,
    running,
)

pytestmark = [pytest.mark.apiserver, pytest.mark.store]


def test_a_definition_runs_once_whatever_becomes_of_worker_application_and_history(world: World) -> None:
    world.folder.put(orders=once("orders"))
    worker = world.worker()
    worker.go(5)
    (name,) = world.names()
    world.driver(name, ran(0))
    world.operator_says(name, "COMPLETED")
    worker.go(2)
    # Its time to live is over, another worker comes, commits change nothing, change it, take it back.
    world.deletes(name)
    other = world.worker()
    worker.go()
    other.go()
    first = (world.folder.folder / "orders.yaml").read_text()
    world.folder.put(orders=f"# a comment\n{first}")
    other.go(2)
    assert world.made == {name: 1}
    world.folder.put(orders=once("orders", arguments="b"))
    other.go(2)
    assert len(world.made) == 2
    for left in world.names():
        world.operator_says(left, "COMPLETED")
    other.go()
    world.folder.put(orders=first)
    other.go(2)
    world.worker().go(2)
    assert len(world.made) == 2
    assert {entry.status["phase"] for entry in world.entries()} == {"succeeded"}


def test_a_run_is_kept_for_a_while_after_its_end_and_for_as_long_as_its_definition_says(world: World) -> None:
    kept = once("kept").replace("spec: {", "spec: {timeToLiveSeconds: 60, ")
    world.folder.put(orders=once("orders"), kept=kept)
    world.worker().go(3)
    found = {name.partition("-")[0]: world.cluster.application((NAMESPACE, name)) for name in world.names()}
    lives = {job: made and made["spec"]["timeToLiveSeconds"] for job, made in found.items()}
    assert lives == {"orders": KEEP_SECONDS, "kept": 60}


def test_two_workers_at_once_make_one_run(world: World) -> None:
    world.folder.put(orders=once("orders"))
    workers = [world.worker(), world.worker()]
    for _ in range(3):
        for worker in workers:
            worker.go()
    (name,) = world.names()
    world.driver(name, ran(0))
    world.operator_says(name, "COMPLETED")
    for worker in workers:
        worker.go(2)
    assert world.made == {name: 1}
    assert [entry.status["phase"] for entry in world.entries()] == ["succeeded"]


def test_an_edit_while_a_run_is_under_way_waits_and_touches_nothing(world: World) -> None:
    world.folder.put(orders=once("orders"))
    worker = world.worker()
    worker.go()
    (name,) = world.names()
    world.driver(name, running())
    world.folder.put(orders=once("orders", arguments="b"))
    worker.go(3)
    assert world.names() == [name]
    world.driver(name, ran(0))
    world.operator_says(name, "COMPLETED")
    worker.go(2)
    assert len(world.names()) == 2


def test_a_cluster_that_is_rebuilt_from_git_and_bucket_reruns_nothing(world: World) -> None:
    world.folder.put(orders=once("orders"), nightly=daily("nightly"))
    world.worker().go()
    world.clock += timedelta(days=1)
    worker = world.worker()
    worker.go(2)
    for name in world.names():
        world.operator_says(name, "COMPLETED")
    worker.go(2)
    made = dict(world.made)
    world.clean()
    world.worker().go(3)
    assert world.made == made
    assert len(made) == 2


def test_a_schedule_runs_each_interval_once_with_its_own_dates(world: World) -> None:
    text = daily("nightly", arguments="'{{ interval.key }}', '{{ run.id }}'")
    world.folder.put(nightly=text)
    world.worker().go()
    assert world.entries() == []
    for day in (22, 23):
        world.clock = datetime(2026, 11, day, 0, 1, tzinfo=UTC)
        # Each minute another worker: what one has made the next one finds.
        world.worker().go(2)
        (name,) = [each for each in world.names() if world.made[each] and f"202611{day - 1}" in each]
        spec = world.live().applications[NAMESPACE, name]["spec"]
        assert spec["arguments"] == [f"2026-11-{day - 1}", name]
        world.operator_says(name, "COMPLETED")
        world.worker().go()
    assert [(each.record.interval, each.status["phase"]) for each in world.entries()] == [
        ("2026-11-21", "succeeded"),
        ("2026-11-22", "succeeded"),
    ]


def test_intervals_that_were_missed_are_in_the_list_with_their_reason(world: World) -> None:
    world.folder.put(nightly=daily("nightly"))
    world.worker().go()
    world.clock += timedelta(days=3)
    world.worker().go()
    runs = [Run.of(each.record, each.status) for each in world.entries()]
    assert [(run.interval, run.phase.value) for run in runs] == [
        ("2026-11-21", "skipped"),
        ("2026-11-22", "skipped"),
        ("2026-11-23", "queued"),
    ]
    assert "a later interval is run" in runs[0].reason


def test_a_person_who_asks_twice_for_a_run_gets_one_and_can_stop_it(world: World) -> None:
    wanted = Wanted(
        series=Series(namespace=NAMESPACE, job="orders"),
        key="request:1",
        cause=Cause.MANUAL,
        requester="ada",
        manifest=application("orders"),
    )
    for _ in range(2):
        world.requests.ask(RunRequest(wanted=wanted), "1")
        world.worker().go()
    (name,) = world.names()
    world.driver(name, running())
    worker = world.worker()
    worker.go()
    stop = StopRequest(namespace=NAMESPACE, job="orders", interval="once", n=1, by="grace", at=world.clock)
    world.requests.ask(stop)
    worker.go()
    world.driver(name, ran(143))
    worker.go(2)
    (entry,) = world.entries()
    run = Run.of(entry.record, entry.status)
    assert (run.phase.value, run.stopped_by, run.requester) == ("cancelled", "grace", "ada")
    assert (world.names(), list(world.requests.all()), world.made) == ([], [], {name: 1})


def test_a_name_that_is_taken_fails_the_run_and_leaves_the_other_alone(world: World) -> None:
    run = RunId(series=Series(namespace=NAMESPACE, job="orders"), n=1)
    other = application(run.application)
    other["spec"]["arguments"] = ["another's"]
    world.cluster.create(other)
    world.folder.put(orders=once("orders"))
    world.worker().go(2)
    (mine,) = [each for each in world.entries() if each.record.job == "orders"]
    assert (mine.status["phase"], mine.verdict is not None) == ("failed", True)
    assert world.live().applications[NAMESPACE, run.application]["spec"]["arguments"] == ["another's"]


def test_what_is_wrong_in_one_file_is_said_and_the_other_runs(world: World) -> None:
    world.folder.put(orders=once("orders"), wrong=once("wrong").replace("data-dev", "kube-system"))
    worker = world.worker()
    worker.go()
    assert [each.record.job for each in world.entries()] == ["orders"]
    (fault,) = worker.following.state.faults
    assert (fault.path, fault.line, "must be one of data-dev" in fault.message) == ("wrong.yaml", 3, True)

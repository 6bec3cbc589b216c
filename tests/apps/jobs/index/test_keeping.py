"""The index follows the worker, which never waits for it, and catches up after the database was away."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, inspect, text

from apps.jobs.index.keeping import Keeper
from apps.jobs.index.migrating import head, migrate
from apps.jobs.index.reading import Reader
from apps.jobs.index.writing import write
from apps.jobs.ledger.store import Ledger
from apps.jobs.runs.phase import Phase
from apps.jobs.runs.run import Run
from components.object_store.policies import ADMIN_ACCOUNT
from tests.apps.jobs.index.samples import NOW, a_run
from tests.apps.jobs.index.test_rebuilding import BUCKET, claim, one
from tests.store.gateway import Gateway
from tests.support.postgres import Postgres

pytestmark = pytest.mark.store


@pytest.fixture
def ledger(gateway: Gateway) -> Ledger:
    client: Any = gateway.client(ADMIN_ACCOUNT)
    client.create_bucket(Bucket=BUCKET)
    return Ledger(client, BUCKET, clock=lambda: NOW)


@pytest.fixture
def keeping(ledger: Ledger) -> Iterator[Callable[[Engine], Keeper]]:
    made: list[Keeper] = []

    def make(engine: Engine) -> Keeper:
        pauses = {"again": timedelta(milliseconds=50), "look": timedelta(milliseconds=200)}
        made.append(Keeper(engine, ledger, **pauses))
        made[-1].start()
        return made[-1]

    yield make
    for keeper in made:
        keeper.end()


def until(what: str, ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not ready():
        assert time.monotonic() < deadline, f"{what}: not within 30 s"
        time.sleep(0.02)


def read(engine: Engine, run: Run) -> Run | None:
    return Reader(engine, {run.namespace}).run(run.run)


def test_it_begins_with_an_index_that_equals_the_ledger(
    empty: Engine, ledger: Ledger, keeping: Callable[[Engine], Keeper]
) -> None:
    """Also after an end between the ledger's write and the index's."""
    run = one(ledger, claim(ledger, "orders", 1))
    migrate(empty)
    write(empty, [run.model_copy(update={"phase": Phase.RUNNING}), a_run(job="nobodys", day=None)])
    keeping(empty)
    until("the row is right", lambda: read(empty, run) == run)
    until("the other row is gone", lambda: read(empty, a_run(job="nobodys", day=None)) is None)


def test_each_step_in_the_ledger_is_noted_and_at_the_end_all_of_it_is_written(
    index: Engine, gateway: Gateway, ledger: Ledger, keeping: Callable[[Engine], Keeper]
) -> None:
    keeper = keeping(index)
    noting = Ledger(gateway.client(ADMIN_ACCOUNT), BUCKET, clock=lambda: NOW, changed=keeper.note)
    record = claim(noting, "orders", 1)
    until("a claim is a row", lambda: read(index, one(ledger, record)) is not None)
    mark = ""
    for phase in (Phase.QUEUED, Phase.RUNNING):
        mark = noting.set_status(record.run, {"phase": phase}, mark)
    until("it is written", lambda: read(index, one(ledger, record)) == one(ledger, record))
    noting.add(record.run, "driver.log.gz", b"")
    more = [claim(noting, "orders", day) for day in range(2, 10)]
    keeper.end(60)
    assert keeper.waiting == 0
    assert one(ledger, record).kept == ("driver.log.gz",)
    for each in (record, *more):
        assert read(index, one(ledger, each)) == one(ledger, each)


def test_runs_that_go_on_while_the_database_is_away_are_there_when_it_is_back(
    ledger: Ledger, keeping: Callable[[Engine], Keeper], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    first, second = (claim(ledger, "orders", day) for day in (1, 2))
    mark = ledger.set_status(first.run, {"phase": Phase.RUNNING}, "")
    server = Postgres()
    server.start()
    try:
        engine = server.create("jobs")
        keeper = keeping(engine)
        keeper.note(first.run)
        until("it is written", lambda: keeper.waiting == 0)
        server.kill()
        ledger.set_status(first.run, {"phase": Phase.FAILED}, mark)
        began = time.monotonic()
        for run in (first.run, first.run, second.run):
            keeper.note(run)
        assert time.monotonic() - began < 1, "the worker waits for nothing"
        until("it says so", lambda: keeper.behind > 0)
        assert keeper.waiting == 2
        server.start()
        until("it caught up", lambda: keeper.waiting == 0 and keeper.behind == 0)
        for record in (first, second):
            assert read(engine, one(ledger, record)) == one(ledger, record)
        assert one(ledger, first).phase == Phase.FAILED
        keeper.end()
        engine.dispose()
    finally:
        server.remove()
    ours = [each for each in caplog.records if each.name == "apps.jobs.index.keeping"]
    said = [each.getMessage() for each in ours if each.levelno == logging.WARNING]
    assert len(said) == 1, "once, however often it tries"
    assert "runs behind" in said[0]
    assert any("kept again" in each.getMessage() for each in ours)


def test_a_database_that_has_lost_everything_is_made_again(
    empty: Engine, ledger: Ledger, keeping: Callable[[Engine], Keeper]
) -> None:
    first, second = (one(ledger, claim(ledger, "orders", day)) for day in (1, 2))
    keeper = keeping(empty)
    until("it is made", lambda: inspect(empty).has_table("runs") and read(empty, first) == first)
    migrate(empty, to="base")
    keeper.note(second.run)
    until("it is made again", lambda: inspect(empty).has_table("runs") and read(empty, first) == first)
    until("what was noted is written", lambda: keeper.waiting == 0)
    assert read(empty, second) == second


def test_a_database_that_is_emptied_while_nothing_runs_is_made_again(
    empty: Engine, ledger: Ledger, keeping: Callable[[Engine], Keeper]
) -> None:
    run = one(ledger, claim(ledger, "orders", 1))
    keeping(empty)
    until("it is made", lambda: inspect(empty).has_table("runs") and read(empty, run) == run)
    migrate(empty, to="base")
    until("it is made again", lambda: inspect(empty).has_table("runs") and read(empty, run) == run)


def test_an_index_of_a_later_release_is_left_alone_and_told(
    empty: Engine, keeping: Callable[[Engine], Keeper], caplog: pytest.LogCaptureFixture
) -> None:
    migrate(empty)
    with empty.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    keeper = keeping(empty)
    until("it says so", lambda: keeper.behind > 0)
    assert "9999" in caplog.text
    with empty.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": head()})
    until("it goes on", lambda: keeper.behind == 0)

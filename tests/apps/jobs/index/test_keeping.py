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
from apps.jobs.index.migrating import migrate
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
        made.append(Keeper(engine, ledger, again=timedelta(milliseconds=50)))
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


def test_what_is_noted_is_written_and_at_the_end_all_of_it(
    index: Engine, keeping: Callable[[Engine], Keeper]
) -> None:
    keeper = keeping(index)
    for phase in (Phase.QUEUED, Phase.RUNNING):
        keeper.note(a_run(phase=phase))
    until("it is written", lambda: keeper.waiting == 0)
    for day in range(1, 10):
        keeper.note(a_run(day=day))
    keeper.end()
    assert keeper.waiting == 0
    assert read(index, a_run()) == a_run(phase=Phase.RUNNING)
    assert all(read(index, a_run(day=day)) for day in range(1, 10))


def test_runs_that_go_on_while_the_database_is_away_are_there_when_it_is_back(
    keeping: Callable[[Engine], Keeper], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    server = Postgres()
    server.start()
    try:
        engine = server.create("jobs")
        keeper = keeping(engine)
        keeper.note(a_run(phase=Phase.RUNNING))
        until("it is written", lambda: keeper.waiting == 0)
        server.kill()
        began = time.monotonic()
        for run in (a_run(phase=Phase.FAILED), a_run(), a_run(day=2)):
            keeper.note(run)
        assert time.monotonic() - began < 1, "the worker waits for nothing"
        until("it says so", lambda: keeper.behind > 0)
        assert keeper.waiting == 2
        server.start()
        until("it caught up", lambda: keeper.waiting == 0 and keeper.behind == 0)
        assert read(engine, a_run()) == a_run()
        assert read(engine, a_run(day=2)) == a_run(day=2)
        keeper.end()
        engine.dispose()
    finally:
        server.remove()
    ours = [each for each in caplog.records if each.name == "apps.jobs.index.keeping"]
    said = [each.getMessage() for each in ours if each.levelno == logging.WARNING]
    assert len(said) == 1, "once, however often it tries"
    assert "2 runs behind" in said[0]
    assert any("kept again" in each.getMessage() for each in ours)


def test_a_database_that_has_lost_everything_is_made_again(
    empty: Engine, ledger: Ledger, keeping: Callable[[Engine], Keeper]
) -> None:
    first, second = (one(ledger, claim(ledger, "orders", day)) for day in (1, 2))
    keeper = keeping(empty)
    until("it is made", lambda: inspect(empty).has_table("runs") and read(empty, first) == first)
    migrate(empty, to="base")
    keeper.note(second)
    until("it is made again", lambda: inspect(empty).has_table("runs") and read(empty, first) == first)
    until("what was noted is written", lambda: keeper.waiting == 0)
    assert read(empty, second) == second


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
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    until("it goes on", lambda: keeper.behind == 0)

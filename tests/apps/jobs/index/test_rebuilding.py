"""The index is made again from the real bucket, equal row by row to what was written as the runs went on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random
from threading import Event
from typing import Any

import pytest
from sqlalchemy import Engine, delete, select

from apps.jobs.index.rebuilding import is_built, rebuild, runs_of
from apps.jobs.index.rows import COLUMNS
from apps.jobs.index.schema import RUNS
from apps.jobs.index.writing import write
from apps.jobs.ledger.identity import Series
from apps.jobs.ledger.record import Cause, Record, Wanted
from apps.jobs.ledger.store import VERDICT, Entry, Ledger, LedgerError
from apps.jobs.runs.outcome import CHECKS, COST
from apps.jobs.runs.phase import Phase
from apps.jobs.runs.run import Run
from components.object_store.policies import ADMIN_ACCOUNT
from tests.apps.jobs.index.samples import DAY, NOW, a_run
from tests.store.gateway import Gateway

pytestmark = pytest.mark.store

BUCKET = "records"
VERDICTS = {"code": "DATA_ERROR", "sentence": "Bad \0 value", "confidence": "certain", "fingerprint": "f1"}
COSTS = {"core_hours": 1.25, "dollars": "0.06875", "source": "prices of 2026-11-01"}


@pytest.fixture
def client(gateway: Gateway) -> Any:
    found = gateway.client(ADMIN_ACCOUNT)
    found.create_bucket(Bucket=BUCKET)
    return found


@pytest.fixture
def ledger(client: Any) -> Ledger:
    return Ledger(client, BUCKET, clock=lambda: NOW)


def claim(
    ledger: Ledger, job: str, day: int, *, namespace: str = "data-dev", key: str = "schedule"
) -> Record:
    start = NOW.replace(day=day, hour=0)
    wanted = Wanted(
        series=Series(namespace=namespace, job=job, interval=f"{start:%Y-%m-%d}"),
        key=key,
        cause=Cause.SCHEDULE if key == "schedule" else Cause.MANUAL,
        start=start,
        end=start + DAY,
        commit="c0ffee",
        owner="team-orders",
        manifest={"kind": "SparkApplication", "spec": {}},
    )
    return ledger.claim(wanted).record


def live(ledger: Ledger, index: Engine, runs: int) -> None:
    """Runs as the worker has them go on: each step into the ledger, and then into the index."""
    chance = Random(14)
    for each in range(runs):
        namespace = ("data", "data-dev")[each % 2]
        record = claim(ledger, f"job-{each % 5}", 1 + each % 19, namespace=namespace, key=f"request:{each}")
        mark = ""
        for phase in (Phase.QUEUED, Phase.RUNNING, chance.choice([Phase.SUCCEEDED, Phase.FAILED]))[
            : chance.randrange(4)
        ]:
            times = {"created": NOW, "started": NOW + timedelta(microseconds=each)}
            status = {"phase": phase, "times": times, "uid": f"uid-{each}", "executors": each}
            mark = ledger.set_status(record.run, json.loads(json.dumps(status, default=str)), mark)
            write(index, [one(ledger, record)])
            if phase is Phase.FAILED:
                ledger.add(record.run, VERDICT, json.dumps(VERDICTS).encode())
                ledger.add(record.run, "driver.log.gz", b"")
                ledger.add(record.run, CHECKS, b'{"passed": 3, "failed": 1, "first": "no rows"}')
            if phase is Phase.SUCCEEDED:
                ledger.add(record.run, COST, json.dumps(COSTS).encode())
        write(index, [one(ledger, record)])


def one(ledger: Ledger, record: Record) -> Run:
    return next(run for run in runs_of(ledger, record.series) if run.n == record.n)


def contents(index: Engine) -> list[dict[str, Any]]:
    """Every column but the one that says when the row was written, what is computed among them."""
    with index.connect() as connection:
        rows = connection.execute(select(RUNS).order_by(*RUNS.primary_key)).mappings()
        return [{str(key): value for key, value in row.items() if key != "written"} for row in rows]


def test_a_rebuilt_index_is_row_by_row_the_one_that_was_written_live(
    ledger: Ledger, index: Engine, another: Engine
) -> None:
    live(ledger, index, 40)
    written = contents(index)
    assert {row["phase"] for row in written} == {"planned", "queued", "running", "succeeded", "failed"}
    assert {row["code"] for row in written} == {None, "DATA_ERROR"}
    assert {str(row["dollars"]) for row in written} == {"None", "0.06875"}
    assert not is_built(another)
    done = rebuild(another, ledger)
    assert (done.runs, done.removed) == (40, 0)
    assert contents(another) == written
    assert is_built(another)


def test_a_rebuild_of_what_is_right_changes_nothing(ledger: Ledger, index: Engine) -> None:
    live(ledger, index, 5)
    with index.connect() as connection:
        before = connection.execute(select(RUNS.c.written).order_by(*RUNS.primary_key)).all()
    rebuild(index, ledger)
    with index.connect() as connection:
        assert connection.execute(select(RUNS.c.written).order_by(*RUNS.primary_key)).all() == before


def test_a_rebuild_mends_what_is_wrong_missing_or_of_no_record(ledger: Ledger, index: Engine) -> None:
    live(ledger, index, 6)
    right = contents(index)
    with index.begin() as connection:
        first = connection.execute(select(RUNS.c.uid).order_by(RUNS.c.uid.desc()).limit(1)).scalar_one()
        connection.execute(delete(RUNS).where(RUNS.c.uid == first))
        connection.execute(RUNS.update().values(reason="of another time"))
    write(index, [a_run(job="nobodys", day=None)])
    done = rebuild(index, ledger)
    assert (done.runs, done.removed) == (6, 1)
    assert contents(index) == right


def test_what_is_written_while_it_is_rebuilt_is_newer_and_stays(ledger: Ledger, index: Engine) -> None:
    """A run that ends, and one that is claimed, after the rebuild has read the ledger."""
    old = claim(ledger, "orders", 1)
    write(index, [one(ledger, old)])
    began, went_on = Event(), Event()

    class Slow:
        """Gives what it read, after a while."""

        def __getattr__(self, name: str) -> Any:
            return getattr(ledger, name)

        def runs(self, _: object) -> Iterator[Entry]:
            entries = list(ledger.runs())
            began.set()
            assert went_on.wait(20)
            yield from entries

    with ThreadPoolExecutor(1) as pool:
        rebuilding = pool.submit(rebuild, index, Slow())  # type: ignore[arg-type]
        assert began.wait(20)
        ledger.set_status(old.run, {"phase": "succeeded"}, "")
        new = claim(ledger, "orders", 2)
        write(index, [one(ledger, old), one(ledger, new)])
        went_on.set()
        assert rebuilding.result().removed == 0
    assert [(row["interval"], row["phase"]) for row in contents(index)] == [
        ("2026-11-01", "succeeded"),
        ("2026-11-02", "planned"),
    ]


def test_two_rebuilds_at_once_come_to_the_same(ledger: Ledger, index: Engine, another: Engine) -> None:
    live(ledger, another, 10)
    with ThreadPoolExecutor(2) as pool:
        assert [done.runs for done in pool.map(lambda _: rebuild(index, ledger), range(2))] == [10, 10]
    assert contents(index) == contents(another)


def test_a_record_that_can_not_be_read_ends_a_rebuild_before_anything_is_removed(
    ledger: Ledger, index: Engine, client: Any
) -> None:
    record = claim(ledger, "orders", 1)
    write(index, [a_run(job="nobodys", day=None)])
    client.put_object(Bucket=BUCKET, Key=f"{record.run.prefix}record.json", Body=b"{}")
    with pytest.raises(LedgerError):
        rebuild(index, ledger)
    assert [row["job"] for row in contents(index)] == ["nobodys"]
    assert not is_built(index)
    # The lock is free again.
    client.delete_object(Bucket=BUCKET, Key=f"{record.run.prefix}record.json")
    assert rebuild(index, ledger).removed == 1


def test_all_columns_are_compared(index: Engine) -> None:
    write(index, [a_run()])
    assert set(contents(index)[0]) >= {str(RUNS.c[name].name) for name in COLUMNS}

"""A job has one account, whatever its programs call themselves, and a ledger of before goes on as jobs'."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from apps.history_exporter.job import JOB, SCHEDULE
from apps.history_exporter.ledger import BUCKETS, OTHER, Ledger
from apps.history_exporter.runs import COUNTED, Owner, summed
from tests.apps.history_exporter.test_ledger import STAGE, START, TEAMS, Clock, end, opened, rows, shown


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.json"


def count(ledger: Ledger, run: str, *, name: str, properties: Mapping[str, str]) -> None:
    listed = end(run, START, name=name)
    stage = {**STAGE, "inputRecords": 100}
    ledger.add(listed, summed(listed, properties, [stage], failed_jobs=0, teams=TEAMS))


def of(job: str) -> Owner:
    return Owner(namespace="data-dev", job=job, team="data")


def test_a_program_that_has_the_day_in_its_name_is_one_job(path: Path) -> None:
    ledger = opened(path, Clock(), names=3)
    for day in range(1, 10):
        count(ledger, f"app-{day}", name=f"orders-2026-11-0{day}", properties={JOB: "orders"})
    assert rows(ledger, of("orders")) == 900
    assert set(ledger.accounts) == {of("orders")}, "no name is used up by it"


def test_two_jobs_of_a_namespace_that_call_themselves_alike_are_two(path: Path) -> None:
    ledger = opened(path, Clock())
    count(ledger, "app-1", name="etl", properties={JOB: "orders"})
    count(ledger, "app-2", name="etl", properties={SCHEDULE: "Clicks.Daily"})
    assert (rows(ledger, of("orders")), rows(ledger, of("clicks-daily"))) == (100, 100)


def account(last: float, *, number: int, reached: float | None = None, **more: Any) -> dict[str, Any]:
    """An account as the releases that counted by program's name wrote it, of so many runs of a minute."""
    return {
        "born": START + last,
        "last": START + last,
        "counted": dict.fromkeys(COUNTED, 100 * number),
        "completed": number,
        "failed": 1,
        "buckets": [0, number + 1, *[0] * (len(BUCKETS) - 1)],
        "seconds": 60.0 * (number + 1),
        "data_interval_end": reached,
        "core_seconds": 240.0 * number,
        "last_seconds": 60.0 + last,
        "last_tail": [1.0, 2.0, 3.0 + last],
        "data_max_age": 3600.0,
        **more,
    }


def written(path: Path, accounts: Iterable[tuple[str, dict[str, Any]]]) -> None:
    """Write a ledger as those releases did."""
    content = {
        "format": 1,
        "begun": START - 100,
        "newestEnd": START,
        "seen": {"spark-1": START},
        "tries": {"spark-2": 3},
        "accounts": [
            {"owner": {"namespace": "data-dev", "app": app, "team": "data"}, "account": each}
            for app, each in accounts
        ],
    }
    path.write_text(json.dumps(content))


def test_the_names_of_before_go_on_as_one_account_of_their_job(path: Path) -> None:
    days = (
        ("orders-2", account(20, number=4, reached=START, last_name="orders-run-2", last_job="orders")),
        ("orders-1", account(10, number=3, last_name="orders-run-1", last_job="orders")),
    )
    written(path, days)
    clock = Clock()
    ledger = opened(path, clock)
    (found,) = ledger.accounts.values()
    assert set(ledger.accounts) == {of("orders")}
    assert found.counted == dict.fromkeys(COUNTED, 700)
    assert (found.completed, found.failed, found.seconds, found.core_seconds) == (7, 2, 540, 1680)
    assert found.buckets[:3] == [0, 9, 0]
    assert (found.born, found.last, found.last_name) == (START + 10, START + 20, "orders-run-2")
    assert (found.last_seconds, found.last_tail) == (80, [1, 2, 23]), "those of the newest run"
    assert found.data_interval_end == START


def test_what_was_counted_before_is_shown_at_once_and_counts_no_second_time(path: Path) -> None:
    written(path, [("etl", account(-3600, number=3, last_name="orders-1", last_job="orders"))])
    ledger = opened(path, Clock())
    assert ledger.unseen([end("spark-1", START)]) == []
    assert (ledger.begun, ledger.newest_end, ledger.tries) == (START - 100, START, {"spark-2": 3})
    (number,) = (v for k, v in shown(ledger, Clock(), announce=65).items() if "input_records_total" in k)
    assert number == 300, "zeros first would be an increase of what was counted long ago"


def test_an_account_of_before_without_a_known_job_goes_on_by_its_name_as_jobs_are_called(path: Path) -> None:
    written(path, [("Orders_EU", account(0, number=1)), (OTHER, account(0, number=2, last_job="orders"))])
    ledger = opened(path, Clock())
    assert set(ledger.accounts) == {of("orders-eu"), of(OTHER)}, "what was beyond the bound is no job's"


def test_a_ledger_of_before_is_written_anew_and_read_again_alike(path: Path) -> None:
    written(path, [("etl", account(0, number=3, last_name="orders-1", last_job="orders"))])
    first = opened(path, Clock())
    first.save()
    assert json.loads(path.read_text())["format"] == 2
    assert opened(path, Clock()).accounts == first.accounts

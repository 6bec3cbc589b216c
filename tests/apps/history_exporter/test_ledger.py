"""The history exporter's ledger: each run counts once, whatever happens to the process, and nothing grows."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from apps.history_exporter.job import DRIVER_POD, JOB, RUN_NAME, SCHEDULE
from apps.history_exporter.ledger import OTHER, OVERLAP_SECONDS, Ledger, LedgerError
from apps.history_exporter.listing import SKEW_SECONDS, Ended, UnusableError
from apps.history_exporter.metrics import Health, LedgerCollector, Shown
from apps.history_exporter.runs import (
    COUNTED,
    Owner,
    Run,
    moment,
    owner,
    summed,
)

DAY = 24 * 3600.0
START = 1_000_000_000.0
ETL = Owner(namespace="data-dev", job="etl", team="data")


class Clock:
    """A clock that only tests move."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.json"


def opened(path: Path, clock: Clock, *, names: int = 3) -> Ledger:
    return Ledger(path, now=clock, names=names, forget_seconds=30 * DAY)


def end(run: str, at: float, *, name: str = "etl", namespace: str = "data-dev") -> Ended:
    return Ended(run=run, namespace=namespace, name=name, started=at - 60, ended=at)


def run(at: float, *, of: Owner = ETL, rows: int = 100, seconds: float = 60, failed: bool = False) -> Run:
    counted = {**dict.fromkeys(COUNTED, 0), "input_records": rows}
    return Run(owner=of, seconds=seconds, ended=at, failed=failed, counted=counted, data_interval_end=None)


def rows(ledger: Ledger, of: Owner = ETL) -> int:
    return ledger.accounts[of].counted["input_records"]


def test_a_run_that_is_listed_again_and_again_counts_once(path: Path, clock: Clock) -> None:
    ledger = opened(path, clock)
    listed = [end("app-1", START + 60)]
    (new,) = ledger.unseen(listed)
    ledger.add(new, run(START + 60))
    assert ledger.unseen(listed) == []


def test_what_was_saved_is_there_after_a_restart_and_counts_no_second_time(path: Path, clock: Clock) -> None:
    before = opened(path, clock)
    before.add(end("app-1", START + 60), run(START + 60))
    before.save()
    clock.now += 3600
    after = opened(path, clock)
    assert rows(after) == 100
    assert after.unseen([end("app-1", START + 60)]) == []


def test_what_ended_while_nobody_looked_is_counted_after_the_restart(path: Path, clock: Clock) -> None:
    opened(path, clock).save()
    clock.now += 3600
    after = opened(path, clock)
    missed = end("app-2", START + 1800)
    assert after.unseen([missed]) == [missed]


def test_a_process_that_dies_before_it_saved_has_shown_nothing_and_counts_the_run_again(
    path: Path, clock: Clock
) -> None:
    first = opened(path, clock)
    first.save()
    first.add(end("app-1", START + 60), run(START + 60))
    second = opened(path, clock)
    assert second.accounts == {}, "what was never written was never shown"
    assert second.unseen([end("app-1", START + 60)]), "so it has to be counted now"


def test_a_new_ledger_begins_now_and_not_with_the_history_of_a_month(path: Path, clock: Clock) -> None:
    ledger = opened(path, clock)
    assert ledger.unseen([end("old", START - 1)]) == []
    assert ledger.since == START


def test_a_run_that_is_listed_late_is_still_counted(path: Path, clock: Clock) -> None:
    ledger = opened(path, clock)
    clock.now += DAY
    ledger.add(end("app-2", START + DAY), run(START + DAY))
    late = end("app-1", START + 60)
    assert ledger.unseen([late]) == [late], "its log was read after that of a later run"


def test_ids_are_forgotten_once_the_server_is_not_asked_for_them_any_more(path: Path, clock: Clock) -> None:
    ledger = opened(path, clock)
    for number in range(100):
        clock.now = START + number * DAY
        ledger.add(end(f"app-{number}", clock.now), run(clock.now))
    clock.now += DAY
    ledger.save()
    assert len(json.loads(path.read_text())["seen"]) == 2, "a day's, and the newest"
    assert ledger.since == START + 99 * DAY - OVERLAP_SECONDS


def test_jobs_beyond_the_bound_share_an_account(path: Path, clock: Clock) -> None:
    ledger = opened(path, clock, names=2)
    for number in range(10):
        ledger.add(end(f"app-{number}", START + 1), run(START + 1, of=replace(ETL, job=f"etl-{number}")))
    assert {each.job for each in ledger.accounts} == {"etl-0", "etl-1", OTHER}
    assert rows(ledger, replace(ETL, job=OTHER)) == 800, "nothing is lost by it"


def test_a_job_that_never_runs_again_goes(path: Path, clock: Clock) -> None:
    ledger = opened(path, clock)
    ledger.add(end("app-1", START + 1), run(START + 1))
    clock.now += 31 * DAY
    ledger.save()
    assert ledger.accounts == {}


def test_a_damaged_ledger_is_named_and_never_overwritten(path: Path, clock: Clock) -> None:
    path.write_text("{")
    with pytest.raises(LedgerError, match=r"ledger\.json can't be read.*move it away"):
        opened(path, clock)
    assert path.read_text() == "{"


def test_a_folder_in_the_place_of_a_ledger_is_named(clock: Clock) -> None:
    with pytest.raises(LedgerError, match=r"^/ can't be read"):
        opened(Path("/"), clock)


def test_a_ledger_of_another_format_is_refused(path: Path, clock: Clock) -> None:
    path.write_text(json.dumps({"format": 99}))
    with pytest.raises(LedgerError, match="format 99"):
        opened(path, clock)


def shown(ledger: Ledger, clock: Clock, *, announce: float = 0) -> dict[str, float]:
    """Every sample that Prometheus would read, by name and labels."""
    collector = LedgerCollector(Health(), announce_seconds=announce, now=clock)
    collector.shown = Shown(ledger.accounts, ledger.newest_end)
    registry = CollectorRegistry()
    registry.register(collector)
    text = generate_latest(registry).decode()
    return {
        f"{sample.name}{sorted(sample.labels.items())}": sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_a_new_account_shows_zeros_first_or_its_first_run_would_never_show_in_a_rate(
    path: Path, clock: Clock
) -> None:
    ledger = opened(path, clock)
    ledger.add(end("app-1", START), run(START))
    (before,) = (v for k, v in shown(ledger, clock, announce=65).items() if "input_records_total" in k)
    clock.now += 65
    (after,) = (v for k, v in shown(ledger, clock, announce=65).items() if "input_records_total" in k)
    assert (before, after) == (0, 100)


def test_the_last_end_of_each_job_is_shown_beside_the_newest_of_all(path: Path, clock: Clock) -> None:
    ledger = opened(path, clock)
    ledger.add(end("app-1", START), run(START))
    clock.now += 60
    ledger.add(end("app-2", START + 60), None)
    ends = {k.split("[")[0]: v for k, v in shown(ledger, clock).items() if "_end_timestamp" in k}
    assert ends["spark_history_app_last_end_timestamp_seconds"] == START
    assert ends["spark_history_newest_end_timestamp_seconds"] == START + 60, "it was counted, if not read"


def test_durations_are_a_histogram_that_prometheus_accepts(path: Path, clock: Clock) -> None:
    ledger = opened(path, clock)
    for seconds in (10, 30, 31, 700, 200_000):
        ledger.add(end(f"app-{seconds}", START), run(START, seconds=seconds))
    found = shown(ledger, clock)
    buckets = {k.split("'le', '")[1].split("'")[0]: v for k, v in found.items() if "_bucket" in k}
    assert buckets["30"] == 2, "an upper bound is part of its bucket"
    assert buckets["60"] == 3
    assert buckets["1200"] == 4
    assert buckets["86400"] == 4
    assert buckets["+Inf"] == 5
    assert list(buckets.values()) == sorted(buckets.values()), "cumulated"


def test_no_sample_names_a_run(path: Path, clock: Clock) -> None:
    ledger = opened(path, clock)
    ledger.add(end("spark-0123456789abcdef", START), run(START))
    assert not [key for key in shown(ledger, clock) if "0123456789abcdef" in key]


def test_outcomes_are_counted_apart(path: Path, clock: Clock) -> None:
    ledger = opened(path, clock)
    ledger.add(end("a", START), run(START))
    ledger.add(end("b", START), run(START, failed=True))
    found = {k: v for k, v in shown(ledger, clock).items() if "apps_finished_total" in k}
    assert sorted(found.values()) == [1, 1]


PROPERTIES = {
    "spark.kubernetes.namespace": "data-dev",
    "spark.kubernetes.driver.label.team": "forged",
    "spark.kubernetes.driver.label.sparkoperator.k8s.io/app-name": "nightly-1732449600000000000",
    "spark.kubernetes.driver.label.sparkoperator.k8s.io/scheduled-app-name": "nightly",
}
TEAMS = {"data-dev": "data"}


def test_namespace_and_team_are_those_of_the_logs_folder_whatever_a_job_says() -> None:
    forged = PROPERTIES | {"spark.kubernetes.namespace": "science-dev"}
    assert owner(end("a", START, name="x"), forged, TEAMS) == Owner(
        namespace="data-dev", job="nightly", team="data"
    )


STAGE: dict[str, Any] = dict.fromkeys(COUNTED.values(), 0)


@pytest.mark.parametrize(
    ("properties", "name", "job"),
    [
        (PROPERTIES, "nightly-1732449600000000000", "nightly"),
        ({RUN_NAME: "orders-7", JOB: "orders", SCHEDULE: "nightly"}, "orders-7", "orders"),
        ({DRIVER_POD: "orders-0123456789abcdef-driver"}, "orders", "orders"),
        ({DRIVER_POD: "made-by-hand"}, "flights", "flights"),
        ({}, "flights", "flights"),
    ],
)
def test_the_newest_run_is_told_by_the_name_of_its_pods_whatever_the_program_calls_itself(
    properties: dict[str, str], name: str, job: str, path: Path, clock: Clock
) -> None:
    listed = end("a", START, name="flights")
    ledger = opened(path, clock)
    ledger.add(listed, summed(listed, properties, [STAGE], failed_jobs=0, teams=TEAMS))
    ledger.save()
    (told,) = [key for key in shown(opened(path, clock), clock) if "newest_run" in key]
    assert f"('run', '{name}'), ('spark_job', '{job}')" in told


def test_stages_are_summed_and_failed_attempts_count_as_work_done() -> None:
    stages = [{**STAGE, "inputRecords": 5, "shuffleReadBytes": 7}, {**STAGE, "inputRecords": 1}]
    found = summed(end("a", START), PROPERTIES, stages, failed_jobs=1, teams=TEAMS)
    assert found.counted["input_records"] == 6
    assert found.counted["shuffle_read_bytes"] == 7
    assert found.failed


@pytest.mark.parametrize("figure", [-1, 2**63, 10**400, 1.5, float("inf"), "7", None, True])
def test_a_figure_that_spark_does_not_count_drops_the_run(figure: Any) -> None:
    with pytest.raises(UnusableError, match="figures"):
        summed(end("a", START), PROPERTIES, [{**STAGE, "inputRecords": figure}], failed_jobs=0, teams=TEAMS)


YEAR_12000 = 316_516_896_000_000
"""Milliseconds."""


def test_an_end_ahead_of_the_clock_does_not_put_off_those_before_it(path: Path, clock: Clock) -> None:
    ledger = opened(path, clock)
    ledger.add(end("ahead", START + SKEW_SECONDS), run(START + SKEW_SECONDS))
    assert ledger.newest_end == START


def test_a_ledger_that_believed_a_forged_end_counts_again(path: Path, clock: Clock) -> None:
    opened(path, clock).save()
    content = json.loads(path.read_text()) | {"newestEnd": YEAR_12000 / 1000}
    path.write_text(json.dumps(content))
    clock.now += 60
    new = end("app-1", START + 30)
    assert opened(path, clock).unseen([new]) == [new]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1732449600", 1732449600.0),
        ("2024-11-24T12:00:00+00:00", 1732449600.0),
        ("2024-11-24T12:00:00Z", 1732449600.0),
        ("2024-11-24T13:00:00+01:00", 1732449600.0),
        ("2024-11-24", 1732406400.0),
        ("yesterday", None),
        ("nan", None),
        ("inf", None),
        ("-1", None),
        ("1e300", None),
        ("9999-12-31T23:59:59", None),
        ("0001-01-01T00:00:00+14:00", None),
        (None, None),
    ],
)
def test_the_end_of_the_data_is_read_as_people_write_times(text: str | None, seconds: float | None) -> None:
    assert moment(text) == seconds

"""What Prometheus is told of ends: it only grows, begins at zero, and is bounded whatever jobs are called."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client.registry import Collector
from sqlalchemy.exc import OperationalError

from apps.jobs.index.ends import Ends, Outcome
from apps.jobs.worker.ends import LOG, NAMED, EndsMetrics

NOW = datetime(2026, 11, 21, 5, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=300)
ANNOUNCE = timedelta(seconds=65)


def _ends(
    job: str = "orders", outcome: Outcome | None = Outcome.SUCCEEDED, runs: int = 1, **more: Any
) -> Ends:
    usual: dict[str, Any] = {
        "namespace": "data-dev",
        "code": "",
        "timed": runs,
        "seconds": 60.0 * runs,
        "first": LONG_AGO,
        "newest": NOW,
        "last": NOW if outcome else None,
    }
    return Ends(job=job, outcome=outcome, runs=runs, **{**usual, **more})


class _Index:
    """Stands for the index: what it counts may change, and it may be away."""

    def __init__(self, *found: Ends) -> None:
        self.found: Sequence[Ends] | None = found
        self.is_away = False
        self.now = NOW
        self.metrics = EndsMetrics(
            self._count, ["data-dev", "science-dev"], announce=ANNOUNCE, clock=lambda: self.now
        )

    def _count(self) -> Sequence[Ends] | None:
        if self.is_away:
            raise OperationalError("SELECT", {}, Exception("connection refused"))
        return self.found

    def shows(self, *found: Ends) -> dict[tuple[str, ...], float]:
        """Every sample that is not zero, after another look."""
        if found:
            self.found = found
        self.metrics.look()
        return {key: value for key, value in samples(self.metrics).items() if value}


def samples(metrics: Collector) -> dict[tuple[str, ...], float]:
    """Every sample by its name and its labels."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in metrics.collect()
        for sample in family.samples
    }


def _sum(shown: dict[tuple[str, ...], float], outcome: str, namespace: str = "data-dev") -> float:
    return sum(
        value
        for (name, *labels), value in shown.items()
        if name == "spark_job_ends_total" and (labels[0], labels[2]) == (namespace, outcome)
    )


def test_ends_are_told_by_team_job_outcome_and_reason_with_their_time() -> None:
    index = _Index(_ends(runs=3), _ends(outcome=Outcome.FAILED, code="DATA_ERROR", runs=2))
    assert index.shows() == {
        ("spark_job_ends_total", "data-dev", "orders", "succeeded", ""): 3,
        ("spark_job_ends_total", "data-dev", "orders", "failed", "DATA_ERROR"): 2,
        ("spark_job_run_seconds_count", "data-dev", "orders", "succeeded"): 3,
        ("spark_job_run_seconds_sum", "data-dev", "orders", "succeeded"): 180,
        ("spark_job_run_seconds_count", "data-dev", "orders", "failed"): 2,
        ("spark_job_run_seconds_sum", "data-dev", "orders", "failed"): 120,
        ("spark_job_last_end_timestamp_seconds", "data-dev", "succeeded"): NOW.timestamp(),
        ("spark_job_last_end_timestamp_seconds", "data-dev", "failed"): NOW.timestamp(),
    }


def test_every_namespace_and_every_job_has_zeros_for_all_that_has_not_happened() -> None:
    index = _Index(_ends(outcome=None))
    index.metrics.look()
    shown = samples(index.metrics)
    assert set(shown.values()) == {0}
    for place in (("data-dev", "orders"), ("data-dev", "other"), ("science-dev", "other")):
        for outcome in Outcome:
            assert ("spark_job_ends_total", *place, outcome, "") in shown


def test_a_new_job_shows_zeros_until_prometheus_has_come_by_twice() -> None:
    """It may have ended before anybody looked."""
    index = _Index(_ends(first=NOW))
    assert _sum(index.shows(), "succeeded") == 0
    assert ("spark_job_ends_total", "data-dev", "orders", "succeeded", "") in samples(index.metrics)
    index.now = NOW + ANNOUNCE
    assert _sum(index.shows(), "succeeded") == 1


def test_nothing_is_told_before_all_ends_are_known() -> None:
    index = _Index()
    index.found = None
    index.metrics.look()
    assert samples(index.metrics) == {}


def test_totals_stay_while_the_database_is_away_or_made_again() -> None:
    index = _Index(_ends(runs=7))
    before = index.shows()
    index.is_away = True
    assert index.shows() == before
    index.is_away, index.found = False, None
    assert index.shows() == before


def test_runs_without_a_job_count_together_and_have_no_names() -> None:
    index = _Index(_ends("", runs=500))
    shown = index.shows()
    assert shown["spark_job_ends_total", "data-dev", "other", "succeeded", ""] == 500


def test_jobs_beyond_the_bound_count_together_and_somebody_is_told_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[str] = []
    monkeypatch.setattr(LOG, "warning", lambda text, *values: told.append(text % values))
    young = timedelta(days=1)
    jobs = [_ends(f"job-{number:03}", first=LONG_AGO + number * young) for number in range(NAMED + 5)]
    index = _Index(*jobs)
    first, second = index.shows(), index.shows()
    list(index.metrics.collect())
    assert first == second
    assert first["spark_job_ends_total", "data-dev", "other", "succeeded", ""] == 5
    names = {labels[1] for _, *labels in first if len(labels) > 2}
    assert names == {"other", *(f"job-{number:03}" for number in range(NAMED))}
    assert [each.split(";")[0] for each in told] == [f"data-dev has {NAMED + 5} jobs with runs in 32 days"]


def test_a_job_that_sleeps_gives_its_series_up_and_no_sum_falls() -> None:
    """Nor does it rise, when the job wakes up after months."""
    asleep = _ends("yearly", runs=4, newest=NOW - timedelta(days=40))
    index = _Index(_ends(runs=2), asleep)
    first = index.shows()
    assert first["spark_job_ends_total", "data-dev", "other", "succeeded", ""] == 4
    awake = index.shows(_ends(runs=2), _ends("yearly", runs=4, newest=NOW))
    assert awake["spark_job_ends_total", "data-dev", "yearly", "succeeded", ""] == 4
    assert _sum(first, "succeeded") == _sum(awake, "succeeded") == 6


def test_runs_of_a_namespace_that_is_gone_are_not_told() -> None:
    assert _Index(_ends(namespace="former-dev")).shows() == {}

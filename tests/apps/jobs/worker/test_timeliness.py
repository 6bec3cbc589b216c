"""What Prometheus is told of agreed times: it begins at zero, and stays as it was while nobody can count."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy.exc import OperationalError

from apps.jobs.index.timeliness import Kept, Timeliness
from apps.jobs.worker.timeliness import TimelinessMetrics
from tests.apps.jobs.worker.test_ends import samples

NOW = datetime(2026, 11, 21, 5, tzinfo=UTC)
TOTAL, LAST = "spark_job_agreed_times_total", "spark_job_agreed_times_last_timestamp_seconds"
ZEROS = {
    (TOTAL, namespace, result): 0.0 for namespace in ("data-dev", "science-dev") for result in ("good", "bad")
}


class _Index:
    """Stands for the index: what it counts may change, and it may be away."""

    def __init__(self) -> None:
        self.found: Sequence[Timeliness] | None = None
        self.is_away = False
        self.metrics = TimelinessMetrics(self._count, ["science-dev", "data-dev"])

    def _count(self) -> Sequence[Timeliness] | None:
        if self.is_away:
            raise OperationalError("SELECT", {}, Exception("connection refused"))
        return self.found

    def shows(self) -> dict[tuple[str, ...], float]:
        self.metrics.look()
        return samples(self.metrics)


def test_nothing_is_told_before_all_runs_are_known_and_zeros_before_the_first_one() -> None:
    index = _Index()
    assert index.shows() == {}
    index.found = []
    assert index.shows() == ZEROS


def test_totals_and_last_moments_are_told_by_namespace_also_while_the_database_is_away() -> None:
    index = _Index()
    index.found = [
        Timeliness(namespace="data-dev", kept=Kept.BAD, runs=3, last=NOW),
        Timeliness(namespace="of-nobody", kept=Kept.GOOD, runs=1, last=NOW),
    ]
    told = {**ZEROS, (TOTAL, "data-dev", "bad"): 3.0, (LAST, "data-dev", "bad"): NOW.timestamp()}
    assert index.shows() == told
    index.is_away = True
    assert index.shows() == told

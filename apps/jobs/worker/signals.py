"""The worker's own metrics: whether it keeps up, and what it sees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from apps.jobs.index.keeping import Keeper
from apps.jobs.runs.phase import ACTIVE
from apps.jobs.sync.following import Following

from .passing import Passing
from .reaping import Reaping
from .tracking import Tracking

Metric = GaugeMetricFamily | CounterMetricFamily


class WorkerMetrics(Collector):
    """What Prometheus is told.

    Args:
        passing: the passes.
        tracking: runs under way.
        following: the definitions; None for a platform without a repository.
        keeper: of the index.
        reaping: of executors whose driver has ended.
    """

    def __init__(
        self,
        passing: Passing,
        tracking: Tracking,
        following: Following | None,
        keeper: Keeper,
        reaping: Reaping,
    ) -> None:
        self._passing = passing
        self._tracking = tracking
        self._following = following
        self._keeper = keeper
        self._reaping = reaping
        self.last_pass: datetime | None = None
        """End of the last pass that went through."""
        self.failed_passes = 0

    def collect(self) -> Iterator[Metric]:
        """The metrics as they are now."""
        yield _gauge("spark_jobs_pass_seconds", "How long the last pass took", self._passing.seconds)
        yield _gauge(
            "spark_jobs_last_pass_timestamp_seconds",
            "When the last pass that went through ended",
            self.last_pass.timestamp() if self.last_pass else 0.0,
        )
        failed = CounterMetricFamily("spark_jobs_failed_passes", "Passes that did not go through")
        failed.add_metric([], self.failed_passes)
        yield failed
        yield _gauge(
            "spark_jobs_index_behind_seconds",
            "Seconds since the index could last be written; 0 while it can",
            self._keeper.behind,
        )
        yield _gauge(
            "spark_jobs_index_waiting_runs", "Runs that are to be written to the index", self._keeper.waiting
        )
        reaped = CounterMetricFamily(
            "spark_jobs_executors_reaped",
            "Executors taken away that waited for a node although their driver had ended",
            labels=["namespace"],
        )
        for namespace, count in sorted(self._reaping.taken.items()):
            reaped.add_metric([namespace], count)
        yield reaped
        yield from self._runs()
        if self._following is not None:
            yield from self._sync(self._following)

    def _runs(self) -> Iterator[Metric]:
        phases = Counter(each.status.phase for each in self._tracking.runs)
        under_way = GaugeMetricFamily("spark_jobs_runs", "Runs under way", labels=["phase"])
        for phase in sorted(ACTIVE):
            under_way.add_metric([phase.value], phases[phase])
        yield under_way
        yield _gauge(
            "spark_jobs_intervals_waiting", "Intervals that wait for a run under way", self._passing.waiting
        )
        yield _gauge(
            "spark_jobs_oldest_due_interval_seconds",
            "Age of the oldest interval that is due and not settled",
            self._passing.behind,
        )
        yield _gauge(
            "spark_jobs_intervals_missed",
            "Intervals that were let go in the last hour because nobody started them in time",
            self._passing.missed,
        )

    def _sync(self, following: Following) -> Iterator[Metric]:
        state = following.state
        yield _gauge(
            "spark_jobs_sync_timestamp_seconds",
            "When the repository was last read",
            state.fetched.timestamp() if state.fetched else 0.0,
        )
        yield _gauge("spark_jobs_definitions", "Jobs that are defined", len(state.jobs))
        yield _gauge("spark_jobs_definition_faults", "What is wrong with files", len(state.faults))
        yield _gauge(
            "spark_jobs_definitions_held", "Definitions that vanished at once and are kept", state.held
        )


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)

"""The ledger as Prometheus reads it.

A counter that appears with a value counts for nothing: `increase` only sees what changes after the first
sample. So a new account is shown with zeros until Prometheus has come by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from .ledger import BUCKETS, Account
from .listing import REASONS
from .runs import COUNTED, MILLISECONDS, Owner
from .tails import QUANTILES

LABELS: Final = ("namespace", "spark_job", "team")
"""Prometheus has a label `job` of its own, which names what was scraped."""
PREFIX: Final = "spark_history"

HELP: Final[Mapping[str, str]] = {
    "input_records": "Records that finished runs read from storage.",
    "input_bytes": "Bytes that finished runs read from storage.",
    "output_records": "Records that finished runs wrote to storage.",
    "output_bytes": "Bytes that finished runs wrote to storage.",
    "shuffle_read_bytes": "Bytes that finished runs read from shuffles.",
    "shuffle_write_bytes": "Bytes that finished runs wrote to shuffles.",
    "spilled_memory_bytes": "Size in memory of what finished runs spilled.",
    "spilled_disk_bytes": "Bytes that finished runs spilled to disk.",
    "task_seconds": "Time of all tasks of finished runs.",
    "gc_seconds": "Part of the tasks' time that went into garbage collection.",
    "fetch_wait_seconds": "Part of the tasks' time that was spent waiting for shuffled data.",
}


@dataclass
class Health:
    """How the polling goes.

    Args:
        errors: questions that the history server did not answer.
        last_poll: when a poll last ended well, in seconds since 1970; 0 for never.
        backlog: ends that are listed and not counted yet.
        dropped: runs that are never counted, by one of `REASONS`.
    """

    errors: int = 0
    last_poll: float = 0.0
    backlog: int = 0
    dropped: dict[str, int] = field(default_factory=lambda: dict.fromkeys(REASONS, 0))


@dataclass(frozen=True)
class Shown:
    """What Prometheus may see: a copy of the ledger's totals that were written down.

    Args:
        accounts: the accounts.
        newest_end: the newest end that was counted, in seconds since 1970; 0 for none.
    """

    accounts: Mapping[Owner, Account] = field(default_factory=dict)
    newest_end: float = 0.0


class LedgerCollector(Collector):
    """The ledger, as series.

    Args:
        health: how the polling goes.
        announce_seconds: how long a new account shows zeros: two scrapes and a bit.
        now: the clock, in seconds since 1970.
    """

    def __init__(self, health: Health, *, announce_seconds: float, now: Callable[[], float]) -> None:
        self.shown = Shown()
        self._health, self._announce, self._now = health, announce_seconds, now

    def collect(self) -> Iterator[Metric]:
        """The metrics as of now."""
        shown, now = self.shown, self._now()
        accounts = [
            (owner, Account(born=account.born) if account.born + self._announce > now else account)
            for owner, account in shown.accounts.items()
        ]
        yield from _counters(accounts)
        yield from _outcomes(accounts)
        yield from _moments(accounts)
        yield from _newest(accounts)
        yield from self._platform(shown)

    def _platform(self, shown: Shown) -> Iterator[Metric]:
        health = self._health
        newest = GaugeMetricFamily(
            f"{PREFIX}_newest_end_timestamp_seconds", "When the newest run ended that was counted."
        )
        if shown.newest_end:
            newest.add_metric((), shown.newest_end)
        yield newest
        yield CounterMetricFamily(
            f"{PREFIX}_poll_errors", "Questions that the history server did not answer.", value=health.errors
        )
        dropped = CounterMetricFamily(
            f"{PREFIX}_dropped_runs", "Runs whose log says what can't be: not counted.", labels=("reason",)
        )
        for reason, number in health.dropped.items():
            dropped.add_metric((reason,), number)
        yield dropped
        yield GaugeMetricFamily(
            f"{PREFIX}_last_poll_timestamp_seconds",
            "When the history server was last asked with success.",
            value=health.last_poll,
        )
        yield GaugeMetricFamily(
            f"{PREFIX}_backlog_runs", "Runs that are listed and not counted yet.", value=health.backlog
        )


def _counters(accounts: list[tuple[Owner, Account]]) -> Iterator[Metric]:
    for counter in COUNTED:
        family = CounterMetricFamily(f"{PREFIX}_{counter}", HELP[counter], labels=LABELS)
        for owner, account in accounts:
            value = account.counted[counter]
            family.add_metric(_labels(owner), value / 1000 if counter in MILLISECONDS else value)
        yield family
    cores = CounterMetricFamily(
        f"{PREFIX}_core_seconds",
        "Cores of drivers and executors of finished runs, times seconds.",
        labels=LABELS,
    )
    for owner, account in accounts:
        cores.add_metric(_labels(owner), account.core_seconds)
    yield cores


def _outcomes(accounts: list[tuple[Owner, Account]]) -> Iterator[Metric]:
    finished = CounterMetricFamily(
        f"{PREFIX}_apps_finished", "Finished runs, by whether a job failed.", labels=(*LABELS, "outcome")
    )
    duration = HistogramMetricFamily(
        f"{PREFIX}_app_duration_seconds", "Time from a run's start to its end.", labels=LABELS
    )
    for owner, account in accounts:
        finished.add_metric((*_labels(owner), "completed"), account.completed)
        finished.add_metric((*_labels(owner), "failed"), account.failed)
        duration.add_metric(_labels(owner), _cumulated(account.buckets), sum_value=account.seconds)
    yield finished
    yield duration


def _newest(accounts: list[tuple[Owner, Account]]) -> Iterator[Metric]:
    """What the newest run of each job was like."""
    seconds = GaugeMetricFamily(
        f"{PREFIX}_app_last_duration_seconds", "Time from start to end of the newest run.", labels=LABELS
    )
    tasks = GaugeMetricFamily(
        f"{PREFIX}_app_task_quantile_seconds",
        "How long tasks took, of the stage of the newest run that waited longest for its slowest task.",
        labels=(*LABELS, "quantile"),
    )
    oldest = GaugeMetricFamily(
        f"{PREFIX}_data_max_age_seconds",
        "How old the data may become, as the newest run says.",
        labels=LABELS,
    )
    newest = GaugeMetricFamily(
        f"{PREFIX}_app_newest_run",
        "Which run is the job's newest, by the name that its pods and logs have.",
        labels=(*LABELS, "run"),
    )
    for owner, account in accounts:
        if account.last:
            seconds.add_metric(_labels(owner), account.last_seconds)
            # A ledger of before may have kept no name of a run.
            newest.add_metric((*_labels(owner), account.last_name or owner.job), 1)
        for quantile, value in zip(QUANTILES, account.last_tail or (), strict=False):
            tasks.add_metric((*_labels(owner), f"{quantile:g}"), value)
        if account.data_max_age is not None:
            oldest.add_metric(_labels(owner), account.data_max_age)
    yield from (seconds, tasks, oldest, newest)


def _moments(accounts: list[tuple[Owner, Account]]) -> Iterator[Metric]:
    interval = GaugeMetricFamily(
        f"{PREFIX}_data_interval_end_timestamp_seconds",
        "Up to which moment the job's runs have processed data, as they say themselves.",
        labels=LABELS,
    )
    last = GaugeMetricFamily(
        f"{PREFIX}_app_last_end_timestamp_seconds",
        "When the newest run of the job ended that was counted.",
        labels=LABELS,
    )
    for owner, account in accounts:
        if account.data_interval_end is not None:
            interval.add_metric(_labels(owner), account.data_interval_end)
        if account.last:
            last.add_metric(_labels(owner), account.last)
    yield interval
    yield last


def _cumulated(buckets: list[int]) -> list[tuple[str, float]]:
    bounds = [*(f"{bound:g}" if bound < 1e5 else f"{bound:.0f}" for bound in BUCKETS), "+Inf"]
    return [(bound, float(sum(buckets[: at + 1]))) for at, bound in enumerate(bounds)]


def _labels(owner: Owner) -> tuple[str, str, str]:
    return (owner.namespace, owner.job, owner.team)

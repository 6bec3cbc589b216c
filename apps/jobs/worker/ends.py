"""How runs ended, as Prometheus reads it: totals of all time, counted from the index and so from the records.

Whatever ended counts once, however soon its pod was deleted, and a worker that starts goes on where another
one was. A counter that appears with a value counts for nothing, as nobody saw it grow: so a new job shows
zeros until Prometheus has come by twice, and each namespace has zeros before its first run.
"""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, SummaryMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import DBAPIError

from apps.jobs.index.ends import Ends, Outcome

LOG = logging.getLogger(__name__)

NAMED: Final = 200
"""Jobs of a namespace that have series of their own, as the history exporter has applications."""

ASLEEP: Final = timedelta(days=32)
"""Without a run for so long, a job gives its series up: a monthly one keeps them."""

REST: Final = "other"
"""Stands for all other jobs of a namespace, and for runs that have no name but their own."""

EVERY_SECONDS: Final = 15.0
"""Between two counts: half of the usual time between two scrapes."""

Metric = CounterMetricFamily | SummaryMetricFamily | GaugeMetricFamily
Count = Callable[[], Sequence[Ends] | None]


@dataclass
class _Job:
    """What a job's series show."""

    ended: dict[tuple[Outcome, str], int] = field(default_factory=lambda: {(each, ""): 0 for each in Outcome})
    timed: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))
    seconds: dict[Outcome, float] = field(default_factory=lambda: dict.fromkeys(Outcome, 0.0))

    def add(self, ends: Ends) -> None:
        outcome = ends.outcome
        if outcome is None:
            return
        key = (outcome, ends.code)
        self.ended[key] = self.ended.get(key, 0) + ends.runs
        self.timed[outcome] += ends.timed
        self.seconds[outcome] += ends.seconds


class EndsMetrics(Collector):
    """What Prometheus is told of ends.

    Args:
        count: counts all ends; None while they are not all known. It may fail as the database does.
        namespaces: those that runs may be in.
        announce: how long a new job shows zeros: two scrapes and a bit.
        clock: gives the time.
    """

    def __init__(
        self,
        count: Count,
        namespaces: Iterable[str],
        *,
        announce: timedelta,
        clock: Callable[[], datetime],
    ) -> None:
        self._count, self._announce, self._clock = count, announce, clock
        self._namespaces = tuple(sorted(namespaces))
        self._shown: Sequence[Ends] | None = None
        self._is_full: set[str] = set()

    def look(self) -> None:
        """Count anew; what was counted before stays if that can't be done: it is less, and never wrong."""
        try:
            found = self._count()
        except DBAPIError as error:
            LOG.info("ends of runs can't be counted, and are as they were: %s", error.orig)
            return
        if found is not None:
            self._shown = found

    def collect(self) -> Iterator[Metric]:
        """The metrics as they are now; none before all ends are known."""
        if self._shown is None:
            return
        now = self._clock()
        jobs = self._jobs(self._shown, now)
        ended = CounterMetricFamily(
            "spark_job_ends",
            "Runs that ended, of all time",
            labels=["namespace", "spark_job", "outcome", "reason"],
        )
        took = SummaryMetricFamily(
            "spark_job_run_seconds",
            "How long they ran, from the start of the driver to its end",
            labels=["namespace", "spark_job", "outcome"],
        )
        for (namespace, name), job in sorted(jobs.items()):
            for (outcome, code), number in sorted(job.ended.items()):
                ended.add_metric([namespace, name, outcome, code], number)
            for outcome in Outcome:
                values = job.timed[outcome], job.seconds[outcome]
                took.add_metric([namespace, name, outcome], *values)
        yield ended
        yield took
        yield _last(self._shown, set(self._namespaces))

    def _jobs(self, found: Sequence[Ends], now: datetime) -> dict[tuple[str, str], _Job]:
        """What all series show, the rest of each namespace among them: they are always all in the sum."""
        first = _first(found)
        named = self._named(found, first, now)
        jobs: defaultdict[tuple[str, str], _Job] = defaultdict(_Job)
        for namespace in self._namespaces:
            jobs[namespace, REST] = _Job()
        for each in found:
            if each.namespace not in self._namespaces:
                continue
            place = (each.namespace, each.job)
            if place not in named:
                jobs[each.namespace, REST].add(each)
            elif now - first[place] >= self._announce:
                jobs[place].add(each)
            else:
                jobs.setdefault(place, _Job())
        return jobs

    def _named(
        self, found: Sequence[Ends], first: Mapping[tuple[str, str], datetime], now: datetime
    ) -> set[tuple[str, str]]:
        """Jobs with series of their own: of those with a run lately, the ones that are known for longest."""
        awake = {(each.namespace, each.job) for each in found if each.job and now - each.newest < ASLEEP} - {
            (namespace, REST) for namespace in self._namespaces
        }
        named: set[tuple[str, str]] = set()
        for namespace in self._namespaces:
            own = sorted(
                (place for place in awake if place[0] == namespace), key=lambda each: (first[each], each)
            )
            self._tell(namespace, len(own))
            named.update(own[:NAMED])
        return named

    def _tell(self, namespace: str, jobs: int) -> None:
        """Once for each time that there are too many."""
        if jobs <= NAMED:
            self._is_full.discard(namespace)
        elif namespace not in self._is_full:
            self._is_full.add(namespace)
            LOG.warning(
                "%s has %d jobs with runs in %d days; the metrics name the %d oldest, and have the others as "
                "spark_job=%r: do names of runs stand for jobs? Give them the label jobs.spark-on-eks/job",
                *(namespace, jobs, ASLEEP.days, NAMED, REST),
            )


def follow(end: threading.Event, *looks: Callable[[], None]) -> None:
    """Count again and again, for a thread of its own: the database may be away, and a scrape can't wait.

    Args:
        end: set when it is to end.
        looks: what counts.
    """
    while not end.is_set():
        for look in looks:
            look()
        end.wait(EVERY_SECONDS)


def _first(found: Iterable[Ends]) -> dict[tuple[str, str], datetime]:
    """When the first run of each job was claimed."""
    first: dict[tuple[str, str], datetime] = {}
    for each in found:
        place = (each.namespace, each.job)
        first[place] = min(first.get(place, each.first), each.first)
    return first


def _last(found: Iterable[Ends], namespaces: set[str]) -> GaugeMetricFamily:
    """When the last run of each namespace ended, by how: nothing for what never happened."""
    last: dict[tuple[str, Outcome], float] = {}
    for each in found:
        if each.outcome is not None and each.last is not None and each.namespace in namespaces:
            key = (each.namespace, each.outcome)
            last[key] = max(last.get(key, 0.0), each.last.timestamp())
    family = GaugeMetricFamily(
        "spark_job_last_end_timestamp_seconds",
        "When the last run ended so, in seconds since 1970",
        labels=["namespace", "outcome"],
    )
    for (namespace, outcome), moment in sorted(last.items()):
        family.add_metric([namespace, outcome], moment)
    return family

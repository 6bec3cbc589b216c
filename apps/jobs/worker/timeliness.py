"""How many runs kept their agreed time, as Prometheus reads it: totals of all time, from the index."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import DBAPIError

from apps.jobs.index.timeliness import Kept, Timeliness

LOG = logging.getLogger(__name__)

Count = Callable[[], Sequence[Timeliness] | None]


class TimelinessMetrics(Collector):
    """What Prometheus is told, of each namespace from the first look on, so that a first run is an increase.

    Args:
        count: counts all runs; None while they are not all known. It may fail as the database does.
        namespaces: those that runs may be in.
    """

    def __init__(self, count: Count, namespaces: Iterable[str]) -> None:
        self._count, self._namespaces = count, tuple(sorted(namespaces))
        self._shown: Sequence[Timeliness] | None = None

    def look(self) -> None:
        """Count anew; what was counted before stays if that can't be done: it is less, and never wrong."""
        try:
            found = self._count()
        except DBAPIError as error:
            LOG.info("agreed times can't be counted, and are as they were: %s", error.orig)
            return
        if found is not None:
            self._shown = found

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        """The metrics as they are now; none before all runs are known."""
        if self._shown is None:
            return
        of = {(each.namespace, each.kept): each for each in self._shown}
        total = CounterMetricFamily(
            "spark_job_agreed_times",
            "Runs that kept the time that they agreed on (good), and that did not (bad), of all time",
            labels=["namespace", "result"],
        )
        last = GaugeMetricFamily(
            "spark_job_agreed_times_last_timestamp_seconds",
            "When the last run counted so, in seconds since 1970",
            labels=["namespace", "result"],
        )
        for place in ((namespace, kept) for namespace in self._namespaces for kept in Kept):
            total.add_metric(place, of[place].runs if place in of else 0)
            if place in of:
                last.add_metric(place, of[place].last.timestamp())
        yield total
        yield last

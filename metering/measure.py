"""Measures what the collection costs, by questions to Prometheus about itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from components.observability.scrape_jobs import KUBE_STATE_METRICS, KUBELET, SPARK_DRIVER
from metering.ask import Prometheus

WINDOW: Final = "5m"
"""Over which rates are taken: many scrapes, and short enough to show a job that runs."""

EXECUTOR: Final = 'pod=~".+-exec-[0-9]+"'
"""Pods of executors, by the name that Spark gives them."""

LOOKBACK: Final = "6h"
"""How long ago an executor may have run whose container and driver are looked at: both are silent since."""

_CONTAINER: Final = f'last_over_time({{job="{KUBELET}", {EXECUTOR}}}[{LOOKBACK}])'
_BY_DRIVER: Final = (
    f'last_over_time({{job="{SPARK_DRIVER}", executor_id!="", executor_id!="driver"}}[{LOOKBACK}])'
)

SOURCES: Final[Mapping[str, str]] = {
    "kube-state-metrics": f'{{job="{KUBE_STATE_METRICS}", {EXECUTOR}}}',
    "cAdvisor": _CONTAINER,
    "its driver": _BY_DRIVER,
}
"""Where series about an executor come from -> which they are."""

COUNTED: Final[Mapping[str, str]] = {
    "kube-state-metrics": f'count(kube_pod_info{{job="{KUBE_STATE_METRICS}", {EXECUTOR}}})',
    "cAdvisor": f"count(count by (namespace, pod) ({_CONTAINER}))",
    "its driver": f"count(count by (pod, executor_id) ({_BY_DRIVER}))",
}
"""The same sources -> how many executors each of them speaks of."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What watching costs at a moment.

    Args:
        series: series that are alive.
        samples_per_second: samples stored a second, what the rules compute among them.
        jobs: series by job; those that rules computed have none.
        tenants: series that carry a tenant's namespace, by namespace.
        executor: series about one executor by source; a source that speaks of none is left out.
        executors: executors that kube-state-metrics knows, finished ones among them.
        interval_seconds: seconds between two scrapes.
        memory_bytes: memory that Prometheus holds.
    """

    series: float
    samples_per_second: float
    jobs: Mapping[str, float]
    tenants: Mapping[str, float]
    executor: Mapping[str, float]
    executors: float
    interval_seconds: float
    memory_bytes: float

    @property
    def series_per_executor(self) -> float:
        """Series about one executor, from all sources."""
        return sum(self.executor.values())

    @property
    def samples_per_executor(self) -> float:
        """Samples a second about one executor, from all sources."""
        return self.series_per_executor / self.interval_seconds


def measure(prometheus: Prometheus, tenants: Sequence[str], *, interval_seconds: float) -> Measured:
    """Ask what watching costs now.

    Args:
        prometheus: the platform's.
        tenants: the tenants' namespaces.
        interval_seconds: seconds between two scrapes, as the stack has them.

    Raises:
        ReportedError: Prometheus does not answer.
    """
    names = "|".join(tenants)
    known = {source: prometheus.number(question) for source, question in COUNTED.items()}
    series = {source: prometheus.number(f"count({which})") for source, which in SOURCES.items()}
    return Measured(
        series=prometheus.number("prometheus_tsdb_head_series"),
        samples_per_second=prometheus.number(
            f"sum(rate(prometheus_tsdb_head_samples_appended_total[{WINDOW}]))"
        ),
        jobs=prometheus.by('count by (job) ({__name__=~".+"})', "job"),
        tenants=prometheus.by(f'count by (namespace) ({{namespace=~"{names}"}})', "namespace"),
        executor={source: series[source] / number for source, number in known.items() if number},
        executors=known["kube-state-metrics"],
        interval_seconds=interval_seconds,
        memory_bytes=prometheus.number('max(process_resident_memory_bytes{job="prometheus"})'),
    )

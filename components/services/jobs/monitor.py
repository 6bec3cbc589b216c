"""What Prometheus scrapes of the jobs: the worker and the pages. Pure: manifests."""

from __future__ import annotations

from typing import Final

from components.domain import Manifest
from components.kube.monitors import METRICS_PORT_NAME, Relabeling, ScrapeLimits, pod_monitor
from components.kube.network_rules import NAME_LABEL
from components.naming import JOBS_NAMESPACE
from components.observability import scrape_jobs
from components.records.jobs import WEB, WORKER

_WITHOUT_POD: Final[Relabeling] = {"action": "labeldrop", "regex": "pod|instance|container|endpoint"}
_OF_ALL_WORKERS: Final = {
    # Ends of runs have the namespace of their runs.
    "honorLabels": True,
    "metricRelabelings": [_WITHOUT_POD],
}
"""The next worker goes on with the totals of the one before, so its series are the same. By pod, each would
begin anew, and what ended in between would be no increase of either. There is one worker at a time."""


def jobs_monitors(limits: ScrapeLimits, *, pages: bool) -> list[Manifest]:
    """Make the monitors of the worker and, where there are some, of the pages.

    Args:
        limits: for the interval.
        pages: whether there are pages of all runs.
    """
    parts = {scrape_jobs.SPARK_JOBS_WORKER: WORKER, **({scrape_jobs.SPARK_JOBS_PAGES: WEB} if pages else {})}
    more = {scrape_jobs.SPARK_JOBS_WORKER: _OF_ALL_WORKERS}
    return [
        pod_monitor(
            job,
            job,
            JOBS_NAMESPACE,
            {NAME_LABEL: part},
            [{"port": METRICS_PORT_NAME, **more.get(job, {})}],
            limits,
        )
        for job, part in parts.items()
    ]

"""What Prometheus scrapes of the jobs: the worker and the pages. Pure: manifests."""

from __future__ import annotations

from components.domain import Manifest
from components.kube.monitors import METRICS_PORT_NAME, ScrapeLimits, pod_monitor
from components.kube.network_rules import NAME_LABEL
from components.naming import JOBS_NAMESPACE
from components.observability import scrape_jobs
from components.records.jobs import WEB, WORKER


def jobs_monitors(limits: ScrapeLimits, *, pages: bool) -> list[Manifest]:
    """Make the monitors of the worker and, where there are some, of the pages.

    Args:
        limits: for the interval.
        pages: whether there are pages of all runs.
    """
    parts = {scrape_jobs.SPARK_JOBS_WORKER: WORKER, **({scrape_jobs.SPARK_JOBS_PAGES: WEB} if pages else {})}
    return [
        pod_monitor(job, job, JOBS_NAMESPACE, {NAME_LABEL: part}, [{"port": METRICS_PORT_NAME}], limits)
        for job, part in parts.items()
    ]

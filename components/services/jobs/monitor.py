"""What Prometheus scrapes of the jobs' worker. Pure: a manifest."""

from __future__ import annotations

from components.domain import Manifest
from components.kube.monitors import METRICS_PORT_NAME, ScrapeLimits, pod_monitor
from components.kube.network_rules import NAME_LABEL
from components.naming import JOBS_NAMESPACE
from components.observability import scrape_jobs
from components.records.jobs import WORKER


def jobs_monitor(limits: ScrapeLimits) -> Manifest:
    """Make the monitor of the worker.

    Args:
        limits: for the interval.
    """
    return pod_monitor(
        "spark-jobs",
        scrape_jobs.SPARK_JOBS_WORKER,
        JOBS_NAMESPACE,
        {NAME_LABEL: WORKER},
        [{"port": METRICS_PORT_NAME}],
        limits,
    )

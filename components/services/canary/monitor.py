"""What Prometheus scrapes of the canary. Pure: a manifest."""

from __future__ import annotations

from components.domain import Manifest
from components.kube.monitors import METRICS_PORT_NAME, ScrapeLimits, pod_monitor
from components.naming import CANARY_NAMESPACE
from components.observability import scrape_jobs
from components.services.canary.pods import checker_selector


def canary_monitor(limits: ScrapeLimits) -> Manifest:
    """Make the monitor of the canary's checker.

    Args:
        limits: for the interval.
    """
    return pod_monitor(
        "spark-canary",
        scrape_jobs.SPARK_CANARY,
        CANARY_NAMESPACE,
        checker_selector(),
        [{"port": METRICS_PORT_NAME}],
        limits,
    )

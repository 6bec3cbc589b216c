"""What Prometheus scrapes of the log collectors. Pure: a manifest."""

from __future__ import annotations

from components.domain import Manifest
from components.kube.monitors import METRICS_PORT_NAME, ScrapeLimits, pod_monitor
from components.naming import LOG_COLLECTOR_ACCOUNT, LOG_NODES_NAMESPACE
from components.observability import scrape_jobs


def collector_monitor(limits: ScrapeLimits) -> Manifest:
    """Make the monitor of the log collectors.

    Args:
        limits: for the interval.
    """
    return pod_monitor(
        "log-collector",
        scrape_jobs.LOG_COLLECTOR,
        LOG_NODES_NAMESPACE,
        {"app.kubernetes.io/name": LOG_COLLECTOR_ACCOUNT},
        [{"port": METRICS_PORT_NAME}],
        limits,
    )

"""What Prometheus scrapes of the canary and of the log collectors. Pure: manifests."""

from __future__ import annotations

from components.naming import CANARY_NAMESPACE, LOG_COLLECTOR_ACCOUNT, LOG_NODES_NAMESPACE
from components.observability import scrape_jobs
from components.observability.canary_pods import checker_selector
from components.observability.monitors import METRICS_PORT_NAME, Limits, Manifest, pod_monitor


def canary_monitor(limits: Limits) -> Manifest:
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


def collector_monitor(limits: Limits) -> Manifest:
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

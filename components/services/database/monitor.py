"""What Prometheus scrapes of the database server. Pure: a manifest."""

from __future__ import annotations

from components.domain import Manifest
from components.kube.monitors import METRICS_PORT_NAME, ScrapeLimits, pod_monitor
from components.naming import DATABASE_NAMESPACE
from components.observability import scrape_jobs
from components.services.database.pods import server_selector


def server_monitor(limits: ScrapeLimits) -> Manifest:
    """Make the monitor of the exporter beside the server.

    Args:
        limits: for the interval.
    """
    return pod_monitor(
        "postgres",
        scrape_jobs.DATABASE,
        DATABASE_NAMESPACE,
        server_selector(),
        [{"port": METRICS_PORT_NAME}],
        limits,
    )

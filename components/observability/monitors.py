"""What Prometheus scrapes of the platform itself, the same on every foundation. Pure: manifests.

Each monitor names its job itself, so that the label does not depend on who made the Service or the pod. The
drivers' are one for each tenant: what one team's jobs bring can't take another's place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from components.domain import Manifest
from components.kube.karpenter import NAME as KARPENTER
from components.kube.karpenter import NAMESPACE as KARPENTER_NAMESPACE
from components.kube.monitors import METRICS_PORT_NAME, ScrapeLimits, pod_monitor, service_monitor
from components.kube.network_rules import NAME_LABEL
from components.naming import MONITORING_NAMESPACE
from components.observability import scrape_jobs
from components.observability.cardinality import (
    driver_relabelings,
    executor_relabelings,
    karpenter_relabelings,
)
from components.records.alerts import ALERTMANAGER
from components.records.model import Scrape
from components.spark.pod_labels import DRIVER

EXECUTORS_PATH: Final = "/metrics/executors/prometheus/"
DRIVER_PATH: Final = "/metrics/prometheus/"
DRIVER_MONITOR: Final = "spark-driver-"
"""Begin of the name of a tenant's monitor; its namespace follows."""
UI_PORT_NAME: Final = "spark-ui"
"""Name that Spark gives the UI's port on a driver's pod (k8s Constants.UI_PORT_NAME)."""


def platform_monitors(
    namespaces: Sequence[str],
    limits: ScrapeLimits,
    *,
    scraped: Sequence[Scrape] = (),
    karpenter: bool = False,
) -> list[Manifest]:
    """List the monitors of the platform.

    Args:
        namespaces: the tenants' namespaces.
        limits: what each tenant's drivers may bring.
        scraped: what records say of services.
        karpenter: whether Karpenter runs the nodes.
    """
    return [
        *(driver_monitor(namespace, limits) for namespace in sorted(namespaces)),
        *(service_monitor(each, limits) for each in scraped),
        prometheus_monitor(limits),
        alertmanager_monitor(limits),
        *([karpenter_monitor(limits)] if karpenter else []),
    ]


def driver_monitor(namespace: str, limits: ScrapeLimits) -> Manifest:
    """Make the monitor of a tenant's drivers, and through them of their executors.

    Finished pods are left out by the operator (filterRunning), as their addresses belong to others by then.

    Args:
        namespace: the tenant's namespace.
        limits: what its drivers may bring.
    """
    endpoints = {EXECUTORS_PATH: executor_relabelings(), DRIVER_PATH: driver_relabelings()}
    return pod_monitor(
        f"{DRIVER_MONITOR}{namespace}",
        scrape_jobs.SPARK_DRIVER,
        namespace,
        DRIVER,
        [
            {"port": UI_PORT_NAME, "path": path, "metricRelabelings": dropped}
            for path, dropped in endpoints.items()
        ],
        limits,
        # Each endpoint is a pool of its own, and counts its targets alone (Prometheus operator, promcfg.go).
        extra={"sampleLimit": limits.samples, "targetLimit": limits.drivers},
    )


def prometheus_monitor(limits: ScrapeLimits) -> Manifest:
    """Make the monitor of Prometheus itself.

    Args:
        limits: how often it is asked, and how many series it may bring.
    """
    return pod_monitor(
        "prometheus",
        scrape_jobs.PROMETHEUS,
        MONITORING_NAMESPACE,
        {"app.kubernetes.io/name": "prometheus"},
        [{"port": "web"}],
        limits,
    )


def alertmanager_monitor(limits: ScrapeLimits) -> Manifest:
    """Make the monitor of Alertmanager: what nobody took of what it sent.

    Args:
        limits: how often it is asked, and how many series it may bring.
    """
    return pod_monitor(
        "alertmanager",
        scrape_jobs.ALERTMANAGER,
        MONITORING_NAMESPACE,
        {"app.kubernetes.io/name": ALERTMANAGER},
        [{"port": METRICS_PORT_NAME}],
        limits,
    )


def karpenter_monitor(limits: ScrapeLimits) -> Manifest:
    """Make the monitor of Karpenter; names are those of its chart.

    Args:
        limits: how often it is asked, and how many series it may bring.
    """
    return pod_monitor(
        KARPENTER,
        scrape_jobs.KARPENTER,
        KARPENTER_NAMESPACE,
        {NAME_LABEL: KARPENTER},
        [{"port": "http-metrics", "metricRelabelings": karpenter_relabelings()}],
        limits,
    )

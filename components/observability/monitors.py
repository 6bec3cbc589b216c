"""What Prometheus scrapes of the platform itself, the same on every foundation. Pure: manifests.

Each monitor names its job itself, so that the label does not depend on who made the Service or the pod. The
drivers' are one for each tenant: what one team's jobs bring can't take another's place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from components.naming import MONITORING_NAMESPACE, OPERATOR_NAMESPACE, labels
from components.network_policies import DRIVER
from components.observability import scrape_jobs
from components.observability.cardinality import (
    DROPPED_TARGETS_KEPT,
    LABEL_LIMIT,
    LABEL_VALUE_LENGTH_LIMIT,
    Relabeling,
    driver_relabelings,
    executor_relabelings,
    karpenter_relabelings,
)

Manifest = dict[str, Any]
"""A Kubernetes object."""

API: Final = "monitoring.coreos.com/v1"
"""Group and version of the Prometheus operator's kinds."""

EXECUTORS_PATH: Final = "/metrics/executors/prometheus/"
DRIVER_PATH: Final = "/metrics/prometheus/"
UI_PORT_NAME: Final = "spark-ui"
"""Name that Spark gives the UI's port on a driver's pod (k8s Constants.UI_PORT_NAME)."""

HISTORY_EXPORTER: Final = "spark-history-exporter"
"""Name of the exporter's pods, by the label app.kubernetes.io/name."""

METRICS_PORT_NAME: Final = "metrics"
"""Name of the port of our own exporters."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much a tenant's drivers may bring.

    Args:
        interval_seconds: seconds between two scrapes.
        samples: series that one endpoint of one driver may show; of one that shows more, none is taken.
        drivers: drivers of one tenant that are scraped at a time; further ones are not.
    """

    interval_seconds: int
    samples: int
    drivers: int


def platform_monitors(
    namespaces: Sequence[str], limits: Limits, *, karpenter: bool = False, canary: Manifest | None = None
) -> list[Manifest]:
    """List the monitors of the platform.

    Args:
        namespaces: the tenants' namespaces.
        limits: what each tenant's drivers may bring.
        karpenter: whether Karpenter runs the nodes.
        canary: the canary's own monitor, if there is one.
    """
    return [
        *(driver_monitor(namespace, limits) for namespace in sorted(namespaces)),
        operator_monitor(limits),
        history_monitor(limits),
        prometheus_monitor(limits),
        *([karpenter_monitor(limits)] if karpenter else []),
        *([canary] if canary else []),
    ]


def driver_monitor(namespace: str, limits: Limits) -> Manifest:
    """Make the monitor of a tenant's drivers, and through them of their executors.

    Finished pods are left out by the operator (filterRunning), as their addresses belong to others by then.

    Args:
        namespace: the tenant's namespace.
        limits: what its drivers may bring.
    """
    endpoints = {EXECUTORS_PATH: executor_relabelings(), DRIVER_PATH: driver_relabelings()}
    return pod_monitor(
        f"spark-driver-{namespace}",
        scrape_jobs.SPARK_DRIVER,
        namespace,
        DRIVER,
        [
            {"port": UI_PORT_NAME, "path": path, "metricRelabelings": dropped}
            for path, dropped in endpoints.items()
        ],
        limits,
        # Two endpoints: a target each.
        extra={"sampleLimit": limits.samples, "targetLimit": 2 * limits.drivers},
    )


def operator_monitor(limits: Limits) -> Manifest:
    """Make the monitor of the Spark operator. Applications' namespaces come as `exported_namespace`."""
    return pod_monitor(
        "spark-operator",
        scrape_jobs.SPARK_OPERATOR,
        OPERATOR_NAMESPACE,
        {"app.kubernetes.io/name": "spark-operator", "app.kubernetes.io/component": "controller"},
        [{"port": METRICS_PORT_NAME}],
        limits,
    )


def history_monitor(limits: Limits) -> Manifest:
    """Make the monitor of the history exporter: its own `namespace` is the application's, and is kept."""
    return pod_monitor(
        "spark-history",
        scrape_jobs.SPARK_HISTORY,
        MONITORING_NAMESPACE,
        {"app.kubernetes.io/name": HISTORY_EXPORTER},
        [{"port": METRICS_PORT_NAME, "honorLabels": True}],
        limits,
    )


def prometheus_monitor(limits: Limits) -> Manifest:
    """Make the monitor of Prometheus itself."""
    return pod_monitor(
        "prometheus",
        scrape_jobs.PROMETHEUS,
        MONITORING_NAMESPACE,
        {"app.kubernetes.io/name": "prometheus"},
        [{"port": "web"}],
        limits,
    )


def karpenter_monitor(limits: Limits) -> Manifest:
    """Make the monitor of Karpenter; names are those of its chart."""
    return pod_monitor(
        "karpenter",
        scrape_jobs.KARPENTER,
        "kube-system",
        {"app.kubernetes.io/name": "karpenter"},
        [{"port": "http-metrics", "metricRelabelings": karpenter_relabelings()}],
        limits,
    )


def pod_monitor(
    name: str,
    job: str,
    namespace: str,
    selector: Mapping[str, str],
    endpoints: Sequence[Mapping[str, Any]],
    limits: Limits,
    *,
    extra: Mapping[str, Any] | None = None,
) -> Manifest:
    """Make a PodMonitor of the platform.

    Args:
        name: its name.
        job: the label `job` of all its series.
        namespace: namespace of the pods.
        selector: labels of the pods.
        endpoints: what is scraped of each pod.
        limits: for the interval.
        extra: further keys of the spec.
    """
    return {
        "apiVersion": API,
        "kind": "PodMonitor",
        "metadata": metadata(name),
        "spec": {
            "selector": {"matchLabels": dict(selector)},
            "namespaceSelector": {"matchNames": [namespace]},
            "labelLimit": LABEL_LIMIT,
            "labelValueLengthLimit": LABEL_VALUE_LENGTH_LIMIT,
            "keepDroppedTargets": DROPPED_TARGETS_KEPT,
            **(extra or {}),
            "podMetricsEndpoints": [{**endpoint_defaults(job, limits), **endpoint} for endpoint in endpoints],
        },
    }


def endpoint_defaults(job: str, limits: Limits) -> dict[str, Any]:
    """What every endpoint has.

    No redirect is followed: Prometheus gets through walls that a tenant's pod does not, so an answer of a pod
    that sends it elsewhere would make it ask for another tenant's pages, or for a link that ends a stage.

    Args:
        job: the label `job` of its series.
        limits: for the interval.
    """
    return {
        "interval": f"{limits.interval_seconds}s",
        "relabelings": named(job),
        "followRedirects": False,
    }


def named(job: str) -> list[Relabeling]:
    """Name the job, and tell two endpoints of one pod apart: else their `up` would be one series."""
    return [
        {"targetLabel": "job", "replacement": job, "action": "replace"},
        {"sourceLabels": ["__metrics_path__"], "targetLabel": "metrics_path", "action": "replace"},
    ]


def metadata(name: str, namespace: str = MONITORING_NAMESPACE) -> dict[str, Any]:
    """Metadata of an object of the collection.

    Args:
        name: its name.
        namespace: its namespace.
    """
    return {"name": name, "namespace": namespace, "labels": labels(name, "monitoring")}

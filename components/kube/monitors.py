"""What Prometheus is told to scrape, as the Prometheus operator's PodMonitor. Pure: manifests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from components.domain import Manifest
from components.naming import MONITORING_NAMESPACE, labels
from components.records.model import Scrape

API: Final = "monitoring.coreos.com/v1"
"""Group and version of the Prometheus operator's kinds."""

METRICS_PORT_NAME: Final = "metrics"
"""Name of the port of our own exporters."""

Relabeling = dict[str, Any]
"""A relabeling of the Prometheus operator's kinds."""

LABEL_LIMIT: Final = 40
"""Most labels of one series: those of pods from kube-state-metrics have up to 20, so more is a fault."""

LABEL_VALUE_LENGTH_LIMIT: Final = 1024
"""Longest value of a label, in characters: no name is longer, but whole messages would be."""

DROPPED_TARGETS_KEPT: Final = 100
"""Targets that were found and not scraped, kept for people to look at; every finished pod is one."""


@dataclass(frozen=True, kw_only=True)
class ScrapeLimits:
    """How much a tenant's drivers may bring.

    Args:
        interval_seconds: seconds between two scrapes.
        samples: series that one endpoint of one driver may show; of one that shows more, none is taken.
        drivers: most drivers of one tenant at a time; with more, none of the tenant's is scraped.
    """

    interval_seconds: int
    samples: int
    drivers: int


def pod_monitor(
    name: str,
    job: str,
    namespace: str,
    selector: Mapping[str, str],
    endpoints: Sequence[Mapping[str, Any]],
    limits: ScrapeLimits,
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


def service_monitor(scrape: Scrape, limits: ScrapeLimits) -> Manifest:
    """Make the monitor of a service's pods, as its record says.

    Args:
        scrape: what is taken of them.
        limits: for the interval.
    """
    dropped = [{"action": "labeldrop", "regex": scrape.dropped}] if scrape.dropped else []
    return pod_monitor(
        scrape.job,
        scrape.job,
        scrape.namespace,
        {"app.kubernetes.io/name": scrape.part, **scrape.labels},
        [
            {
                "port": METRICS_PORT_NAME,
                **({"honorLabels": True} if scrape.honored else {}),
                **({"metricRelabelings": dropped} if dropped else {}),
            }
        ],
        limits,
    )


def endpoint_defaults(job: str, limits: ScrapeLimits) -> dict[str, Any]:
    """Fields that every scraped endpoint shares.

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
    """Name the job, and tell two endpoints of one pod apart: else their `up` would be one series.

    Args:
        job: what its series have as `job`.
    """
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

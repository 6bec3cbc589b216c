"""Prometheus on the foundation `kubernetes`: the operator's object, and the Service that shows it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from components.domain import Manifest, size_bytes
from components.kube.monitors import API, METRICS_PORT_NAME, metadata
from components.kube.pod_security import restricted_pod
from components.naming import MONITORING_NAMESPACE
from components.observability.network import PROMETHEUS_POD
from components.observability.remote_write import LETS_GO, RemoteWrite
from components.observability.workloads import USER
from components.records import monitoring as record
from components.records.alerts import ALERTMANAGER

NAME: Final = "prometheus"

PAGE_FOLDER: Final = "/usr/share/signals"
"""Where the page lies in the image that Prometheus serves at /user/; the dashboards lie in a folder of it."""

PAGE_PATH: Final = "/user/"
"""Where Prometheus serves --web.user-assets."""

FULL_SHARE: Final = 0.8
"""Part of the volume that blocks may fill: the write-ahead log and a compaction need room beside them."""

BLOCK_UNIT: Final = "MiB"


@dataclass(frozen=True, kw_only=True)
class MetricStorage:
    """How much is kept, and where.

    Args:
        retention_days: days that samples are kept.
        size: size of the volume, as a Kubernetes quantity; what is oldest goes first when it is full.
        storage_class: StorageClass of the volume; None means the cluster's default.
    """

    retention_days: int
    size: str
    storage_class: str | None

    @property
    def retention_size(self) -> str:
        """Most that is kept, in Prometheus' own notation."""
        return f"{int(size_bytes(self.size) * FULL_SHARE) // 1024**2}{BLOCK_UNIT}"


@dataclass(frozen=True, kw_only=True)
class PrometheusPlan:
    """How Prometheus is set up.

    Args:
        image: its image.
        version: its version, from which the operator knows what it understands.
        storage: what is kept.
        interval_seconds: seconds between two scrapes and two evaluations.
        memory: memory of the pod, request and limit.
        dashboards: names of the ConfigMaps with the dashboards that its page draws.
        url: where people reach it; None for inside the cluster only.
        remote_write: where else samples go; None for nowhere.
    """

    image: str
    version: str
    storage: MetricStorage
    interval_seconds: int
    memory: str
    dashboards: Sequence[str]
    url: str | None
    remote_write: RemoteWrite | None = None


def prometheus(plan: PrometheusPlan) -> Manifest:
    """Make the operator's object.

    Args:
        plan: what Prometheus is told.
    """
    interval = f"{plan.interval_seconds}s"
    return {
        "apiVersion": API,
        "kind": "Prometheus",
        # Nothing else says whether it is up: a first scrape would come some time after the end of an update.
        "metadata": {**metadata(NAME), "annotations": {"pulumi.com/waitFor": "condition=Available"}},
        "spec": {
            "image": plan.image,
            "imagePullPolicy": "IfNotPresent",
            "version": plan.version,
            "replicas": 1,
            "serviceAccountName": record.PROMETHEUS,
            "serviceDiscoveryRole": "EndpointSlice",
            # All objects of its own namespace, and of no other: a tenant can't add to what is scraped.
            "serviceMonitorSelector": {},
            "podMonitorSelector": {},
            "ruleSelector": {},
            "scrapeInterval": interval,
            "evaluationInterval": interval,
            "retention": f"{plan.storage.retention_days}d",
            "retentionSize": plan.storage.retention_size,
            "storage": {"volumeClaimTemplate": {"spec": _claim(plan.storage)}},
            "portName": "web",
            # Its links go where people see it; inside the cluster it is asked at / all the same.
            **({"externalUrl": plan.url, "routePrefix": "/"} if plan.url else {}),
            "logFormat": "json",
            "resources": record.RECORD.pods[record.PROMETHEUS].ours.resources(plan.memory),
            "securityContext": restricted_pod(USER),
            "alerting": {
                "alertmanagers": [
                    {
                        "name": ALERTMANAGER,
                        "namespace": MONITORING_NAMESPACE,
                        "port": METRICS_PORT_NAME,
                        "apiVersion": "v2",
                    }
                ]
            },
            **({"remoteWrite": [plan.remote_write.spec()]} if plan.remote_write else {}),
            **_page(plan.dashboards),
        },
    }


def service() -> Manifest:
    """Make the Service that people and dashboards reach Prometheus by."""
    port = {"name": "web", "port": record.PROMETHEUS_PORT, "targetPort": "web"}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(NAME),
        "spec": {"type": "ClusterIP", "selector": dict(PROMETHEUS_POD), "ports": [port]},
    }


def _claim(storage: MetricStorage) -> dict[str, Any]:
    return {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": storage.size}},
        **({"storageClassName": storage.storage_class} if storage.storage_class else {}),
    }


def _page(dashboards: Sequence[str]) -> Mapping[str, Any]:
    sources = [{"configMap": {"name": name}} for name in dashboards]
    mount = {"name": "dashboards", "mountPath": f"{PAGE_FOLDER}/dashboards", "readOnly": True}
    return {
        "volumes": [{"name": "dashboards", "projected": {"sources": sources}}],
        "volumeMounts": [mount],
        "additionalArgs": [{"name": "web.user-assets", "value": PAGE_FOLDER}, dict(LETS_GO)],
    }

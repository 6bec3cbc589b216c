"""Values of the upstream Loki chart, typed. Pure.

One process and one volume hold what people search, for days; the archive in the object store holds
everything, for its own time. So nothing is lost with the volume, and Loki needs no rights in the cloud.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from components.naming import LOGS_NAMESPACE
from components.records.logs import LOKI, LOKI_PORT, RECORD

RELEASE: Final = "loki"
"""Name of the Helm release, of its Service and of its pods' label."""

URL: Final = f"http://{RELEASE}.{LOGS_NAMESPACE}.svc:{LOKI_PORT}"
"""Where it is asked."""

OTLP_URL: Final = f"{URL}/otlp"
"""Where the collector sends lines (Loki's OTLP endpoint)."""

INDEXED: Final = ("k8s.namespace.name", "k8s.container.name")
"""What makes a stream of its own: few values each. Pod and application go with each line instead: they are
new in every run, and each value would be another stream (Loki, "Label best practices")."""

_HOURS_PER_DAY: Final = 24


@dataclass(frozen=True, kw_only=True)
class LokiValues:
    """What the platform decides about Loki.

    Args:
        retention_days: days that lines can be searched.
        memory: memory of the pod, request and limit.
        disk: size of its volume.
        storage_class: StorageClass of the volume; None takes the cluster's default.
    """

    retention_days: int
    memory: str
    disk: str
    storage_class: str | None


def chart_values(values: LokiValues) -> dict[str, Any]:
    """Make the chart's values.

    Args:
        values: what the platform decides.
    """
    persistence: dict[str, Any] = {"enabled": True, "size": values.disk}
    if values.storage_class is not None:
        persistence["storageClass"] = values.storage_class
    return {
        "deploymentMode": "Monolithic",
        "loki": _process(values.retention_days),
        "singleBinary": {
            "replicas": 1,
            "persistence": persistence,
            "resources": RECORD.pods[LOKI].resources(values.memory),
            # It looks for rules in the whole cluster, and there are none.
            "sidecar": False,
        },
        "sidecar": {"rules": {"enabled": False}},
        # The chart refuses one process beside the parts of a larger Loki, which it has by default.
        **{part: {"replicas": 0} for part in ("read", "write", "backend")},
        # It asks nothing of the API server.
        "defaults": {"automountServiceAccountToken": False},
        # Neither a proxy nor caches nor a canary of its own in front of one process.
        "gateway": {"enabled": False},
        "chunksCache": {"enabled": False},
        "resultsCache": {"enabled": False},
        "lokiCanary": {"enabled": False},
        "test": {"enabled": False},
    }


def _process(retention_days: int) -> dict[str, Any]:
    return {
        # One tenant in Loki's sense: people see it by Grafana, which has its own rights.
        "auth_enabled": False,
        "commonConfig": {"replication_factor": 1},
        "storage": {"type": "filesystem"},
        "schemaConfig": {
            "configs": [
                {
                    "from": "2024-04-01",
                    "store": "tsdb",
                    "object_store": "filesystem",
                    "schema": "v13",
                    "index": {"prefix": "index_", "period": "24h"},
                }
            ]
        },
        "limits_config": {
            "retention_period": f"{retention_days * _HOURS_PER_DAY}h",
            "allow_structured_metadata": True,
            "otlp_config": {
                "resource_attributes": {
                    "ignore_defaults": True,
                    "attributes_config": [{"action": "index_label", "attributes": list(INDEXED)}],
                }
            },
        },
        # Without it the retention above is a number, and the volume fills up.
        "compactor": {"retention_enabled": True, "delete_request_store": "filesystem"},
    }

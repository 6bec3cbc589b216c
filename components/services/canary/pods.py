"""The canary's checker: its pod, and whom it reaches. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from components.domain import ObjectStorage
from components.kube.network_rules import (
    NetworkPlan,
    Spec,
    egress_to,
    policy,
    scraped_by,
)
from components.kube.pod_security import restricted_container, restricted_pod
from components.naming import CANARY_NAMESPACE, labels
from components.records.canary import CHECKER, METRICS_PORT, RECORD
from components.services.canary.plan import CHECK_SECONDS, SCHEDULE

_USER: Final = 65532
_SECONDS_PER_MINUTE: Final = 60


def checker_labels() -> dict[str, str]:
    """Labels of the checker, which select its pod as well."""
    return labels(CHECKER, "canary")


def checker_selector() -> dict[str, str]:
    """The label that finds the checker's pod."""
    return {"app.kubernetes.io/name": CHECKER}


def store_url(storage: ObjectStorage) -> str:
    """Where the object store answers; without a key it refuses, and that is an answer.

    Args:
        storage: the object store.
    """
    return storage.endpoint or f"https://s3.{storage.region}.amazonaws.com"


def checker_pod(*, image: str, storage: ObjectStorage, history_url: str, interval_minutes: int) -> Spec:
    """Make the pod template of the checker.

    Args:
        image: reference of the image canary_checker.
        storage: the object store that jobs use.
        history_url: URL of the history server from inside the cluster.
        interval_minutes: minutes from one run to the next.
    """
    environment: Mapping[str, Any] = {
        "CANARY_NAMESPACE": CANARY_NAMESPACE,
        "CANARY_SCHEDULE": SCHEDULE,
        "CANARY_INTERVAL_SECONDS": interval_minutes * _SECONDS_PER_MINUTE,
        "CHECK_SECONDS": CHECK_SECONDS,
        "STORE_URL": store_url(storage),
        "HISTORY_URL": history_url,
        "METRICS_PORT": METRICS_PORT,
    }
    container = {
        "name": CHECKER,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "env": [{"name": name, "value": str(value)} for name, value in environment.items()],
        "ports": [{"name": "metrics", "containerPort": METRICS_PORT, "protocol": "TCP"}],
        "livenessProbe": {
            "httpGet": {"path": "/metrics", "port": "metrics"},
            "periodSeconds": 30,
            "timeoutSeconds": 5,
        },
        "resources": RECORD.pods[CHECKER].resources(),
        "securityContext": restricted_container(),
    }
    return {
        "metadata": {"labels": checker_labels()},
        "spec": {
            "serviceAccountName": CHECKER,
            "automountServiceAccountToken": True,
            "enableServiceLinks": False,
            "securityContext": restricted_pod(_USER),
            "containers": [container],
        },
    }


def checker_policy(plan: NetworkPlan) -> Spec:
    """Make the NetworkPolicy of the checker; all else in the namespace is the tenants' set.

    Args:
        plan: what lies around it.

    Raises:
        ValueError: the object store's endpoint is no URL with a host.
    """
    return policy(
        checker_selector(),
        ingress=scraped_by(plan.monitoring_namespace, METRICS_PORT),
        egress=egress_to(RECORD.reaches[CHECKER], plan),
    )

"""What an attack is, and the objects that attacks spoil: each is admitted as it is made here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from components.naming import DRIVER_ACCOUNT, SUBMITTER_ACCOUNT

Object = dict[str, Any]

RANKED: Final = "spark-normal"
"""PriorityClass of the tenant that attacks."""


class Who(StrEnum):
    """Who tries."""

    PERSON = "a person"
    SUBMITTER = f"the account {SUBMITTER_ACCOUNT}"
    DRIVER = f"a job's code, as {DRIVER_ACCOUNT}"


@dataclass(frozen=True, kw_only=True)
class Attack:
    """One try.

    Args:
        what: what is tried, for the table.
        does: what it would do.
        who: who tries it.
        manifest: the object that is created.
        said: a part of the API server's answer.
        sooner: the same of one of its own plug-ins that comes before the policies, where that is on.
    """

    what: str
    does: str
    who: Who
    manifest: Object
    said: str
    sooner: str = ""


_SMALL: Final = {"cores": 1, "coreRequest": "100m", "memory": "512m"}


def job(**changes: Any) -> Object:
    """A SparkApplication as people write it, with fields of its spec changed."""
    return {
        "apiVersion": "sparkoperator.k8s.io/v1beta2",
        "kind": "SparkApplication",
        "metadata": {"name": "walls"},
        "spec": {
            "type": "Python",
            "mode": "cluster",
            "sparkVersion": "4.1.2",
            "mainApplicationFile": "local:///opt/spark/examples/src/main/python/pi.py",
            "restartPolicy": {"type": "Never"},
            # Small enough for any tenant's quota, which refuses a job as well.
            "driver": {**_SMALL, "serviceAccount": DRIVER_ACCOUNT},
            "executor": {**_SMALL, "instances": 1},
            **changes,
        },
    }


def schedule(expression: str, name: str = "walls", **changes: Any) -> Object:
    """A ScheduledSparkApplication, with fields of its spec changed."""
    template = job(**changes.pop("template", {}))["spec"]
    spec = {"schedule": expression, "concurrencyPolicy": "Forbid", "template": template, **changes}
    return {
        "apiVersion": "sparkoperator.k8s.io/v1beta2",
        "kind": "ScheduledSparkApplication",
        "metadata": {"name": name},
        "spec": spec,
    }


def service(**spec: Any) -> Object:
    """A Service of a driver."""
    port = {"name": "ui", "port": 4040}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "walls"},
        "spec": {"selector": {"spark-role": "driver"}, "ports": [port], **spec},
    }


def pod(labels: Mapping[str, str] | None = None, **spec: Any) -> Object:
    """A pod that the namespace admits, with fields of its spec changed; None leaves one out."""
    container = {
        "name": "main",
        "image": "localhost/spark:1",
        "resources": {
            "requests": {"cpu": "100m", "memory": "64Mi"},
            "limits": {"cpu": "100m", "memory": "64Mi"},
        },
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    merged = {
        "restartPolicy": "Never",
        "priorityClassName": RANKED,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 185,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
        **spec,
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "walls", "labels": dict(labels or {})},
        "spec": {key: value for key, value in merged.items() if value is not None},
    }


def config_map(**metadata: Any) -> Object:
    """A ConfigMap."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "walls", **metadata}, "data": {}}


def with_metadata(manifest: Object, **metadata: Any) -> Object:
    """The object, with fields of its metadata set."""
    return {**manifest, "metadata": {**manifest["metadata"], **metadata}}


DRIVER: Final = job()["spec"]["driver"]

"""Pods of the jobs: the worker, and the repository that people push to. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from components.buckets import EVENTS_PREFIX
from components.domain import ObjectStorage
from components.kube.pod_security import restricted_container, restricted_pod
from components.naming import ACCESS_KEY, SECRET_KEY, labels
from components.records.jobs import METRICS_PORT, RECORD, REPOSITORY, REPOSITORY_PORT, WORKER

Spec = dict[str, Any]

HOME: Final = "/var/lib/jobs"
"""Where the repository is, or the worker's copy of it."""

CREDENTIALS: Final = "/etc/jobs/repository"
"""Where name and password of the repository are."""

_USER: Final = 65532
_KEYS: Final = (("AWS_ACCESS_KEY_ID", ACCESS_KEY), ("AWS_SECRET_ACCESS_KEY", SECRET_KEY))


@dataclass(frozen=True, kw_only=True)
class Followed:
    """The repository of the definitions.

    Args:
        url: where it is.
        branch: the branch that is followed.
        folder: folder of the definitions in it; empty for all of it.
        seconds: time between two looks.
        secret: Secret of the namespace with `username` and `password`; None for a repository that asks
            nobody.
    """

    url: str
    branch: str
    folder: str
    seconds: int
    secret: str | None = None


def part_labels(part: str) -> dict[str, str]:
    """Labels of one of the two, which select its pods as well."""
    return labels(part, "jobs")


def worker_pod(image: str, storage: ObjectStorage, namespaces: Sequence[str], followed: Followed) -> Spec:
    """Make the pod template of the worker.

    Args:
        image: reference of the image jobs.
        storage: the object store.
        namespaces: the tenants' namespaces.
        followed: the repository.
    """
    environment = {
        "JOBS_NAMESPACES": ",".join(namespaces),
        "JOBS_BUCKET": storage.artifacts_bucket,
        "JOBS_EVENTS_BUCKET": storage.events_bucket,
        "JOBS_EVENTS_PREFIX": EVENTS_PREFIX,
        "JOBS_REGION": storage.region,
        "JOBS_REPOSITORY": followed.url,
        "JOBS_BRANCH": followed.branch,
        "JOBS_FOLDER": followed.folder,
        "JOBS_SYNC_SECONDS": followed.seconds,
        "JOBS_HOME": HOME,
        "JOBS_METRICS_PORT": METRICS_PORT,
        **({"JOBS_ENDPOINT": storage.endpoint} if storage.endpoint else {}),
        **({"JOBS_CREDENTIALS": CREDENTIALS} if followed.secret else {}),
    }
    keys = _keys() if storage.static_credentials else []
    container = {
        **_container(image, WORKER, environment, keys, followed.secret),
        "args": ["apps.jobs.worker"],
        "ports": [{"name": "metrics", "containerPort": METRICS_PORT, "protocol": "TCP"}],
        "livenessProbe": {
            "httpGet": {"path": "/metrics", "port": "metrics"},
            "periodSeconds": 30,
            "timeoutSeconds": 5,
        },
    }
    return {
        "metadata": {"labels": part_labels(WORKER)},
        "spec": {
            **_pod(WORKER, container),
            "volumes": [{"name": "home", "emptyDir": {"sizeLimit": "1Gi"}}, *_secret(followed.secret)],
        },
    }


def repository_pod(image: str, annotations: Mapping[str, Any]) -> Spec:
    """Make the pod template of the repository.

    Args:
        image: reference of the image jobs.
        annotations: annotations of the pod; a changed one restarts it.
    """
    environment = {"JOBS_HOME": HOME, "JOBS_PORT": REPOSITORY_PORT, "JOBS_CREDENTIALS": CREDENTIALS}
    health = {"httpGet": {"path": "/-/healthy", "port": "http"}, "timeoutSeconds": 5}
    container = {
        **_container(image, REPOSITORY, environment, [], REPOSITORY),
        "args": ["apps.jobs.repository"],
        "ports": [{"name": "http", "containerPort": REPOSITORY_PORT, "protocol": "TCP"}],
        "readinessProbe": {**health, "periodSeconds": 5},
        "livenessProbe": {**health, "periodSeconds": 30},
    }
    return {
        "metadata": {"labels": part_labels(REPOSITORY), "annotations": dict(annotations)},
        "spec": {
            **_pod(REPOSITORY, container),
            # It asks the API server for nothing.
            "automountServiceAccountToken": False,
            "volumes": [
                {"name": "home", "persistentVolumeClaim": {"claimName": REPOSITORY}},
                *_secret(REPOSITORY),
            ],
        },
    }


def _container(
    image: str,
    name: str,
    environment: Mapping[str, object],
    keys: Sequence[Spec],
    secret: str | None,
) -> Spec:
    reserved = RECORD.pods[name]
    mounts = [{"name": "home", "mountPath": HOME}]
    if secret:
        mounts.append({"name": "credentials", "mountPath": CREDENTIALS})
    return {
        "name": name,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "env": [*({"name": key, "value": str(value)} for key, value in environment.items()), *keys],
        "volumeMounts": mounts,
        # Memory is the same reserved and at most; CPU may burst.
        "resources": {
            "requests": {"cpu": reserved.cpu, "memory": reserved.memory},
            "limits": {"memory": reserved.memory},
        },
        "securityContext": restricted_container(),
    }


def _pod(account: str, container: Spec) -> Spec:
    return {
        "serviceAccountName": account,
        "enableServiceLinks": False,
        "securityContext": restricted_pod(_USER),
        "containers": [container],
    }


def _keys() -> list[Spec]:
    return [
        {"name": variable, "valueFrom": {"secretKeyRef": {"name": WORKER, "key": key}}}
        for variable, key in _KEYS
    ]


def _secret(name: str | None) -> list[Spec]:
    if name is None:
        return []
    return [{"name": "credentials", "secret": {"secretName": name, "defaultMode": 0o440}}]

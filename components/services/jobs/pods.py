"""Pods of the jobs: the worker, the pages of all runs, and the repository that people push to. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from components.buckets import EVENTS_PREFIX
from components.domain import ObjectStorage
from components.kube.karpenter import METRICS as KARPENTER_METRICS
from components.kube.pod_security import restricted_container, restricted_pod
from components.naming import ACCESS_KEY, SECRET_KEY, labels
from components.records.jobs import (
    METRICS_PORT,
    RECORD,
    REPOSITORY,
    REPOSITORY_PORT,
    WEB,
    WEB_PORT,
    WORKER,
)

Spec = dict[str, Any]

HOME: Final = "/var/lib/jobs"
"""Where the repository is, or the worker's copy of it."""

CREDENTIALS: Final = "/etc/jobs/repository"
"""Where name and password of the repository are."""

LOGIN: Final = "/etc/jobs/login"
"""Where the password is by which the login proves itself to the pages."""

PAGE_PASSWORD: Final = "password"  # noqa: S105 - a key of a Secret, and the file that it becomes
LIVE_KEY: Final = "live-key"
"""Files of that Secret: the password, and the key of passes to drivers' pages."""

LOGIN_SECRET: Final = "jobs-login"  # noqa: S105 - the name of a Secret

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
        keep_seconds: how long a run stays in the cluster after its end, if its definition does not say it.
        secret: Secret of the namespace with `username` and `password`; None for a repository that asks
            nobody.
    """

    url: str
    branch: str
    folder: str
    seconds: int
    keep_seconds: int
    secret: str | None = None


@dataclass(frozen=True, kw_only=True)
class Index:
    """How a pod gets to the index of runs.

    Args:
        variables: of its container.
        mount: where that sees what it needs to get in.
        volume: the pod's volume with it.
    """

    variables: Sequence[Spec]
    mount: Spec
    volume: Spec


@dataclass(frozen=True, kw_only=True)
class Common:
    """What worker and pages have in common.

    Args:
        image: reference of the image jobs.
        storage: the object store.
        namespaces: the tenants' namespaces.
        index: how they get to the index of runs.
        annotations: annotations of the pods; a changed one restarts them.
    """

    image: str
    storage: ObjectStorage
    namespaces: Sequence[str]
    index: Index
    annotations: Mapping[str, Any] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, object]:
        """What both are told."""
        return {
            "JOBS_NAMESPACES": ",".join(self.namespaces),
            "JOBS_BUCKET": self.storage.artifacts_bucket,
            "JOBS_REGION": self.storage.region,
            **({"JOBS_ENDPOINT": self.storage.endpoint} if self.storage.endpoint else {}),
        }

    def secrets(self, name: str) -> list[Spec]:
        """Variables with the S3 key of one of the two, and those of the database.

        Args:
            name: which of the two.
        """
        return [
            *(_keys(name) if self.storage.static_credentials else []),
            *self.index.variables,
        ]


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What the pages show besides runs, and to whom.

    Args:
        groups: all groups that tenants name.
        members: groups by user, where the login has users of its own.
        path: path of the pages below their address, such as `/jobs`.
        history: address of the history server, as a browser opens it.
        logs: of the page of stored logs; empty for none.
        signals: of the dashboards; empty for none.
        check_seconds: time between two looks at the data of jobs that say how it has to be.
    """

    groups: Sequence[str]
    members: Mapping[str, Sequence[str]]
    path: str
    history: str
    logs: str = ""
    signals: str = ""
    check_seconds: int


def part_labels(part: str) -> dict[str, str]:
    """Labels of one of the three, which select its pods as well.

    Args:
        part: name of one of them.
    """
    return labels(part, "jobs")


def worker_pod(
    common: Common,
    followed: Followed,
    prices: Mapping[str, str],
    *,
    scrape_seconds: int,
    karpenter: bool = False,
) -> Spec:
    """Make the pod template of the worker.

    Args:
        common: what the pages have, too.
        followed: the repository.
        prices: USD of a node's hour by instance type, before those of the table.
        scrape_seconds: time between two looks at its metrics.
        karpenter: whether Karpenter makes the nodes, and knows their prices.
    """
    environment = {
        **common.environment,
        "JOBS_EVENTS_BUCKET": common.storage.events_bucket,
        "JOBS_EVENTS_PREFIX": EVENTS_PREFIX,
        "JOBS_REPOSITORY": followed.url,
        "JOBS_BRANCH": followed.branch,
        "JOBS_FOLDER": followed.folder,
        "JOBS_SYNC_SECONDS": followed.seconds,
        "JOBS_KEEP_SECONDS": followed.keep_seconds,
        "JOBS_HOME": HOME,
        "JOBS_METRICS_PORT": METRICS_PORT,
        "JOBS_SCRAPE_SECONDS": scrape_seconds,
        **({"JOBS_CREDENTIALS": CREDENTIALS} if followed.secret else {}),
        **({"JOBS_PRICES": json.dumps(dict(prices), sort_keys=True)} if prices else {}),
        **({"JOBS_KARPENTER": KARPENTER_METRICS} if karpenter else {}),
    }
    health = {"httpGet": {"path": "/metrics", "port": "metrics"}, "timeoutSeconds": 5}
    container = {
        **_container(common.image, WORKER, environment, common.secrets(WORKER)),
        "args": ["apps.jobs.worker"],
        "ports": [{"name": "metrics", "containerPort": METRICS_PORT, "protocol": "TCP"}],
        "volumeMounts": [
            {"name": "home", "mountPath": HOME},
            common.index.mount,
            *_mounted(followed.secret),
        ],
        **_probes(health),
    }
    volumes = [
        {"name": "home", "emptyDir": {"sizeLimit": "1Gi"}},
        common.index.volume,
        *_secret(followed.secret),
    ]
    return _template(WORKER, container, volumes, common.annotations, token=True)


def web_pod(common: Common, shown: Shown) -> Spec:
    """Make the pod template of the pages.

    Args:
        common: what the worker has, too.
        shown: what they show, and to whom.
    """
    environment = {
        **common.environment,
        "JOBS_DATA_BUCKETS": common.storage.data_bucket,
        "JOBS_CHECK_SECONDS": shown.check_seconds,
        "JOBS_GROUPS": ",".join(sorted(set(shown.groups))),
        "JOBS_MEMBERS": json.dumps({name: list(of) for name, of in shown.members.items()}, sort_keys=True),
        "JOBS_PAGE_PASSWORD": f"{LOGIN}/{PAGE_PASSWORD}",
        "JOBS_LIVE_KEY": f"{LOGIN}/{LIVE_KEY}",
        "JOBS_PATH": shown.path,
        "JOBS_HISTORY": shown.history,
        "JOBS_LOGS": shown.logs,
        "JOBS_SIGNALS": shown.signals,
        "JOBS_PORT": WEB_PORT,
        "JOBS_METRICS_PORT": METRICS_PORT,
    }
    health = {"httpGet": {"path": "/health", "port": "http"}, "timeoutSeconds": 5}
    container = {
        **_container(common.image, WEB, environment, common.secrets(WEB)),
        "args": ["apps.jobs.web"],
        "ports": [
            {"name": "http", "containerPort": WEB_PORT, "protocol": "TCP"},
            {"name": "metrics", "containerPort": METRICS_PORT, "protocol": "TCP"},
        ],
        "volumeMounts": [
            common.index.mount,
            {"name": "login", "mountPath": LOGIN, "readOnly": True},
        ],
        **_probes(health),
    }
    volumes = [
        common.index.volume,
        {"name": "login", "secret": {"secretName": LOGIN_SECRET, "defaultMode": 0o440}},
    ]
    return _template(WEB, container, volumes, common.annotations, token=True)


def repository_pod(image: str, annotations: Mapping[str, Any]) -> Spec:
    """Make the pod template of the repository.

    Args:
        image: reference of the image jobs.
        annotations: annotations of the pod; a changed one restarts it.
    """
    environment = {"JOBS_HOME": HOME, "JOBS_PORT": REPOSITORY_PORT, "JOBS_CREDENTIALS": CREDENTIALS}
    health = {"httpGet": {"path": "/-/healthy", "port": "http"}, "timeoutSeconds": 5}
    container = {
        **_container(image, REPOSITORY, environment, []),
        "args": ["apps.jobs.repository"],
        "ports": [{"name": "http", "containerPort": REPOSITORY_PORT, "protocol": "TCP"}],
        "volumeMounts": [{"name": "home", "mountPath": HOME}, *_mounted(REPOSITORY)],
        **_probes(health),
    }
    volumes = [
        {"name": "home", "persistentVolumeClaim": {"claimName": REPOSITORY}},
        *_secret(REPOSITORY),
    ]
    # It asks the API server for nothing.
    return _template(REPOSITORY, container, volumes, annotations, token=False)


def _template(
    part: str, container: Spec, volumes: Sequence[Spec], annotations: Mapping[str, Any], *, token: bool
) -> Spec:
    return {
        "metadata": {"labels": part_labels(part), "annotations": dict(annotations)},
        "spec": {
            "serviceAccountName": part,
            "automountServiceAccountToken": token,
            "enableServiceLinks": False,
            "securityContext": restricted_pod(_USER),
            "containers": [container],
            "volumes": list(volumes),
        },
    }


def _probes(health: Spec) -> Spec:
    """A busy node takes a minute to read a program; ended meanwhile, it would never come to its end."""
    return {
        "startupProbe": {**health, "periodSeconds": 2, "failureThreshold": 150},
        "readinessProbe": {**health, "periodSeconds": 5},
        "livenessProbe": {**health, "periodSeconds": 30},
    }


def _container(image: str, name: str, environment: Mapping[str, object], secrets: Sequence[Spec]) -> Spec:
    return {
        "name": name,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "env": [*({"name": key, "value": str(value)} for key, value in environment.items()), *secrets],
        "resources": RECORD.pods[name].resources(),
        "securityContext": restricted_container(),
    }


def _keys(name: str) -> list[Spec]:
    return [
        {"name": variable, "valueFrom": {"secretKeyRef": {"name": name, "key": key}}}
        for variable, key in _KEYS
    ]


def _mounted(secret: str | None) -> list[Spec]:
    return [{"name": "credentials", "mountPath": CREDENTIALS, "readOnly": True}] if secret else []


def _secret(name: str | None) -> list[Spec]:
    if name is None:
        return []
    return [{"name": "credentials", "secret": {"secretName": name, "defaultMode": 0o440}}]

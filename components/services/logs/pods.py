"""Pods of the logs: the collector on each node, the log page, and the job that deletes old logs. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from components.buckets import LOGS_PREFIX
from components.domain import MIB, ObjectStorage, size_bytes
from components.kube.placement import Placement
from components.kube.pod_security import restricted_container, restricted_pod
from components.naming import (
    ACCESS_KEY,
    LOG_CLEANER_ACCOUNT,
    LOG_COLLECTOR_ACCOUNT,
    LOG_PAGE_ACCOUNT,
    SECRET_KEY,
    labels,
)
from components.records.logs import METRICS_PORT, PAGE_PORT, RECORD
from components.records.model import PodRequest
from components.services.logs.collector import HEALTH_PORT, POD_LOGS, SHARED_LABELS, STATE

Spec = dict[str, Any]

COLLECTOR: Final = LOG_COLLECTOR_ACCOUNT
PAGE: Final = LOG_PAGE_ACCOUNT
CLEANER: Final = LOG_CLEANER_ACCOUNT
"""Names of the three, and of their service accounts."""

CONFIG_FILE: Final = "collector.yaml"
PRIORITY_CLASS: Final = "log-collector"

CLEANING: Final = "17 3 * * *"
"""Once a day, at night, and not at a full hour, when everybody else's jobs start."""

_USER: Final = 65532
_PROGRAMS: Final = "/usr/local/bin"
_GO_SHARE: Final = 0.8
"""Part of the memory limit that Go's collector aims to stay below, so that bursts don't end in a kill."""

_END_SECONDS: Final = 60
"""Time to send what was read, when the pod is told to end."""

_KEYS: Final = (("AWS_ACCESS_KEY_ID", ACCESS_KEY), ("AWS_SECRET_ACCESS_KEY", SECRET_KEY))


@dataclass(frozen=True, kw_only=True)
class PodPlan:
    """What all three have in common.

    Args:
        image: reference of the image with the collector and the archive's program.
        storage: where the logs are.
    """

    image: str
    storage: ObjectStorage


@dataclass(frozen=True, kw_only=True)
class Sight:
    """Who sees what of the log page.

    Args:
        path: path that the page is at, such as `/logs`.
        seen: namespaces whose logs a user sees, by the user's name; `EVERYTHING` is all of them.
        groups: the same by the name of a group, where a provider says who is in which.
    """

    path: str
    seen: Mapping[str, Sequence[str]] = field(default_factory=dict)
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class PageViewers(Sight):
    """Who sees what of the log page, which then answers the login proxy alone.

    Args:
        secret: name of the Secret whose key `PASSWORD` the proxy proves itself by.
    """

    secret: str


PASSWORD: Final = "password"  # noqa: S105 - a key of a Secret
EVERYTHING: Final = ("*",)


@dataclass(frozen=True, kw_only=True)
class NodeFolders:
    """Folders of a node that the collector uses.

    Args:
        pod_logs: where the kubelet keeps the logs of pods (its `podLogsDir`).
        state: where the collector notes how far it has read; it is made if it is missing.
    """

    pod_logs: str
    state: str


def part_labels(part: str) -> dict[str, str]:
    """Labels of one of the three, which select its pods as well.

    Args:
        part: name of one of them.
    """
    return labels(part, "logs")


def collector_pod(
    plan: PodPlan,
    *,
    memory: str,
    placements: Sequence[Placement],
    annotations: Mapping[str, str],
    folders: NodeFolders,
) -> Spec:
    """Make the pod template of the collector.

    It runs as root, because the kubelet's files are root's; without a single capability, so that it is no
    more than their owner, and with a root file system that can't be written.

    Args:
        plan: image and store.
        memory: memory request and limit.
        placements: where Spark pods run: it goes to nodes that have all labels of one, whatever the value.
        annotations: annotations of the pod; a changed one restarts it.
        folders: folders of the node.
    """
    container = {
        **_container(plan, COLLECTOR, replace(RECORD.pods[COLLECTOR], memory=memory)),
        "command": [f"{_PROGRAMS}/log-collector"],
        "args": [f"--config=/etc/log-collector/{CONFIG_FILE}", f"--feature-gates={SHARED_LABELS}"],
        "ports": [
            {"name": "metrics", "containerPort": METRICS_PORT, "protocol": "TCP"},
            {"name": "health", "containerPort": HEALTH_PORT, "protocol": "TCP"},
        ],
        "startupProbe": {**_health("/", "health"), "periodSeconds": 2, "failureThreshold": 60},
        "livenessProbe": {**_health("/", "health"), "periodSeconds": 20},
        "volumeMounts": [
            {"name": "config", "mountPath": "/etc/log-collector", "readOnly": True},
            {"name": "pod-logs", "mountPath": POD_LOGS, "readOnly": True},
            {"name": "state", "mountPath": STATE},
        ],
    }
    container["env"] = [
        *container["env"],
        {"name": "NODE_NAME", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
        {"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
    ]
    return {
        "metadata": {"labels": part_labels(COLLECTOR), "annotations": dict(annotations)},
        "spec": {
            "serviceAccountName": COLLECTOR,
            "enableServiceLinks": False,
            "priorityClassName": PRIORITY_CLASS,
            "terminationGracePeriodSeconds": _END_SECONDS,
            "securityContext": {
                "runAsUser": 0,
                "runAsGroup": 0,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            **_beside(placements),
            "containers": [container],
            "volumes": [
                {"name": "config", "configMap": {"name": COLLECTOR}},
                {"name": "pod-logs", "hostPath": {"path": folders.pod_logs, "type": "DirectoryOrCreate"}},
                {"name": "state", "hostPath": {"path": folders.state, "type": "DirectoryOrCreate"}},
            ],
        },
    }


def page_pod(plan: PodPlan, viewers: PageViewers | None = None) -> Spec:
    """Make the pod template of the log page.

    Args:
        plan: image and store.
        viewers: who sees what; None where nothing asks people who they are.
    """
    container = {
        **_container(plan, PAGE, RECORD.pods[PAGE]),
        "command": [f"{_PROGRAMS}/log-archive"],
        "args": ["serve", f"--listen=:{PAGE_PORT}"],
        "ports": [{"name": "http", "containerPort": PAGE_PORT, "protocol": "TCP"}],
        "readinessProbe": {**_health("/-/healthy", "http"), "periodSeconds": 10},
        "livenessProbe": {**_health("/-/healthy", "http"), "periodSeconds": 20},
    }
    if viewers is not None:
        secret = {"secretKeyRef": {"name": viewers.secret, "key": PASSWORD}}
        told = {"PAGE_VIEWERS": viewers.seen, "PAGE_GROUPS": viewers.groups}
        container["env"] += [
            {"name": "PAGE_PATH", "value": viewers.path},
            *(
                {
                    "name": variable,
                    "value": json.dumps({name: list(seen) for name, seen in who.items()}, sort_keys=True),
                }
                for variable, who in told.items()
                if who
            ),
            {"name": "PAGE_PASSWORD", "valueFrom": secret},
        ]
    return {"metadata": {"labels": part_labels(PAGE)}, "spec": _quiet_pod(PAGE, container)}


def cleaner_job(plan: PodPlan, *, days: int) -> Spec:
    """Make the spec of the CronJob that deletes old logs, for a store without lifecycle rules.

    Args:
        plan: image and store.
        days: days that logs are kept.
    """
    container = {
        **_container(plan, CLEANER, RECORD.passing[CLEANER]),
        "command": [f"{_PROGRAMS}/log-archive"],
        "args": ["clean", f"--days={days}"],
    }
    pod = {**_quiet_pod(CLEANER, container), "restartPolicy": "Never"}
    return {
        "schedule": CLEANING,
        "timeZone": "Etc/UTC",
        "concurrencyPolicy": "Forbid",
        # A machine that was off at night cleans when it is back, up to a day later.
        "startingDeadlineSeconds": 86_000,
        "successfulJobsHistoryLimit": 1,
        "failedJobsHistoryLimit": 1,
        "jobTemplate": {
            "spec": {
                "backoffLimit": 2,
                "activeDeadlineSeconds": 3600,
                "template": {"metadata": {"labels": part_labels(CLEANER)}, "spec": pod},
            }
        },
    }


def _container(plan: PodPlan, name: str, reserved: PodRequest) -> dict[str, Any]:
    storage = plan.storage
    environment: list[dict[str, Any]] = [
        {"name": "LOGS_BUCKET", "value": storage.events_bucket},
        {"name": "LOGS_PREFIX", "value": LOGS_PREFIX},
        {"name": "AWS_REGION", "value": storage.region},
        {"name": "GOMEMLIMIT", "value": f"{int(size_bytes(str(reserved.memory)) / MIB * _GO_SHARE)}MiB"},
    ]
    if storage.endpoint is not None:
        environment.append({"name": "LOGS_ENDPOINT", "value": storage.endpoint})
    if storage.static_credentials:
        environment += [
            {"name": variable, "valueFrom": {"secretKeyRef": {"name": name, "key": key}}}
            for variable, key in _KEYS
        ]
    return {
        "name": name,
        "image": plan.image,
        "imagePullPolicy": "IfNotPresent",
        "env": environment,
        # Memory is the same reserved and at most, so that a node can't run out of it; CPU may burst.
        "resources": reserved.resources(),
        "securityContext": restricted_container(),
    }


def _quiet_pod(account: str, container: Mapping[str, Any]) -> Spec:
    return {
        "serviceAccountName": account,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": restricted_pod(_USER),
        "containers": [dict(container)],
    }


def _health(path: str, port: str) -> Spec:
    return {"httpGet": {"path": path, "port": port}, "timeoutSeconds": 5, "failureThreshold": 3}


def _beside(placements: Sequence[Placement]) -> Spec:
    """Go where Spark pods go, and to no node that only the platform uses."""
    terms = [
        {"matchExpressions": [{"key": key, "operator": "Exists"} for key in sorted(each.node_selector)]}
        for each in placements
        if each.node_selector
    ]
    tolerations = [dict(toleration) for each in placements for toleration in each.tolerations]
    wanted: Spec = {
        "tolerations": [each for at, each in enumerate(tolerations) if each not in tolerations[:at]]
    }
    # Where one of them may be on any node, so may the collector.
    if terms and len(terms) == len(placements):
        unique = [each for at, each in enumerate(terms) if each not in terms[:at]]
        required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": unique}}
        wanted["affinity"] = {"nodeAffinity": required}
    return wanted

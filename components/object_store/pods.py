"""The object store's two pods, as pod templates: the server, and the job that sets it up. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from components.domain import MIB, size_bytes
from components.kube.pod_security import restricted_container, restricted_pod
from components.naming import ACCESS_KEY, OBJECT_STORE_NAMESPACE, SECRET_KEY
from components.object_store.network import server_labels, setup_labels
from components.object_store.setup import SCRIPT
from components.records.model import PodRequest
from components.records.object_store import ADMIN_PORT, RECORD, S3_PORT, SERVER, SETUP
from components.rules.model import enforce
from components.rules.pods import POD_RULES

NAME: Final = SERVER
"""Name of the server's StatefulSet, Service and ServiceAccount."""

_RESERVED: Final = RECORD.pods[SERVER]

MEMORY_MIB: Final = size_bytes(str(_RESERVED.memory)) // MIB
"""Memory of the server."""

ADMIN_KEYS: Final = "object-store-admin"
"""Secret with the administrator's keys."""

VOLUME_CLAIM: Final = "object-store-data"
"""PersistentVolumeClaim with everything that must outlive the pod: objects, their metadata, accounts."""

HOST: Final = f"{NAME}.{OBJECT_STORE_NAMESPACE}.svc"
"""Host name of the server from inside the cluster."""

REGION: Final = "us-east-1"
"""Region that requests must be signed for; the server refuses any other."""

_USER: Final = 65532
"""Uid of the processes; any but 0 would do, this one is the usual `nonroot`."""

_HEALTH: Final = "/-/healthy"
"""Path of the health check. It can't hide a bucket: no bucket's name starts with a hyphen."""

_FOLDERS: Final = "/data/buckets /data/metadata /data/accounts"
_GO_SHARE: Final = 0.8
"""Part of the memory limit that Go's collector aims to stay below, so that bursts don't end in a kill."""


def server_pod(*, image: str, memory_mib: int, annotations: dict[str, Any]) -> dict[str, Any]:
    """Make the pod template of the server.

    Args:
        image: reference of the object-store image.
        memory_mib: memory that it gets, in MiB.
        annotations: annotations of the pod; a changed one restarts it.
    """
    return {
        "metadata": {"labels": server_labels(), "annotations": annotations},
        "spec": {
            **_pod([_server_container(image, memory_mib)]),
            "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": VOLUME_CLAIM}}],
        },
    }


def setup_pod(*, image: str, files: Sequence[Any], accounts: Any) -> dict[str, Any]:
    """Make the pod template of the set-up job.

    Args:
        image: reference of the object-store image.
        files: names of the ConfigMaps that `config_maps` shares the files out to.
        accounts: name of the Secret with one key an account, holding the account's secret key.
    """
    container = {
        "name": SETUP,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["/bin/sh", f"/setup/{SCRIPT}"],
        "env": [
            {"name": "S3_ENDPOINT", "value": f"http://{HOST}:{S3_PORT}"},
            {"name": "ADMIN_ENDPOINT", "value": f"http://{HOST}:{ADMIN_PORT}"},
            {"name": "REGION", "value": REGION},
            {"name": "TMPDIR", "value": "/scratch"},
            {"name": "SETUP_DIR", "value": "/setup"},
            {"name": "ACCOUNTS_DIR", "value": "/accounts"},
            *_admin_keys("ADMIN_ACCESS_KEY", "ADMIN_SECRET_KEY"),
        ],
        "resources": _resources(RECORD.passing[SETUP], cpu_limit="500m"),
        "securityContext": restricted_container(),
        "volumeMounts": [
            {"name": "setup", "mountPath": "/setup", "readOnly": True},
            {"name": "accounts", "mountPath": "/accounts", "readOnly": True},
            {"name": "scratch", "mountPath": "/scratch"},
        ],
    }
    return {
        "metadata": {"labels": setup_labels()},
        "spec": {
            **_pod([container]),
            "restartPolicy": "Never",
            "volumes": [
                {
                    "name": "setup",
                    "projected": {
                        "sources": [{"configMap": {"name": each}} for each in files],
                        "defaultMode": 0o444,
                    },
                },
                {"name": "accounts", "secret": {"secretName": accounts, "defaultMode": 0o440}},
                # In memory, because requests with secret keys pass through it.
                {"name": "scratch", "emptyDir": {"medium": "Memory", "sizeLimit": "16Mi"}},
            ],
        },
    }


def _pod(containers: list[dict[str, Any]]) -> dict[str, Any]:
    pod = {
        "containers": containers,
        "serviceAccountName": NAME,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": restricted_pod(_USER),
    }
    enforce(*POD_RULES, part=pod, what=f"pod of the {NAME}")
    return pod


def _server_container(image: str, memory_mib: int) -> dict[str, Any]:
    options = [
        *("--port", f":{S3_PORT}", "--admin-port", f":{ADMIN_PORT}", "--region", REGION),
        *("--health", _HEALTH, "--quiet", "--disable-acl", "--iam-dir", "/data/accounts"),
        # Metadata beside the objects instead of in extended attributes, which not every file system has.
        *("posix", "--sidecar", "/data/metadata", "/data/buckets"),
    ]
    return {
        "name": "server",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        # The server doesn't make its folders; the shell is gone once they are there.
        "command": ["/bin/sh", "-c", f'mkdir -p {_FOLDERS} && exec versitygw "$@"', "versitygw"],
        "args": options,
        "env": [
            *_admin_keys("ROOT_ACCESS_KEY_ID", "ROOT_SECRET_ACCESS_KEY"),
            {"name": "GOMEMLIMIT", "value": f"{int(memory_mib * _GO_SHARE)}MiB"},
        ],
        "ports": [
            {"name": "s3", "containerPort": S3_PORT, "protocol": "TCP"},
            {"name": "admin", "containerPort": ADMIN_PORT, "protocol": "TCP"},
        ],
        "startupProbe": _probe(period=1, failures=60),
        "readinessProbe": _probe(period=5, failures=2),
        "livenessProbe": _probe(period=10, failures=6),
        "resources": _resources(_RESERVED, cpu_limit="2", memory=f"{memory_mib}Mi"),
        "securityContext": restricted_container(),
        "volumeMounts": [{"name": "data", "mountPath": "/data"}],
    }


def _admin_keys(access: str, secret: str) -> list[dict[str, Any]]:
    return [
        {"name": variable, "valueFrom": {"secretKeyRef": {"name": ADMIN_KEYS, "key": key}}}
        for variable, key in ((access, ACCESS_KEY), (secret, SECRET_KEY))
    ]


def _probe(*, period: int, failures: int) -> dict[str, Any]:
    """Ask the server whether it answers, every `period` seconds; it is down after that many failures."""
    return {
        "httpGet": {"path": _HEALTH, "port": "s3"},
        "periodSeconds": period,
        "timeoutSeconds": 5,
        "failureThreshold": failures,
    }


def _resources(reserved: PodRequest, *, cpu_limit: str, memory: str | None = None) -> dict[str, Any]:
    """CPU may burst up to a limit; memory is the same reserved and at most, so no node runs out of it."""
    found = reserved.resources(memory)
    return {**found, "limits": {"cpu": cpu_limit, **found["limits"]}}

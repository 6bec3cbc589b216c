"""Alertmanager and the page of what it has sent: manifests of one pod with a volume. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from components.domain import Manifest
from components.kube.claims import NOT_AWAITED, claim_spec
from components.kube.monitors import METRICS_PORT_NAME, metadata
from components.kube.pod_security import restricted_container, restricted_pod
from components.naming import labels
from components.observability.alert_receivers import SECRETS_FOLDER
from components.observability.alert_routing import NAMES_IN_METRICS, AlertRouting, alertmanager_config
from components.observability.workloads import USER
from components.records.alerts import ALERTMANAGER, MESSAGES, PAGE_PORT, PORT, RECORD

PAGE_ADDRESS: Final = f"http://127.0.0.1:{PAGE_PORT}/sent"
"""Where Alertmanager also posts what it sends: the page is in its own pod."""

CONFIG_FILE: Final = "alertmanager.yml"
RUNBOOKS: Final = "runbooks"
"""ConfigMap of the runbooks, which the page shows."""

KEPT: Final = 500
"""Messages that the page keeps: some 2 KiB each."""

VOLUME_SIZE: Final = "1Gi"
"""Silences, what was sent, and the page's messages take some MiB; no cloud has smaller volumes."""

_CONFIG: Final = "/etc/alertmanager/config"
_DATA: Final = "/var/lib/alertmanager"
_RUNBOOKS: Final = "/usr/share/runbooks"


def alertmanager_objects(
    image: str, routing: AlertRouting, *, runbooks: Mapping[str, str], storage_class: str | None
) -> list[Manifest]:
    """Make them in the order in which they need each other.

    Args:
        image: the image alertmanager.
        routing: who is told of what.
        runbooks: file name -> text of every runbook.
        storage_class: StorageClass of the volume; None means the cluster's default.
    """
    # JSON is YAML; what is written in order never changes by itself.
    config = json.dumps(alertmanager_config(routing), indent=2) + "\n"
    claim = {**metadata(ALERTMANAGER), "annotations": dict(NOT_AWAITED)}
    return [
        _map(ALERTMANAGER, {CONFIG_FILE: config}),
        _map(RUNBOOKS, runbooks),
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": claim,
            "spec": claim_spec(VOLUME_SIZE, storage_class),
        },
        _deployment(image, config, routing),
        _service(),
    ]


def _map(name: str, data: Mapping[str, str]) -> Manifest:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata(name), "data": dict(data)}


def _deployment(image: str, config: str, routing: AlertRouting) -> Manifest:
    selector = {"app.kubernetes.io/name": ALERTMANAGER}
    pod = {
        "metadata": {
            "labels": labels(ALERTMANAGER, "monitoring"),
            # It reads its configuration when it starts.
            "annotations": {"spark-on-eks/config": hashlib.sha256(config.encode()).hexdigest()[:12]},
        },
        "spec": {
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "securityContext": restricted_pod(USER),
            "containers": [_alertmanager(image, routing), _page(image)],
            "volumes": _volumes(routing.secrets),
        },
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata(ALERTMANAGER),
        "spec": {
            "replicas": 1,
            # The volume belongs to one pod at a time, and two would tell everybody twice.
            "strategy": {"type": "Recreate"},
            "selector": {"matchLabels": selector},
            "template": pod,
        },
    }


def _alertmanager(image: str, routing: AlertRouting) -> dict[str, Any]:
    return {
        "name": ALERTMANAGER,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "args": [
            f"--config.file={_CONFIG}/{CONFIG_FILE}",
            f"--storage.path={_DATA}/state",
            f"--web.listen-address=:{PORT}",
            f"--dispatch.start-delay={routing.start_delay}",
            f"--enable-feature={NAMES_IN_METRICS}",
            # There is one: it looks for no others.
            "--cluster.listen-address=",
            "--log.format=json",
        ],
        "ports": [{"name": METRICS_PORT_NAME, "containerPort": PORT}],
        "readinessProbe": _probe("/-/ready", METRICS_PORT_NAME),
        "resources": RECORD.pods[ALERTMANAGER].resources(),
        "securityContext": restricted_container(),
        "volumeMounts": [
            {"name": "config", "mountPath": _CONFIG, "readOnly": True},
            {"name": "data", "mountPath": _DATA},
            *(
                {"name": f"secret-{each}", "mountPath": f"{SECRETS_FOLDER}/{each}", "readOnly": True}
                for each in routing.secrets
            ),
        ],
    }


def _page(image: str) -> dict[str, Any]:
    environment = {
        "PORT": str(PAGE_PORT),
        "FILE": f"{_DATA}/sent.jsonl",
        "KEPT": str(KEPT),
        "RUNBOOKS": _RUNBOOKS,
    }
    return {
        "name": MESSAGES,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["/usr/bin/python3", "-m", "alert_page"],
        "env": [{"name": key, "value": value} for key, value in environment.items()],
        "ports": [{"name": "page", "containerPort": PAGE_PORT}],
        "readinessProbe": _probe("/-/ready", "page"),
        "resources": RECORD.pods[MESSAGES].resources(),
        "securityContext": restricted_container(),
        "volumeMounts": [
            {"name": "data", "mountPath": _DATA},
            {"name": "runbooks", "mountPath": _RUNBOOKS, "readOnly": True},
        ],
    }


def _probe(path: str, port: str) -> dict[str, Any]:
    return {"httpGet": {"path": path, "port": port}, "periodSeconds": 5}


def _volumes(secrets: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {"name": "config", "configMap": {"name": ALERTMANAGER}},
        {"name": "runbooks", "configMap": {"name": RUNBOOKS}},
        {"name": "data", "persistentVolumeClaim": {"claimName": ALERTMANAGER}},
        # One that is missing keeps the pod from starting: a receiver without its key is told of nothing.
        *({"name": f"secret-{each}", "secret": {"secretName": each}} for each in secrets),
    ]


def _service() -> Manifest:
    ports = {METRICS_PORT_NAME: PORT, "page": PAGE_PORT}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(ALERTMANAGER),
        "spec": {
            "selector": {"app.kubernetes.io/name": ALERTMANAGER},
            "ports": [{"name": key, "port": port, "targetPort": key} for key, port in ports.items()],
        },
    }

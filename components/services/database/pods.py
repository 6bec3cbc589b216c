"""The database server's pod, and who reaches it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from components.domain import MIB, size_bytes
from components.kube.monitors import METRICS_PORT_NAME
from components.kube.network_rules import (
    NAME_LABEL,
    Spec,
    base_policies,
    from_,
    pods_in,
    policy,
    scraped_by,
)
from components.kube.pod_security import restricted_container, restricted_pod
from components.naming import DATABASE_NAMESPACE, labels
from components.records.database import EXPORTER, METRICS_PORT, PORT, RECORD, SERVER
from components.records.model import DatabaseClient
from components.rules.model import enforce
from components.rules.pods import POD_RULES

HOST: Final = f"{SERVER}.{DATABASE_NAMESPACE}.svc"
"""Host name of the server from inside the cluster."""

VOLUME_CLAIM: Final = "postgres-data"
SERVICES: Final = "postgres-services"
"""Secret with what each service's password is checked by."""

_USER: Final = 65532
_BUFFERS_SHARE: Final = 4
"""A quarter of the memory is its own cache (PostgreSQL 15, 20.4.1); the system and queries have the rest."""

_RECOVERY_SECONDS: Final = 900
"""After a kill the journal is read first, which takes long on a slow disk; killed again, it begins again."""

_END_SECONDS: Final = 60


def server_labels() -> dict[str, str]:
    """Labels of the server and all that belongs to it."""
    return labels(SERVER, "database")


def server_selector() -> dict[str, str]:
    """The label that finds its pod."""
    return {NAME_LABEL: SERVER}


def server_pod(*, image: str, memory: str, annotations: dict[str, Any]) -> Spec:
    """Make the pod template.

    Args:
        image: reference of the image postgres.
        memory: memory of the server, as a Kubernetes quantity of bytes.
        annotations: annotations of the pod; a changed one restarts it.
    """
    pod = {
        "serviceAccountName": SERVER,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": restricted_pod(_USER),
        "terminationGracePeriodSeconds": _END_SECONDS,
        "containers": [_server(image, memory), _exporter(image)],
        "volumes": [
            {"name": "data", "persistentVolumeClaim": {"claimName": VOLUME_CLAIM}},
            {"name": "services", "secret": {"secretName": SERVICES, "defaultMode": 0o440}},
            # In memory: the key of its certificate is there.
            {"name": "run", "emptyDir": {"medium": "Memory", "sizeLimit": "16Mi"}},
        ],
    }
    enforce(*POD_RULES, part=pod, what=f"pod of {SERVER}")
    return {"metadata": {"labels": server_labels(), "annotations": annotations}, "spec": pod}


def _server(image: str, memory: str) -> dict[str, Any]:
    buffers = size_bytes(memory) // MIB // _BUFFERS_SHARE
    # No data comes with this question, so that nothing is logged of it.
    answers = {"tcpSocket": {"port": "postgres"}, "timeoutSeconds": 5}
    return {
        "name": SERVER,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "args": ["-c", f"shared_buffers={buffers}MB"],
        "ports": [{"name": "postgres", "containerPort": PORT, "protocol": "TCP"}],
        "startupProbe": {**answers, "periodSeconds": 1, "failureThreshold": _RECOVERY_SECONDS},
        "readinessProbe": {**answers, "periodSeconds": 3, "failureThreshold": 3},
        "livenessProbe": {**answers, "periodSeconds": 20, "failureThreshold": 6},
        "resources": RECORD.pods[SERVER].resources(memory),
        "securityContext": restricted_container(),
        "volumeMounts": [
            {"name": "data", "mountPath": "/data"},
            {"name": "run", "mountPath": "/run/postgresql"},
            {"name": "services", "mountPath": "/etc/postgres/services", "readOnly": True},
        ],
    }


def _exporter(image: str) -> dict[str, Any]:
    return {
        "name": EXPORTER,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["/usr/bin/prometheus-postgres-exporter"],
        "args": [f"--web.listen-address=:{METRICS_PORT}"],
        # By the socket, where it needs no password: it runs as the same user.
        "env": [
            {
                "name": "DATA_SOURCE_NAME",
                "value": "host=/run/postgresql user=metrics dbname=postgres sslmode=disable",
            }
        ],
        "ports": [{"name": METRICS_PORT_NAME, "containerPort": METRICS_PORT, "protocol": "TCP"}],
        "resources": RECORD.pods[EXPORTER].resources(),
        "securityContext": restricted_container(),
        "volumeMounts": [{"name": "run", "mountPath": "/run/postgresql", "readOnly": True}],
    }


def server_policies(clients: Sequence[DatabaseClient], monitoring: str | None) -> dict[str, Spec]:
    """Make the policies of the server's namespace: the clients' pods reach it, and it reaches nobody.

    Args:
        clients: services that have a database.
        monitoring: namespace of Prometheus; None if there is none.
    """
    peers = [
        pods_in(client.namespace, {NAME_LABEL: pod}) for client in clients for pod in sorted(client.pods)
    ]
    return {
        **base_policies(),
        SERVER: policy(
            server_selector(),
            ingress=[*([from_(peers, PORT)] if peers else []), *scraped_by(monitoring, METRICS_PORT)],
            egress=[],
        ),
    }

"""The pod that makes databases and roles on a server of the cloud's, and whom it reaches. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from components.kube.network_rules import (
    ANY_ADDRESS,
    HTTPS,
    NAME_LABEL,
    POD_IDENTITY_AGENT,
    Spec,
    base_policies,
    cidr,
    cidrs,
    policy,
    to,
)
from components.kube.pod_security import restricted_container, restricted_pod
from components.naming import labels
from components.records.database import RECORD, ROLES
from components.rules.model import enforce
from components.rules.pods import POD_RULES

_USER = 65532


def roles_pod(
    *, image: str, environment: Mapping[str, Any], mount: Mapping[str, Any], volume: Mapping[str, Any]
) -> Spec:
    """Make the pod template.

    Args:
        image: reference of the image that has the program.
        environment: what the program is told, by the variable's name.
        mount: where the program sees the certificates of the server's authorities.
        volume: the volume that has them.
    """
    pod = {
        "serviceAccountName": ROLES,
        # It asks the API server for nothing; Pod Identity brings a token of its own.
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "restartPolicy": "OnFailure",
        "securityContext": restricted_pod(_USER),
        "containers": [
            {
                "name": ROLES,
                "image": image,
                "imagePullPolicy": "IfNotPresent",
                "args": ["apps.jobs.databases"],
                "env": [{"name": name, "value": value} for name, value in environment.items()],
                "resources": RECORD.passing[ROLES].resources(),
                "securityContext": restricted_container(),
                "volumeMounts": [dict(mount)],
            }
        ],
        "volumes": [dict(volume)],
    }
    enforce(*POD_RULES, part=pod, what=f"pod of {ROLES}")
    return {"metadata": {"labels": labels(ROLES, "database")}, "spec": pod}


def roles_policies(addresses: Sequence[str], port: int) -> dict[str, Spec]:
    """Make the policies of its namespace: to the server, Secrets Manager, and what gives it its identity.

    Args:
        addresses: where the server is, as CIDRs.
        port: the server's.
    """
    return {
        **base_policies(),
        ROLES: policy(
            {NAME_LABEL: ROLES},
            ingress=[],
            egress=[
                to(cidrs(addresses), port),
                # Secrets Manager has no fixed addresses.
                to(cidrs(ANY_ADDRESS), HTTPS),
                to([cidr(POD_IDENTITY_AGENT)], 80),
            ],
        ),
    }

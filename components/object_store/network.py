"""Who may reach the object store over the network. Pure: the specs of NetworkPolicies, by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from components.kube.network_rules import base_policies, dns_egress, from_, namespaces, pods, to
from components.naming import labels
from components.records.object_store import ADMIN_PORT, S3_PORT


def server_labels() -> dict[str, str]:
    """Labels of the server's pod and of everything that belongs to it."""
    return labels("object-store", "server")


def setup_labels() -> dict[str, str]:
    """Labels of the set-up job's pod."""
    return labels("object-store", "setup")


def network_policies(clients: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Let the client namespaces talk S3, the set-up job also administer, and nothing else talk at all.

    Args:
        clients: names of the namespaces whose pods use the store.

    Returns:
        Specs of the policies in the object store's namespace, by the policy's name.
    """
    server, setup = _selector(server_labels()), _selector(setup_labels())
    return {
        "default-deny": base_policies()["default-deny"],
        "object-store": {
            "podSelector": {"matchLabels": server},
            "policyTypes": ["Ingress"],
            "ingress": [
                *([from_([namespaces(clients)], S3_PORT)] if clients else []),
                from_([pods(setup)], S3_PORT, ADMIN_PORT),
            ],
        },
        "object-store-setup": {
            "podSelector": {"matchLabels": setup},
            "policyTypes": ["Egress"],
            "egress": [to([pods(server)], S3_PORT, ADMIN_PORT), dns_egress()],
        },
    }


def _selector(of: dict[str, str]) -> dict[str, str]:
    return {key: of[key] for key in ("app.kubernetes.io/name", "app.kubernetes.io/component")}

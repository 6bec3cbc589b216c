"""Who may reach the object store over the network. Pure: the specs of NetworkPolicies, by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from components.naming import labels

S3_PORT: Final = 7070
"""Port of the S3 API."""

ADMIN_PORT: Final = 7071
"""Port of the server's own API for accounts; apart from S3, so that the network can guard it by itself."""

_DNS_PORT: Final = 53


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
    tcp = [{"port": port, "protocol": "TCP"} for port in (S3_PORT, ADMIN_PORT)]
    server, setup = ({"matchLabels": _selector(of)} for of in (server_labels(), setup_labels()))
    return {
        "default-deny": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
        "object-store": {
            "podSelector": server,
            "policyTypes": ["Ingress"],
            "ingress": [
                *([{"from": [_namespaces(clients)], "ports": tcp[:1]}] if clients else []),
                {"from": [{"podSelector": setup}], "ports": tcp},
            ],
        },
        "object-store-setup": {
            "podSelector": setup,
            "policyTypes": ["Egress"],
            "egress": [{"to": [{"podSelector": server}], "ports": tcp}, _dns()],
        },
    }


def _selector(of: dict[str, str]) -> dict[str, str]:
    return {key: of[key] for key in ("app.kubernetes.io/name", "app.kubernetes.io/component")}


def _namespaces(names: Sequence[str]) -> dict[str, Any]:
    """Every pod of some namespaces, by the label that Kubernetes itself puts on a namespace."""
    expression = {"key": "kubernetes.io/metadata.name", "operator": "In", "values": sorted(set(names))}
    return {"namespaceSelector": {"matchExpressions": [expression]}}


def _dns() -> dict[str, Any]:
    """The cluster's DNS; `k8s-app: kube-dns` is its label on every distribution."""
    return {
        "to": [
            {
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
                "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
            }
        ],
        "ports": [{"port": _DNS_PORT, "protocol": protocol} for protocol in ("UDP", "TCP")],
    }

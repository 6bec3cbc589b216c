"""The namespaces of the collection with their walls, the same on every foundation. Pure: manifests."""

from __future__ import annotations

from components.domain import Manifest
from components.kube.monitors import metadata
from components.kube.pod_security import NAMESPACE_LABELS
from components.naming import MONITORING_NAMESPACE, NODE_METRICS_NAMESPACE, labels
from components.observability.network import MonitoringPlan, monitoring_policies, node_policies


def namespaces() -> list[Manifest]:
    """Make the namespaces: one for all, and one where pods may look at their node."""
    # Host paths and the node's network are what the restricted and the baseline level forbid.
    open_to_node = {
        key: value if value == "latest" else "privileged" for key, value in NAMESPACE_LABELS.items()
    }
    return [
        _namespace(MONITORING_NAMESPACE, NAMESPACE_LABELS),
        _namespace(NODE_METRICS_NAMESPACE, open_to_node),
    ]


def policies(plan: MonitoringPlan) -> list[Manifest]:
    """Make the NetworkPolicies of both.

    Args:
        plan: what lies around.
    """
    found = {MONITORING_NAMESPACE: monitoring_policies(plan), NODE_METRICS_NAMESPACE: node_policies()}
    return [
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": metadata(name, namespace),
            "spec": spec,
        }
        for namespace, specs in found.items()
        for name, spec in specs.items()
    ]


def _namespace(name: str, security: dict[str, str]) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": name, "labels": {**labels(name, "namespace"), **security}},
    }

"""The namespaces of the collection with their walls, the same on every foundation."""

from __future__ import annotations

import pulumi

from components.domain import Manifest
from components.kube.monitors import metadata
from components.kube.network_rules import wall
from components.kube.pod_security import NAMESPACE_LABELS
from components.kube.service_space import service_namespace
from components.naming import MONITORING_NAMESPACE, NODE_METRICS_NAMESPACE
from components.observability.network import MonitoringPlan, monitoring_policies, node_policies


def spaces(prefix: str, parent: pulumi.Resource) -> dict[str, pulumi.Resource]:
    """Make the namespaces, by name: one for all, and one where pods may look at their node.

    Args:
        prefix: what comes before the namespace's name in the resource's.
        parent: the component.
    """
    # Host paths and the node's network are what the restricted and the baseline level forbid.
    open_to_node = {
        key: value if value == "latest" else "privileged" for key, value in NAMESPACE_LABELS.items()
    }
    standards = {MONITORING_NAMESPACE: NAMESPACE_LABELS, NODE_METRICS_NAMESPACE: open_to_node}
    return {
        name: service_namespace(
            f"{prefix}-{name}-namespace", name, service=name, standard=standard, parent=parent
        )
        for name, standard in standards.items()
    }


def policies(plan: MonitoringPlan) -> list[Manifest]:
    """Make the NetworkPolicies of both.

    Args:
        plan: what lies around.
    """
    found = {MONITORING_NAMESPACE: monitoring_policies(plan), NODE_METRICS_NAMESPACE: node_policies()}
    return [
        wall(metadata(name, namespace), spec)
        for namespace, specs in found.items()
        for name, spec in specs.items()
    ]

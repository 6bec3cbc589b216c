"""Who may reach the operator, and whom it reaches: the NetworkPolicies of its namespace. Pure."""

from __future__ import annotations

from components.kube.network_rules import (
    NetworkPlan,
    Spec,
    base_policies,
    egress_to,
    policy,
    scraped_by,
)
from components.records.spark_operator import METRICS_PORT, OPERATOR, RECORD


def operator_policies(plan: NetworkPlan) -> dict[str, Spec]:
    """Make the policies of the operator's namespace.

    The operator submits jobs that others wrote, with rights in every tenant: it reaches the API server, and
    no place that something could be carried to.

    Args:
        plan: what lies around it.

    Returns:
        Specs by the policy's name.
    """
    return {
        **base_policies(),
        "spark-operator": policy(
            {},
            ingress=scraped_by(plan.monitoring_namespace, METRICS_PORT),
            egress=egress_to(RECORD.reaches[OPERATOR], plan),
        ),
    }

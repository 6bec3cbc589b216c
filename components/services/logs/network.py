"""Who may reach whom around the logs: the NetworkPolicies of their two namespaces. Pure."""

from __future__ import annotations

from typing import Final

from components.kube.network_rules import (
    NAME_LABEL,
    NetworkPlan,
    Spec,
    base_policies,
    egress_to,
    from_,
    namespace,
    opened_by,
    pods,
    pods_in,
    policy,
    scraped_by,
    to,
)
from components.naming import LOG_NODES_NAMESPACE, LOGS_NAMESPACE
from components.records.logs import LOKI, LOKI_PORT, METRICS_PORT, PAGE_PORT, RECORD
from components.services.logs.pods import CLEANER, COLLECTOR, PAGE, part_labels

LOKI_OWN_PORTS: Final = (7946, 9095)
"""Ports by which Loki's processes talk with each other: gossip and gRPC (upstream chart's default)."""


def collector_policies(plan: NetworkPlan, *, loki: bool = False) -> dict[str, Spec]:
    """Make the policies of the collectors' namespace.

    Args:
        plan: what lies around the logs.
        loki: True if lines go to Loki as well.

    Returns:
        Specs by the policy's name.

    Raises:
        ValueError: the object store's endpoint is no URL with a host.
    """
    searched = [to([pods_in(LOGS_NAMESPACE, _selector(LOKI))], LOKI_PORT)] if loki else []
    return {
        **base_policies(),
        COLLECTOR: policy(
            _selector(COLLECTOR),
            ingress=scraped_by(plan.monitoring_namespace, METRICS_PORT),
            egress=[*egress_to(RECORD.reaches[COLLECTOR], plan), *searched],
        ),
    }


def log_policies(plan: NetworkPlan, *, loki: bool = False) -> dict[str, Spec]:
    """Make the policies of the namespace of page, clean-up and Loki.

    Args:
        plan: what lies around the logs.
        loki: True if Loki runs in the namespace too.

    Returns:
        Specs by the policy's name.

    Raises:
        ValueError: the object store's endpoint is no URL with a host.
    """
    page, cleaner = (egress_to(RECORD.reaches[part], plan) for part in (PAGE, CLEANER))
    people = opened_by(plan.login_namespace, PAGE_PORT)
    return {
        **base_policies(),
        PAGE: policy(_selector(PAGE), ingress=people, egress=page),
        CLEANER: policy(_selector(CLEANER), ingress=[], egress=cleaner),
        **({LOKI: _loki(plan)} if loki else {}),
    }


def _loki(plan: NetworkPlan) -> Spec:
    readers = [namespace(LOG_NODES_NAMESPACE)]
    if plan.monitoring_namespace is not None:
        readers.append(namespace(plan.monitoring_namespace))
    # Even alone it finds itself by gossip, and does not start without.
    itself = [pods(_selector(LOKI))]
    return policy(
        _selector(LOKI),
        ingress=[from_(readers, LOKI_PORT), from_(itself, *LOKI_OWN_PORTS)],
        egress=[to(itself, *LOKI_OWN_PORTS)],
    )


def _selector(part: str) -> dict[str, str]:
    return {NAME_LABEL: part_labels(part)[NAME_LABEL]}

"""Who may reach whom around the jobs: the NetworkPolicies of their namespace. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from components.kube.network_rules import (
    ANY_ADDRESS,
    HTTPS,
    NAME_LABEL,
    NetworkPlan,
    Spec,
    base_policies,
    cidrs,
    egress_to,
    from_,
    namespaces,
    opened_by,
    pods,
    policy,
    scraped_by,
    to,
)
from components.records.jobs import (
    METRICS_PORT,
    RECORD,
    REPOSITORY,
    REPOSITORY_PORT,
    WEB,
    WEB_PORT,
    WORKER,
)
from components.spark.conf_values import UI_PORT
from components.spark.pod_labels import DRIVER

_HTTP = 80


def jobs_policies(
    plan: NetworkPlan, tenants: Sequence[str], *, repository: str | None, open_to_nodes: bool
) -> dict[str, Spec]:
    """Make the policies of the jobs' namespace.

    Args:
        plan: what lies around it.
        tenants: the tenants' namespaces.
        repository: URL of a repository outside of the cluster; None for the one in this namespace.
        open_to_nodes: whether the repository in this namespace has a port on every node.

    Returns:
        Specs by the policy's name.

    Raises:
        ValueError: the object store's endpoint is no URL with a host.
    """
    own = repository is None
    to_git = to([pods(_selector(REPOSITORY))], REPOSITORY_PORT) if own else _outside(str(repository))
    policies = {
        **base_policies(),
        WORKER: policy(
            _selector(WORKER),
            ingress=scraped_by(plan.monitoring_namespace, METRICS_PORT),
            egress=[*egress_to(RECORD.reaches[WORKER], plan), to_git],
        ),
        WEB: policy(
            _selector(WEB),
            ingress=[
                *opened_by(plan.login_namespace, WEB_PORT),
                *scraped_by(plan.monitoring_namespace, METRICS_PORT),
            ],
            egress=[
                *egress_to(RECORD.reaches[WEB], plan),
                # A running driver's own page.
                to([{**namespaces(tenants), **pods(DRIVER)}], UI_PORT),
            ],
        ),
    }
    if own:
        people = [from_(cidrs(ANY_ADDRESS), REPOSITORY_PORT)] if open_to_nodes else []
        worker = from_([pods(_selector(WORKER))], REPOSITORY_PORT)
        policies[REPOSITORY] = policy(_selector(REPOSITORY), ingress=[worker, *people], egress=[])
    return policies


def _outside(url: str) -> Spec:
    """A Git server has a name, and addresses that change: any address, at its port alone."""
    parts = urlsplit(url)
    return to(cidrs(ANY_ADDRESS), parts.port or (HTTPS if parts.scheme == "https" else _HTTP))


def _selector(part: str) -> dict[str, str]:
    return {NAME_LABEL: part}

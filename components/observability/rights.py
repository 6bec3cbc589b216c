"""What the parts of the collection may do in the cluster: rights as data, each with its reason. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from components.domain import Manifest
from components.kube.rights import PolicyRule
from components.naming import MONITORING_NAMESPACE, labels
from components.observability.state_metrics import RULES as STATE_METRICS_RULES

PROMETHEUS_GROUP: Final = "monitoring.coreos.com"
KUBELET_NAMESPACE: Final = "kube-system"
"""Where the operator keeps the Service of all kubelets, as kube-prometheus-stack has it."""

PROMETHEUS: Final = "prometheus"
OPERATOR: Final = "prometheus-operator"
STATE_METRICS: Final = "kube-state-metrics"
"""Service accounts, each named after its program."""

_LOOK: Final = ("get", "list", "watch")

OPERATOR_RULES: Final = (
    PolicyRule(
        ("prometheuses", "servicemonitors", "podmonitors", "probes", "prometheusrules"),
        _LOOK,
        "reads what is to be scraped and computed",
        PROMETHEUS_GROUP,
    ),
    PolicyRule(
        ("prometheuses/status", "prometheuses/finalizers", "servicemonitors/status", "podmonitors/status"),
        ("get", "update", "patch"),
        "says how they are",
        PROMETHEUS_GROUP,
    ),
    PolicyRule(
        ("statefulsets",),
        (*_LOOK, "create", "update", "patch", "delete", "deletecollection"),
        "runs Prometheus",
        "apps",
    ),
    PolicyRule(
        ("configmaps", "secrets"),
        (*_LOOK, "create", "update", "patch", "delete", "deletecollection"),
        "writes Prometheus' configuration and rules",
    ),
    PolicyRule(
        ("services", "services/finalizers"), ("get", "create", "update", "delete"), "Prometheus' own Service"
    ),
    PolicyRule(("pods",), ("list", "watch", "delete"), "sees whether Prometheus is up"),
    PolicyRule(("events",), ("create", "patch"), "says what it refused"),
)
"""Rights of the Prometheus operator in its own namespace, the only one that it watches (--namespaces)."""

OPERATOR_KUBELET_RULES: Final = (
    PolicyRule(("services",), ("get", "update"), "the Service of all kubelets"),
    PolicyRule(
        ("endpointslices",),
        ("get", "list", "create", "update", "delete"),
        "the nodes' addresses behind it",
        "discovery.k8s.io",
    ),
)
"""Its rights in the namespace of the kubelets' Service."""

OPERATOR_CLUSTER_RULES: Final = (
    PolicyRule(("nodes",), ("list", "watch"), "the nodes' addresses"),
    PolicyRule(
        ("namespaces",), ("get", "list", "watch"), "follows its own namespace; it asks for the whole list"
    ),
    PolicyRule(("storageclasses",), ("get",), "checks the class of Prometheus' volume", "storage.k8s.io"),
)
"""Its rights in the whole cluster."""

PROMETHEUS_CLUSTER_RULES: Final = (
    PolicyRule(("nodes/metrics",), ("get",), "asks the kubelets, which ask the API server whether it may"),
    PolicyRule(("pods", "services"), _LOOK, "finds what is to be scraped"),
    PolicyRule(("endpointslices",), _LOOK, "finds what is to be scraped", "discovery.k8s.io"),
)
"""Rights of Prometheus in the whole cluster; `METRICS_PATHS` besides."""

METRICS_PATHS: Final = ("/metrics",)
"""Paths of the API server that Prometheus may read."""


@dataclass(frozen=True)
class Grant:
    """Rights of one service account of the monitoring namespace in one place.

    Args:
        account: the service account.
        namespace: where they hold; None for the whole cluster.
        rules: the rights.
        paths: paths of the API server that it may read; only in the whole cluster.
    """

    account: str
    namespace: str | None
    rules: Sequence[PolicyRule]
    paths: Sequence[str] = ()


GRANTS: Final[Mapping[str, Sequence[Grant]]] = {
    OPERATOR: (
        Grant(OPERATOR, MONITORING_NAMESPACE, OPERATOR_RULES),
        Grant(OPERATOR, KUBELET_NAMESPACE, OPERATOR_KUBELET_RULES),
        Grant(OPERATOR, None, OPERATOR_CLUSTER_RULES),
    ),
    PROMETHEUS: (Grant(PROMETHEUS, None, PROMETHEUS_CLUSTER_RULES, METRICS_PATHS),),
    STATE_METRICS: (Grant(STATE_METRICS, None, STATE_METRICS_RULES),),
}
"""All rights of the collection on the foundation `kubernetes`, by account. On AWS the chart makes its own."""


def manifests(account: str) -> list[Manifest]:
    """Make a service account with its roles and their bindings.

    Args:
        account: one of `GRANTS`.
    """
    made: list[Manifest] = [
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": _metadata(account, account, MONITORING_NAMESPACE),
            # Each pod says itself that it wants a token.
            "automountServiceAccountToken": False,
        }
    ]
    for grant in GRANTS[account]:
        made += _role(grant)
    return made


def role_name(grant: Grant) -> str:
    """Name of the role with a grant's rights; in the whole cluster it says whose it is."""
    return grant.account if grant.namespace else f"{MONITORING_NAMESPACE}-{grant.account}"


def _role(grant: Grant) -> list[Manifest]:
    prefix = "" if grant.namespace else "Cluster"
    group = "rbac.authorization.k8s.io"
    name = role_name(grant)
    rules = [rule.manifest() for rule in grant.rules]
    if grant.paths:
        rules.append({"nonResourceURLs": list(grant.paths), "verbs": ["get"]})
    metadata = _metadata(name, grant.account, grant.namespace)
    return [
        {"apiVersion": f"{group}/v1", "kind": f"{prefix}Role", "metadata": metadata, "rules": rules},
        {
            "apiVersion": f"{group}/v1",
            "kind": f"{prefix}RoleBinding",
            "metadata": metadata,
            "roleRef": {"apiGroup": group, "kind": f"{prefix}Role", "name": name},
            "subjects": [
                {"kind": "ServiceAccount", "name": grant.account, "namespace": MONITORING_NAMESPACE}
            ],
        },
    ]


def _metadata(name: str, account: str, namespace: str | None) -> dict[str, Any]:
    place = {"namespace": namespace} if namespace else {}
    return {"name": name, **place, "labels": labels(account, "monitoring")}


def allowed(account: str, namespace: str | None, verb: str, group: str, resource: str) -> bool:
    """Say whether an account may do something, by the table above.

    Args:
        account: one of `GRANTS`.
        namespace: where; None for what has no namespace.
        verb: the verb.
        group: API group of the resource.
        resource: the resource, a subresource after a slash.
    """
    return any(
        rule.allows(verb, group, resource)
        for grant in GRANTS[account]
        if grant.namespace is None or grant.namespace == namespace
        for rule in grant.rules
    )

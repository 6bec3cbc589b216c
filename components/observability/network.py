"""Who may reach whom in the monitoring namespace: specs of NetworkPolicies, by name. Pure.

Prometheus reaches what it scrapes, each on the port of its metrics; nothing but Prometheus reaches those.
What lets it in elsewhere stands with those that are scraped: see `components.network_policies`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from components.naming import HISTORY_NAMESPACE, MONITORING_NAMESPACE, OPERATOR_NAMESPACE
from components.network_policies import (
    ANYWHERE,
    API_SERVER_PORTS,
    HTTPS,
    JMX_PORT,
    NAMESPACE_LABEL,
    OPERATOR_METRICS_PORT,
    POD_IDENTITY_AGENT,
    ROLE_LABEL,
    Spec,
    base_policies,
)
from components.observability.monitors import HISTORY_EXPORTER
from components.spark_conf_values import UI_PORT

PROMETHEUS_PORT: Final = 9090
RELOADER_PORT: Final = 8080
STATE_METRICS_PORT: Final = 8080
STATE_METRICS_TELEMETRY_PORT: Final = 8081
HISTORY_EXPORTER_PORT: Final = 9180
PROMETHEUS_OPERATOR_PORT: Final = 8080
NODE_EXPORTER_PORT: Final = 9100
KUBELET_PORT: Final = 10250
HISTORY_PORT: Final = 18080
GRAFANA_PORT: Final = 3000
ALERTMANAGER_PORT: Final = 9093
KARPENTER_PORT: Final = 8080

_NAME: Final = "app.kubernetes.io/name"
PROMETHEUS_POD: Final = {_NAME: "prometheus"}


@dataclass(frozen=True, kw_only=True)
class MonitoringPlan:
    """What lies around the monitoring namespace.

    Args:
        tenants: the tenants' namespaces.
        api_server_cidrs: addresses of the API server.
        open_to_nodes: whether a port on every node shows Prometheus to anybody who reaches a node.
        chart: whether kube-prometheus-stack runs in it, with Grafana and Alertmanager.
        remote_write: whether Prometheus also writes to a place outside the cluster.
        others: further namespaces with something to scrape, and its port.
    """

    tenants: Sequence[str]
    api_server_cidrs: Sequence[str] = ANYWHERE
    open_to_nodes: bool = False
    chart: bool = False
    remote_write: bool = False
    others: Mapping[str, int] = field(default_factory=dict)


def monitoring_policies(plan: MonitoringPlan) -> dict[str, Spec]:
    """Make the policies of the monitoring namespace.

    Args:
        plan: what lies around it.

    Returns:
        Specs by the policy's name.
    """
    api_server = _to([_cidr(cidr) for cidr in plan.api_server_cidrs], *API_SERVER_PORTS)
    scraped = [_from([_inside(PROMETHEUS_POD)], PROMETHEUS_OPERATOR_PORT)]
    return {
        **base_policies(),
        "prometheus": {
            "podSelector": {"matchLabels": PROMETHEUS_POD},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": _prometheus_ingress(plan),
            "egress": _prometheus_egress(plan),
        },
        "kube-state-metrics": {
            "podSelector": {"matchLabels": {_NAME: "kube-state-metrics"}},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [_from([_inside(PROMETHEUS_POD)], STATE_METRICS_PORT, STATE_METRICS_TELEMETRY_PORT)],
            "egress": [api_server],
        },
        "prometheus-operator": {
            "podSelector": {"matchLabels": {_NAME: operator_name(chart=plan.chart)}},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": scraped,
            "egress": [api_server],
        },
        HISTORY_EXPORTER: {
            "podSelector": {"matchLabels": {_NAME: HISTORY_EXPORTER}},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [_from([_inside(PROMETHEUS_POD)], HISTORY_EXPORTER_PORT)],
            "egress": [_to([_namespace(HISTORY_NAMESPACE)], HISTORY_PORT)],
        },
        **(_chart_policies(api_server) if plan.chart else {}),
    }


def operator_name(*, chart: bool) -> str:
    """Name of the Prometheus operator's pods.

    Args:
        chart: whether they are kube-prometheus-stack's.
    """
    return "kube-prometheus-stack-prometheus-operator" if chart else "prometheus-operator"


def node_policies() -> dict[str, Spec]:
    """Make the policies of the node exporters' namespace; none applies to pods in their node's network."""
    return {"default-deny": base_policies()["default-deny"]}


def _prometheus_ingress(plan: MonitoringPlan) -> list[Spec]:
    return [
        _from([_inside(PROMETHEUS_POD)], PROMETHEUS_PORT, RELOADER_PORT),
        *([_from([_inside({_NAME: "grafana"})], PROMETHEUS_PORT)] if plan.chart else []),
        *([_from([_cidr(ANYWHERE[0])], PROMETHEUS_PORT)] if plan.open_to_nodes else []),
    ]


def _prometheus_egress(plan: MonitoringPlan) -> list[Spec]:
    nodes = _to([_cidr(ANYWHERE[0])], KUBELET_PORT, NODE_EXPORTER_PORT)
    drivers = [_pods(name, {ROLE_LABEL: "driver"}) for name in sorted(plan.tenants)]
    executors = [_pods(name, {ROLE_LABEL: "executor"}) for name in sorted(plan.tenants)]
    own = (PROMETHEUS_PORT, STATE_METRICS_PORT, STATE_METRICS_TELEMETRY_PORT, HISTORY_EXPORTER_PORT)
    chart = (ALERTMANAGER_PORT, GRAFANA_PORT) if plan.chart else ()
    return [
        _to([_cidr(cidr) for cidr in plan.api_server_cidrs], *API_SERVER_PORTS),
        nodes,
        _to(drivers, UI_PORT, JMX_PORT),
        _to(executors, JMX_PORT),
        _to([_namespace(OPERATOR_NAMESPACE)], OPERATOR_METRICS_PORT),
        _to([_namespace(MONITORING_NAMESPACE)], *own, *chart),
        *([_to([_pods("kube-system", {_NAME: "karpenter"})], KARPENTER_PORT)] if plan.chart else []),
        *(_to([_namespace(name)], port) for name, port in plan.others.items()),
        *(_remote() if plan.remote_write else []),
    ]


def _remote() -> list[Spec]:
    """Amazon Managed Prometheus has no fixed addresses; the agent beside each pod gives the identity."""
    return [_to([_cidr(ANYWHERE[0])], HTTPS), _to([_cidr(POD_IDENTITY_AGENT)], 80)]


def _chart_policies(api_server: Spec) -> dict[str, Spec]:
    return {
        "grafana": {
            "podSelector": {"matchLabels": {_NAME: "grafana"}},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [_from([_inside(PROMETHEUS_POD)], GRAFANA_PORT)],
            # Its sidecar reads dashboards from ConfigMaps.
            "egress": [
                _to([_inside(PROMETHEUS_POD)], PROMETHEUS_PORT),
                _to([_inside({_NAME: "alertmanager"})], ALERTMANAGER_PORT),
                api_server,
            ],
        },
        "alertmanager": {
            "podSelector": {"matchLabels": {_NAME: "alertmanager"}},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [_from([_inside(PROMETHEUS_POD), _inside({_NAME: "grafana"})], ALERTMANAGER_PORT)],
            # Where people are told: all such services speak HTTPS.
            "egress": [_to([_cidr(ANYWHERE[0])], HTTPS)],
        },
    }


def _inside(labels: dict[str, str]) -> Spec:
    return {"podSelector": {"matchLabels": dict(labels)}}


def _namespace(name: str) -> Spec:
    return {"namespaceSelector": {"matchLabels": {NAMESPACE_LABEL: name}}}


def _pods(namespace: str, labels: dict[str, str]) -> Spec:
    return {**_namespace(namespace), **_inside(labels)}


def _cidr(cidr: str) -> Spec:
    return {"ipBlock": {"cidr": cidr}}


def _from(peers: Sequence[Spec], *ports: int) -> Spec:
    return {"from": list(peers), "ports": _tcp(ports)}


def _to(peers: Sequence[Spec], *ports: int) -> Spec:
    return {"to": list(peers), "ports": _tcp(ports)}


def _tcp(ports: Sequence[int]) -> list[Spec]:
    return [{"port": port, "protocol": "TCP"} for port in sorted(set(ports))]

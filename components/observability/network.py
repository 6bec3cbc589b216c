"""Who may reach whom in the monitoring namespace: specs of NetworkPolicies, by name. Pure.

Prometheus reaches what it scrapes, each on the port of its metrics; nothing but Prometheus reaches those.
What lets it in elsewhere stands with those that are scraped: see `components.tenants.network`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from components.kube import karpenter
from components.kube.network_rules import (
    ANY_ADDRESS,
    NAME_LABEL,
    POD_IDENTITY_AGENT,
    NetworkPlan,
    Spec,
    base_policies,
    cidr,
    egress_to,
    from_,
    namespace,
    opened_by,
    pods,
    pods_in,
    policy,
    to,
)
from components.naming import LOGS_NAMESPACE, MONITORING_NAMESPACE
from components.observability.remote_write import RemoteWrite
from components.records import history_exporter
from components.records.alerts import ALERTMANAGER, PAGE_PORT
from components.records.alerts import PORT as ALERTMANAGER_PORT
from components.records.model import Scrape
from components.records.monitoring import (
    GRAFANA_NAME,
    GRAFANA_PORT,
    NODE_EXPORTER_PORT,
    OPERATOR,
    OPERATOR_PORT,
    PROMETHEUS,
    PROMETHEUS_PORT,
    RECORD,
    RELOADER_PORT,
    STATE_METRICS,
    STATE_METRICS_PORT,
    STATE_METRICS_TELEMETRY_PORT,
)
from components.spark.conf_values import JMX_PORT, UI_PORT
from components.spark.pod_labels import ROLE_LABEL

KUBELET_PORT: Final = 10250
"""Port of every kubelet (its default)."""

PROMETHEUS_POD: Final = {NAME_LABEL: PROMETHEUS}
KARPENTER_POD: Final = {NAME_LABEL: karpenter.NAME}


@dataclass(frozen=True, kw_only=True)
class MonitoringPlan:
    """What lies around the monitoring namespace.

    Args:
        tenants: the tenants' namespaces.
        around: what lies around every namespace of the platform.
        chart: whether kube-prometheus-stack runs in it, with Grafana and Alertmanager.
        remote_write: where Prometheus also writes to; None for nowhere.
        searched: port of Loki, which Grafana asks; None for none.
        told_at: ports at which Alertmanager tells people outside the cluster.
        publishes: whether it also signs for SNS, with the identity of its pod.
        scraped: what records say of services.
    """

    tenants: Sequence[str]
    around: NetworkPlan
    chart: bool = False
    remote_write: RemoteWrite | None = None
    searched: int | None = None
    told_at: Sequence[int] = ()
    publishes: bool = False
    scraped: Sequence[Scrape] = ()


def monitoring_policies(plan: MonitoringPlan) -> dict[str, Spec]:
    """Make the policies of the monitoring namespace.

    Args:
        plan: what lies around it.

    Returns:
        Specs by the policy's name.
    """
    scraped = [from_([pods(PROMETHEUS_POD)], OPERATOR_PORT)]
    return {
        **base_policies(),
        PROMETHEUS: policy(
            PROMETHEUS_POD,
            ingress=_prometheus_ingress(plan),
            egress=_prometheus_egress(plan),
        ),
        STATE_METRICS: policy(
            {NAME_LABEL: STATE_METRICS},
            ingress=[from_([pods(PROMETHEUS_POD)], STATE_METRICS_PORT, STATE_METRICS_TELEMETRY_PORT)],
            egress=egress_to(RECORD.reaches[STATE_METRICS], plan.around),
        ),
        OPERATOR: policy(
            {NAME_LABEL: operator_name(chart=plan.chart)},
            ingress=scraped,
            egress=egress_to(RECORD.reaches[OPERATOR], plan.around),
        ),
        history_exporter.EXPORTER: policy(
            {NAME_LABEL: history_exporter.EXPORTER},
            ingress=[from_([pods(PROMETHEUS_POD)], history_exporter.METRICS_PORT)],
            egress=egress_to(history_exporter.RECORD.reaches[history_exporter.EXPORTER], plan.around),
        ),
        ALERTMANAGER: _alertmanager(plan),
        **(_chart_policies(plan) if plan.chart else {}),
    }


def operator_name(*, chart: bool) -> str:
    """Name of the Prometheus operator's pods.

    Args:
        chart: whether they are kube-prometheus-stack's.
    """
    return f"kube-prometheus-stack-{OPERATOR}" if chart else OPERATOR


def node_policies() -> dict[str, Spec]:
    """Make the policies of the node exporters' namespace; none applies to pods in their node's network."""
    return {"default-deny": base_policies()["default-deny"]}


def _prometheus_ingress(plan: MonitoringPlan) -> list[Spec]:
    return [
        from_([pods(PROMETHEUS_POD)], PROMETHEUS_PORT, RELOADER_PORT),
        *([from_([pods({NAME_LABEL: GRAFANA_NAME})], PROMETHEUS_PORT)] if plan.chart else []),
        *opened_by(plan.around.login_namespace, PROMETHEUS_PORT),
    ]


def _prometheus_egress(plan: MonitoringPlan) -> list[Spec]:
    nodes = to([cidr(ANY_ADDRESS[0])], KUBELET_PORT, NODE_EXPORTER_PORT)
    drivers = [pods_in(name, {ROLE_LABEL: "driver"}) for name in sorted(plan.tenants)]
    executors = [pods_in(name, {ROLE_LABEL: "executor"}) for name in sorted(plan.tenants)]
    ports: dict[str, list[int]] = {
        MONITORING_NAMESPACE: [PROMETHEUS_PORT, STATE_METRICS_PORT, STATE_METRICS_TELEMETRY_PORT]
    }
    for each in plan.scraped:
        found = ports.setdefault(each.namespace, [])
        found += [each.port] if each.port not in found else []
    ports[MONITORING_NAMESPACE] += [ALERTMANAGER_PORT, *((GRAFANA_PORT,) if plan.chart else ())]
    return [
        *egress_to(RECORD.reaches[PROMETHEUS], plan.around),
        nodes,
        to(drivers, UI_PORT, JMX_PORT),
        to(executors, JMX_PORT),
        *(to([namespace(name)], *found) for name, found in ports.items()),
        *([to([pods_in(karpenter.NAMESPACE, KARPENTER_POD)], karpenter.METRICS_PORT)] if plan.chart else []),
        *(_remote(plan.remote_write) if plan.remote_write else []),
    ]


def _remote(remote: RemoteWrite) -> list[Spec]:
    """A name has no fixed addresses; on AWS the agent beside each pod gives the identity."""
    agent = [to([cidr(POD_IDENTITY_AGENT)], 80)] if remote.region else []
    return [to([cidr(ANY_ADDRESS[0])], remote.port), *agent]


def _alertmanager(plan: MonitoringPlan) -> Spec:
    asks = [pods(PROMETHEUS_POD), *([pods({NAME_LABEL: GRAFANA_NAME})] if plan.chart else [])]
    # Where people are told is named in Secrets, so its addresses are not known here.
    outside = [to([cidr(ANY_ADDRESS[0])], *sorted(set(plan.told_at)))] if plan.told_at else []
    return policy(
        {NAME_LABEL: ALERTMANAGER},
        ingress=[
            from_(asks, ALERTMANAGER_PORT),
            *([] if plan.chart else opened_by(plan.around.login_namespace, PAGE_PORT)),
        ],
        egress=[*outside, *([to([cidr(POD_IDENTITY_AGENT)], 80)] if plan.publishes else [])],
    )


def _chart_policies(plan: MonitoringPlan) -> dict[str, Spec]:
    around = plan.around
    return {
        GRAFANA_NAME: policy(
            {NAME_LABEL: GRAFANA_NAME},
            ingress=[
                from_([pods(PROMETHEUS_POD)], GRAFANA_PORT),
                *opened_by(around.login_namespace, GRAFANA_PORT),
            ],
            # Its sidecar reads dashboards from ConfigMaps.
            egress=[
                to([pods(PROMETHEUS_POD)], PROMETHEUS_PORT),
                to([pods({NAME_LABEL: ALERTMANAGER})], ALERTMANAGER_PORT),
                *egress_to(RECORD.reaches[GRAFANA_NAME], around),
                *([to([namespace(LOGS_NAMESPACE)], plan.searched)] if plan.searched else []),
            ],
        ),
    }

"""The collection on AWS: kube-prometheus-stack by its upstream chart, and our own objects beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pulumi
import pulumi_kubernetes as k8s

from components.domain import Manifest
from components.kube.objects import declare, logical_name
from components.kube.service_space import hidden_secret
from components.naming import MONITORING_NAMESPACE, labels, type_token
from components.observability import places
from components.observability.alert_secrets import alert_secrets
from components.observability.chart_values import (
    GRAFANA_PASSWORD_KEY,
    GRAFANA_SECRET,
    GRAFANA_USER_KEY,
    RELEASE,
    StackValues,
    chart_values,
    grafana_url,
    prometheus_url,
)
from components.observability.network import MonitoringPlan
from components.observability.signals import Signals, signal_objects
from components.random_secret import RandomSecret, RandomSecretArgs

CHART: Final = "oci://ghcr.io/prometheus-community/charts/kube-prometheus-stack"
"""Where upstream publishes the chart."""


@dataclass(frozen=True, kw_only=True)
class MonitoringChartArgs:
    """Arguments of a `MonitoringChart`.

    Args:
        version: version of the chart.
        values: what the platform decides about it.
        network: what lies around.
        signals: rules, monitors and dashboards.
        alert_secrets: Secrets of Alertmanager that are made here: name -> key -> value.
    """

    version: str
    values: StackValues
    network: MonitoringPlan
    signals: Signals
    alert_secrets: Mapping[str, Mapping[str, pulumi.Input[str]]] = field(default_factory=dict)


class MonitoringChart(pulumi.ComponentResource):
    """Prometheus, Alertmanager and Grafana, in namespaces of their own.

    Outputs:
        url: where Prometheus is reached from inside the cluster, known once it is up.
        grafana_url: where Grafana is reached from inside the cluster.
    """

    url: pulumi.Output[str]
    grafana_url: pulumi.Output[str]
    namespace: pulumi.Resource
    """The monitoring namespace, for others that belong there."""

    def __init__(
        self, name: str, args: MonitoringChartArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(type_token("MonitoringChart"), name, {}, opts)
        self._name = name
        self._spaces = places.spaces(name, self)
        self.namespace = self._spaces[MONITORING_NAMESPACE]
        needs = [self._declare(policy) for policy in places.policies(args.network)]
        inside = pulumi.ResourceOptions(parent=self, depends_on=[self.namespace])
        needs += alert_secrets(f"{name}-alerts", args.alert_secrets, inside)
        chart = k8s.helm.v4.Chart(
            f"{name}-chart",
            name=RELEASE,
            namespace=MONITORING_NAMESPACE,
            chart=CHART,
            version=args.version,
            values=chart_values(args.values),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[*self._spaces.values(), *needs, self._grafana_account()],
            ),
        )
        for manifest in signal_objects(args.signals):
            self._declare(manifest, [chart])
        self.url = chart.resources.apply(lambda _: prometheus_url())
        self.grafana_url = chart.resources.apply(lambda _: grafana_url())
        self.register_outputs({"url": self.url, "grafanaUrl": self.grafana_url})

    def _grafana_account(self) -> pulumi.Resource:
        password = RandomSecret(
            f"{self._name}-grafana-password", RandomSecretArgs(), pulumi.ResourceOptions(parent=self)
        )
        return hidden_secret(
            f"{self._name}-grafana-account",
            {
                "name": GRAFANA_SECRET,
                "namespace": MONITORING_NAMESPACE,
                "labels": labels("grafana", "monitoring"),
            },
            {GRAFANA_USER_KEY: "admin", GRAFANA_PASSWORD_KEY: password.value},
            pulumi.ResourceOptions(parent=self, depends_on=[self._spaces[MONITORING_NAMESPACE]]),
        )

    def _declare(self, manifest: Manifest, after: Sequence[pulumi.Resource] = ()) -> pulumi.Resource:
        namespace = manifest["metadata"].get("namespace")
        place = [self._spaces[namespace]] if namespace in self._spaces else []
        return declare(
            logical_name(self._name, manifest),
            manifest,
            pulumi.ResourceOptions(parent=self, depends_on=[*place, *after]),
        )

"""The collection on the foundation `kubernetes`: the Prometheus operator, Prometheus, and what it scrapes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_kubernetes as k8s

from components.domain import Manifest
from components.kube.monitors import ScrapeLimits
from components.kube.objects import declare, logical_name
from components.naming import MONITORING_NAMESPACE, type_token
from components.observability import places, rights, workloads
from components.observability.cluster_monitors import cluster_monitors
from components.observability.network import MonitoringPlan
from components.observability.prometheus import PAGE_PATH, PrometheusPlan, prometheus, service
from components.observability.signals import Signals, signal_objects
from components.observability.watchdog import watchdog
from components.records import monitoring as record

KINDS: Final = ("podmonitors", "probes", "prometheuses", "prometheusrules", "servicemonitors")
"""Kinds of the operator that it needs for Prometheus; it does without the others. Each costs the API server
some MiB of schema."""


@dataclass(frozen=True, kw_only=True)
class MonitoringArgs:
    """Arguments of a `Monitoring`.

    Args:
        operator_image: reference of the Prometheus operator's image.
        state_metrics_image: reference of kube-state-metrics' image.
        state_metrics_memory: its memory, request and limit.
        node_exporter_image: reference of the node exporter's image.
        definitions: folder or URL with the operator's kinds, a file each.
        network: what lies around.
        limits: what each source may bring.
        signals: rules, monitors and dashboards.
        prometheus: what Prometheus is told.
    """

    operator_image: str
    state_metrics_image: str
    state_metrics_memory: str
    node_exporter_image: str
    definitions: str
    network: MonitoringPlan
    limits: ScrapeLimits
    signals: Signals
    prometheus: PrometheusPlan


class Monitoring(pulumi.ComponentResource):
    """Prometheus with all that it needs, in namespaces of its own.

    Outputs:
        url: where Prometheus is reached, known once it is up.
        page_url: where it shows the dashboards.
    """

    url: pulumi.Output[str]
    page_url: pulumi.Output[str]
    namespace: pulumi.Resource
    """The monitoring namespace, for others that belong there."""

    def __init__(self, name: str, args: MonitoringArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(type_token("Monitoring"), name, {}, opts)
        self._name = name
        self._spaces = places.spaces(name, self)
        self.namespace = self._spaces[MONITORING_NAMESPACE]
        self._declare_all(places.policies(args.network))
        accounts = {account: self._declare_all(rights.manifests(account)) for account in rights.GRANTS}
        kinds = k8s.yaml.v2.ConfigGroup(
            f"{name}-kinds",
            files=[f"{args.definitions.rstrip('/')}/monitoring.coreos.com_{kind}.yaml" for kind in KINDS],
            opts=pulumi.ResourceOptions(parent=self),
        )
        operator = self._declare_all(
            workloads.prometheus_operator(args.operator_image), [kinds, *accounts[record.OPERATOR]]
        )
        self._declare_all(
            workloads.state_metrics(args.state_metrics_image, args.state_metrics_memory),
            accounts[record.STATE_METRICS],
        )
        self._declare_all(workloads.node_exporter(args.node_exporter_image))
        objects = [*signal_objects(args.signals), watchdog(), *cluster_monitors(args.limits)]
        signals = self._declare_all(objects, [kinds])
        self._declare(service())
        made = self._declare(prometheus(args.prometheus), [*operator, *accounts[record.PROMETHEUS], *signals])
        shown = args.prometheus.url or record.PAGE.url
        self.url = made.id.apply(lambda _: shown)
        self.page_url = self.url.apply(lambda found: f"{found}{PAGE_PATH}")
        self.register_outputs({"url": self.url, "pageUrl": self.page_url})

    def _declare_all(
        self, manifests: Iterable[Manifest], after: Sequence[pulumi.Resource] = ()
    ) -> list[pulumi.Resource]:
        """Declare objects that belong together: configuration first, then what reads it."""
        made: list[pulumi.Resource] = []
        for manifest in manifests:
            needs = [each for each in made if manifest["kind"] in ("Deployment", "DaemonSet")]
            made.append(self._declare(manifest, [*after, *needs]))
        return made

    def _declare(self, manifest: Manifest, after: Sequence[pulumi.Resource] = ()) -> pulumi.CustomResource:
        namespace = manifest["metadata"].get("namespace")
        place = [self._spaces[namespace]] if namespace in self._spaces else []
        return declare(
            logical_name(self._name, manifest),
            manifest,
            pulumi.ResourceOptions(parent=self, depends_on=[*place, *after]),
        )

"""From settings to the arguments of the collection.

Part of the composition: only `spark_platform` calls it, and no component sees the settings.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from components import versions
from components.foundation.outputs import FoundationOutputs
from components.image_tags import image_ref
from components.naming import CANARY_NAMESPACE, LOG_NODES_NAMESPACE
from components.observability.alerts import prometheus_rule_spec
from components.observability.canary_plan import METRICS_PORT as CANARY_PORT
from components.observability.chart_values import RemoteWrite, StackValues, workspace_url
from components.observability.dashboard_files import dashboard_files
from components.observability.logs_collector import METRICS_PORT as COLLECTOR_PORT
from components.observability.monitoring import MonitoringArgs
from components.observability.monitoring_chart import MonitoringChartArgs
from components.observability.monitors import Limits, platform_monitors
from components.observability.network import MonitoringPlan
from components.observability.own_monitors import canary_monitor, collector_monitor
from components.observability.prometheus import MetricStorage, PrometheusPlan, url
from components.observability.rule_model import Site
from components.observability.signals import Signals, dashboard_maps
from components.observability.workloads import HistoryExporterPlan

if TYPE_CHECKING:
    from components.settings import Settings

LEDGER_CLAIM: Final = "spark-history-ledger"
"""PersistentVolumeClaim of the history exporter."""


def collection_args(settings: Settings, foundation: FoundationOutputs, root: Path) -> MonitoringArgs:
    """Arguments of the collection on the foundation `kubernetes`.

    Args:
        settings: all settings.
        foundation: what the platform stands on.
        root: the checkout; image tags are made from what lies in it.
    """
    chosen = settings.observability
    node_port = foundation.signals_node_port
    found = signals(settings, foundation)

    def image(name: str) -> str:
        return image_ref(name, registry=foundation.registry, root=root)

    return MonitoringArgs(
        operator_image=image("prometheus-operator"),
        state_metrics_image=image("kube-state-metrics"),
        node_exporter_image=image("node-exporter"),
        definitions=chosen.definitions,
        network=_network(settings, foundation),
        limits=limits(settings),
        signals=found,
        prometheus=PrometheusPlan(
            image=image("prometheus"),
            version=versions.PROMETHEUS,
            storage=_storage(settings, foundation),
            interval_seconds=chosen.scrape_interval_seconds,
            memory=chosen.memory,
            dashboards=dashboard_maps(found),
            url=url(node_port) if node_port is not None else None,
            node_port=node_port,
        ),
    )


def chart_args(settings: Settings, foundation: FoundationOutputs) -> MonitoringChartArgs:
    """Arguments of the collection on AWS.

    Args:
        settings: all settings.
        foundation: what the platform stands on.
    """
    chosen = settings.observability
    region = foundation.storage.region
    remote = chosen.remote_write
    return MonitoringChartArgs(
        version=versions.KUBE_PROMETHEUS_STACK,
        values=StackValues(
            storage=_storage(settings, foundation),
            interval_seconds=chosen.scrape_interval_seconds,
            memory=chosen.memory,
            cluster=foundation.cluster,
            remote_write=(
                RemoteWrite(url=workspace_url(region, remote.workspace), region=region) if remote else None
            ),
        ),
        network=_network(settings, foundation),
        signals=signals(settings, foundation),
    )


def history_exporter_plan(
    settings: Settings, foundation: FoundationOutputs, root: Path
) -> HistoryExporterPlan:
    """What the history exporter is told.

    Args:
        settings: all settings.
        foundation: what the platform stands on.
        root: the checkout; image tags are made from what lies in it.
    """
    return HistoryExporterPlan(
        image=image_ref("history_exporter", registry=foundation.registry, root=root),
        teams=_teams(settings),
        scrape_seconds=settings.observability.scrape_interval_seconds,
        volume_claim=LEDGER_CLAIM,
    )


def signals(settings: Settings, foundation: FoundationOutputs) -> Signals:
    """Rules, monitors and dashboards of a stack.

    Args:
        settings: all settings.
        foundation: what the platform stands on.
    """
    chosen = settings.observability
    site = Site(
        teams=_teams(settings),
        karpenter=foundation.upstream_charts,
        runbooks=chosen.runbooks,
        canary_interval_minutes=chosen.canary.interval_minutes if chosen.canary.enabled else None,
    )
    return Signals(
        rules=prometheus_rule_spec(site),
        monitors=[
            *platform_monitors(
                [tenant.namespace for tenant in settings.job_tenants],
                limits(settings),
                karpenter=foundation.upstream_charts,
                canary=canary_monitor(limits(settings)) if chosen.canary.enabled else None,
            ),
            *([collector_monitor(limits(settings))] if chosen.logs.enabled else []),
        ],
        dashboards=dashboard_files(),
    )


def limits(settings: Settings) -> Limits:
    """What each source may bring, by the settings."""
    chosen = settings.observability
    return Limits(
        interval_seconds=chosen.scrape_interval_seconds,
        samples=chosen.samples_per_driver,
        drivers=chosen.drivers_per_tenant,
    )


def _network(settings: Settings, foundation: FoundationOutputs) -> MonitoringPlan:
    return MonitoringPlan(
        tenants=[tenant.namespace for tenant in settings.job_tenants],
        open_to_nodes=foundation.signals_node_port is not None,
        chart=foundation.upstream_charts,
        remote_write=settings.observability.remote_write is not None,
        others={
            **({CANARY_NAMESPACE: CANARY_PORT} if settings.observability.canary.enabled else {}),
            **({LOG_NODES_NAMESPACE: COLLECTOR_PORT} if settings.observability.logs.enabled else {}),
        },
    )


def _storage(settings: Settings, foundation: FoundationOutputs) -> MetricStorage:
    chosen = settings.observability
    return MetricStorage(
        retention_days=chosen.retention_days, size=chosen.storage, storage_class=foundation.storage_class
    )


def _teams(settings: Settings) -> dict[str, str]:
    return {tenant.namespace: tenant.team for tenant in settings.job_tenants}

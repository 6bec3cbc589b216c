"""From settings to what watches the platform: collection, rules, monitors."""

from __future__ import annotations

import pulumi

from components import versions
from components.kube.monitors import ScrapeLimits
from components.observability.alerts import inhibit_rules, prometheus_rule_spec
from components.observability.chart_values import ALERTMANAGER_DISK, StackValues
from components.observability.dashboard_files import dashboard_files
from components.observability.monitoring import Monitoring, MonitoringArgs
from components.observability.monitoring_chart import MonitoringChart, MonitoringChartArgs
from components.observability.monitors import platform_monitors
from components.observability.network import MonitoringPlan
from components.observability.prometheus import MetricStorage, PrometheusPlan
from components.observability.remote_write import RemoteWrite, workspace_url
from components.observability.rule_model import Site
from components.observability.signals import Signals, dashboard_maps
from components.records import logs
from components.records.model import Scrape
from components.records.monitoring import (
    GRAFANA_PAGE,
    PAGE,
    PROMETHEUS,
    STATE_METRICS,
    STATE_METRICS_LEAST_ON_AWS,
    state_metrics_memory,
)
from components.services.canary.plan import times
from components.services.logs.loki_values import URL as LOKI_URL
from components.settings import Settings
from components.settings.foundation import KubernetesFoundationSettings
from components.wiring.alerts import alertmanager, links, routing, secrets, told_at, topics
from components.wiring.ground import Ground
from components.wiring.history_exporter import history_exporter
from components.wiring.presence import Presence, services
from components.wiring.tenancy import job_tenants


def wanted(settings: Settings) -> Presence | None:
    """What a stack has of it.

    Args:
        settings: the stack's settings.
    """
    watched, ours = settings.observability, isinstance(settings.foundation, KubernetesFoundationSettings)
    if not watched.enabled:
        return None
    sizes = {PROMETHEUS: watched.memory, STATE_METRICS: _state_metrics_memory(settings, ours=ours)}
    disks = {"Prometheus": watched.storage}
    if ours:
        return Presence(memory=sizes, volumes=disks, ours=True)
    return Presence(memory=sizes, volumes={**disks, "Alertmanager": ALERTMANAGER_DISK}, page=GRAFANA_PAGE)


def observability(ground: Ground) -> dict[str, pulumi.Input[object]]:
    """Make what watches the platform, if the settings say so.

    Args:
        ground: what every service is wired with.

    Returns:
        What the stack exports about it.
    """
    if wanted(ground.settings) is None:
        return {}
    collection: Monitoring | MonitoringChart
    if ground.foundation.upstream_charts:
        collection = MonitoringChart("observability", chart_args(ground), ground.options)
        shown = collection.grafana_url.apply(
            lambda inside: ground.shown(GRAFANA_PAGE) if ground.foundation.pages else inside
        )
    else:
        collection = Monitoring("observability", collection_args(ground), ground.options)
        alertmanager(ground, inhibit_rules(site(ground)), collection.namespace)
        shown = collection.page_url
    history_exporter(ground, collection.namespace)
    return {"prometheusUrl": collection.url, "signalsUrl": shown}


def collection_args(ground: Ground) -> MonitoringArgs:
    """Arguments of the collection on the foundation `kubernetes`.

    Args:
        ground: what every service is wired with.
    """
    chosen = ground.settings.observability
    found = signals(ground)

    return MonitoringArgs(
        operator_image=ground.pinned_image("prometheus-operator"),
        state_metrics_image=ground.pinned_image("kube-state-metrics"),
        state_metrics_memory=_state_metrics_memory(ground.settings, ours=True),
        node_exporter_image=ground.pinned_image("node-exporter"),
        definitions=chosen.definitions,
        network=_network(ground),
        limits=limits(ground),
        signals=found,
        prometheus=PrometheusPlan(
            image=ground.pinned_image("prometheus"),
            version=versions.PROMETHEUS,
            storage=_storage(ground),
            interval_seconds=chosen.scrape_interval_seconds,
            memory=chosen.memory,
            dashboards=dashboard_maps(found),
            url=ground.shown(PAGE) if ground.foundation.pages else None,
            remote_write=_remote_write(ground),
        ),
    )


def chart_args(ground: Ground) -> MonitoringChartArgs:
    """Arguments of the collection on AWS.

    Args:
        ground: what every service is wired with.
    """
    chosen = ground.settings.observability
    return MonitoringChartArgs(
        version=versions.KUBE_PROMETHEUS_STACK,
        values=StackValues(
            storage=_storage(ground),
            interval_seconds=chosen.scrape_interval_seconds,
            memory=chosen.memory,
            state_metrics_memory=_state_metrics_memory(ground.settings, ours=False),
            cluster=ground.foundation.cluster,
            alerts=routing(ground, inhibit_rules(site(ground))),
            remote_write=_remote_write(ground),
            grafana=ground.shown(GRAFANA_PAGE) if ground.foundation.pages else None,
            loki=LOKI_URL if _is_searched(ground) else None,
        ),
        network=_network(ground),
        signals=signals(ground),
        alert_secrets=secrets(ground),
    )


def signals(ground: Ground) -> Signals:
    """Rules, monitors and dashboards of a stack.

    Args:
        ground: what every service is wired with.
    """
    return Signals(
        rules=prometheus_rule_spec(site(ground)),
        monitors=platform_monitors(
            ground.namespaces,
            limits(ground),
            scraped=_scraped(ground),
            karpenter=ground.foundation.upstream_charts,
        ),
        dashboards=dashboard_files(),
    )


def _scraped(ground: Ground) -> list[Scrape]:
    return [scrape for each in services(ground.settings).values() for scrape in each.scraped]


def _has_job_pages(ground: Ground) -> bool:
    """They are behind the login alone: without one nobody could say who looks."""
    return ground.settings.jobs.enabled and ground.foundation.pages is not None


def site(ground: Ground) -> Site:
    """What the rules are told of the cluster.

    Args:
        ground: what every service is wired with.
    """
    canary = ground.settings.observability.canary
    pooled = bool(ground.foundation.driver_placement.node_selector)
    return Site(
        # The canary is no team: its quota is always full, and its pods are no use of a node.
        teams={tenant.namespace: tenant.team for tenant in ground.settings.all_tenants},
        karpenter=ground.foundation.upstream_charts,
        links=links(ground),
        canary=times(canary.interval_minutes, cold_nodes=pooled) if canary.enabled else None,
        logs=ground.settings.observability.logs.enabled,
        remote_write=ground.settings.observability.remote_write is not None,
        objectives={
            each.tenant(ground.settings.environment).namespace: each.objectives.shares
            for each in ground.settings.tenants
            if each.objectives.shares
        },
        retention_days=ground.settings.observability.retention_days,
        slow_run_seconds=ground.settings.observability.slow_run_seconds,
        core_hour_price=ground.settings.observability.core_hour_price,
        jobs_sync_seconds=ground.settings.jobs.sync_seconds if ground.settings.jobs.enabled else None,
        jobs_pages=_has_job_pages(ground),
    )


def limits(ground: Ground) -> ScrapeLimits:
    """How many series each source may bring, as the settings say.

    Args:
        ground: what every service is given; its settings are read.
    """
    chosen = ground.settings.observability
    return ScrapeLimits(
        interval_seconds=chosen.scrape_interval_seconds,
        samples=chosen.samples_per_driver,
        drivers=chosen.drivers_per_tenant,
    )


def _remote_write(ground: Ground) -> RemoteWrite | None:
    """A workspace is written to with the pod's own identity, all else by name and password or without."""
    remote = ground.settings.observability.remote_write
    if remote is None:
        return None
    if remote.workspace is not None:
        region = ground.foundation.storage.region
        return RemoteWrite(url=workspace_url(region, remote.workspace), region=region)
    return RemoteWrite(url=str(remote.url), secret=remote.secret)


def _is_searched(ground: Ground) -> bool:
    """Whether Grafana asks Loki, which has all tenants' lines: not where all past the login may open it."""
    chosen = ground.settings.observability.logs
    return chosen.enabled and chosen.loki.enabled and ground.foundation.pages is None


def _network(ground: Ground) -> MonitoringPlan:
    return MonitoringPlan(
        tenants=ground.namespaces,
        around=ground.network,
        chart=ground.foundation.upstream_charts,
        remote_write=_remote_write(ground),
        searched=logs.LOKI_PORT if _is_searched(ground) else None,
        told_at=told_at(ground.settings),
        publishes=bool(topics(ground.settings)),
        scraped=_scraped(ground),
    )


def _state_metrics_memory(settings: Settings, *, ours: bool) -> str:
    if ours:
        return state_metrics_memory(job_tenants(settings))
    return state_metrics_memory(job_tenants(settings), least=STATE_METRICS_LEAST_ON_AWS)


def _storage(ground: Ground) -> MetricStorage:
    chosen = ground.settings.observability
    return MetricStorage(
        retention_days=chosen.retention_days,
        size=chosen.storage,
        storage_class=ground.foundation.storage_class,
    )

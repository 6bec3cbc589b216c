"""From settings to who is told of alerts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pulumi

from components.observability.alert_receivers import Receiver
from components.observability.alert_routing import AlertRouting, TeamRoute
from components.observability.rule_model import Links
from components.observability.runbook_files import runbook_files
from components.records.alerts import PAGE as ALERT_PAGE
from components.records.alerts import SECRET_KEYS
from components.records.monitoring import GRAFANA_PAGE, GRAFANA_PORT, PAGE
from components.services.alerts.component import Alertmanager, AlertmanagerArgs
from components.services.alerts.pods import PAGE_ADDRESS, VOLUME_SIZE
from components.settings import Settings
from components.settings.alerts import SECRET_PREFIX, ReceiverSettings
from components.settings.alerts_rules import has_secret
from components.settings.foundation import KubernetesFoundationSettings
from components.wiring.ground import Ground
from components.wiring.logs import logs_address
from components.wiring.presence import Presence

FORWARDED_GRAFANA: Final = f"http://127.0.0.1:{GRAFANA_PORT}"
"""Where Grafana is seen that is behind no login: docs/alerts.md says how to forward its port."""


def wanted(settings: Settings) -> Presence | None:
    """What a stack has of it.

    Args:
        settings: the stack's settings.
    """
    ours = isinstance(settings.foundation, KubernetesFoundationSettings)
    if not (settings.observability.enabled and ours):
        return None
    return Presence(volumes={"Alertmanager": VOLUME_SIZE})


def alertmanager(ground: Ground, inhibit_rules: Sequence[dict[str, Any]], namespace: pulumi.Resource) -> None:
    """Make Alertmanager, which an upstream chart has where one runs.

    Args:
        ground: what every service is wired with.
        inhibit_rules: which alerts are silent while another one explains them.
        namespace: the monitoring namespace.
    """
    if wanted(ground.settings) is None:
        return
    Alertmanager(
        "alertmanager",
        AlertmanagerArgs(
            image=ground.image("alertmanager"),
            routing=routing(ground, inhibit_rules),
            runbooks=runbook_files(),
            namespace=namespace,
            secrets=secrets(ground),
            storage_class=ground.foundation.storage_class,
        ),
        ground.options_with_digests,
    )


def routing(ground: Ground, inhibit_rules: Sequence[dict[str, Any]]) -> AlertRouting:
    """Who is told of what.

    Args:
        ground: what every service is wired with.
        inhibit_rules: which alerts are silent while another one explains them.
    """
    chosen = ground.settings.observability.alerts
    told = {each.name: _receiver(each) for each in chosen.receivers}
    return AlertRouting(
        receivers=[told[name] for name in chosen.routed],
        default=chosen.default,
        warnings=chosen.warnings,
        teams=[
            each.plain(
                TeamRoute,
                namespaces=[
                    tenant.namespace for tenant in ground.settings.all_tenants if tenant.team == each.team
                ],
            )
            for each in chosen.teams
        ],
        heartbeat=told.get(chosen.heartbeat or ""),
        page=None if ground.foundation.upstream_charts else PAGE_ADDRESS,
        inhibit_rules=inhibit_rules,
        interval_seconds=ground.settings.observability.scrape_interval_seconds,
    )


def secrets(ground: Ground) -> dict[str, dict[str, pulumi.Output[str]]]:
    """Secrets that are made of what the stack file has encrypted: name -> key -> value.

    Args:
        ground: what every service is wired with.
    """
    config = pulumi.Config()
    return {
        _secret_name(each): {SECRET_KEYS[each.kind]: config.require_secret(f"{SECRET_PREFIX}{each.name}")}
        for each in ground.settings.observability.alerts.receivers
        if has_secret(each) and each.secret is None
    }


def told_at(settings: Settings) -> tuple[int, ...]:
    """Ports at which people are told.

    Args:
        settings: the stack's settings.
    """
    return tuple(sorted({_port(each) for each in settings.observability.alerts.receivers}))


def topics(settings: Settings) -> list[str]:
    """SNS' topics that people are told by, as ARNs.

    Args:
        settings: the stack's settings.
    """
    watched = settings.observability
    return [each.topic for each in watched.alerts.receivers if each.topic] if watched.enabled else []


def links(ground: Ground) -> Links:
    """Where an alert's links lead to, as far as browsers get there.

    Args:
        ground: what every service is wired with.
    """
    watched = ground.settings.observability
    return Links(
        runbooks=_runbooks(ground),
        dashboards=_dashboards(ground),
        logs=logs_address(ground) if watched.logs.enabled else None,
    )


def _runbooks(ground: Ground) -> str:
    named = ground.settings.observability.runbooks
    own = ground.foundation.pages is not None and not ground.foundation.upstream_charts
    if own and not named.startswith(("https://", "http://")):
        return f"{ground.shown(ALERT_PAGE)}/runbooks"
    return named


def _dashboards(ground: Ground) -> str:
    named, behind_login = ground.settings.observability.address, ground.foundation.pages is not None
    if ground.foundation.upstream_charts:
        usual = ground.shown(GRAFANA_PAGE) if behind_login else FORWARDED_GRAFANA
        return f"{named or usual}/d/{{uid}}?"
    return f"{named or ground.shown(PAGE)}/user/#board={{uid}}&"


def _receiver(said: ReceiverSettings) -> Receiver:
    return Receiver(
        name=said.name,
        kind=said.kind,
        secret=_secret_name(said) if has_secret(said) else None,
        to=said.to or said.channel or said.topic or "",
        sender=said.sender or "",
        server=said.server or "",
        user=said.user or "",
        # arn:aws:sns:<region>:<account>:<name>
        region=said.topic.split(":")[3] if said.topic else "",
    )


def _secret_name(said: ReceiverSettings) -> str:
    return said.secret or f"alert-{said.name}"


def _port(said: ReceiverSettings) -> int:
    return int(said.server.rsplit(":", 1)[1]) if said.server else said.port

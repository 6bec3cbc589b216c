"""From settings to the collection of what drivers and executors print."""

from __future__ import annotations

from typing import Final

from components import versions
from components.object_store.policies import LOG_CLEANER, LOG_READER, LOG_WRITER
from components.records import logs as record
from components.services.login.component import LoginProxy
from components.services.logs.component import PageLogin, RunLogs, RunLogsArgs
from components.services.logs.loki import Loki, LokiArgs
from components.services.logs.loki_values import OTLP_URL, LokiValues
from components.services.logs.pods import CLEANER, COLLECTOR, PAGE, NodeFolders
from components.settings import Settings
from components.spark.log_links import executor_log_url
from components.wiring.ground import Ground
from components.wiring.login import seen_by, seen_by_group
from components.wiring.presence import Presence

LOKI_REPOSITORY: Final = "https://grafana-community.github.io/helm-charts"
"""Loki's Helm repository (Grafana's documentation, "Install the monolithic Helm chart")."""

FORWARDED_LOGS: Final = "http://127.0.0.1:8081"
"""Where the log page is seen that has no port on the nodes: docs/logs.md says how to forward one."""

ACCOUNTS: Final = {COLLECTOR: LOG_WRITER, PAGE: LOG_READER, CLEANER: LOG_CLEANER}
"""Access key of each part, where the object store has keys."""


def wanted(settings: Settings) -> Presence | None:
    """What a stack has of it.

    Args:
        settings: the stack's settings.
    """
    chosen = settings.observability.logs
    if not chosen.enabled:
        return None
    memory, loki = {COLLECTOR: chosen.memory}, chosen.loki
    if not loki.enabled:
        return Presence(without=frozenset({record.LOKI}), memory=memory)
    return Presence(memory={**memory, record.LOKI: loki.memory}, volumes={"Loki": loki.disk})


def logs_address(ground: Ground) -> str:
    """Where a browser sees the log page.

    Args:
        ground: what every service is wired with.
    """
    usual = ground.shown(record.PAGE) if ground.foundation.pages else FORWARDED_LOGS
    return ground.settings.observability.logs.address or usual


def log_links(ground: Ground, key: str) -> dict[str, str]:
    """Make the property that links Spark's pages with the stored logs; none where no logs are kept.

    Args:
        ground: what every service is wired with.
        key: the property.
    """
    if not ground.settings.observability.logs.enabled:
        return {}
    return {key: executor_log_url(logs_address(ground))}


def logs(ground: Ground, login: LoginProxy | None = None) -> None:
    """Collect what drivers and executors print, if the settings say so.

    Args:
        ground: what every service is wired with.
        login: what asks people who they are before they see a page, where there is such a thing.
    """
    if wanted(ground.settings) is None:
        return
    foundation, chosen = ground.foundation, ground.settings.observability.logs
    collected = RunLogs(
        "run-logs",
        RunLogsArgs(
            image=ground.image("run-logs"),
            namespaces=ground.namespaces,
            storage=foundation.storage,
            network=ground.network,
            memory=chosen.memory,
            flush_seconds=chosen.flush_seconds,
            clean_days=None if foundation.deletes_old_logs else chosen.retention_days,
            credentials={
                part: foundation.credentials[account]
                for part, account in ACCOUNTS.items()
                if account in foundation.credentials
            },
            login=(
                PageLogin(
                    path=f"/{record.PAGE.path}",
                    password=login.page_password,
                    seen=seen_by(ground.settings),
                    groups=seen_by_group(ground.settings),
                )
                if login
                else None
            ),
            placements=(foundation.driver_placement, foundation.executor_placement),
            folders=NodeFolders(pod_logs=chosen.pod_logs, state=chosen.state_folder),
            loki=OTLP_URL if chosen.loki.enabled else None,
            masked=chosen.masked,
            after=foundation.ready,
        ),
        ground.options_with_digests,
    )
    if chosen.loki.enabled:
        _loki(ground, after=collected)


def _loki(ground: Ground, *, after: RunLogs) -> None:
    chosen = ground.settings.observability.logs.loki
    Loki(
        "loki",
        LokiArgs(
            chart="loki",
            chart_version=versions.LOKI_CHART,
            repository=LOKI_REPOSITORY,
            values=chosen.plain(LokiValues, storage_class=ground.foundation.storage_class),
            after=[after],
        ),
        ground.options,
    )

"""From settings to the exporter that reads the history server."""

from __future__ import annotations

from typing import Final

import pulumi

from components.observability.workloads import HistoryExporterPlan
from components.services.history_exporter.component import LEDGER_SIZE, HistoryExporter, HistoryExporterArgs
from components.settings import Settings
from components.wiring.ground import Ground
from components.wiring.presence import Presence

LEDGER_CLAIM: Final = "spark-history-ledger"
"""PersistentVolumeClaim of the history exporter."""


def wanted(settings: Settings) -> Presence | None:
    """What a stack has of it.

    Args:
        settings: the stack's settings.
    """
    if not settings.observability.enabled:
        return None
    return Presence(volumes={"the history exporter": LEDGER_SIZE})


def history_exporter(ground: Ground, namespace: pulumi.Resource) -> None:
    """Make the exporter, beside what scrapes it.

    Args:
        ground: what every service is wired with.
        namespace: the monitoring namespace.
    """
    if wanted(ground.settings) is None:
        return
    HistoryExporter(
        "history-exporter",
        HistoryExporterArgs(
            plan=history_exporter_plan(ground),
            namespace=namespace,
            storage_class=ground.foundation.storage_class,
        ),
        ground.options_with_digests,
    )


def history_exporter_plan(ground: Ground) -> HistoryExporterPlan:
    """What the exporter is told.

    Args:
        ground: what every service is wired with.
    """
    return HistoryExporterPlan(
        image=ground.image("history_exporter"),
        teams={tenant.namespace: tenant.team for tenant in ground.tenants},
        scrape_seconds=ground.settings.observability.scrape_interval_seconds,
        volume_claim=LEDGER_CLAIM,
    )

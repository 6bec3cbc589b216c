"""Alerts about the logs of Spark's pods. Pure."""

from __future__ import annotations

from components.observability.rule_model import Alert, Severity, Signal
from components.observability.scrape_jobs import LOG_COLLECTOR

FULL_SHARE = 0.8
"""Part of a queue on a node's disk above which little time is left: what is full keeps its files from being
read, and the kubelet removes them after five rotations (containerLogMaxFiles)."""

_OF = f'{{job="{LOG_COLLECTOR}"}}'


def log_alerts() -> tuple[Alert, ...]:
    """List them."""
    return (
        Alert(
            name="SparkLogsNotStored",
            severity=Severity.WARNING,
            signal=Signal.PLATFORM,
            expr=f"""
            max by (exporter) (
              otelcol_exporter_queue_size{_OF} / otelcol_exporter_queue_capacity{_OF})
            > {FULL_SHARE}
            """,
            hold="10m",
            summary="Logs wait on nodes, for {{ $labels.exporter }}",
            description="{{ $value | humanizePercentage }} of a collector's queue are taken. Once it is "
            "full, files of logs are read no further, and lines are lost that the kubelet rotates away.",
        ),
    )

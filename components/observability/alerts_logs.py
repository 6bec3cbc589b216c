"""Alerts about the logs of Spark's pods. Pure."""

from __future__ import annotations

from components.observability.rule_model import Alert, Severity, Signal
from components.observability.scrape_jobs import LOG_COLLECTOR

FULL_SHARE = 0.8
"""Part of a queue on a node's disk above which little time is left: what is full keeps its files from being
read, and the kubelet removes them after five rotations (containerLogMaxFiles)."""

STUCK = "15m"
"""How long nothing is sent although something waits: else a line waits for seconds."""

LOST = "30m"
"""How long a refusal is told of: the lines are gone, so nothing that lasts would say so."""

_OF = f'{{job="{LOG_COLLECTOR}"}}'
_FAILED = f"otelcol_exporter_send_failed_log_records{_OF}"


def log_alerts() -> tuple[Alert, ...]:
    """List them."""
    return (
        Alert(
            name="SparkLogsNotStored",
            severity=Severity.WARNING,
            signal=Signal.PLATFORM,
            # A share that is small for a talkative namespace lasts a silent one for days: that nothing of it
            # is sent would be seen by nobody.
            expr=f"""
            max by (exporter) (
              (otelcol_exporter_queue_size{_OF}
                and otelcol_exporter_queue_size{_OF} / otelcol_exporter_queue_capacity{_OF} > {FULL_SHARE})
              or (min_over_time(otelcol_exporter_queue_size{_OF}[{STUCK}]) > 0
                unless on (exporter, instance) increase(otelcol_exporter_sent_log_records{_OF}[{STUCK}]) > 0))
            """,
            hold="10m",
            summary="Logs wait on nodes, for {{ $labels.exporter }}",
            description="{{ $value | humanize1024 }}B of lines wait on a node: the share of the namespace is "
            "nearly full, or nothing of it was stored for 25 minutes. Once the share is full, files of logs "
            "are read no further, and lines are lost that the kubelet rotates away.",
        ),
        Alert(
            name="SparkLogsLost",
            severity=Severity.WARNING,
            signal=Signal.PLATFORM,
            # What may be tried again is tried for ever and counted nowhere, so each is one given up. The
            # series comes with the first (obs_report_sender.go), for which `increase` is nought.
            expr=f"""
            sum by (exporter) (
              (increase({_FAILED}[{LOST}]) > 0)
              or ({_FAILED} unless max_over_time({_FAILED}[6h] offset {LOST})))
            """,
            hold="0s",
            summary="Lines of logs are refused for good, of {{ $labels.exporter }}",
            description="{{ $value | humanize }} lines were thrown away within 30 minutes, as the other side "
            "would not take them: a request that is wrong to it is not tried again.",
        ),
    )

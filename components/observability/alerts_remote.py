"""Alerts about the store that metrics are also written to. Pure."""

from __future__ import annotations

from typing import Final

from components.observability.rule_model import Alert, Severity, Signal
from components.observability.scrape_jobs import PROMETHEUS

BEHIND_SECONDS: Final = 600
"""Age of the newest sample that was sent: a restart of what receives them takes less, and Prometheus keeps
some two hours of what it has not sent (its write-ahead log), then gives the oldest up."""

_OF: Final = f'{{job="{PROMETHEUS}"}}'
_SENT: Final = f"max by (remote_name) (prometheus_remote_storage_queue_highest_sent_timestamp_seconds{_OF})"


def remote_alerts() -> tuple[Alert, ...]:
    """List them."""
    return (
        Alert(
            name="SparkRemoteWriteBehind",
            severity=Severity.WARNING,
            signal=Signal.PLATFORM,
            # What may be tried again stops the newest sample's time, which is not there before the first one;
            # what is refused for good does not.
            expr=f"""
            time() - {_SENT} > {BEHIND_SECONDS}
            or on (remote_name)
              max by (remote_name) (prometheus_remote_storage_samples_failed_total{_OF})
              unless on (remote_name) {_SENT}
            or on (remote_name)
              max by (remote_name) (increase(prometheus_remote_storage_samples_failed_total{_OF}[10m])) > 0
            """,
            hold="10m",
            summary="Metrics do not reach the store outside the cluster",
            description="What Prometheus writes elsewhere waits, or is refused. It keeps two hours; what "
            "is older is given up, and missing there for ever.",
        ),
    )

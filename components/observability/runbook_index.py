"""Writes the list of all alerts into docs/runbooks: `make generated`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from components.naming import RUNBOOKS
from components.observability.alerts import alerts
from components.observability.rule_model import Alert, CanaryTimes, Severity, Site

FILE: Final = Path(__file__).resolve().parents[2] / RUNBOOKS / "README.md"

_EVERYTHING: Final = Site(
    teams={},
    canary=CanaryTimes(deadline_seconds=1, patience_seconds=1),
    jobs_sync_seconds=1,
    jobs_pages=True,
    logs=True,
    remote_write=True,
    objectives={"": {}},
)
"""A site that has every alert; of those that depend on times only the words are shown."""

_WHO: Final = {
    Severity.CRITICAL: "somebody, at once: whom the receiver of the team or of the platform calls",
    Severity.WARNING: "somebody looks within the working day",
    Severity.INFO: "nobody is told; it stands on the dashboards",
}


def text() -> str:
    """The page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Alerts"
    yield ""
    yield "Written by `make generated` from `components/observability`. Each name leads to what to do."
    yield ""
    yield "| severity | who looks |"
    yield "|---|---|"
    yield from (f"| {severity.value} | {who} |" for severity, who in _WHO.items())
    yield ""
    yield "| alert | severity | signal | after | says |"
    yield "|---|---|---|---|---|"
    order = list(Severity)
    yield from (
        _row(each) for each in sorted(alerts(_EVERYTHING), key=lambda a: (a.signal, order.index(a.severity)))
    )


def _row(alert: Alert) -> str:
    says = alert.summary.replace("{{ $labels.", "*").replace(" }}", "*")
    where = " (EKS only)" if alert.only_with_karpenter else ""
    name = f"[{alert.name}]({alert.name}.md){where}"
    after = "at once" if alert.hold == "0s" else alert.hold
    return f"| {name} | {alert.severity.value} | {alert.signal.value} | {after} | {says} |"


def main() -> None:
    """Write the page."""
    FILE.write_text(text())

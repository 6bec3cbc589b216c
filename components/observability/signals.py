"""Rules, monitors and dashboards as objects: the same on every foundation. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from components.observability.monitors import API, Manifest, metadata

PAGE: Final = "signals-page"
"""ConfigMap with the page that Prometheus itself serves."""

DASHBOARD_LABEL: Final = "grafana_dashboard"
"""Label by which Grafana's sidecar finds dashboards (its chart's own)."""

RULES: Final = "spark"


@dataclass(frozen=True, kw_only=True)
class Signals:
    """What is collected, what is computed from it, and how it is shown.

    Args:
        rules: spec of the PrometheusRule with all rules and alerts.
        monitors: what is scraped of the platform.
        dashboards: dashboards by name, as JSON that Grafana reads.
        page: files of the page that shows them without Grafana, by name; none if there is Grafana.
    """

    rules: Mapping[str, Any]
    monitors: Sequence[Manifest]
    dashboards: Mapping[str, str] = field(default_factory=dict)
    page: Mapping[str, str] = field(default_factory=dict)


def signal_objects(signals: Signals) -> list[Manifest]:
    """Make the objects.

    Args:
        signals: what they hold.
    """
    return [
        {
            "apiVersion": API,
            "kind": "PrometheusRule",
            "metadata": metadata(RULES),
            "spec": dict(signals.rules),
        },
        *signals.monitors,
        *(_dashboard(name, text) for name, text in sorted(signals.dashboards.items())),
        *([_config_map(PAGE, dict(signals.page))] if signals.page else []),
    ]


def page_sources(signals: Signals) -> list[str]:
    """Names of the ConfigMaps that make the page: its own files, and every dashboard beside them."""
    if not signals.page:
        return []
    return [PAGE, *(_dashboard_name(name) for name in sorted(signals.dashboards))]


def _dashboard(name: str, text: str) -> Manifest:
    made = _config_map(_dashboard_name(name), {f"{name}.json": text})
    made["metadata"]["labels"][DASHBOARD_LABEL] = "1"
    return made


def _dashboard_name(name: str) -> str:
    return f"dashboard-{name}"


def _config_map(name: str, data: dict[str, str]) -> Manifest:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata(name), "data": data}

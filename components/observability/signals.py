"""Rules, monitors and dashboards as objects: the same on every foundation. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from components.domain import Manifest
from components.kube.monitors import API, metadata

DASHBOARD_LABEL: Final = "grafana_dashboard"
"""Label by which Grafana's sidecar finds dashboards (its chart's own)."""

RULES: Final = "spark"


@dataclass(frozen=True, kw_only=True)
class Signals:
    """What is collected, what is computed from it, and how it is shown.

    Args:
        rules: spec of the PrometheusRule with all rules and alerts.
        monitors: what is scraped of the platform.
        dashboards: file name, which ends in `.json`, of each dashboard -> what Grafana reads.
    """

    rules: Mapping[str, Any]
    monitors: Sequence[Manifest]
    dashboards: Mapping[str, str] = field(default_factory=dict)


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
    ]


def dashboard_maps(signals: Signals) -> list[str]:
    """Names of the ConfigMaps that hold the dashboards.

    Args:
        signals: rules, monitors and dashboards of the platform.
    """
    return [_map_name(name) for name in sorted(signals.dashboards)]


def _dashboard(name: str, text: str) -> Manifest:
    made = metadata(_map_name(name))
    made["labels"][DASHBOARD_LABEL] = "1"
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": made, "data": {name: text}}


def _map_name(file: str) -> str:
    return f"dashboard-{file.removesuffix('.json')}"

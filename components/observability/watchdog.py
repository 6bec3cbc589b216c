"""The alert that always fires: a receiver outside that no longer hears of it knows that nobody watches. Pure.

On AWS kube-prometheus-stack brings it, by the same name.
"""

from __future__ import annotations

from components.domain import Manifest
from components.kube.monitors import API, metadata
from components.observability.alert_routing import WATCHDOG


def watchdog() -> Manifest:
    """Make its rule, in an object of its own: it depends on no metric, and on no other rule."""
    rule = {
        "alert": WATCHDOG,
        "expr": "vector(1)",
        "labels": {"severity": "none"},
        "annotations": {
            "summary": "Prometheus and Alertmanager live",
            "description": "It always fires; that it stops is the message.",
        },
    }
    return {
        "apiVersion": API,
        "kind": "PrometheusRule",
        "metadata": metadata("watchdog"),
        "spec": {"groups": [{"name": "watchdog", "rules": [rule]}]},
    }

"""Who is told of alerts. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from components import versions
from components.naming import MONITORING_NAMESPACE
from components.records.model import ImageSource, Page, PodRequest, ServiceRecord

ALERTMANAGER: Final = "alertmanager"
"""Name of its pods, by the label app.kubernetes.io/name, and of its Service where it is ours."""

PORT: Final = 9093
"""Port of Alertmanager (its default)."""

PAGE_PORT: Final = 9095
"""Port of the page of what it has sent, in the same pod."""

MESSAGES: Final = "alert-page"
"""The container with that page."""

SECRET_KEYS: Final[Mapping[str, str]] = MappingProxyType(
    {"webhook": "url", "slack": "url", "pagerduty": "routing-key", "email": "password"}
)
"""Kind of a receiver of alerts -> key of its Secret; those that are missing have no secret."""

PAGE: Final = Page(
    title="Alerts",
    path="alerts",
    namespace=MONITORING_NAMESPACE,
    service=ALERTMANAGER,
    port=PAGE_PORT,
    # What is posted to it comes from its own pod alone.
    asked="(runbooks/[A-Za-z]+\\.md)?",
    position=50,
)

RECORD: Final = ServiceRecord(
    title="who is told of alerts, and what they were told",
    guest_of=MONITORING_NAMESPACE,
    images={
        "alertmanager": ImageSource(
            repository="alertmanager",
            version=versions.ALERTMANAGER,
            parent="base",
            pins=("ALERTMANAGER",),
            apps=("alert_page",),
            module="alertmanager",
            arguments={"ALERTMANAGER_VERSION": versions.ALERTMANAGER},
            chart=True,
        )
    },
    page=PAGE,
    ports={"Alertmanager": PORT},
    pods={
        ALERTMANAGER: PodRequest(cpu="10m", memory="96Mi"),
        MESSAGES: PodRequest(cpu="10m", memory="64Mi"),
    },
)
"""On AWS the chart of the collection brings one in its place. Where it tells people is a setting."""

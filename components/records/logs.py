"""The logs of drivers and executors. Pure."""

from __future__ import annotations

from typing import Final

from components import versions
from components.naming import (
    LOG_CLEANER_ACCOUNT,
    LOG_COLLECTOR_ACCOUNT,
    LOG_NODES_NAMESPACE,
    LOG_PAGE_ACCOUNT,
    LOGS_NAMESPACE,
)
from components.records.model import (
    ImageSource,
    Page,
    PodRequest,
    Reach,
    Scrape,
    ServiceRecord,
    Viewers,
    Where,
)
from components.records.rights import Grant, PolicyRule

LOKI_PORT: Final = 3100
"""Port of Loki's API (upstream chart's default)."""

METRICS_PORT: Final = 8888
"""Port of the collector's own metrics (the OpenTelemetry Collector's default)."""

PAGE_PORT: Final = 8080
"""Port of the page of the stored logs."""

LOKI: Final = "loki"
"""Name of Loki's pods, by the label app.kubernetes.io/name."""

PAGE: Final = Page(
    title="Logs of drivers and executors",
    path="logs",
    namespace=LOGS_NAMESPACE,
    service=LOG_PAGE_ACCOUNT,
    port=PAGE_PORT,
    viewers=Viewers.OWN_TENANTS,
    position=30,
)

SCRAPE: Final = Scrape(
    part=LOG_COLLECTOR_ACCOUNT, namespace=LOG_NODES_NAMESPACE, port=METRICS_PORT, job="log-collector"
)

RECORD: Final = ServiceRecord(
    title="what drivers and executors print: collected, kept, shown",
    namespaces=(LOGS_NAMESPACE, LOG_NODES_NAMESPACE),
    images={
        "run-logs": ImageSource(
            repository="run-logs",
            version=versions.OTEL_COLLECTOR,
            parent="base",
            pins=("OTEL_COLLECTOR", "AWS_SDK_GO_S3"),
            apps=("log_collector", "log_archive"),
            arguments={
                "OTEL_COLLECTOR_VERSION": versions.OTEL_COLLECTOR,
                "AWS_SDK_GO_S3_VERSION": versions.AWS_SDK_GO_S3,
            },
        )
    },
    scraped=(SCRAPE,),
    ports={"Loki": LOKI_PORT},
    page=PAGE,
    pods={
        LOG_COLLECTOR_ACCOUNT: PodRequest(cpu="50m", memory=None, where=Where.JOB_NODES),
        LOG_PAGE_ACCOUNT: PodRequest(cpu="10m", memory="128Mi"),
        LOKI: PodRequest(cpu="200m", memory=None),
    },
    passing={LOG_CLEANER_ACCOUNT: PodRequest(cpu="10m", memory="128Mi")},
    reaches={
        LOG_COLLECTOR_ACCOUNT: (Reach.API_SERVER, Reach.OBJECT_STORE),
        LOG_PAGE_ACCOUNT: (Reach.OBJECT_STORE,),
        LOG_CLEANER_ACCOUNT: (Reach.OBJECT_STORE,),
    },
    grants=(
        # Of all namespaces, as a watch of one node's pods is no narrower.
        Grant(
            account=LOG_COLLECTOR_ACCOUNT,
            home=LOG_NODES_NAMESPACE,
            place=None,
            rules=(PolicyRule(("pods",), ("get", "list", "watch"), "labels of pods say whose a file is"),),
        ),
    ),
)

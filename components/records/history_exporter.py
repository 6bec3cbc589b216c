"""What Spark itself does not export, from the history server. Pure."""

from __future__ import annotations

from typing import Final

from components import versions
from components.naming import MONITORING_NAMESPACE
from components.records.model import ImageSource, PodRequest, Reach, Scrape, ServiceRecord

EXPORTER: Final = "spark-history-exporter"
"""Name of its pods, by the label app.kubernetes.io/name."""

METRICS_PORT: Final = 9180
"""Port of its metrics; nothing else in the namespace has it."""

SCRAPE: Final = Scrape(
    part=EXPORTER,
    namespace=MONITORING_NAMESPACE,
    port=METRICS_PORT,
    job="spark-history",
    # Its `namespace` is the application's.
    honored=True,
)

RECORD: Final = ServiceRecord(
    title="rows, bytes, durations and outcomes of finished jobs, as metrics",
    guest_of=MONITORING_NAMESPACE,
    images={
        "history_exporter": ImageSource(
            repository="spark-history-exporter",
            version=versions.PROMETHEUS_CLIENT,
            parent="base",
            pins=("PROMETHEUS_CLIENT",),
            apps=("history_exporter",),
            arguments={"PROMETHEUS_CLIENT_VERSION": versions.PROMETHEUS_CLIENT},
        )
    },
    scraped=(SCRAPE,),
    pods={EXPORTER: PodRequest(cpu="10m", memory="128Mi")},
    reaches={EXPORTER: (Reach.HISTORY_SERVER,)},
)

"""The canary. Pure."""

from __future__ import annotations

from typing import Final

from components import versions
from components.naming import CANARY_NAMESPACE
from components.records.model import ImageSource, PodRequest, Reach, Scrape, ServiceRecord, Where
from components.records.rights import SPARK_GROUP, Grant, PolicyRule

CHECKER: Final = "canary-checker"
METRICS_PORT: Final = 8000
"""Port of the checker's metrics (prometheus_client's usual one)."""

SCRAPE: Final = Scrape(part=CHECKER, namespace=CANARY_NAMESPACE, port=METRICS_PORT, job="spark-canary")

RECORD: Final = ServiceRecord(
    title="a small job on a schedule, and what says whether it went through",
    namespaces=(CANARY_NAMESPACE,),
    images={
        "canary_checker": ImageSource(
            repository="spark-canary-checker",
            version=versions.PROMETHEUS_CLIENT,
            parent="base",
            pins=("PROMETHEUS_CLIENT",),
            apps=("canary_checker",),
            arguments={"PROMETHEUS_CLIENT_VERSION": versions.PROMETHEUS_CLIENT},
        )
    },
    scraped=(SCRAPE,),
    pods={
        CHECKER: PodRequest(cpu="20m", memory="96Mi"),
        # Both run on one node of the pool for drivers, see `canary_spec`.
        "driver": PodRequest(cpu="200m", memory="1Gi", where=Where.JOB_NODES),
        "executor": PodRequest(cpu="200m", memory="1Gi", where=Where.JOB_NODES),
    },
    reaches={CHECKER: (Reach.API_SERVER, Reach.HISTORY_SERVER, Reach.OBJECT_STORE)},
    grants=(
        Grant(
            account=CHECKER,
            home=CANARY_NAMESPACE,
            place=CANARY_NAMESPACE,
            rules=(
                PolicyRule(
                    ("sparkapplications", "scheduledsparkapplications"),
                    ("get", "list"),
                    "sees which runs there were, and what became of them",
                    SPARK_GROUP,
                ),
                PolicyRule(("pods",), ("get", "list"), "reads a failed driver's last words"),
                PolicyRule(("resourcequotas",), ("get", "list"), "tells a full quota from a full cluster"),
            ),
        ),
    ),
)

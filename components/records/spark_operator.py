"""The Spark operator. Pure."""

from __future__ import annotations

from typing import Final

from components import versions
from components.naming import OPERATOR_NAMESPACE
from components.records.model import ImageSource, PodRequest, Reach, Scrape, ServiceRecord

METRICS_PORT: Final = 8080
"""Port of the operator's metrics (upstream chart's default)."""

OPERATOR: Final = "spark-operator"
"""Name of its pods."""

SCRAPE: Final = Scrape(
    part=OPERATOR,
    namespace=OPERATOR_NAMESPACE,
    port=METRICS_PORT,
    job="spark-operator",
    labels={"app.kubernetes.io/component": "controller"},
)
"""Applications' namespaces come as `exported_namespace`."""

RECORD: Final = ServiceRecord(
    title="submits jobs, and follows them",
    namespaces=(OPERATOR_NAMESPACE,),
    images={
        "spark-operator": ImageSource(
            repository="spark-operator",
            version=versions.SPARK_OPERATOR,
            parent="spark",
            pins=("SPARK_OPERATOR",),
            module="spark-operator",
        )
    },
    scraped=(SCRAPE,),
    pods={OPERATOR: PodRequest(cpu=None, memory=None)},
    # It submits what others wrote, with rights in every tenant: nothing could be carried anywhere else.
    reaches={OPERATOR: (Reach.API_SERVER,)},
)
"""Settings say its size: see `components.services.spark_operator.chart_values`."""

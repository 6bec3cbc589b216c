"""The Spark operator. Pure."""

from __future__ import annotations

from typing import Final

from components import versions
from components.naming import OPERATOR_NAMESPACE
from components.records.model import ImageSource, Reach, ServiceRecord

METRICS_PORT: Final = 8080

OPERATOR: Final = "spark-operator"
"""The operator's metrics (upstream chart's default)."""

RECORD: Final = ServiceRecord(
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
    scraped={OPERATOR_NAMESPACE: METRICS_PORT},
    # It submits what others wrote, with rights in every tenant: nothing could be carried anywhere else.
    reaches={OPERATOR: (Reach.API_SERVER,)},
)
"""Its size is a setting: see `components.services.spark_operator.chart_values`."""

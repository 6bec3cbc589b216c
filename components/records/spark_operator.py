"""The Spark operator. Pure."""

from __future__ import annotations

from typing import Final

from components import versions
from components.naming import OPERATOR_NAMESPACE
from components.records.model import ImageSource, ServiceRecord

METRICS_PORT: Final = 8080
"""The operator's metrics (upstream chart's default)."""

RECORD: Final = ServiceRecord(
    namespaces=(OPERATOR_NAMESPACE,),
    images={
        "spark-operator": ImageSource(
            repository="spark-operator",
            version=versions.SPARK_OPERATOR,
            parent="spark",
            pins=("SPARK_OPERATOR",),
        )
    },
    scraped={OPERATOR_NAMESPACE: METRICS_PORT},
)
"""Its size is a setting: see `components.services.spark_operator.chart_values`."""

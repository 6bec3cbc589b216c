"""The history server. Pure."""

from __future__ import annotations

from typing import Final

from components.naming import HISTORY_NAMESPACE
from components.records.model import Page, Reach, ServiceRecord

PORT: Final = 18080
"""Port of the Service, and of the UI in the pod (Spark's default)."""

SERVER: Final = "spark-history"

PAGE: Final = Page(
    title="Spark history",
    path="spark-history",
    namespace=HISTORY_NAMESPACE,
    service=SERVER,
    port=PORT,
)

RECORD: Final = ServiceRecord(
    namespaces=(HISTORY_NAMESPACE,),
    page=PAGE,
    # Its chart writes the policy, as it can be used without this project.
    reaches={SERVER: (Reach.OBJECT_STORE,)},
)
"""It runs the Spark image; its size is a setting, its CPU the chart's default."""

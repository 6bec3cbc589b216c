"""The history server. Pure."""

from __future__ import annotations

from typing import Final

from components.naming import HISTORY_NAMESPACE
from components.records.model import Page, PodRequest, Reach, ServiceRecord

PORT: Final = 18080
"""Port of the Service, and of the UI in the pod (Spark's default)."""

SERVER: Final = "spark-history"

PAGE: Final = Page(
    title="Spark history",
    path="spark-history",
    namespace=HISTORY_NAMESPACE,
    service=SERVER,
    port=PORT,
    position=10,
)

RECORD: Final = ServiceRecord(
    title="what finished jobs did, from their event logs",
    namespaces=(HISTORY_NAMESPACE,),
    page=PAGE,
    # Its memory is a setting; CPU is the default of its chart, which can be used without this project.
    pods={SERVER: PodRequest(cpu="250m", memory=None)},
    # Its chart writes the policy as well.
    reaches={SERVER: (Reach.OBJECT_STORE,)},
)
"""It runs the Spark image."""

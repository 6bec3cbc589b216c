"""The history server. Pure."""

from __future__ import annotations

from typing import Final

from components.naming import HISTORY_NAMESPACE
from components.records.model import ServiceRecord

PORT: Final = 18080
"""Port of the Service, and of the UI in the pod (Spark's default)."""

RECORD: Final = ServiceRecord(
    namespaces=(HISTORY_NAMESPACE,), node_port="history_node_port", page="the history server"
)
"""It runs the Spark image; its size is a setting, its CPU the chart's default."""

"""What watching the platform costs, in samples a second and series; what its own pods hold of memory."""

from __future__ import annotations

from metering.ask import Prometheus
from metering.measure import Measured, measure
from metering.memory import PodMemory, memory, show_memory
from metering.report import show

__all__ = ["Measured", "PodMemory", "Prometheus", "measure", "memory", "show", "show_memory"]

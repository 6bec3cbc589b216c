"""What watching the platform costs: samples a second and series, by source, by tenant and by executor."""

from __future__ import annotations

from metering.ask import Prometheus
from metering.measure import Measured, measure
from metering.report import show

__all__ = ["Measured", "Prometheus", "measure", "show"]

"""What watching the platform costs: samples a second and series, by source, by tenant and by executor."""

from __future__ import annotations

from local.metering.ask import Prometheus
from local.metering.measure import Measured, measure
from local.metering.report import show

__all__ = ["Measured", "Prometheus", "measure", "show"]

"""The Spark operator."""

from __future__ import annotations

from typing import Final

METRICS_PORT: Final = 8080
"""The operator's metrics (upstream chart's default)."""

"""What the kit is tested with: the distribution of Spark."""

from __future__ import annotations

from tests.jobs.conftest import distribution

__all__ = ["distribution"]

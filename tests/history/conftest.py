"""Spark's distribution, which the history server is a part of."""

from __future__ import annotations

from tests.jobs.conftest import distribution

__all__ = ["distribution"]

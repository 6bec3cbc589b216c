"""A world of one test, as the worker's tests have it."""

from __future__ import annotations

from tests.apps.jobs.worker.conftest import world

__all__ = ["world"]

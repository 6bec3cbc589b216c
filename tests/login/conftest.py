"""A store with logs, and Spark's distribution, which the history server is a part of."""

from __future__ import annotations

from tests.jobs.conftest import distribution
from tests.observability.conftest import server, span
from tests.store.conftest import ready

__all__ = ["distribution", "ready", "server", "span"]

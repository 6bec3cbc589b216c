"""The object store and the API server are the real ones, one each for all of these tests."""

from __future__ import annotations

from tests.apps.jobs.worker.conftest import cluster, store, world
from tests.walls.conftest import definitions, server

__all__ = ["cluster", "definitions", "server", "store", "world"]

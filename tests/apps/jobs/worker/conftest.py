"""A world of one test, on the API server and the object store of all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.apps.jobs.worlds import World, new_world
from tests.store.conftest import judge
from tests.walls.server import ApiServer

__all__ = ["judge"]


@pytest.fixture
def world(cluster: ApiServer, store: Any, tmp_path: Path) -> Iterator[World]:
    made = new_world(cluster, store, tmp_path)
    yield made
    made.clean()

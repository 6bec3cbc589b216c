"""The pages over a busy world, served as their process does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .serving import served
from .world import World, busy


@pytest.fixture(scope="module")
def world() -> World:
    """Runs of two teams, in every phase."""
    return busy()


@pytest.fixture(scope="module")
def address(world: World) -> Iterator[str]:
    """The pages, served as their process does."""
    with served(world.app) as found:
        yield found

"""The pages over a busy world, served as their process does."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn

from .world import World, busy


@pytest.fixture(scope="module")
def world() -> World:
    """Runs of two teams, in every phase."""
    return busy()


@pytest.fixture(scope="module")
def address(world: World) -> Iterator[str]:
    """The pages, served as their process does."""
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(world.app, log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{taken.getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=10)

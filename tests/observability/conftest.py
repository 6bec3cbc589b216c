"""Servers over a made-up world."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator

import pytest

from tests.observability.server import Server

MINUTES = 90
"""How much of the past the samples cover."""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def span() -> tuple[int, int]:
    """First and last second of the samples: up to now, because Prometheus adds none before its newest."""
    now = int(time.time()) // 30 * 30
    return now - MINUTES * 60, now


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Server]]:
    """Makes servers, and stops them at the end."""
    made: list[Server] = []

    def make() -> Server:
        made.append(Server(tmp_path_factory.mktemp("prometheus"), _free_port()))
        return made[-1]

    yield make
    for each in made:
        each.stop()

"""Stands between two processes as AWS' policy agent does in the first moment of a pod.

A connection that was opened before the agent's programs were attached is not in their table: what is sent
arrives, the answers are dropped, and neither side hears of it (aws-network-policy-agent#186, #236). Later
connections are known.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass(kw_only=True)
class Agent:
    """The agent.

    Args:
        address: where it is asked instead of what stands behind it.
        behind: host and port of that.
        lost: how many connections get no answer.
        times: when each was opened, in seconds of a clock that only goes on.
    """

    address: tuple[str, int]
    behind: tuple[str, int]
    lost: int
    times: list[float] = field(default_factory=list)
    _held: list[socket.socket] = field(default_factory=list, repr=False)

    def _pass(self, server: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = server.accept()
                self.times.append(time.monotonic())
                self._held.append(client)
                if len(self.times) > self.lost:
                    self._join(client)

    def _join(self, client: socket.socket) -> None:
        try:
            there = socket.create_connection(self.behind)
        except ConnectionRefusedError:
            client.close()
            return
        self._held.append(there)
        for one, other in ((client, there), (there, client)):
            threading.Thread(target=_copy, args=(one, other), daemon=True).start()


def _copy(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while data := one.recv(65536):
            other.sendall(data)
        other.shutdown(socket.SHUT_WR)


@contextmanager
def attached_late(address: tuple[str, int], behind: tuple[str, int], *, lost: int = 1) -> Iterator[Agent]:
    """Run it.

    Args:
        address: where it listens; port 0 for any.
        behind: host and port of what it stands before.
        lost: how many connections, from the first one on, get no answer.
    """
    with socket.create_server(address) as server:
        agent = Agent(address=server.getsockname()[:2], behind=behind, lost=lost)
        threading.Thread(target=agent._pass, args=(server,), daemon=True).start()
        yield agent
        # Wakes the thread that waits for the next one.
        server.shutdown(socket.SHUT_RDWR)
    for each in agent._held:
        each.close()

"""Knocks at addresses from inside a pod's network, without a word from the pod: the node is this machine.

Only the network is entered: the pod's own address sends, its policies decide, and nothing is started in it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from local.cluster import ClusterSpec

AT_ONCE: Final = 200
"""Attempts at once from one pod: the kernel holds 1,024 packets of all pods for the policy controller."""

SOURCES_AT_ONCE: Final = 3

PATIENCE: Final = 1.5
"""Seconds for an answer on this machine; a packet that was dropped is sent again after one."""

KNOCKER: Final = f"""
import asyncio, json, sys

async def knock(gate, host, port):
    async with gate:
        try:
            _, writer = await asyncio.wait_for(asyncio.open_connection(host, port), {PATIENCE})
            writer.close()
            return "open"
        except ConnectionRefusedError:
            return "answered"
        except (OSError, TimeoutError, asyncio.TimeoutError):
            return "silent"

async def main():
    gate, targets = asyncio.Semaphore({AT_ONCE}), json.load(sys.stdin)
    print(json.dumps(await asyncio.gather(*(knock(gate, host, port) for host, port in targets))))

asyncio.run(main())
"""
"""Answered means that the target's kernel got the packet and that nothing listens there."""

CALLER: Final = f"""
import asyncio, json, sys

# A question that a DNS server answers; that a port is nobody's is told by ICMP.
QUESTION = bytes.fromhex("123401000001000000000000") + b"".join(
    bytes([len(part)]) + part for part in b"kubernetes.default.svc.cluster.local.".split(b".")
) + bytes([0, 1, 0, 1])

class Ear(asyncio.DatagramProtocol):
    def __init__(self):
        self.heard = asyncio.get_running_loop().create_future()

    def tell(self, answer):
        if not self.heard.done():
            self.heard.set_result(answer)

    def datagram_received(self, data, address):
        self.tell("open")

    def error_received(self, error):
        self.tell("answered" if isinstance(error, ConnectionRefusedError) else "silent")

async def call(host, port):
    transport, ear = await asyncio.get_running_loop().create_datagram_endpoint(Ear, remote_addr=(host, port))
    transport.sendto(QUESTION)
    try:
        # Nobody sends a lost datagram again.
        await asyncio.wait([ear.heard], timeout={PATIENCE} / 2)
        transport.sendto(QUESTION)
        return await asyncio.wait_for(ear.heard, {PATIENCE} / 2)
    except (TimeoutError, asyncio.TimeoutError):
        return "silent"
    finally:
        transport.close()

async def main():
    print(json.dumps(await asyncio.gather(*(call(host, port) for host, port in json.load(sys.stdin)))))

asyncio.run(main())
"""
"""The same by UDP. A kernel tells a sender six times at once that a port is nobody's, and then once a second
(net.ipv4.icmp_ratelimit): so few ports of an address are called from one."""

Door = tuple[str, int]
"""Address and port."""


@dataclass(frozen=True)
class Network:
    """A pod's network namespace.

    Args:
        file: where it is mounted; this machine's own unless said otherwise.
    """

    file: Path = Path("/proc/self/ns/net")

    def run(self, *command: str, stdin: str = "") -> str:
        """Output of a command of this machine, with the pod's network."""
        done = subprocess.run(
            ["nsenter", f"--net={self.file}", *command],
            input=stdin,
            capture_output=True,
            text=True,
            check=True,
            timeout=300,
        )
        return done.stdout

    def knock(self, doors: Sequence[Door]) -> dict[Door, bool]:
        """Which of the doors, TCP ports, the pod's packets reach, whether or not somebody opens."""
        return self._try(KNOCKER, doors)

    def call(self, doors: Sequence[Door]) -> dict[Door, bool]:
        """Which of the doors, UDP ports, the pod's datagrams reach, whether or not somebody listens."""
        return self._try(CALLER, doors)

    def _try(self, program: str, doors: Sequence[Door]) -> dict[Door, bool]:
        said = json.loads(self.run(sys.executable, "-c", program, stdin=json.dumps(doors)))
        return {door: answer != "silent" for door, answer in zip(doors, said, strict=True)}


def networks(spec: ClusterSpec) -> dict[str, Network]:
    """Networks of the pods that exist on the node, by the pod's address."""
    found: dict[str, Network] = {}
    for file in (spec.run / "containerd" / "io.containerd.grpc.v1.cri").rglob("netns/*"):
        network = Network(file)
        for link in json.loads(network.run("ip", "-j", "-4", "address", "show", "eth0")):
            found |= {entry["local"]: network for entry in link.get("addr_info", [])}
    return found


def knock_all(sources: Mapping[str, Network], doors: Sequence[Door]) -> dict[str, dict[Door, bool]]:
    """For each source, by its name, which doors its packets reach; without those whose pods end meanwhile."""

    def reached(one: Network) -> dict[Door, bool] | None:
        try:
            return one.knock(doors)
        except subprocess.CalledProcessError:
            if one.file.exists():
                raise
            return None

    with ThreadPoolExecutor(max_workers=SOURCES_AT_ONCE) as pool:
        found = zip(sources, pool.map(reached, sources.values()), strict=True)
        return {name: seen for name, seen in found if seen is not None}

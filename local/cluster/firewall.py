"""What kube-proxy, the kubelet and network plugins leave in netfilter, and its removal.

Their chains have fixed names. In a network namespace where no other kube-proxy runs they are this cluster's;
what had been there before the cluster came is in the host record and stays.
"""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from local.cluster import binaries, packet_rules
from local.cluster.network import run
from local.cluster.spec import ClusterSpec
from workspace.errors import ReportedError

FAMILIES: Final = {"ip": "iptables", "ip6": "ip6tables"}
"""nftables' address families and the programs that speak iptables' language in them."""

CHAIN_PREFIXES: Final = ("KUBE-", "CNI-")
"""Chains made by kube-proxy and the kubelet, and by network plugins."""

COUNTERS: Final = ("ct_state_invalid_dropped_pkts", "localhost_nps_accepted_pkts")
"""Accounting objects that kube-proxy 1.34 makes (pkg/proxy/metrics/metrics.go)."""

NETLINK_NETFILTER: Final = 12
"""Netlink family of netfilter (linux/netlink.h)."""

ACCOUNTING: Final = 7
"""Netlink subsystem of accounting objects (linux/netfilter/nfnetlink.h)."""

ACCOUNTING_GET: Final = 1
"""Message that asks for accounting objects (linux/netfilter/nfnetlink_acct.h)."""

ACCOUNTING_DELETE: Final = 3
"""Message that removes an accounting object."""

REQUEST: Final = 0x001
DUMP: Final = 0x300
ACKNOWLEDGE: Final = 0x004
MESSAGE_ERROR: Final = 2
MESSAGE_DONE: Final = 3
NAME_ATTRIBUTE: Final = 1


@dataclass(frozen=True)
class Table:
    """One iptables table as it is now.

    Args:
        family: ip or ip6.
        name: nat, filter, mangle, raw or security.
        policies: built-in chains' policies.
        chains: user-defined chains.
        appended: rules as iptables-save writes them.
    """

    family: str
    name: str
    policies: dict[str, str]
    chains: tuple[str, ...]
    appended: tuple[str, ...]

    @property
    def empty(self) -> bool:
        """Whether the table does nothing."""
        return not self.chains and not self.appended and set(self.policies.values()) <= {"ACCEPT"}


def tables() -> list[Table]:
    """This network namespace's iptables tables, both families."""
    found: list[Table] = []
    for family, program in FAMILIES.items():
        if binaries.locate(f"{program}-save") is None:
            continue
        found.extend(parse(family, run(f"{program}-save", check=False)))
    return found


def parse(family: str, text: str) -> list[Table]:
    """Tables in the output of iptables-save.

    Args:
        family: ip or ip6.
        text: the output.
    """
    found: list[Table] = []
    name = ""
    policies: dict[str, str] = {}
    chains: list[str] = []
    appended: list[str] = []
    for line in text.splitlines():
        if line.startswith("*"):
            name, policies, chains, appended = line[1:], {}, [], []
        elif line.startswith(":"):
            chain, policy = line[1:].split()[:2]
            if policy == "-":
                chains.append(chain)
            else:
                policies[chain] = policy
        elif line.startswith("-A "):
            appended.append(line)
        elif line == "COMMIT":
            found.append(Table(family, name, policies, tuple(chains), tuple(appended)))
    return found


def kubernetes_chains() -> set[str]:
    """Kubernetes' and network plugins' chains, as family/table/chain."""
    return {
        f"{table.family}/{table.name}/{chain}"
        for table in tables()
        for chain in table.chains
        if chain.startswith(CHAIN_PREFIXES)
    }


def nft_tables() -> set[str]:
    """Names of all netfilter tables of this network namespace, as family/name."""
    listed = run("nft", "-j", "list", "tables", check=False) if binaries.locate("nft") else ""
    entries = json.loads(listed or "{}").get("nftables", [])
    return {f"{entry['table']['family']}/{entry['table']['name']}" for entry in entries if "table" in entry}


def removal(table: Table, kept: Iterable[str]) -> str:
    """Input for iptables-restore that takes Kubernetes' chains, and the jumps to them, out of a table.

    Args:
        table: the table as it is.
        kept: chains to leave, as family/table/chain.

    Returns:
        An empty text when there is nothing to take out.
    """
    stays = set(kept)
    ours = [
        chain
        for chain in table.chains
        if chain.startswith(CHAIN_PREFIXES) and f"{table.family}/{table.name}/{chain}" not in stays
    ]
    if not ours:
        return ""
    jumps = [rule for rule in table.appended if rule.split()[1] not in ours and _target(rule) in ours]
    lines = [
        f"*{table.name}",
        *(f"-D {rule.removeprefix('-A ')}" for rule in jumps),
        # Declaring a chain that exists empties it, so that chains which jump to each other can all go.
        *(f":{chain} - [0:0]" for chain in ours),
        *(f"-X {chain}" for chain in ours),
        "COMMIT",
    ]
    return "\n".join(lines) + "\n"


def _target(rule: str) -> str:
    words = rule.split()
    for flag in ("-j", "-g"):
        if flag in words:
            return words[words.index(flag) + 1]
    return ""


def remove(spec: ClusterSpec, *, kept: Iterable[str], kept_tables: Iterable[str]) -> None:
    """Remove the cluster's own rules, and Kubernetes' chains and counters.

    Args:
        spec: the cluster.
        kept: chains that were there before the cluster.
        kept_tables: tables that were there before the cluster; others go once they are empty.

    Raises:
        ReportedError: netfilter refused.
    """
    packet_rules.remove_all(spec)
    stays = set(kept)
    for found in tables():
        script = removal(found, stays)
        if script:
            _restore(FAMILIES[found.family], script)
    for found in tables():
        if found.empty and f"{found.family}/{found.name}" not in set(kept_tables) and binaries.locate("nft"):
            run("nft", "delete", "table", found.family, found.name, check=False)
    for name in COUNTERS:
        delete_counter(name)


def _restore(program: str, script: str) -> None:
    done = subprocess.run(
        [binaries.system(f"{program}-restore"), "--noflush", "-w"],
        input=script,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise ReportedError(
            f"{program}-restore refused to remove Kubernetes' chains: {done.stderr.strip()}",
            hint=f"look at {program}-save for rules of yours that jump to a chain named KUBE- or CNI-",
        )


def delete_counter(name: str) -> None:
    """Remove an accounting object; one that does not exist, or a kernel without them, is no error.

    Args:
        name: the object's.
    """
    attribute = name.encode() + b"\0"
    padded = attribute + b"\0" * (-len(attribute) % 4)
    body = struct.pack("=HH", 4 + len(attribute), NAME_ATTRIBUTE) + padded
    with contextlib.suppress(OSError):
        _netlink(ACCOUNTING_DELETE, REQUEST | ACKNOWLEDGE, body)


def counters() -> set[str]:
    """Names of this network namespace's accounting objects."""
    try:
        messages = _netlink(ACCOUNTING_GET, REQUEST | DUMP, b"")
    except OSError:
        return set()
    names = set()
    for message in messages:
        # After the four bytes of the family header come attributes: length, type, value.
        rest = message[4:]
        while len(rest) > 4:
            length, kind = struct.unpack("=HH", rest[:4])
            if length < 4:
                break
            if kind == NAME_ATTRIBUTE:
                names.add(rest[4:length].rstrip(b"\0").decode())
            rest = rest[length + (-length % 4) :]
    return names


def _netlink(message: int, flags: int, body: bytes) -> list[bytes]:
    """Bodies of the answers to one accounting message."""
    payload = struct.pack("=BBH", socket.AF_UNSPEC, 0, 0) + body
    header = struct.pack("=IHHII", 16 + len(payload), (ACCOUNTING << 8) | message, flags, 1, 0)
    answers: list[bytes] = []
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER) as client:
        client.settimeout(2)
        client.send(header + payload)
        while True:
            data = client.recv(65536)
            while data:
                length, kind = struct.unpack("=IH", data[:6])
                if kind in (MESSAGE_ERROR, MESSAGE_DONE):
                    return answers
                answers.append(data[16:length])
                data = data[length + (-length % 4) :]

"""Finds who else holds what a cluster needs, before anything is started: ports, addresses, the node."""

from __future__ import annotations

import ipaddress
import json
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

import psutil

from local.cluster import network, processes
from local.cluster.spec import ClusterSpec
from workspace.errors import ReportedError

COMMAND_SHOWN: Final = 100
"""Characters of a command line that an error message shows."""

DYING_SECONDS: Final = 5.0
"""A killed process keeps its ports until its last thread has ended; /proc no longer tells whose they are."""

LOOK_SECONDS: Final = 0.1

NEXT: Final = (
    "end it, or use another cluster by setting KUBECONFIG, "
    "or run `make down` in the checkout that started it if it is one of ours"
)
"""What a person can do about a conflict."""


@dataclass(frozen=True)
class Holder:
    """A process that has what we need.

    Args:
        what: what it has.
        pid: its id, 0 when the kernel does not tell.
        command: its command line.
    """

    what: str
    pid: int
    command: str

    def __str__(self) -> str:
        if not self.pid:
            return f"{self.what} is held by a process that the kernel does not show to us"
        return f"{self.what} is held by process {self.pid} ({self.command[:COMMAND_SHOWN]})"


def check(spec: ClusterSpec) -> None:
    """Refuse to start where something else is in the way.

    Args:
        spec: the cluster that is to be started; processes of its own are not in its way.

    Raises:
        ReportedError: names every holder.
    """
    found = [str(holder) for holder in (*lasting_port_holders(spec), *other_nodes(spec))]
    found += address_conflicts(spec)
    if found:
        listed = "\n".join(f"  {line}" for line in found)
        raise ReportedError(f"cluster {spec.name} cannot start:\n{listed}", hint=NEXT)


def lasting_port_holders(spec: ClusterSpec) -> list[Holder]:
    """Holders of ports, without a process of our own that was just killed and is not quite gone.

    Args:
        spec: the cluster.
    """
    deadline = time.monotonic() + DYING_SECONDS
    found = port_holders(spec)
    while any(not holder.pid for holder in found) and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)
        found = port_holders(spec)
    return found


def port_holders(spec: ClusterSpec) -> list[Holder]:
    """Foreign processes that listen on one of the cluster's ports.

    Args:
        spec: the cluster.
    """
    wanted = {getattr(spec.ports, port.name): port.name for port in fields(spec.ports)}
    found = []
    for connection in psutil.net_connections(kind="tcp"):
        port = connection.laddr.port if connection.laddr else 0
        if connection.status != psutil.CONN_LISTEN or port not in wanted:
            continue
        pid = connection.pid or 0
        command = _command(pid)
        if command.startswith(f"{spec.state}/"):
            continue
        found.append(Holder(f"port {port} ({wanted[port].replace('_', ' ')})", pid, command))
    return sorted(set(found), key=lambda holder: holder.what)


def other_nodes(spec: ClusterSpec) -> list[Holder]:
    """Foreign kubelets and kube-proxies in this network namespace.

    A kube-proxy rewrites chains with fixed names: two of them undo each other's Services. A kubelet empties a
    folder with a fixed path and takes the same ports.

    Args:
        spec: the cluster.
    """
    found = []
    for process in psutil.process_iter():
        try:
            name = process.name()
            shares = name in ("kubelet", "kube-proxy") and _network(process.pid) == _network(os.getpid())
        except (psutil.Error, OSError):
            continue
        command = _command(process.pid)
        if shares and command and not command.startswith(f"{spec.state}/"):
            found.append(Holder(f"this network namespace's {name}", process.pid, command))
    return found


def _network(pid: int) -> int:
    return Path(f"/proc/{pid}/ns/net").stat().st_ino


def _command(pid: int) -> str:
    record = processes.observe(pid) if pid else None
    return " ".join(record.command) if record is not None else ""


def address_conflicts(spec: ClusterSpec) -> list[str]:
    """Routes of this machine that overlap with the cluster's pods or Services.

    Args:
        spec: the cluster.
    """
    return overlaps(spec, json.loads(network.run("ip", "-j", "route", "show") or "[]"))


def overlaps(spec: ClusterSpec, routes: Iterable[dict[str, object]]) -> list[str]:
    """Descriptions of the routes that overlap with the cluster's addresses.

    Args:
        spec: the cluster.
        routes: entries of `ip -j route`.
    """
    found = []
    for route in routes:
        target, device = str(route.get("dst")), str(route.get("dev"))
        if target == "default" or device == spec.bridge:
            continue
        there = ipaddress.ip_network(target, strict=False)
        for ours, kind in ((spec.pod_cidr, "pods"), (spec.service_cidr, "Services")):
            if isinstance(there, ipaddress.IPv4Network) and ours.overlaps(there):
                found.append(f"addresses {ours} ({kind}) overlap with the route to {target} on {device}")
    return found


def check_owner(spec: ClusterSpec, checkout: Path) -> None:
    """Refuse to use a cluster that another checkout started.

    Args:
        spec: the cluster.
        checkout: the folder of this one.

    Raises:
        ReportedError: the cluster belongs to a checkout that still exists.
    """
    owner = read_owner(spec)
    if owner is not None and owner != checkout and owner.is_dir():
        raise ReportedError(
            f"cluster {spec.name} in {spec.state} belongs to the checkout {owner}, this is {checkout}",
            hint=(
                "run `make down` (there or here; it deletes that cluster and its data), "
                f"or export KUBECONFIG={spec.kubeconfig} to use it as it is"
            ),
        )


def read_owner(spec: ClusterSpec) -> Path | None:
    """The checkout that started the cluster, or None when there is no cluster.

    Args:
        spec: the cluster.
    """
    try:
        return Path(json.loads((spec.state / "cluster.json").read_text())["checkout"])
    except (OSError, ValueError, KeyError, TypeError):
        return None

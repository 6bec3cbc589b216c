"""Where pages are opened from this machine: by a port of a node if that is reached, else by another way."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from toolchain.kubectl import Kubectl

_CONNECT_SECONDS: Final = 2.0
_NODES_ASKED: Final = 3
"""A port is open on every node or on none; these are asked in case one of them is away."""


def reached(kubectl: Kubectl, url: str) -> tuple[str, str]:
    """An address for a page that a stack says to be at a port of each node.

    Args:
        kubectl: the cluster.
        url: the stack's output, such as `http://127.0.0.1:30180`.

    Returns:
        The address, and the command that has to run for it; empty if none has to.
    """
    parts = urlsplit(url)
    port = parts.port
    if port is None or parts.hostname != "127.0.0.1":
        return url, ""
    for host in ["127.0.0.1", *_nodes(kubectl)]:
        if _open(host, port):
            return url.replace("127.0.0.1", f"[{host}]" if ":" in host else host, 1), ""
    return url, _forward(kubectl, port)


def _nodes(kubectl: Kubectl) -> Iterator[str]:
    for node in kubectl.list("nodes")[:_NODES_ASKED]:
        for address in node["status"].get("addresses", ()):
            if address["type"] in ("ExternalIP", "InternalIP"):
                yield str(address["address"])


def _open(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=_CONNECT_SECONDS):
            return True
    except OSError:
        return False


def _forward(kubectl: Kubectl, node_port: int) -> str:
    for service in kubectl.list("services"):
        for port in service["spec"].get("ports", ()):
            if port.get("nodePort") == node_port:
                where = service["metadata"]
                return (
                    f"kubectl port-forward -n {where['namespace']} "
                    f"service/{where['name']} {node_port}:{port['port']}"
                )
    return ""

"""What is asked of a cluster's nodes before anything is built for them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

_CONDITIONS: Final = "node.kubernetes.io/"
"""Begins the taints by which Kubernetes itself marks a node that is not well: nothing of ours goes there."""


@dataclass(frozen=True, kw_only=True)
class Nodes:
    """The nodes of a cluster that run Linux.

    Args:
        architectures: their processors, as Kubernetes names them, such as amd64.
        taints: keys of the taints that somebody put on them.
    """

    architectures: tuple[str, ...]
    taints: tuple[str, ...] = ()


def read(nodes: Iterable[Mapping[str, Any]]) -> Nodes:
    """Read what they are; also those with taints, as what measures nodes runs on every one.

    Args:
        nodes: as the API server lists them.
    """
    linux = [each for each in nodes if each["status"]["nodeInfo"]["operatingSystem"] == "linux"]
    taints = {taint["key"] for each in linux for taint in each.get("spec", {}).get("taints", ())}
    return Nodes(
        architectures=tuple(sorted({each["status"]["nodeInfo"]["architecture"] for each in linux})),
        taints=tuple(sorted(taint for taint in taints if not taint.startswith(_CONDITIONS))),
    )

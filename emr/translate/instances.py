"""How EMR sizes executors on its nodes, and how many a node holds. Pure.

YARN gets 12288 of 16384 MiB of an m5.xlarge and 24576 of 32768 of an m5.2xlarge (EMR's release guide): three
quarters, which is taken for every type; larger nodes give more, so that the CPU asked for here is not too
little. Of that EMR leaves a twelfth to the application master, and adds 0.1875 of the heap as overhead: the
4743 MiB of an m5.xlarge with two executors come out so.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import ceil
from typing import Final

from components.domain import OVERHEAD_MIN_MIB
from costs.prices import Instance, load
from emr.model.job import Cluster
from emr.tables import table

OVERHEAD: Final = 0.1875
"""EMR's factor for memory beside the heap (memoryOverheadFactor of its spark-defaults)."""

_YARN_PART: Final = 0.75
_MASTER_PART: Final = 1 / 12
_SLOTS: Final = 4
"""Cores that EMR gives an executor where nobody says (spark-defaults of m5.xlarge)."""


@dataclass(frozen=True, kw_only=True)
class Node:
    """A node that executors run on.

    Args:
        name: its instance type.
        vcpu: its virtual CPUs.
        yarn_mib: memory that YARN hands out.
    """

    name: str
    vcpu: int
    yarn_mib: int

    @property
    def executors_mib(self) -> float:
        """Memory that is left for executors."""
        return self.yarn_mib * (1 - _MASTER_PART)


@cache
def _known() -> dict[str, Instance]:
    return dict(load("us-east-1").instances)


def node(cluster: Cluster) -> Node | None:
    """The smallest node of a cluster that executors run on; None if its types are not known.

    Args:
        cluster: with its nodes.
    """
    groups = [each for each in cluster.nodes if each.role != "MASTER"] or list(cluster.nodes)
    types = [name for group in groups for name in group.types]
    found = [made for name in types if (made := _node(name)) is not None]
    if not found or len(found) < len(types):
        return None
    return min(found, key=lambda each: (each.yarn_mib, each.vcpu, each.name))


def _node(name: str) -> Node | None:
    if name in _known():
        known = _known()[name]
        return Node(name=name, vcpu=known.vcpu, yarn_mib=int(known.memory_mib * _YARN_PART))
    older = table("older_nodes.yaml").get(name)
    return Node(name=name, vcpu=older[0], yarn_mib=older[1]) if older else None


def workers(cluster: Cluster) -> int:
    """Nodes that executors run on; 0 if the input does not say.

    Args:
        cluster: as the input describes it.
    """
    bound = cluster.most_nodes or 0
    return max(bound, sum(each.count for each in cluster.nodes if each.role != "MASTER"))


def overhead_mib(heap_mib: int) -> int:
    """Memory that EMR adds to a heap, in MiB.

    Args:
        heap_mib: of a driver or an executor, in MiB.
    """
    return max(OVERHEAD_MIN_MIB, ceil(heap_mib * OVERHEAD))


def default_executor(on: Node, *, maximize: bool) -> tuple[int, int]:
    """Heap in MiB and cores of an executor of which nobody says its size.

    Args:
        on: its node.
        maximize: one executor has the node for itself.
    """
    if maximize:
        return int(on.executors_mib / (1 + OVERHEAD)), on.vcpu
    number = max(2, on.vcpu // _SLOTS)
    return round(on.executors_mib / number / (1 + OVERHEAD)), min(_SLOTS, on.vcpu)


def per_node(on: Node, heap_mib: int, overhead: int) -> int:
    """Executors of a size that YARN puts on a node: it counts memory alone.

    Args:
        on: the node.
        heap_mib: heap, in MiB.
        overhead: memory beside it, in MiB.
    """
    # 1.9999 for the two of an m5.xlarge: EMR rounds its sizes.
    return max(1, int(on.executors_mib / (heap_mib + overhead) + 0.01))

"""What a destroy deletes around the network: nothing of it may go before the last node and volume. Pure.

Karpenter ends instances, and the EBS driver deletes volumes, by calling AWS from pods in the network. Once a
route, an endpoint or a rule that these calls need is gone, the finalizers of pools, classes and claims are
never taken off: the destroy hangs, and nodes and disks go on costing. AWS itself refuses none of this, so no
stand-in for it can; it has to be read from the order of the deletes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from rehearsal.standin.cloud import Operation

NETWORK: Final = ("aws:ec2/", "aws:vpc/")
"""How the type tokens of network resources begin."""

HARMLESS: Final = frozenset({"aws:ec2/flowLog:FlowLog", "aws:ec2/launchTemplate:LaunchTemplate"})
"""Types that begin so, and whose end cuts no connection: one only records, the other is a form for nodes."""

HOLDERS: Final = frozenset(
    {
        "aws:eks/nodeGroup:NodeGroup",
        "kubernetes:core/v1:Namespace",
        "kubernetes:core/v1:PersistentVolume",
        "kubernetes:core/v1:PersistentVolumeClaim",
        "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass",
        "kubernetes:karpenter.sh/v1:NodePool",
    }
)
"""Types whose end calls AWS from within the network: nodes, node pools, and volumes. A namespace takes the
claims with it that a StatefulSet made."""


@dataclass(frozen=True)
class Stretch:
    """Deletes of one kind that follow one another.

    Args:
        kind: "nodes and volumes" or "network".
        names: the resources, in the order of their deletes.
    """

    kind: str
    names: tuple[str, ...]


def is_network(operation: Operation) -> bool:
    """Say whether a resource is part of how the cluster reaches AWS.

    Args:
        operation: what was done to the resource, by the log.
    """
    return operation.type.startswith(NETWORK) and operation.type not in HARMLESS


def stretches(deletes: Sequence[Operation]) -> list[Stretch]:
    """The order of a destroy around the network, other resources left out.

    Args:
        deletes: the deletes in their order.
    """
    kinds = [(_kind(each), each.name) for each in deletes]
    told = [(kind, name) for kind, name in kinds if kind]
    return [
        Stretch(kind, tuple(name for _, name in run)) for kind, run in groupby(told, key=lambda each: each[0])
    ]


def cut_too_early(deletes: Sequence[Operation]) -> list[str]:
    """Network resources that go before the last node pool, node class, node or volume.

    Args:
        deletes: the deletes in their order.

    Returns:
        One sentence for each, with what still needed it; none if the order is right.
    """
    last = max((place for place, each in enumerate(deletes) if each.type in HOLDERS), default=-1)
    return [
        f"{each.name} goes before {deletes[last].name}, which needs the network to go"
        for each in deletes[:last]
        if is_network(each)
    ]


def lines(deletes: Sequence[Operation], *, shown: int = 3) -> Iterator[str]:
    """The same for people, one line for each stretch.

    Args:
        deletes: the deletes in their order.
        shown: names to print of each stretch, from its start and from its end.
    """
    for number, stretch in enumerate(stretches(deletes), start=1):
        names = stretch.names
        text = ", ".join(names)
        if len(names) > 2 * shown:
            text = f"{', '.join(names[:shown])} ... {', '.join(names[-shown:])}"
        yield f"{number}. {stretch.kind}, {len(names)}: {text}"


def _kind(operation: Operation) -> str:
    if operation.type in HOLDERS:
        return "nodes and volumes"
    return "network" if is_network(operation) else ""

"""The price of a node's hour, where it is from, and what a core and a GiB of it cost. Pure.

Asked in this order: what the stack's settings say; what Karpenter knows of its offerings (its gauge
`karpenter_cloudprovider_instance_type_offering_price_estimate`); the table in `costs/`. Where none of them
has a line there is no price, and nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from costs.prices import PriceTable, UnknownPriceError

from .pods import ON_DEMAND, SPOT, Node

CPU_TO_GIB: Final = Decimal("0.031611") / Decimal("0.004237")
"""Price of a core over that of a GiB: what OpenCost splits a node's price by (its default prices, which are
those of GCP's custom machines)."""


@dataclass(frozen=True, kw_only=True)
class NodePrice:
    """The price of a node's hour.

    Args:
        hour: USD.
        source: where it is from, in words.
        date: of which day it is; None if it is of now.
    """

    hour: Decimal
    source: str
    date: date | None = None


@dataclass(frozen=True, kw_only=True)
class Rates:
    """What parts of a node cost in an hour; all its cores and GiB together cost what it does.

    Args:
        core: USD of a core.
        gib: USD of a GiB of memory.
    """

    core: Decimal
    gib: Decimal


@dataclass(frozen=True, kw_only=True)
class Prices:
    """All that is known of prices.

    Args:
        own: USD an hour by instance type, from the stack's settings, whatever the node's zone and kind.
        karpenter: USD an hour by instance type, kind (`spot`, `on-demand`) and zone.
        table: of the region; None where there is none.
    """

    own: Mapping[str, Decimal] = field(default_factory=dict)
    karpenter: Mapping[tuple[str, str, str], Decimal] = field(default_factory=dict)
    table: PriceTable | None = None

    def of(self, node: Node) -> NodePrice | None:
        """The price of a node; None if nobody knows it.

        Args:
            node: the node.
        """
        if not node.type:
            return None
        if (own := self.own.get(node.type)) is not None:
            return NodePrice(hour=own, source="the stack's settings")
        kind = SPOT if node.spot else ON_DEMAND
        if (known := self.karpenter.get((node.type, kind, node.zone))) is not None:
            return NodePrice(hour=known, source="Karpenter's offerings")
        if self.table is None:
            return None
        try:
            line = self.table.line(f"ec2/{node.type}")
            return NodePrice(
                hour=self.table.hourly(node.type, spot=node.spot), source=line.source, date=line.date
            )
        except UnknownPriceError:
            return None

    def emr_fee(self, node: Node) -> Decimal | None:
        """What EMR on EC2 asks for an hour of such a node, beside EC2's price; None if nobody knows it.

        Args:
            node: the node.
        """
        try:
            return self.table.emr_fee(node.type) if self.table and node.type else None
        except UnknownPriceError:
            return None

    def sized(self, node: Node) -> Node:
        """A node with the size that the table knows for its type, where the node itself was not seen.

        Args:
            node: the node.
        """
        if (node.cpu is not None and node.memory_gib is not None) or self.table is None:
            return node
        known = self.table.instances.get(node.type)
        if known is None:
            return node
        return Node(
            type=node.type,
            zone=node.zone,
            spot=node.spot,
            cpu=Decimal(known.vcpu),
            memory_gib=Decimal(known.memory_mib) / 1024,
        )


def rates(hour: Decimal, cpu: Decimal, memory_gib: Decimal) -> Rates:
    """Split the price of a node's hour over its cores and its memory.

    Args:
        hour: USD.
        cpu: cores that the node has.
        memory_gib: GiB that it has.
    """
    gib = hour / (cpu * CPU_TO_GIB + memory_gib)
    return Rates(core=gib * CPU_TO_GIB, gib=gib)

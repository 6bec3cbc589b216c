"""What a node's root disk costs. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from components.aws_plans.disks import FREE_IOPS, FREE_THROUGHPUT
from costs.prices import PriceTable


@dataclass(frozen=True, kw_only=True)
class NodeDisk:
    """A node's root volume, gp3.

    Args:
        gib: size in GiB.
        iops: operations a second; `FREE_IOPS` are in the price of the size.
        throughput: MB a second; `FREE_THROUGHPUT` are.
    """

    gib: int
    iops: int = FREE_IOPS
    throughput: int = FREE_THROUGHPUT

    def __str__(self) -> str:
        further = [
            *([f"{self.iops} operations/s"] if self.iops > FREE_IOPS else []),
            *([f"{self.throughput} MB/s"] if self.throughput > FREE_THROUGHPUT else []),
        ]
        return " with ".join([f"{self.gib} GiB", *([" and ".join(further)] if further else [])])

    @property
    def _paid(self) -> tuple[tuple[int, str], ...]:
        """How much is paid for, by the price of one."""
        return (
            (self.gib, "ebs/gp3"),
            (max(self.iops - FREE_IOPS, 0), "ebs/gp3-iops"),
            (max(self.throughput - FREE_THROUGHPUT, 0), "ebs/gp3-throughput"),
        )

    def month(self, table: PriceTable) -> Decimal:
        """USD a month.

        Args:
            table: prices of the disk's region.
        """
        return sum((amount * table.amount(item) for amount, item in self._paid if amount), Decimal(0))

    def arithmetic(self, table: PriceTable) -> str:
        """The same as a sum that can be followed.

        Args:
            table: prices of the disk's region.
        """
        terms = [f"{amount} x {table.amount(item)}" for amount, item in self._paid if amount]
        return terms[0] if len(terms) == 1 else f"({' + '.join(terms)})"

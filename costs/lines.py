"""Lines of what is paid for every month. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from costs import formulas
from costs.prices import Price, PriceTable, UnknownPriceError


@dataclass(frozen=True, kw_only=True)
class FixedLine:
    """One thing that is paid for every month.

    Args:
        what: what it is, with its number.
        arithmetic: the sum, in figures.
        month: USD a month.
        price: the line of the table behind it.
        network: True if EMR clusters in the same network would use it too.
    """

    what: str
    arithmetic: str
    month: Decimal
    price: Price
    network: bool = False


Priced = Callable[[], FixedLine]
"""Makes a line, or raises `UnknownPriceError`."""


def known(lines: Sequence[tuple[str, Priced]]) -> tuple[list[FixedLine], list[str]]:
    """Make lines: those that have a price, and in words what the table has none of.

    Args:
        lines: what is paid for, and what makes its line.
    """
    priced: list[FixedLine] = []
    unknown: list[str] = []
    for what, make in lines:
        try:
            priced.append(make())
        except UnknownPriceError:
            unknown.append(what)
    return priced, unknown


def hourly(what: str, count: int, item: str, table: PriceTable, *, network: bool = False) -> FixedLine:
    """Make a line of something that is paid for by the hour.

    Args:
        what: the thing, as people read it.
        count: how many of it.
        item: its price's name in the table.
        table: prices of the stack's region.
        network: True if EMR clusters in the same network would use it too.

    Raises:
        UnknownPriceError: the table has no price of it.
    """
    price = table.line(item)
    return FixedLine(
        what=what,
        arithmetic=f"{count} x {price.amount} x {formulas.HOURS_PER_MONTH}",
        month=count * price.amount * formulas.HOURS_PER_MONTH,
        price=price,
        network=network,
    )


def monthly(what: str, count: int, item: str, table: PriceTable) -> FixedLine:
    """Make a line of something that is paid for by the month.

    Args:
        what: the thing, as people read it.
        count: how many of it.
        item: its price's name in the table.
        table: prices of the stack's region.

    Raises:
        UnknownPriceError: the table has no price of it.
    """
    price = table.line(item)
    return FixedLine(
        what=what, arithmetic=f"{count} x {price.amount}", month=count * price.amount, price=price
    )

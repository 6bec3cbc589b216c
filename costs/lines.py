"""Lines of what is paid for every month. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from costs import formulas
from costs.prices import Price, PriceTable


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


def hourly(what: str, count: int, item: str, table: PriceTable, *, network: bool = False) -> FixedLine:
    """A line of something that is paid for by the hour; raises `UnknownPriceError`."""
    price = table.line(item)
    return FixedLine(
        what=what,
        arithmetic=f"{count} x {price.amount} x {formulas.HOURS_PER_MONTH}",
        month=count * price.amount * formulas.HOURS_PER_MONTH,
        price=price,
        network=network,
    )


def monthly(what: str, count: int, item: str, table: PriceTable) -> FixedLine:
    """A line of something that is paid for by the month; raises `UnknownPriceError`."""
    price = table.line(item)
    return FixedLine(
        what=what, arithmetic=f"{count} x {price.amount}", month=count * price.amount, price=price
    )

"""The prices that worker and pages are told of, and those of the table for their region."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from costs.prices import UnknownPriceError, load

from .prices import Prices


def prices_of(region: str, own: Mapping[str, str]) -> Prices:
    """All that is known of prices.

    Args:
        region: of AWS; without a table for it, only the stack's own prices are known.
        own: USD an hour by instance type, from the stack's settings.
    """
    said = {name: Decimal(text) for name, text in own.items()}
    try:
        return Prices(own=said, table=load(region))
    except UnknownPriceError:
        return Prices(own=said)

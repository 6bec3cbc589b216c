"""The arithmetic of EMR against plain EKS, on its own: no table, no stack, no workload. All in Decimal.

Words: `fee ratio` is EMR's fee over the price that EC2 charges for the same node; `discount` is what spot
saves of the on-demand price (0.54); `rho` is the run time here over the run time on EMR.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

HOURS_PER_MONTH: Final = Decimal(730)
"""Hours in a month as AWS's own calculators count them: 8760 hours a year over twelve."""

HOURS_PER_YEAR: Final = Decimal(8760)
"""Hours in a year of 365 days."""

_CENT: Final = Decimal("0.01")


def cents(amount: Decimal) -> Decimal:
    """Round USD to the cent, halves up as a bill does.

    Args:
        amount: USD.
    """
    return amount.quantize(_CENT, rounding=ROUND_HALF_UP)


def fee_ratio(fee_share: Decimal, discount: Decimal) -> Decimal:
    """EMR's fee over the price paid for the node: the fee stays, spot makes the node cheaper.

    Args:
        fee_share: the fee over the on-demand price (0.25).
        discount: what spot saves (0 on demand).
    """
    if not 0 <= discount < 1:
        raise ValueError(f"discount is {discount}; it is a part of the price, from 0 up to but not 1")
    return fee_share / (1 - discount)


def fee_part_of_bill(ratio: Decimal) -> Decimal:
    """What part of EC2 plus EMR the fee is: all that leaving EMR can save while the run time stays.

    Args:
        ratio: the fee over what EC2 takes.
    """
    return ratio / (1 + ratio)


def ratio_for_saving(saving: Decimal) -> Decimal:
    """The fee ratio that a saving needs: the inverse of `fee_part_of_bill`.

    Args:
        saving: a part of the bill, from 0 up to but not 1.

    Raises:
        ValueError: it is outside of that.
    """
    if not 0 <= saving < 1:
        raise ValueError(f"saving is {saving}; it is a part of the bill, from 0 up to but not 1")
    return saving / (1 - saving)


def discount_for_ratio(fee_share: Decimal, ratio: Decimal) -> Decimal:
    """The spot discount at which the fee has a ratio: the inverse of `fee_ratio`.

    Args:
        fee_share: EMR's fee over the on-demand price.
        ratio: the fee over what EC2 takes on spot.
    """
    return 1 - fee_share / ratio


def break_even_rho(ratio: Decimal, *, packing: Decimal = Decimal(1)) -> Decimal:
    """Run time here over run time on EMR at which both cost the same, fixed costs aside.

    Args:
        ratio: the fee ratio.
        packing: EMR's nodes over the nodes needed here.
    """
    return packing * (1 + ratio)


def break_even_hours(fixed_month: Decimal, there: Decimal, here: Decimal) -> Decimal | None:
    """Time in hours a month from which a platform with fixed costs is cheaper; None if it never is.

    Args:
        fixed_month: USD per month that the platform costs while idle.
        there: USD per hour of work on EMR.
        here: USD per hour of the same work here.
    """
    return fixed_month / (there - here) if there > here else None


def pod_fee(vcpu: Decimal, memory_gb: Decimal, *, per_vcpu: Decimal, per_gb: Decimal) -> Decimal:
    """EMR on EKS's fee in USD per hour for what pods ask for.

    Args:
        vcpu: what the pods ask for, in cores.
        memory_gb: what they ask for, in GB.
        per_vcpu: USD for a core and hour.
        per_gb: USD for a GB and hour.
    """
    return vcpu * per_vcpu + memory_gb * per_gb

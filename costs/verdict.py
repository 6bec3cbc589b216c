"""What a comparison means, in sentences: which place is cheapest, by how much, and what would turn it."""

from __future__ import annotations

from decimal import Decimal

from costs import formulas
from costs.estimate import EMR, EMR_ON_EKS, Comparison, Estimate


def sentences(comparison: Comparison) -> list[str]:
    """The verdict first, then what it rests on.

    Args:
        comparison: the same work in each place.
    """
    return [
        _verdict(comparison),
        _hours(comparison),
        _rho(comparison),
        *_network(comparison),
        *_warnings(comparison),
    ]


def money(amount: Decimal) -> str:
    """USD with two decimals and groups of thousands.

    Args:
        amount: rounded to the cent.
    """
    return f"{formulas.cents(amount):,}"


def _verdict(comparison: Comparison) -> str:
    emr, here = comparison.emr, comparison.here
    if comparison.stay:
        best = comparison.cheapest
        advice = "stay on it" if best.name == EMR else "use it"
        return (
            f"{best.name} is cheaper for this workload: {advice}. This platform would cost "
            f"{money(here.month - best.month)} USD more a month ({_more(here, best)} %)."
        )
    return (
        f"This platform is cheaper: {money(emr.month - here.month)} USD a month less than {EMR} "
        f"({_less(here, emr)} %)."
    )


def _more(dear: Estimate, cheap: Estimate) -> Decimal:
    return ((dear.month / cheap.month - 1) * 100).quantize(Decimal("0.1"))


def _less(cheap: Estimate, dear: Estimate) -> Decimal:
    return ((1 - cheap.month / dear.month) * 100).quantize(Decimal("0.1"))


def _hours(comparison: Comparison) -> str:
    hours = comparison.break_even_hours
    if hours is None:
        return f"An hour of this work costs no less here than on {EMR}: no number of hours turns that."
    now = comparison.workload.hours.normalize()
    if hours > formulas.HOURS_PER_MONTH:
        return (
            f"With this workload alone the platform would pay for itself from {hours:.1f} hours a month on, "
            f"more than a month has (it runs {now:f}): it pays when several workloads share it."
        )
    return f"The platform pays for itself from {hours:.1f} hours of this work a month on; it runs {now:f}."


def _rho(comparison: Comparison) -> str:
    given = comparison.workload.run_time_ratio
    measured = (
        "1 is assumed, nobody measured it: run both in parallel first"
        if given == 1
        else f"{given} is what was given"
    )
    if comparison.break_even_rho is None:
        return f"Run time here over run time on EMR: {measured}; the fixed cost alone exceeds {EMR}."
    return (
        f"Run time here over run time on EMR: {measured}. "
        f"Both cost the same at {comparison.break_even_rho:.2f}."
    )


def _network(comparison: Comparison) -> list[str]:
    emr, here = comparison.emr, comparison.here
    shared = comparison.network_month
    if not shared:
        return []
    turned = (here.month - shared < emr.month) != (here.month < emr.month)
    end = " That turns the verdict." if turned else ""
    return [
        f"{money(shared)} USD of the platform's cost is network (NAT, endpoints) that EMR clusters in "
        f"private subnets need as well; not counted against EMR here.{end}"
    ]


def _warnings(comparison: Comparison) -> list[str]:
    found = []
    if comparison.slots_per_vcpu > 1:
        found.append(
            f"On EMR the executors ask for {comparison.slots_per_vcpu:.2f} times the CPU that their nodes "
            "have: YARN counts memory alone. The nodes here are not overcommitted, so the ratio of run times "
            "is likely to be below 1."
        )
    if comparison.on_eks is None:
        found.append(f"{EMR_ON_EKS} is not compared: what its fee is in this region is not known.")
    for reason in dict.fromkeys(line.unverified for line in comparison.inferred):
        items = ", ".join(
            line.item.removeprefix("emr/") for line in comparison.inferred if line.unverified == reason
        )
        found.append(f"EMR's fee on {items} is not verified: {reason}.")
    return found

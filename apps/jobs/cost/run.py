"""What a run costs, what it would have cost on EMR, and what runs of a job usually cost. Pure.

A figure that needs a price nobody knows is None, never 0: a run whose nodes have no price is not free.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from .pods import PodUse
from .prices import Prices, rates

LAST_RUNS: Final = 20
"""Runs that a range is taken from: enough for a month's weekdays, few enough to follow a job that grows."""


@dataclass(frozen=True, kw_only=True)
class RunCost:
    """What a run costs.

    Args:
        usd: in all; None if the price of one of its nodes is not known.
        spot: the part of it on spot nodes.
        on_demand: the part of it on nodes on demand.
        emr: the same pods on the same nodes with EMR's fee; None if that is not known.
        core_hours: cores asked for, times hours.
        gib_hours: GiB asked for, times hours.
        sources: where the prices are from, with their days.
        unpriced: instance types without a price; `unknown` for a node that does not say its type.
    """

    usd: Decimal | None
    spot: Decimal | None
    on_demand: Decimal | None
    emr: Decimal | None
    core_hours: Decimal
    gib_hours: Decimal
    sources: tuple[str, ...] = ()
    unpriced: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Range:
    """From the cheapest to the dearest of some runs, and what lies in the middle.

    Args:
        least: the smallest.
        median: half are not above it.
        most: the largest.
        runs: how many there were.
    """

    least: Decimal
    median: Decimal
    most: Decimal
    runs: int

    def times(self, number: int) -> Range:
        """The range of so many runs together.

        Args:
            number: runs.
        """
        return Range(
            least=self.least * number, median=self.median * number, most=self.most * number, runs=self.runs
        )


@dataclass(frozen=True, kw_only=True)
class _Part:
    """One pod's share of its node: EC2's price, and EMR's fee."""

    usd: Decimal
    fee: Decimal | None
    spot: bool
    source: str


def cost(pods: Iterable[PodUse], prices: Prices, now: datetime) -> RunCost:
    """What a run costs, so far if it still runs.

    Args:
        pods: its driver and all its executors, also those that are gone.
        prices: what is known of prices.
        now: the time.
    """
    held = [(pod, pod.hours(now)) for pod in pods]
    parts: list[_Part] = []
    unpriced: set[str] = set()
    for pod, hours in held:
        if pod.node is None or not hours:
            continue
        part = _part(pod, hours, prices)
        if part is None:
            unpriced.add(pod.node.type or "unknown")
        else:
            parts.append(part)
    # Without any pod that ran there is nothing to say either: a record without its pods is no free run.
    known = bool(parts) and not unpriced
    fees = [part.fee for part in parts if part.fee is not None]
    usd = _sum(part.usd for part in parts)
    return RunCost(
        usd=usd if known else None,
        spot=_sum(part.usd for part in parts if part.spot) if known else None,
        on_demand=_sum(part.usd for part in parts if not part.spot) if known else None,
        emr=usd + _sum(fees) if known and len(fees) == len(parts) else None,
        core_hours=_sum(pod.cpu * hours for pod, hours in held),
        gib_hours=_sum(pod.memory_gib * hours for pod, hours in held),
        sources=tuple(sorted({part.source for part in parts})),
        unpriced=tuple(sorted(unpriced)),
    )


def _part(pod: PodUse, hours: Decimal, prices: Prices) -> _Part | None:
    if pod.node is None:
        return None
    node = prices.sized(pod.node)
    price = prices.of(node)
    if price is None or not node.cpu or not node.memory_gib:
        return None
    rate = rates(price.hour, node.cpu, node.memory_gib)
    usd = hours * (pod.cpu * rate.core + pod.memory_gib * rate.gib)
    fee = prices.emr_fee(node)
    return _Part(
        usd=usd,
        fee=None if fee is None else usd * fee / price.hour,
        spot=node.spot,
        source=f"{price.source}, {price.date}" if price.date else price.source,
    )


def total(costs: Sequence[RunCost]) -> Decimal | None:
    """What several runs cost together; None if that of one is not known, or there are none.

    Args:
        costs: of the runs.
    """
    known = [each.usd for each in costs if each.usd is not None]
    return _sum(known) if costs and len(known) == len(costs) else None


def usual(amounts: Sequence[Decimal | None]) -> Range | None:
    """The range of what past runs took; None if none of them is known.

    Args:
        amounts: of a job's green runs, the latest first; those that are not known are left out.
    """
    known = sorted(each for each in amounts[:LAST_RUNS] if each is not None)
    if not known:
        return None
    middle = len(known) // 2
    median = known[middle] if len(known) % 2 else (known[middle - 1] + known[middle]) / 2
    return Range(least=known[0], median=median, most=known[-1], runs=len(known))


def shown(usd: Decimal | None) -> str:
    """An amount for people: cents, more digits below a cent, a dash for what nobody knows.

    Args:
        usd: the amount.
    """
    if usd is None:
        return "–"  # noqa: RUF001 - the dash that tables have
    if usd and abs(usd) < Decimal("0.01"):
        return f"${usd:.4f}" if abs(usd) >= Decimal("0.0001") else "<$0.0001"
    return f"${usd:,.2f}"


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))

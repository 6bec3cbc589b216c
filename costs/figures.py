"""The cost claims of the articles that this project grew from, computed again from the price table.

A claim that does not add up says so: the numbers people bring to a migration are old, and some never fitted.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from costs import formulas
from costs.prices import PriceTable

FRENCH: Final = "blog, 2021"
"""« Passer de EMR vers Kubernetes pour les workloads Spark », 2021-02-18."""

ITNEXT: Final = "ITNEXT, 2020"
"""Dima Statz, "Migrating Apache Spark workloads from AWS EMR to Kubernetes", 2020-09-30."""

FOSSIL: Final = "Fossil, 2022"
"""Duyet Le, "Spark on Kubernetes tại Fossil", 2022-03-10."""

STORY_FEE_YEAR: Final = Decimal(300_000)
"""USD a year that `ITNEXT` names for the "EMR service", projected from a bill of three days."""

STORY_TB_DAY: Final = Decimal(2)
"""TB a day that `ITNEXT` says it processes."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One claim and what comes of it.

    Args:
        document: the article that makes it.
        claim: what it says.
        arithmetic: the sum, in figures.
        value: its result: USD, or a percentage.
        unit: what the value is.
        verdict: whether the claim holds, and under what condition.
    """

    document: str
    claim: str
    arithmetic: str
    value: Decimal
    unit: str
    verdict: str


def all_figures(table: PriceTable) -> list[Figure]:
    """Every claim, in the articles' order.

    Args:
        table: prices that the claims are computed from.
    """
    return [
        *_fee_shares(table),
        *_savings(table),
        *_management_month(table),
        *_story(),
        *_control_plane(table),
    ]


def percent(part: Decimal) -> Decimal:
    """A part as percent with one decimal.

    Args:
        part: 1 is the whole.
    """
    return (part * 100).quantize(Decimal("0.1"), rounding="ROUND_HALF_UP")


def _fee_shares(table: PriceTable) -> list[Figure]:
    return [
        Figure(
            document=document,
            claim=claim,
            arithmetic=f"{table.emr_fee(name).normalize()} / {table.on_demand(name)}",
            value=percent(table.emr_fee(name) / table.on_demand(name)),
            unit="% of the on-demand price",
            verdict=verdict,
        )
        for document, claim, name, verdict in (
            (f"{FRENCH}, {ITNEXT}", "the fee adds 25 % (m5.xlarge)", "m5.xlarge", "agrees"),
            (ITNEXT, "the fee adds 25 % (m5.4xlarge)", "m5.4xlarge", "agrees"),
            (ITNEXT, "12 % on big machines (m5.12xlarge)", "m5.12xlarge", "agrees, by the cap"),
            (ITNEXT, "6 % on big machines (m5.24xlarge)", "m5.24xlarge", "agrees, by the cap"),
        )
    ]


def _savings(table: PriceTable) -> list[Figure]:
    share = table.amount("emr/fee-share")
    found = [
        Figure(
            document=ITNEXT,
            claim="up to 20 % saved on demand",
            arithmetic=f"{share} / {1 + share}",
            value=percent(formulas.fee_part_of_bill(share)),
            unit="% of the bill",
            verdict="agrees, as an upper bound: nothing else may cost anything, and run times must not grow",
        )
    ]
    for document, ratio in ((FRENCH, Decimal("0.33")), (ITNEXT, Decimal("0.35"))):
        discount = percent(formulas.discount_for_ratio(share, ratio))
        found.append(
            Figure(
                document=document,
                claim=f"on spot the fee is up to {ratio * 100:.0f} % of the price; leaving saves up to 30 %",
                arithmetic=f"{ratio} / {1 + ratio}",
                value=percent(formulas.fee_part_of_bill(ratio)),
                unit="% of the bill",
                verdict=f"does not reach 30 %; and such a fee needs a spot discount of only {discount} %",
            )
        )
    needed = formulas.ratio_for_saving(Decimal("0.3"))
    found.append(
        Figure(
            document=ITNEXT,
            claim="what a saving of 30 % on spot needs",
            arithmetic="0.3 / 0.7",
            value=percent(needed),
            unit="% of the spot price as fee",
            verdict=f"a spot discount of {percent(formulas.discount_for_ratio(share, needed))} %",
        )
    )
    return found + _spot_today(table, share)


def _spot_today(table: PriceTable, share: Decimal) -> list[Figure]:
    found = []
    for name in ("m5.2xlarge", "r5.4xlarge"):
        discount = table.spot_discount(name)
        ratio = formulas.fee_ratio(share, discount)
        found.append(
            Figure(
                document="today",
                claim=f"what leaving saves on spot at the table's discount ({name})",
                arithmetic=f"fee {percent(ratio)} % of the spot price; / (1 + it)",
                value=percent(formulas.fee_part_of_bill(ratio)),
                unit="% of the bill",
                verdict=f"break-even if a run takes {break_even(ratio)} times as long here",
            )
        )
    return found


def break_even(ratio: Decimal) -> Decimal:
    """Break-even ratio of run times, with two decimals.

    Args:
        ratio: EMR's fee over what EC2 takes for the same nodes.
    """
    return formulas.break_even_rho(ratio).quantize(Decimal("0.01"), rounding="ROUND_HALF_UP")


def _management_month(table: PriceTable) -> list[Figure]:
    fee = table.emr_fee("m5.xlarge")
    month = formulas.HOURS_PER_MONTH
    found = [
        Figure(
            document=FOSSIL,
            claim="EMR's management costs 700 to 800 USD a month, without EC2",
            arithmetic=f"{nodes} x m5.xlarge x {fee.normalize()} x {month}",
            value=formulas.cents(nodes * fee * month),
            unit="USD a month",
            verdict="agrees",
        )
        for nodes in (20, 21, 22)
    ]
    mixed = 3 * fee + 9 * table.emr_fee("m5.2xlarge")
    found.append(
        Figure(
            document=FOSSIL,
            claim="the same with three primaries and nine m5.2xlarge",
            arithmetic=f"(3 x 0.048 + 9 x 0.096) x {month}",
            value=formulas.cents(mixed * month),
            unit="USD a month",
            verdict="agrees",
        )
    )
    idle = 2 * (fee + table.on_demand("m5.xlarge")) * month
    found.append(
        Figure(
            document=FOSSIL,
            claim="what the two idle primaries of a cluster with three cost, with EC2",
            arithmetic=f"2 x (0.192 + 0.048) x {month}",
            value=formulas.cents(idle),
            unit="USD a month",
            verdict="not in the document; on EKS there are none",
        )
    )
    return found


def _story() -> list[Figure]:
    ratio = Decimal("0.35")
    machines = STORY_FEE_YEAR / ratio
    total = machines + STORY_FEE_YEAR
    terabytes = STORY_TB_DAY * 365
    rows: list[tuple[str, str, Decimal, str, str]] = [
        (
            "300,000 USD a year for the EMR service: per hour",
            "300000 / 8760",
            formulas.cents(STORY_FEE_YEAR / formulas.HOURS_PER_YEAR),
            "USD an hour",
            "the fee alone, not the bill",
        ),
        (
            "EC2 beside that fee, at 35 % of the spot price",
            "300000 / 0.35",
            formulas.cents(machines),
            "USD a year",
            "if 300,000 is the fee",
        ),
        (
            "the whole bill, then",
            "300000 / 0.35 + 300000",
            formulas.cents(total),
            "USD a year",
            f"leaving saves {percent(STORY_FEE_YEAR / total)} % of it",
        ),
        (
            "the fee, if 300,000 were the whole bill",
            "300000 x 0.35 / 1.35",
            formulas.cents(STORY_FEE_YEAR * formulas.fee_part_of_bill(ratio)),
            "USD a year",
            "the other reading",
        ),
        (
            "2 TB a day: fee per TB",
            f"300000 / {terabytes}",
            formulas.cents(STORY_FEE_YEAR / terabytes),
            "USD per TB",
            "plausible only for heavy jobs",
        ),
        (
            "2 TB a day: whole bill per TB",
            f"{formulas.cents(total)} / {terabytes}",
            formulas.cents(total / terabytes),
            "USD per TB",
            "plausible only for heavy jobs",
        ),
    ]
    return [
        Figure(document=ITNEXT, claim=claim, arithmetic=sum_, value=value, unit=unit, verdict=verdict)
        for claim, sum_, value, unit, verdict in rows
    ]


def _control_plane(table: PriceTable) -> list[Figure]:
    rows = (
        ("EKS costs 0.10 USD an hour, about 72 a month", "eks/standard", Decimal(720), "agrees, in 30 days"),
        ("the same, in the 730 hours of AWS's month", "eks/standard", formulas.HOURS_PER_MONTH, "and nodes"),
        (
            "a Kubernetes version in extended support",
            "eks/extended",
            formulas.HOURS_PER_MONTH,
            "not in the document: keep the version in standard support",
        ),
    )
    return [
        Figure(
            document=ITNEXT,
            claim=claim,
            arithmetic=f"{table.amount(item)} x {hours}",
            value=formulas.cents(table.amount(item) * hours),
            unit="USD a month",
            verdict=verdict,
        )
        for claim, item, hours, verdict in rows
    ]

"""The articles' cost figures come out of the price table to the cent."""

from __future__ import annotations

from decimal import Decimal

import pytest

from costs import figures, formulas
from costs.nodes import Nodes, emr_hourly, hourly
from costs.prices import PriceTable, load


@pytest.fixture(scope="module")
def table() -> PriceTable:
    return load("us-east-1")


def result(table: PriceTable, claim: str) -> Decimal:
    found = [figure for figure in figures.all_figures(table) if claim in figure.claim]
    assert len(found) == 1, f"{claim!r} names {len(found)} figures, not one"
    return found[0].value


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("adds 25 % (m5.xlarge)", "25.0"),
        ("adds 25 % (m5.4xlarge)", "25.0"),
        ("m5.12xlarge", "11.7"),
        ("m5.24xlarge", "5.9"),
        ("20 % saved on demand", "20.0"),
        ("up to 33 %", "24.8"),
        ("up to 35 %", "25.9"),
        ("saving of 30 %", "42.9"),
        ("three primaries and nine", "735.84"),
        ("two idle primaries", "350.40"),
        ("per hour", "34.25"),
        ("EC2 beside that fee", "857142.86"),
        ("the whole bill, then", "1157142.86"),
        ("were the whole bill", "77777.78"),
        ("fee per TB", "410.96"),
        ("whole bill per TB", "1585.13"),
        ("about 72 a month", "72.00"),
        ("730 hours", "73.00"),
        ("extended support", "438.00"),
    ],
)
def test_11_a_figure_of_the_articles_comes_out_to_the_cent(table: PriceTable, claim: str, value: str) -> None:
    assert result(table, claim) == Decimal(value), f"{claim}: the articles and the sums by hand have {value}"


def test_the_management_fee_of_20_to_22_nodes_is_the_articles_700_to_800(table: PriceTable) -> None:
    values = [f.value for f in figures.all_figures(table) if "700 to 800" in f.claim]
    assert values == [Decimal("700.80"), Decimal("735.84"), Decimal("770.88")], (
        "20, 21 and 22 m5.xlarge around the clock"
    )


def test_discounts_behind_the_articles_spot_fees_are_unusually_small() -> None:
    share = Decimal("0.25")
    found = [
        figures.percent(formulas.discount_for_ratio(share, Decimal(ratio))) for ratio in ("0.33", "0.35")
    ]
    assert found == [Decimal("24.2"), Decimal("28.6")], "a fee of 33 % or 35 % means hardly any spot discount"
    needed = formulas.ratio_for_saving(Decimal("0.3"))
    assert figures.percent(formulas.discount_for_ratio(share, needed)) == Decimal("41.7"), (
        "the discount at which 30 % can be saved"
    )


@pytest.mark.parametrize(("discount", "fee"), [("0.54", "54"), ("0.65", "71"), ("0.70", "83")])
def test_the_fee_stays_the_same_on_spot_so_its_share_grows(discount: str, fee: str) -> None:
    ratio = formulas.fee_ratio(Decimal("0.25"), Decimal(discount))
    assert (ratio * 100).quantize(Decimal(1)) == Decimal(fee), "the EMR rate does not follow the spot price"


@pytest.mark.parametrize(("discount", "rho"), [("0", "1.25"), ("0.54", "1.54"), ("0.65", "1.71")])
def test_11_break_even_run_times_are_one_plus_the_fee_ratio(discount: str, rho: str) -> None:
    ratio = formulas.fee_ratio(Decimal("0.25"), Decimal(discount))
    assert figures.break_even(ratio) == Decimal(rho), "slower than this and leaving EMR costs money"


def test_11_a_full_m5_4xlarge_costs_more_on_emr_on_eks_than_emrs_own_fee(table: PriceTable) -> None:
    fee = formulas.pod_fee(
        Decimal(16),
        Decimal(64),
        per_vcpu=table.amount("emr-eks/vcpu"),
        per_gb=table.amount("emr-eks/memory"),
    )
    assert fee.quantize(Decimal("0.001")) == Decimal("0.233"), "16 vCPU and 64 GB asked for"
    assert figures.percent(fee / table.on_demand("m5.4xlarge")) == Decimal("30.3"), "30 % of on demand"
    assert table.emr_fee("m5.4xlarge") == Decimal("0.192"), "EMR on EC2 asks for less"


def test_awss_own_example_of_26_r5_4xlarge_for_three_hours_comes_out(table: PriceTable) -> None:
    nodes = [Nodes(instance="r5.4xlarge", count=26, spot=False)]
    assert formulas.cents(3 * hourly(nodes, table)) == Decimal("78.62"), "EC2 in AWS's worked example"
    assert formulas.cents(3 * emr_hourly(nodes, table)) == Decimal("98.28"), "with EMR's fee"


def test_11_the_small_cluster_of_the_talk_costs_what_was_worked_out_by_hand(table: PriceTable) -> None:
    there = [Nodes(instance="m5.2xlarge", count=6, spot=True)]
    here = [
        Nodes(instance="m5.2xlarge", count=5, spot=True),
        Nodes(instance="m7g.large", count=1, spot=False),
    ]
    assert hourly(there, table) == Decimal("1.05984"), "six m5.2xlarge on spot"
    assert emr_hourly(there, table) == Decimal("1.63584"), "with the fee of 0.576"
    assert hourly(here, table) == Decimal("0.9648"), "five executor nodes and the driver's"
    fixed = formulas.cents(Decimal(73) + 2 * table.on_demand("m7g.large") * formulas.HOURS_PER_MONTH)
    assert fixed == Decimal("192.14"), "control plane and two m7g.large"
    hours = formulas.break_even_hours(fixed, emr_hourly(there, table), hourly(here, table))
    assert hours is not None, "an hour is cheaper here, so there is a break-even"
    assert hours.quantize(Decimal("0.1")) == Decimal("286.3"), "9.4 hours a day"


@pytest.mark.parametrize("value", ["1", "1.5", "-0.1"])
def test_a_discount_outside_zero_to_one_is_refused_with_its_value(value: str) -> None:
    with pytest.raises(ValueError, match=f"discount is {value}"):
        formulas.fee_ratio(Decimal("0.25"), Decimal(value))

"""A workload in three places: nodes, sums, verdicts, and what bad input says."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costs import verdict
from costs.disks import NodeDisk
from costs.estimate import EMR, EMR_ON_EKS, HERE, compare
from costs.formulas import cents
from costs.idle import FixedCost, fixed_cost
from costs.nodes import Nodes, cluster_nodes, containers_per_node, pods_per_node, pool_nodes
from costs.prices import load
from costs.shape import NodeGroup, PlatformShape, Volume
from costs.stack_file import read
from costs.workload import BadInputError, Workload, parse, read_yaml

ROOT = Path(__file__).resolve().parents[2]
WORKLOADS = ROOT / "costs" / "workloads"
TABLE = load("us-east-1")
OWN = load("eu-central-1")

MINIMAL = PlatformShape(
    stack="small",
    region="us-east-1",
    extended_support=False,
    groups=(NodeGroup(name="system", instance="m7g.large", count=2, disk=NodeDisk(gib=0)),),
    nat_gateways=0,
    private_nat_gateways=0,
    availability_zones=1,
    interface_endpoints=0,
    kms_keys=0,
)
LARGE = PlatformShape(
    stack="large",
    region="us-east-1",
    extended_support=False,
    groups=(NodeGroup(name="system", instance="m7g.large", count=3, disk=NodeDisk(gib=50)),),
    nat_gateways=3,
    private_nat_gateways=2,
    availability_zones=3,
    interface_endpoints=7,
    kms_keys=2,
    volumes=(Volume(name="metrics", gib=100),),
    control_plane_logs=True,
)


def workload(name: str, **changes: Any) -> Workload:
    return replace(parse(read_yaml((WORKLOADS / f"{name}.yaml").read_text())), **changes)


def test_the_idle_platform_of_the_small_case_costs_192_14_a_month() -> None:
    assert cents(fixed_cost(MINIMAL, TABLE).month) == Decimal("192.14"), "EKS 73 and two m7g.large 119.14"


def test_every_part_of_a_large_stack_is_in_its_fixed_cost_with_its_sum() -> None:
    fixed = fixed_cost(LARGE, TABLE)
    months = {line.what: cents(line.month) for line in fixed.lines}
    assert months == {
        "EKS control plane, standard support": Decimal("73.00"),
        "system: 3 x m7g.large, on demand": Decimal("178.70"),
        "disks of system: 3 x 50 GiB": Decimal("12.00"),
        "NAT gateways: 3": Decimal("98.55"),
        "private NAT gateways: 2": Decimal("65.70"),
        "public addresses of the NAT gateways: 3": Decimal("10.95"),
        "interface endpoints: 7 services in 3 zones": Decimal("153.30"),
        "KMS keys: 2": Decimal("2.00"),
        "volume of metrics": Decimal("8.00"),
    }, "each line once, from the prices of the table"
    assert cents(fixed.network_month) == Decimal("328.50"), "NAT, its addresses, endpoints"
    assert any("logs of the control plane" in line for line in fixed.by_use), "what has no amount is said"


def test_extended_support_costs_six_times_the_control_plane() -> None:
    late = fixed_cost(replace(MINIMAL, extended_support=True), TABLE)
    assert cents(late.lines[0].month) == Decimal("438.00"), "0.60 an hour"


def test_the_small_user_is_told_to_stay_on_emr_at_106_hours_a_month() -> None:
    found = compare(workload("three-a-day"), MINIMAL, fixed_cost(MINIMAL, TABLE), TABLE)
    emr, here = found.emr, found.here
    assert (cents(emr.month), cents(here.month)) == (Decimal("174.05"), Decimal("294.79")), (
        "1.63584 and 0.9648 an hour for 106.4 hours, and 192.14 fixed here"
    )
    assert found.stay, "staying is cheaper, and the verdict may not hide it"
    assert found.break_even_hours is not None, "an hour is cheaper here"
    assert found.break_even_hours.quantize(Decimal("0.1")) == Decimal("286.3"), "as worked out by hand"
    first = verdict.sentences(found)[0]
    assert first.startswith("EMR on EC2 is cheaper for this workload: stay on it."), "plainly, and first"
    assert "120.74 USD more" in first, "with the difference"


def test_the_same_user_is_told_to_move_once_the_hours_pass_the_break_even() -> None:
    found = compare(workload("three-a-day", hours=Decimal(290)), MINIMAL, fixed_cost(MINIMAL, TABLE), TABLE)
    assert not found.stay, "290 hours are past 286.3"
    assert verdict.sentences(found)[0].startswith("This platform is cheaper"), "and the words follow"


def test_a_slower_run_here_turns_the_verdict_at_the_break_even_ratio() -> None:
    fixed = fixed_cost(LARGE, TABLE)
    base = workload("nightly")
    ratio = compare(base, LARGE, fixed, TABLE).break_even_rho
    assert ratio is not None, "at some run time both cost the same"
    at = compare(replace(base, run_time_ratio=ratio), LARGE, fixed, TABLE)
    emr, here = at.emr, at.here
    assert abs(emr.month - here.month) < Decimal("0.01"), "at the break-even ratio both cost the same"


def test_emr_on_eks_costs_what_this_platform_costs_and_its_fee_on_top() -> None:
    found = compare(workload("nightly"), LARGE, fixed_cost(LARGE, TABLE), TABLE)
    on_eks, here = found.on_eks, found.here
    assert on_eks is not None
    assert on_eks.month - here.month == on_eks.fee, "same nodes, same cluster; the fee is the difference"
    assert (on_eks.name, here.name) == (EMR_ON_EKS, HERE), "in the order of the table"


def test_where_nobody_knows_the_fee_of_emr_on_eks_two_places_are_compared_and_it_is_said() -> None:
    found = compare(workload("nightly"), LARGE, fixed_cost(LARGE, OWN), OWN)
    assert [each.name for each in found.estimates] == [EMR, HERE]
    said = verdict.sentences(found)
    assert any(line.startswith("EMR on EKS is not compared") for line in said)
    assert any("m5.xlarge, r6g.4xlarge" in line and "is not verified" in line for line in said)


def test_emr_is_compared_by_prices_of_the_same_region() -> None:
    for table in (TABLE, OWN):
        found = compare(workload("three-a-day"), MINIMAL, fixed_cost(MINIMAL, table), table)
        six = 6 * table.hourly("m5.2xlarge", spot=True)
        assert found.emr.machines == six * found.emr.hours
        assert found.emr.fee == 6 * Decimal("0.096") * found.emr.hours, "the fee is the same in both"
    assert TABLE.hourly("m5.2xlarge", spot=True) != OWN.hourly("m5.2xlarge", spot=True)


def test_what_has_no_price_in_a_region_is_named_and_in_no_sum() -> None:
    usual = fixed_cost(LARGE, OWN)
    fixed = fixed_cost(replace(LARGE, tier="tier-xl"), OWN)
    assert fixed.unknown == ("control plane, tier-xl, besides",)
    assert fixed.month == usual.month
    assert "images in the registry: the price is not known here" in fixed.by_use
    assert not any(
        "images in the registry: the price is not" in line for line in fixed_cost(LARGE, TABLE).by_use
    )


@pytest.mark.parametrize("name", ["dev", "staging", "prod"])
def test_what_a_stack_pays_for_by_use_without_a_price_stands_on_the_page_of_costs(name: str) -> None:
    made = fixed_cost(read(name, root=ROOT, today=date(2026, 11, 27)), OWN)
    page = (ROOT / "docs" / "aws.md").read_text()
    unpriced = [line.partition(":")[0] for line in made.by_use if line.endswith("not known here")]
    assert unpriced, "the registry has none there"
    for what in [*unpriced, *made.unknown]:
        begins = re.sub(r" [0-9]+ ", " ", what).split(",")[0]
        assert f"| {begins}" in page, f"{what}: said nowhere but in the bill"


def test_a_node_takes_executors_by_what_kubernetes_leaves_to_pods() -> None:
    node = TABLE.instance("r7g.4xlarge")
    four = workload("nightly")
    assert pods_per_node(four, node) == 4, "4 x 3.9 CPU of the 15.71 that are left"
    assert pods_per_node(replace(four, executor_cpu=Decimal(4)), node) == 3, "4 x 4 CPU do not fit"
    assert containers_per_node(four, node) == 4, "YARN has 120 of 128 GiB"


@pytest.mark.parametrize(("name", "mebibytes"), [("m5.xlarge", 12288), ("m5.2xlarge", 24576)])
def test_yarn_gets_the_memory_that_emr_gives_it(name: str, mebibytes: int) -> None:
    one = workload("nightly", executor_memory_gib=Decimal(mebibytes) / 1024)
    assert containers_per_node(one, TABLE.instance(name)) == 1, "exactly one fits"
    over = replace(one, executor_memory_gib=Decimal(mebibytes + 1) / 1024)
    assert containers_per_node(over, TABLE.instance(name)) == 0, "a mebibyte more does not"


def test_nodes_are_counted_for_each_market_and_type_and_rounded_up() -> None:
    nodes = pool_nodes(workload("nightly", executors=13), TABLE)
    assert nodes == (
        Nodes(instance="m7g.xlarge", count=1, spot=False),
        Nodes(instance="r6g.4xlarge", count=1, spot=True),
        Nodes(instance="r7g.4xlarge", count=1, spot=True),
        Nodes(instance="r8g.4xlarge", count=1, spot=True),
        Nodes(instance="r6g.4xlarge", count=1, spot=False),
        Nodes(instance="r7g.4xlarge", count=1, spot=False),
        Nodes(instance="r8g.4xlarge", count=1, spot=False),
    ), "10 on spot as 4, 3, 3 and 3 on demand as 1, 1, 1: each needs a node"
    assert cluster_nodes(workload("nightly", executors=13), TABLE)[0].instance == "m5.xlarge", "the primary"


def test_more_executors_than_cpus_on_emr_are_pointed_out() -> None:
    found = compare(
        workload("nightly", executor_memory_gib=Decimal(12)), LARGE, fixed_cost(LARGE, TABLE), TABLE
    )
    assert found.slots_per_vcpu > 1, "YARN fits ten of 12 GiB on 16 vCPUs"
    assert any("YARN counts memory alone" in line for line in verdict.sentences(found)), "and it is said"


def test_a_run_time_ratio_nobody_measured_is_called_an_assumption() -> None:
    found = compare(workload("nightly"), LARGE, fixed_cost(LARGE, TABLE), TABLE)
    assert any("nobody measured it" in line for line in verdict.sentences(found)), "1 is not a result"


@settings(max_examples=60, deadline=None)
@given(
    executors=st.integers(1, 500),
    hours=st.integers(1, 744),
    spot=st.integers(0, 100),
    ratio=st.decimals("0.3", "3", places=2),
)
def test_the_verdict_always_names_the_place_with_the_least_total(
    executors: int, hours: int, spot: int, ratio: Decimal
) -> None:
    found = compare(
        workload(
            "nightly",
            executors=executors,
            hours=Decimal(hours),
            spot_share=Decimal(spot),
            run_time_ratio=ratio,
        ),
        LARGE,
        fixed_cost(LARGE, TABLE),
        TABLE,
    )
    least = min(estimate.month for estimate in found.estimates)
    assert found.cheapest.month == least, "nothing is cheaper than what is called the cheapest"
    assert found.stay == (found.cheapest.name in {EMR, EMR_ON_EKS}), "stay means one of the EMRs won"
    placed = found.here.nodes[1:]
    assert sum(n.count * 4 for n in placed) >= executors, "every executor has a place, four to a node"


@settings(max_examples=40, deadline=None)
@given(hours=st.integers(1, 743))
def test_more_hours_never_cost_less(hours: int) -> None:
    fixed = FixedCost(lines=(), by_use=())
    less = compare(workload("nightly", hours=Decimal(hours)), LARGE, fixed, TABLE)
    more = compare(workload("nightly", hours=Decimal(hours + 1)), LARGE, fixed, TABLE)
    for before, after in zip(less.estimates, more.estimates, strict=True):
        assert after.month > before.month, f"{before.name} at {hours} and {hours + 1} hours"


def test_everything_wrong_with_a_description_is_told_at_once() -> None:
    with pytest.raises(BadInputError) as caught:
        parse(
            {
                "name": " ",
                "hours": 900,
                "executors": "many",
                "executorCpu": 0,
                "spotShare": 120,
                "instances": ["m7g.4xlarge", "m7g.4xlarge"],
                "colour": "blue",
                "emr": {"primaries": 0, "primary": "m5.huge"},
            },
            known_types=frozenset(TABLE.instances),
        )
    text = str(caught.value)
    for expected in (
        "colour is not a key",
        "name = ' ' is not a name",
        "hours = 900 is above 744",
        "runs is missing",
        "executors = 'many' is not a number",
        "executorCpu = 0 is not above 0",
        "executorMemoryGiB is missing",
        "spotShare = 120 is above 100",
        "names a type twice",
        "emr.primaries = 0 is below 1",
        "emr.primary = 'm5.huge' is not in the price table",
    ):
        assert expected in text, f"{expected!r} is one of the errors"
    assert text.startswith("11 errors"), "and their number is right"


@pytest.mark.parametrize("document", [None, 3, [], "executors"])
def test_a_description_that_is_no_mapping_is_refused(document: object) -> None:
    with pytest.raises(BadInputError, match="mapping"):
        parse(document)


def test_broken_yaml_is_refused_with_its_place() -> None:
    with pytest.raises(BadInputError, match="line 1"):
        read_yaml("a: [")


def test_an_executor_that_fits_no_named_type_is_refused_with_what_would_fit() -> None:
    with pytest.raises(BadInputError) as caught:
        compare(
            workload("nightly", instances=("m5.xlarge",), executor_cpu=Decimal(8)),
            MINIMAL,
            fixed_cost(MINIMAL, TABLE),
            TABLE,
        )
    text = str(caught.value)
    assert "does not fit m5.xlarge, which leaves 3.74 CPU" in text, "the bound is named"
    assert "YARN on m5.xlarge" in text, "and the other place's as well, at once"


def test_a_type_that_emr_does_not_offer_has_to_be_replaced_on_the_emr_side() -> None:
    with pytest.raises(BadInputError, match=r"does not offer t3\.2xlarge"):
        compare(
            workload("nightly", instances=("t3.2xlarge",), executor_memory_gib=Decimal(8)),
            MINIMAL,
            fixed_cost(MINIMAL, TABLE),
            TABLE,
        )

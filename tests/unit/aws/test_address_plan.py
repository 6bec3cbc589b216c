"""The address plan: complete, without overlap, stable, and large enough for the largest cluster."""

from __future__ import annotations

from ipaddress import IPv4Network, collapse_addresses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.aws_plans.address_plan import (
    AWS_RESERVED,
    POD_PREFIXES,
    POD_RANGE,
    PREFIX_ADDRESSES,
    VPC_PREFIXES,
    AddressError,
    AddressPlan,
    Demand,
    check_adopted,
    plan_addresses,
)
from components.aws_plans.node_pools import KINDS, Pool, PoolSize, demand
from tests.support.golden import Golden
from tests.unit.aws.examples import ZONES, plan

LETTERS = [f"eu-central-1{letter}" for letter in "abcd"]


@st.composite
def _blocks(draw: st.DrawFn, within: IPv4Network, prefixes: range) -> IPv4Network:
    prefix = draw(st.integers(prefixes.start, prefixes.stop - 1))
    number = draw(st.integers(0, 2 ** (prefix - within.prefixlen) - 1))
    return IPv4Network((int(within.network_address) + number * 2 ** (32 - prefix), prefix))


VPCS = _blocks(IPv4Network("10.0.0.0/8"), VPC_PREFIXES)
PODS = _blocks(POD_RANGE, POD_PREFIXES)
COUNTS = st.integers(2, 4)


def _plan(vpc: IPv4Network, pods: IPv4Network, zones: int) -> AddressPlan:
    return plan_addresses(
        vpc_cidr=str(vpc), pod_cidr=str(pods), service_cidr="172.20.0.0/16", zones=LETTERS[:zones]
    )


@given(VPCS, PODS, COUNTS)
def test_every_address_has_exactly_one_owner_or_is_listed_as_spare(
    vpc: IPv4Network, pods: IPv4Network, zones: int
) -> None:
    made = _plan(vpc, pods, zones)
    owned = [each for zone in made.zones for each in (zone.public, zone.private, zone.pods)]
    together = [*owned, *made.spare]
    assert sum(each.num_addresses for each in together) == vpc.num_addresses + pods.num_addresses, (
        "an overlap or a gap that is not listed changes the sum"
    )
    assert list(collapse_addresses(together)) == sorted([vpc, pods]), "blocks must lie in the two given ones"


@given(VPCS, PODS, COUNTS)
def test_subnets_are_of_a_size_that_aws_takes_and_hold_what_goes_into_them(
    vpc: IPv4Network, pods: IPv4Network, zones: int
) -> None:
    for zone in _plan(vpc, pods, zones).zones:
        for subnet in (zone.public, zone.private, zone.pods):
            assert 16 <= subnet.prefixlen <= 28, "AWS makes subnets of /16 to /28"
        # Eight free addresses for a load balancer (ELB guide), six for the control plane (EKS guide).
        assert zone.public.num_addresses - AWS_RESERVED >= 8
        assert zone.private.num_addresses - AWS_RESERVED >= 6 + 10, "ten interface endpoints come on top"


@given(VPCS, PODS, COUNTS)
def test_reserved_blocks_and_node_addresses_share_a_pod_subnet_without_overlap(
    vpc: IPv4Network, pods: IPv4Network, zones: int
) -> None:
    for zone in _plan(vpc, pods, zones).zones:
        first, second = zone.pod_prefixes
        assert not first.overlaps(second), "reservations must not overlap"
        assert all(each.subnet_of(zone.pods) for each in zone.pod_prefixes), "AWS refuses others"
        used = zone.prefix_capacity * PREFIX_ADDRESSES + zone.node_capacity + AWS_RESERVED
        assert used == zone.pods.num_addresses, "what is not reserved is for nodes"


@given(VPCS, PODS)
def test_a_zone_added_at_the_end_moves_no_other_subnet(vpc: IPv4Network, pods: IPv4Network) -> None:
    whole = _plan(vpc, pods, 4)
    for zones in (2, 3):
        assert _plan(vpc, pods, zones).zones == whole.zones[:zones], "a moved subnet would be replaced"


SIZES = st.lists(
    st.sampled_from(list(Pool)).flatmap(
        lambda pool: st.integers(KINDS[pool].cpu[0], 20_000).map(lambda cpu: PoolSize(pool=pool, cpu=cpu))
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda size: size.pool,
)


@given(SIZES, st.integers(2, 10), PODS)
def test_a_plan_that_is_accepted_holds_the_largest_cluster_in_one_zone(
    sizes: list[PoolSize], system: int, pods: IPv4Network
) -> None:
    largest = demand(sizes, system_nodes=system)
    made = _plan(IPv4Network("10.0.0.0/16"), pods, 3)
    fits = all(
        largest.prefixes <= zone.prefix_capacity and largest.node_addresses <= zone.node_capacity
        for zone in made.zones
    )
    if fits:
        made.check(largest)
    else:
        with pytest.raises(AddressError, match=r"lower the cpu of nodes\.pools"):
            made.check(largest)


@given(SIZES, st.integers(2, 10))
def test_no_cluster_within_the_limits_takes_more_than_the_demand(sizes: list[PoolSize], system: int) -> None:
    # Nodes of one size, as many as the limit holds, each with as many pods as it may have.
    for size in sizes:
        least, most = KINDS[size.pool].cpu
        others = demand([each for each in sizes if each is not size], system_nodes=system)
        whole = demand(sizes, system_nodes=system)
        for cpu in (least, (least + most) // 2, most):
            nodes = size.cpu // cpu
            blocks = nodes * (-(-min(cpu * 4, 110) // 16) + 1)
            assert others.prefixes + blocks <= whole.prefixes, f"{nodes} nodes of {cpu} vCPU need more blocks"
            assert others.nodes + nodes <= whole.nodes, "the smallest nodes are the most nodes"


def test_the_default_network_holds_six_thousand_cores_of_executors() -> None:
    plan().check(
        demand(
            [PoolSize(pool=Pool.DRIVER, cpu=1_000), PoolSize(pool=Pool.EXECUTOR, cpu=6_000)], system_nodes=3
        )
    )
    with pytest.raises(AddressError, match=r"gives a zone 100\.64\.0\.0/16"):
        plan().check(demand([PoolSize(pool=Pool.EXECUTOR, cpu=20_000)], system_nodes=3))


@pytest.mark.parametrize(
    ("key", "changes", "words"),
    [
        ("cidr", {"vpc_cidr": "10.0.0.0/8"}, "write a block of /16 to /22"),
        ("cidr", {"vpc_cidr": "10.0.0.1/16"}, "has host bits set"),
        ("cidr", {"vpc_cidr": "ten"}, "write 10.0.0.0/16"),
        ("podCidr", {"pod_cidr": "10.64.0.0/14"}, "is outside 100.64.0.0/10"),
        ("podCidr", {"pod_cidr": "100.64.0.0/24"}, "write a block of /14 to /20"),
        ("serviceCidr", {"service_cidr": "172.20.0.0/28"}, "write a block of /12 to /24"),
        ("cidr", {"service_cidr": "10.40.0.0/16"}, "overlaps serviceCidr 10.40.0.0/16; move one"),
        ("podCidr", {"service_cidr": "100.66.0.0/16"}, "overlaps serviceCidr"),
        ("zones", {"zones": ["eu-central-1a"]}, "name 2 to 4 different zones"),
        ("zones", {"zones": ["eu-central-1a"] * 2}, "name 2 to 4 different zones"),
        ("zones", {"zones": []}, "none: name 2 to 4"),
    ],
)
def test_what_cannot_be_used_is_said_with_its_key_and_what_to_write(
    key: str, changes: dict[str, object], words: str
) -> None:
    arguments: dict[str, object] = {
        "vpc_cidr": "10.40.0.0/16",
        "pod_cidr": "100.64.0.0/14",
        "service_cidr": "172.20.0.0/16",
        "zones": ZONES,
    }
    with pytest.raises(AddressError, match=words) as caught:
        plan_addresses(**{**arguments, **changes})  # type: ignore[arg-type]
    assert caught.value.key == key


def test_an_adopted_network_must_hold_the_cluster_and_stay_clear_of_the_services() -> None:
    small = Demand(nodes=10, prefixes=80, node_addresses=20)
    check_adopted(["10.1.0.0/20", "10.1.16.0/20"], "172.20.0.0/16", small)
    with pytest.raises(AddressError, match="blocks of 16 pod addresses") as caught:
        check_adopted(["10.1.0.0/20", "10.1.16.0/24"], "172.20.0.0/16", small)
    assert caught.value.key == "adopt.zones[1].podCidr", "the small one is to blame, not the first"
    with pytest.raises(AddressError, match="overlaps serviceCidr"):
        check_adopted(["172.20.0.0/20"], "172.20.0.0/16", small)
    with pytest.raises(AddressError, match="overlaps"):
        check_adopted(["10.1.0.0/16", "10.1.16.0/20"], "172.20.0.0/16", small)
    with pytest.raises(AddressError, match=r"write 100\.64\.0\.0/16"):
        check_adopted(["10.1.0.0/33"], "172.20.0.0/16", small)


def test_the_plan_of_a_prod_stack_is_what_was_reviewed(golden: Golden) -> None:
    made = plan()
    golden(
        "aws/address-plan.json",
        {
            "vpc": str(made.vpc),
            "zones": {
                zone.zone: {
                    "private": str(zone.private),
                    "public": str(zone.public),
                    "pods": str(zone.pods),
                    "podBlocks": [str(each) for each in zone.pod_prefixes],
                    "nodeAddresses": zone.node_capacity,
                    "podBlockCount": zone.prefix_capacity,
                }
                for zone in made.zones
            },
            "spare": [str(each) for each in made.spare],
        },
    )

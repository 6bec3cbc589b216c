"""The order of a destroy around the network, read from a log of deletes."""

from __future__ import annotations

import pytest

from rehearsal.standin.cloud import Operation
from rehearsal.teardown import HARMLESS, HOLDERS, cut_too_early, lines


def _delete(type_: str, name: str) -> Operation:
    return Operation("delete", type_, name, f"urn:pulumi:dev::spark::{type_}::{name}")


ROUTE = _delete("aws:ec2/route:Route", "public-out")
RULE = _delete("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "endpoints-10")
ROLE = _delete("aws:iam/role:Role", "nodes")


@pytest.mark.parametrize("holder", sorted(HOLDERS))
@pytest.mark.parametrize("cut", [ROUTE, RULE], ids=["a route", "a rule of the endpoints"])
def test_what_the_last_node_or_volume_needs_may_not_go_before_it(cut: Operation, holder: str) -> None:
    found = cut_too_early([_delete(holder, "first"), cut, ROLE, _delete(holder, "last")])
    assert found == [f"{cut.name} goes before last, which needs the network to go"]


@pytest.mark.parametrize("holder", sorted(HOLDERS))
def test_the_network_may_go_once_nothing_needs_it(holder: str) -> None:
    assert cut_too_early([_delete(holder, "last"), ROLE, ROUTE, RULE]) == []


@pytest.mark.parametrize("harmless", sorted(HARMLESS))
def test_what_cuts_no_connection_may_go_at_any_time(harmless: str) -> None:
    pool = _delete("kubernetes:karpenter.sh/v1:NodePool", "executor")
    assert cut_too_early([_delete(harmless, "records"), pool]) == []


def test_people_see_the_stretches_in_their_order() -> None:
    pools = [_delete("kubernetes:karpenter.sh/v1:NodePool", f"pool-{number}") for number in range(7)]
    assert list(lines([*pools, ROLE, RULE, ROUTE])) == [
        "1. nodes and volumes, 7: pool-0, pool-1, pool-2 ... pool-4, pool-5, pool-6",
        "2. network, 2: endpoints-10, public-out",
    ]

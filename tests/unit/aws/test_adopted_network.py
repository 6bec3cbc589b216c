"""A network that exists is compared with what the settings say of it, before anything is made in it."""

from __future__ import annotations

from typing import Any

import pytest

from components.aws.adopted_network import (
    AdoptedNetwork,
    AdoptedNetworkArgs,
    AdoptedZone,
    Subnet,
    differences,
)
from tests.support.recorder import build

VPC = "vpc-0123456789abcdef0"
ARGS = AdoptedNetworkArgs(
    vpc_id=VPC,
    zones=[
        AdoptedZone(private=f"subnet-{zone}1", pods=f"subnet-{zone}2", pod_cidr=f"100.{64 + number}.0.0/16")
        for number, zone in enumerate("ab")
    ],
)


def _subnets(**changes: dict[str, Any]) -> dict[str, Subnet]:
    found = {}
    for number, zone in enumerate("ab"):
        for id_ in (f"subnet-{zone}1", f"subnet-{zone}2"):
            given: dict[str, Any] = {
                "id": id_,
                "vpc_id": VPC,
                "zone": f"eu-central-1{zone}",
                "cidr": f"100.{64 + number}.0.0/16",
                "public": False,
            }
            found[id_] = Subnet(**{**given, **changes.get(id_.replace("-", "_"), {})})
    return found


def test_a_network_that_is_what_the_settings_say_is_taken() -> None:
    assert list(differences(ARGS, _subnets())) == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"subnet_a1": {"vpc_id": "vpc-other"}}, f"subnet-a1 is in vpc-other, not in {VPC}"),
        ({"subnet_b2": {"public": True}}, "subnet-b2 gives public addresses"),
        (
            {"subnet_b2": {"cidr": "100.65.0.0/20"}},
            "podCidr is 100.65.0.0/16, and subnet-b2 has 100.65.0.0/20",
        ),
        (
            {"subnet_a1": {"zone": "eu-central-1c"}},
            "subnet-a1 is in eu-central-1c and subnet-a2 in eu-central-1a",
        ),
        (
            {"subnet_b1": {"zone": "eu-central-1a"}, "subnet_b2": {"zone": "eu-central-1a"}},
            "zones[1] is in eu-central-1a, as zones[0] is",
        ),
    ],
)
def test_what_differs_is_named_with_what_to_write(changes: dict[str, dict[str, Any]], says: str) -> None:
    (found,) = differences(ARGS, _subnets(**changes))
    assert says in found


def test_everything_that_differs_ends_the_program_at_once() -> None:
    def look_up(token: str, arguments: dict[str, Any]) -> dict[str, Any]:
        assert token == "aws:ec2/getSubnet:getSubnet"
        zone = arguments["id"][-2]
        return {
            "id": arguments["id"],
            "vpcId": "vpc-other",
            "availabilityZone": f"eu-central-1{zone}",
            "cidrBlock": "10.0.0.0/20",
            "mapPublicIpOnLaunch": False,
        }

    with pytest.raises(Exception, match="is not what the stack file says") as caught:
        build(lambda: AdoptedNetwork("network", ARGS), look_up=look_up)
    assert len(str(caught.value).strip().splitlines()) == 7, "four subnets of another VPC, two wrong blocks"

"""Which addresses the network has and who gets them: computed, complete, and stable when a zone is added.
Pure.

The VPC's own block is cut into four equal slots, one per zone in the order of the settings: the first half
of a slot is the zone's private subnet, the next quarter its public one, the last quarter stays free. Unused
slots stay free too. Pods and nodes live apart, in a block of 100.64.0.0/10 per zone: it is never routed
between companies, so it can be large. Nothing else is left over; `AddressPlan.spare` lists all that is
free.

Why four: a VPC may have five IPv4 blocks (VPC quotas, "IPv4 CIDR blocks per VPC"), its own and one per zone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final

ZONES: Final = range(2, 5)
"""Numbers of zones that a plan can have. EKS wants subnets in two zones at least (EKS network
requirements)."""

VPC_PREFIXES: Final = range(16, 23)
"""Prefix lengths of the VPC's own block: /16 is AWS' largest; below /22 a public subnet has under 59
addresses."""

POD_RANGE: Final = IPv4Network("100.64.0.0/10")
"""Shared address space (RFC 6598): AWS lets any VPC add it, and companies don't route it."""

POD_PREFIXES: Final = range(14, 21)
"""Prefix lengths of the pods' block: a quarter of it is one zone's, and a VPC block is /16 to /28."""

SERVICE_PREFIXES: Final = range(12, 25)
"""Prefix lengths that EKS takes for the Service range (EKS API, serviceIpv4Cidr)."""

AWS_RESERVED: Final = 5
"""Addresses in every subnet that AWS keeps for itself (VPC guide, "Subnet sizing")."""

PREFIX_ADDRESSES: Final = 16
"""Addresses in the /28 block that prefix delegation gives to a network interface (VPC CNI)."""


@dataclass(frozen=True, kw_only=True)
class Demand:
    """What the largest cluster that the settings allow takes.

    Args:
        nodes: nodes that can run at a time.
        prefixes: /28 blocks that their pods can hold at a time.
        node_addresses: single addresses that the nodes' interfaces take.
    """

    nodes: int
    prefixes: int
    node_addresses: int


@dataclass(frozen=True, kw_only=True)
class ZonePlan:
    """The subnets of one zone.

    Args:
        zone: name of the zone, such as "eu-central-1a".
        public: for NAT gateways and public load balancers.
        private: for the control plane's interfaces, endpoints and internal load balancers.
        pods: for nodes and pods; it is a whole VPC block of its own.
        pod_prefixes: parts of `pods` that only /28 blocks are taken from. Single addresses elsewhere in the
            subnet can't break them up (VPC guide, "Subnet CIDR reservations").
    """

    zone: str
    public: IPv4Network
    private: IPv4Network
    pods: IPv4Network
    pod_prefixes: tuple[IPv4Network, ...]

    @property
    def prefix_capacity(self) -> int:
        """/28 blocks that the zone surely has."""
        return sum(each.num_addresses for each in self.pod_prefixes) // PREFIX_ADDRESSES

    @property
    def node_capacity(self) -> int:
        """Single addresses that the zone has for nodes."""
        reserved = sum(each.num_addresses for each in self.pod_prefixes)
        return self.pods.num_addresses - reserved - AWS_RESERVED


@dataclass(frozen=True, kw_only=True)
class AddressPlan:
    """All addresses of the network.

    Args:
        vpc: the VPC's own block.
        services: range of the Services; it exists in the cluster only.
        zones: the subnets, zone by zone.
        spare: blocks that nobody has: in the VPC's own block, and in the pods' block the parts of further
            zones.
    """

    vpc: IPv4Network
    services: IPv4Network
    zones: tuple[ZonePlan, ...]
    spare: tuple[IPv4Network, ...]

    @property
    def secondary_blocks(self) -> tuple[IPv4Network, ...]:
        """Blocks that the VPC has besides its own: one per zone."""
        return tuple(zone.pods for zone in self.zones)

    def check(self, demand: Demand) -> None:
        """Accept a cluster that fits into any one zone.

        One zone has to be enough, because jobs stay in one zone and a spot market can leave only one.

        Raises:
            ValueError: a zone has too few addresses; the message says how many and what to change.
        """
        zone = self.zones[0]
        advice = "widen network.podCidr (a /14 is the most), or lower the cpu of nodes.pools"
        if demand.prefixes > zone.prefix_capacity:
            raise ValueError(
                f"pools of up to {demand.nodes} nodes take {demand.prefixes} blocks of 16 pod addresses, "
                f"but a zone has {zone.prefix_capacity} in {zone.pods}; {advice}"
            )
        if demand.node_addresses > zone.node_capacity:
            raise ValueError(
                f"pools of up to {demand.nodes} nodes take {demand.node_addresses} node addresses, "
                f"but a zone has {zone.node_capacity} in {zone.pods}; {advice}"
            )


def plan_addresses(
    *, vpc_cidr: str, pod_cidr: str, service_cidr: str, zones: Sequence[str], demand: Demand | None = None
) -> AddressPlan:
    """Compute the plan.

    Adding a zone at the end of the list, up to four, moves no subnet of the others.

    Args:
        vpc_cidr: the VPC's own block, /16 to /22.
        pod_cidr: the pods' block, /14 to /20 within 100.64.0.0/10; each zone gets a quarter.
        service_cidr: range of the Services, /12 to /24.
        zones: names of the zones, two to four, in an order that never changes.
        demand: the largest cluster, if the plan has to hold it.

    Raises:
        ValueError: a block is none, has a wrong size or overlaps another, or the demand doesn't fit.
    """
    if len(zones) not in ZONES or len(set(zones)) < len(zones):
        raise ValueError(
            f"zones {', '.join(zones) or 'none'}: name {ZONES.start} to {ZONES.stop - 1} different zones"
        )
    vpc = _block("network.cidr", vpc_cidr, VPC_PREFIXES)
    pods = _block("network.podCidr", pod_cidr, POD_PREFIXES)
    services = _block("network.serviceCidr", service_cidr, SERVICE_PREFIXES)
    if not pods.subnet_of(POD_RANGE):
        raise ValueError(f"network.podCidr {pods} is outside {POD_RANGE}; write a block in it, 100.64.0.0/14")
    _check_apart({"network.cidr": vpc, "network.podCidr": pods, "network.serviceCidr": services})

    slots = list(vpc.subnets(prefixlen_diff=2))
    pod_blocks = list(pods.subnets(prefixlen_diff=2))
    spare = [*slots[len(zones) :], *pod_blocks[len(zones) :]]
    plans = []
    for zone, slot, block in zip(zones, slots, pod_blocks, strict=False):
        quarters = list(slot.subnets(prefixlen_diff=2))
        plans.append(
            ZonePlan(
                zone=zone,
                private=next(slot.subnets(prefixlen_diff=1)),
                public=quarters[2],
                pods=block,
                pod_prefixes=_reserved(block),
            )
        )
        spare.append(quarters[3])
    plan = AddressPlan(vpc=vpc, services=services, zones=tuple(plans), spare=tuple(sorted(spare)))
    if demand is not None:
        plan.check(demand)
    return plan


def _reserved(block: IPv4Network) -> tuple[IPv4Network, ...]:
    """Keep three quarters of a pod subnet for /28 blocks and the first quarter for nodes' own addresses."""
    quarter = list(block.subnets(prefixlen_diff=2))[1]
    half = list(block.subnets(prefixlen_diff=1))[1]
    return (quarter, half)


def _block(key: str, cidr: str, prefixes: range) -> IPv4Network:
    try:
        block = IPv4Network(cidr)
    except ValueError as error:
        raise ValueError(f'{key} "{cidr}" is not a block of addresses ({error}); write 10.0.0.0/16') from None
    if block.prefixlen not in prefixes:
        raise ValueError(
            f"{key} {block} has a wrong size; write a block of /{prefixes.start} to /{prefixes.stop - 1}"
        )
    return block


def _check_apart(blocks: dict[str, IPv4Network]) -> None:
    keys = list(blocks)
    for number, key in enumerate(keys):
        for other in keys[number + 1 :]:
            if blocks[key].overlaps(blocks[other]):
                raise ValueError(f"{key} {blocks[key]} overlaps {other} {blocks[other]}; move one of them")

"""The address plan: which blocks the network has and who gets them. Pure.

It is complete, and stable when a zone is added.

The VPC's own block is cut into four equal slots, one per zone in the order of the settings: the first half
of a slot is the zone's private subnet, the next quarter its public one, the last quarter stays free. Unused
slots stay free too. Pods and nodes live apart, in a block of 100.64.0.0/10 per zone: it is never routed
between companies, so it can be large. Nothing else is left over; `AddressPlan.spare` lists all that is
free.

Why four: a VPC may have five IPv4 blocks (VPC quotas, "IPv4 CIDR blocks per VPC"), its own and one per zone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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

SUBNET_PREFIXES: Final = range(16, 29)
"""Prefix lengths of a subnet (VPC guide, "Subnet sizing")."""

AWS_RESERVED: Final = 5
"""Addresses in every subnet that AWS keeps for itself (VPC guide, "Subnet sizing")."""

PREFIX_ADDRESSES: Final = 16
"""Addresses in the /28 block that prefix delegation gives to a network interface (VPC CNI)."""


class AddressError(ValueError):
    """Addresses that can't be used.

    Args:
        key: the setting below `network` that is to blame.
        message: what is wrong with it, as the rest of a sentence that begins with the key.
    """

    def __init__(self, key: str, message: str) -> None:
        super().__init__(f"network.{key} {message}")
        self.key, self.message = key, message


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

        Args:
            demand: the nodes and pods that are to have addresses.

        Raises:
            AddressError: a zone has too few addresses; the message says how many and what to change.
        """
        zone = self.zones[0]
        check_room(
            "podCidr",
            zone.pods,
            demand,
            prefixes=zone.prefix_capacity,
            node_addresses=zone.node_capacity,
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
        AddressError: a block is none, has a wrong size or overlaps another, or the demand doesn't fit.
    """
    if len(zones) not in ZONES or len(set(zones)) < len(zones):
        raise AddressError(
            "zones",
            f"{', '.join(zones) or 'none'}: name {ZONES.start} to {ZONES.stop - 1} different zones",
        )
    vpc = _block("cidr", vpc_cidr, VPC_PREFIXES, "10.0.0.0/16")
    pods = _block("podCidr", pod_cidr, POD_PREFIXES, "100.64.0.0/14")
    services = _block("serviceCidr", service_cidr, SERVICE_PREFIXES, "172.20.0.0/16")
    if not pods.subnet_of(POD_RANGE):
        raise AddressError("podCidr", f"{pods} is outside {POD_RANGE}; write a block in it, 100.64.0.0/14")
    check_apart({"cidr": vpc, "podCidr": pods, "serviceCidr": services})

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


def check_room(key: str, block: IPv4Network, demand: Demand, *, prefixes: int, node_addresses: int) -> None:
    """Accept a zone that has room for the largest cluster.

    Args:
        key: the setting that gives the zone its addresses.
        block: the zone's pod subnet.
        demand: what the largest cluster takes.
        prefixes: /28 blocks that the zone has.
        node_addresses: single addresses that it has besides.

    Raises:
        AddressError: it has too few.
    """
    for needed, there, what in (
        (demand.prefixes, prefixes, "blocks of 16 pod addresses"),
        (demand.node_addresses, node_addresses, "node addresses"),
    ):
        if needed > there:
            raise AddressError(
                key,
                f"gives a zone {block} with {there} {what}, but the pools allow {demand.nodes} nodes, which "
                f"take {needed}; widen it (a zone takes up to a /16), or lower the cpu of nodes.pools",
            )


def check_adopted(cidrs: Sequence[str], service_cidr: str, demand: Demand) -> None:
    """Accept the pod subnets of a network that exists.

    Nobody knows what else lives in them, so this says only whether they are large enough when they are empty.

    Args:
        cidrs: block of each pod subnet.
        service_cidr: range of the Services.
        demand: what the largest cluster takes.

    Raises:
        AddressError: a block is none, overlaps another, or is too small.
    """
    blocks = {
        f"adopt.zones[{number}].podCidr": _block(
            f"adopt.zones[{number}].podCidr", cidr, SUBNET_PREFIXES, "100.64.0.0/16"
        )
        for number, cidr in enumerate(cidrs)
    }
    services = _block("serviceCidr", service_cidr, SERVICE_PREFIXES, "172.20.0.0/16")
    check_apart({**blocks, "serviceCidr": services})
    for key, block in blocks.items():
        # Without reservations, single addresses and /28 blocks share the subnet.
        blocks_left = (block.num_addresses - AWS_RESERVED - demand.node_addresses) // PREFIX_ADDRESSES
        check_room(
            key,
            block,
            demand,
            prefixes=max(blocks_left, 0),
            node_addresses=block.num_addresses - AWS_RESERVED,
        )


def _block(key: str, cidr: str, prefixes: range, example: str) -> IPv4Network:
    try:
        block = IPv4Network(cidr)
    except ValueError as error:
        raise AddressError(key, f'"{cidr}" is not a block of addresses ({error}); write {example}') from None
    if block.prefixlen not in prefixes:
        raise AddressError(
            key, f"{block} has a wrong size; write a block of /{prefixes.start} to /{prefixes.stop - 1}"
        )
    return block


def check_apart(blocks: Mapping[str, IPv4Network]) -> None:
    """Accept blocks that don't overlap.

    Args:
        blocks: the blocks, by the setting that gives them.

    Raises:
        AddressError: two overlap.
    """
    keys = list(blocks)
    for number, key in enumerate(keys):
        for other in keys[number + 1 :]:
            if blocks[key].overlaps(blocks[other]):
                raise AddressError(key, f"{blocks[key]} overlaps {other} {blocks[other]}; move one of them")

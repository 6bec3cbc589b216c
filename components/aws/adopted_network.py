"""A network that exists: its subnets are looked up and compared with what the settings say of them.

Settings can only tell whether ids look like ids. A subnet of another network, or one that is smaller than
written, would else be found half an hour later, by EKS or by a pod that gets no address.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.aws.network import NetworkIds
from components.naming import type_token


class AdoptedNetworkError(pulumi.RunError):
    """The network is not what the settings say; Pulumi prints the message alone, without a traceback."""


@dataclass(frozen=True, kw_only=True)
class AdoptedZone:
    """The subnets of one zone.

    Args:
        private: id of the subnet of the control plane's interfaces.
        pods: id of the subnet of nodes and pods; may be the same.
        pod_cidr: block of addresses that the settings say it has.
    """

    private: str
    pods: str
    pod_cidr: str


@dataclass(frozen=True, kw_only=True)
class Subnet:
    """A subnet as AWS describes it.

    Args:
        id: its id.
        vpc_id: its VPC.
        zone: its availability zone.
        cidr: its block of addresses.
        public: True if whatever starts in it gets a public address.
    """

    id: str
    vpc_id: str
    zone: str
    cidr: str
    public: bool


@dataclass(frozen=True, kw_only=True)
class AdoptedNetworkArgs:
    """Arguments of an `AdoptedNetwork`.

    Args:
        vpc_id: the VPC.
        zones: its subnets, zone by zone.
    """

    vpc_id: str
    zones: Sequence[AdoptedZone]


class AdoptedNetwork(pulumi.ComponentResource):
    """A VPC of somebody else, in which nothing is changed.

    Outputs:
        private_subnet_ids: private subnets in the order of the zones, known once all were compared.
        pod_subnet_ids: pod subnets in that order, likewise.
    """

    private_subnet_ids: Sequence[pulumi.Output[str]]
    pod_subnet_ids: Sequence[pulumi.Output[str]]

    def __init__(
        self, name: str, args: AdoptedNetworkArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(type_token("AdoptedNetwork"), name, {}, opts)
        self._args = args
        ids = {each: self._look_up(each) for zone in args.zones for each in (zone.private, zone.pods)}
        checked = pulumi.Output.all(**ids).apply(lambda found: _accept(args, found))
        self.private_subnet_ids = [_after(checked, zone.private) for zone in args.zones]
        self.pod_subnet_ids = [_after(checked, zone.pods) for zone in args.zones]
        self.register_outputs(
            {"privateSubnetIds": self.private_subnet_ids, "podSubnetIds": self.pod_subnet_ids}
        )

    @property
    def ids(self) -> NetworkIds:
        """The same as a network that is made gives."""
        return NetworkIds(
            vpc_id=self._args.vpc_id,
            private_subnet_ids=self.private_subnet_ids,
            pod_subnet_ids=self.pod_subnet_ids,
        )

    def _look_up(self, id_: str) -> pulumi.Output[Subnet]:
        return aws.ec2.get_subnet_output(id=id_, opts=pulumi.InvokeOutputOptions(parent=self)).apply(
            lambda found: Subnet(
                id=id_,
                vpc_id=found.vpc_id,
                zone=found.availability_zone,
                cidr=found.cidr_block,
                public=bool(found.map_public_ip_on_launch),
            )
        )


def _after(checked: pulumi.Output[object], id_: str) -> pulumi.Output[str]:
    return checked.apply(lambda _: id_)


def _accept(args: AdoptedNetworkArgs, found: dict[str, Subnet]) -> None:
    problems = list(differences(args, found))
    if problems:
        raise AdoptedNetworkError(
            "the network of foundation.network.adopt is not what the stack file says; nothing was changed.\n"
            + "\n".join(f"  {each}" for each in problems)
        )


def differences(args: AdoptedNetworkArgs, found: dict[str, Subnet]) -> Iterator[str]:
    """What differs between the settings and the network.

    Args:
        args: what the settings say.
        found: the subnets by id, as they are.
    """
    for id_, subnet in found.items():
        if subnet.vpc_id != args.vpc_id:
            yield f"{id_} is in {subnet.vpc_id}, not in {args.vpc_id}: name a subnet of that VPC"
        if subnet.public:
            yield f"{id_} gives public addresses to what starts in it: name a subnet that does not"
    zones: dict[str, int] = {}
    for number, zone in enumerate(args.zones):
        private, pods = found[zone.private], found[zone.pods]
        place = f"zones[{number}]"
        if private.zone != pods.zone:
            where = f"{private.id} is in {private.zone} and {pods.id} in {pods.zone}"
            yield f"{place}: {where}: name two of one zone"
        if pods.cidr != zone.pod_cidr:
            yield f"{place}.podCidr is {zone.pod_cidr}, and {pods.id} has {pods.cidr}: write that"
        if pods.zone in zones:
            yield f"{place} is in {pods.zone}, as zones[{zones[pods.zone]}] is: EKS wants different zones"
        zones.setdefault(pods.zone, number)

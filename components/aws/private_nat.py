"""Ways from nodes and pods to networks that know no route back to shared address space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.aws.roles import Owner
from components.naming import type_token


@dataclass(frozen=True, kw_only=True)
class ZoneWays:
    """What one zone has already.

    Args:
        zone: its name.
        private_subnet_id: subnet with addresses that other networks route to.
        nat_gateway_id: NAT gateway to the internet.
    """

    zone: str
    private_subnet_id: pulumi.Input[str]
    nat_gateway_id: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class PrivateNatArgs:
    """Arguments of `PrivateNat`.

    Args:
        owner: whose network it is.
        vpc_id: the VPC.
        zones: the zones.
        single: True for one gateway that all zones share.
        destinations: blocks of the networks beyond.
    """

    owner: Owner
    vpc_id: pulumi.Input[str]
    zones: Sequence[ZoneWays]
    single: bool
    destinations: Sequence[str]


class PrivateNat(pulumi.ComponentResource):
    """Private NAT gateways, and for the pods' subnets route tables that lead to them.

    A gateway stands in the zone's private subnet and gives connections an address of that. The private
    subnets keep their own tables, or a gateway's packets would come back to it; routes on from there, to a
    transit gateway or a peering, belong into those tables, and to whoever connects the networks (VPC guide,
    "Private NAT gateways").

    Outputs:
        tables: the pods' route tables, in the order of the zones.
        ready: ids of all routes.
    """

    tables: Sequence[aws.ec2.RouteTable]
    ready: Sequence[pulumi.Output[str]]

    def __init__(self, name: str, args: PrivateNatArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(type_token("PrivateNat"), name, {}, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        gateways = [self._gateway(zone) for zone in (args.zones[:1] if args.single else args.zones)]
        ready: list[pulumi.Output[str]] = []
        self.tables = []
        for number, zone in enumerate(args.zones):
            table = aws.ec2.RouteTable(
                f"{name}-{zone.zone}",
                vpc_id=args.vpc_id,
                tags={"Name": f"{args.owner.cluster}-pods-{zone.zone}"},
                opts=self._child,
            )
            inside = gateways[0 if args.single else number].id
            ways = {"0.0.0.0/0": zone.nat_gateway_id, **dict.fromkeys(args.destinations, inside)}
            ready += [self._route(zone.zone, table, block, gateway) for block, gateway in ways.items()]
            self.tables.append(table)
        self.ready = ready
        self.register_outputs({"tables": [table.id for table in self.tables], "ready": self.ready})

    def _gateway(self, zone: ZoneWays) -> aws.ec2.NatGateway:
        return aws.ec2.NatGateway(
            f"{self._name}-{zone.zone}",
            connectivity_type="private",
            subnet_id=zone.private_subnet_id,
            tags={"Name": f"{self._args.owner.cluster}-private-{zone.zone}"},
            opts=self._child,
        )

    def _route(
        self, zone: str, table: aws.ec2.RouteTable, block: str, gateway: pulumi.Input[str]
    ) -> pulumi.Output[str]:
        return aws.ec2.Route(
            f"{self._name}-{zone}-{block.partition('/')[0]}",
            route_table_id=table.id,
            destination_cidr_block=block,
            nat_gateway_id=gateway,
            opts=self._child,
        ).id

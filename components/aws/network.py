"""The network: a VPC of its own after an address plan, or the ids of one that exists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import pulumi
import pulumi_aws as aws

from components.aws.flow_logs import FlowLogs, FlowLogsArgs
from components.aws.private_nat import PrivateNat, PrivateNatArgs, ZoneWays
from components.aws.roles import Owner
from components.aws_plans.address_plan import AddressPlan, ZonePlan
from components.aws_plans.iam_nodes import s3_endpoint_policy
from components.naming import type_token

INTERFACE_ENDPOINTS: Final = {
    "ec2": "the network plugin and Karpenter make interfaces and instances",
    "ecr.api": "nodes ask the registry for images",
    "ecr.dkr": "nodes pull images; layers come from S3",
    "eks": "nodes and Karpenter look the cluster up",
    "eks-auth": "the Pod Identity agent gets credentials",
    "sqs": "Karpenter reads interruptions",
    "ssm": "Karpenter looks node images up",
    "sts": "roles are taken",
}
"""Services that private nodes reach without leaving the network, and what for. S3 has a gateway
endpoint, which costs nothing and takes the bulk of the traffic; each of these costs by the hour and
zone."""

_HTTPS: Final = 443


@dataclass(frozen=True, kw_only=True)
class NetworkIds:
    """What the rest of the foundation needs of a network, whoever made it.

    Args:
        vpc_id: the VPC.
        private_subnet_ids: for the control plane's interfaces, one per zone.
        pod_subnet_ids: for nodes and pods, one per zone; known once nodes there can reach AWS.
        public_subnet_ids: for what the internet reaches, one per zone, known once it has a way out; none in a
            network that exists.
    """

    vpc_id: pulumi.Input[str]
    private_subnet_ids: Sequence[pulumi.Input[str]]
    pod_subnet_ids: Sequence[pulumi.Input[str]]
    public_subnet_ids: Sequence[pulumi.Input[str]] = ()


@dataclass(frozen=True, kw_only=True)
class OwnNetwork:
    """What a stack chooses of a network that is made for it.

    Args:
        plan: all its addresses.
        nat: "zone" for a NAT gateway in each zone, "single" for one that all zones go down with.
        private_endpoints: True to reach AWS' services inside the network, see `INTERFACE_ENDPOINTS`.
        foreign_buckets: buckets of other accounts that are reached besides one's own.
        flow_logs: what to record of the traffic; "none" for nothing.
        flow_log_days: days that the records are kept.
        routable: blocks of networks beyond the VPC that nodes and pods reach by an address of it.
    """

    plan: AddressPlan
    nat: Literal["zone", "single"]
    private_endpoints: bool
    foreign_buckets: Sequence[str]
    flow_logs: Literal["none", "rejected", "all"]
    flow_log_days: int
    routable: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class NetworkArgs(OwnNetwork):
    """Arguments of a `Network`.

    Args:
        owner: whose network it is.
    """

    owner: Owner


class Network(pulumi.ComponentResource):
    """A VPC with public, private and pod subnets in each zone, and ways out.

    Every zone has a route table of its own even with a single NAT gateway, so that going from one gateway to
    several changes a route and nothing else.

    Pods' subnets are known once all ways out are there. That is also what keeps the network until the last
    node and volume is gone when a stack is destroyed: AWS would let routes and rules go while they are used.

    Outputs:
        vpc_id: the VPC.
        private_subnet_ids: private subnets in the order of the zones.
        pod_subnet_ids: pod subnets in that order, known once their routes and endpoints are there.
        public_subnet_ids: public subnets in that order, known once there is a route to the internet.
    """

    vpc_id: pulumi.Output[str]
    private_subnet_ids: Sequence[pulumi.Output[str]]
    pod_subnet_ids: Sequence[pulumi.Output[str]]
    public_subnet_ids: Sequence[pulumi.Output[str]]

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(type_token("Network"), name, {}, opts)
        self._name, self._args = name, args
        self._region = args.owner.account.region
        self._ways_out: list[pulumi.Output[str]] = []
        cluster = args.owner.cluster
        vpc = aws.ec2.Vpc(
            f"{name}-vpc",
            cidr_block=str(args.plan.vpc),
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags={"Name": cluster},
            opts=self._child(),
        )
        self._vpc_id = vpc.id
        # Nothing uses the default group; without rules, nothing can by mistake.
        default = aws.ec2.DefaultSecurityGroup(f"{name}-default", vpc_id=vpc.id, opts=self._child())
        self._ways_out.append(default.id)
        gateway = aws.ec2.InternetGateway(
            f"{name}-internet", vpc_id=vpc.id, tags={"Name": cluster}, opts=self._child()
        )
        zones = args.plan.zones
        public = self._public_subnets(gateway)
        nats = self._nat_gateways(public, gateway)
        tables = [
            self._table(zone.zone, nat_gateway_id=nats[number if args.nat == "zone" else 0].id)
            for number, zone in enumerate(zones)
        ]
        private = [
            self._subnet(zone, "private", str(zone.private), {"kubernetes.io/role/internal-elb": "1"})
            for zone in zones
        ]
        pods = [self._pod_subnet(zone) for zone in zones]
        pod_tables = self._routable(private, nats) if args.routable else tables
        for kind, subnets, ways in (("private", private, tables), ("pods", pods, pod_tables)):
            for zone, subnet, table in zip(zones, subnets, ways, strict=True):
                self._associate(f"{kind}-{zone.zone}", subnet, table)
        self._endpoints([*tables, *(pod_tables if args.routable else ())], private)
        if args.flow_logs != "none":
            FlowLogs(
                f"{name}-flow-logs",
                FlowLogsArgs(
                    owner=args.owner, vpc_id=vpc.id, traffic=args.flow_logs, days=args.flow_log_days
                ),
                self._child(),
            )

        self.vpc_id = vpc.id
        self.private_subnet_ids = [subnet.id for subnet in private]
        self.pod_subnet_ids = self._once_reached(pods)
        self.public_subnet_ids = self._once_reached(public)
        self.register_outputs(
            {
                "vpcId": self.vpc_id,
                "privateSubnetIds": self.private_subnet_ids,
                "podSubnetIds": self.pod_subnet_ids,
                "publicSubnetIds": self.public_subnet_ids,
            }
        )

    @property
    def ids(self) -> NetworkIds:
        """The same as an adopted network gives."""
        return NetworkIds(
            vpc_id=self.vpc_id,
            private_subnet_ids=self.private_subnet_ids,
            pod_subnet_ids=self.pod_subnet_ids,
            public_subnet_ids=self.public_subnet_ids,
        )

    def _once_reached(self, subnets: Sequence[aws.ec2.Subnet]) -> list[pulumi.Output[str]]:
        """Ids of subnets, known once all ways out are there."""
        return [
            pulumi.Output.all(subnet.id, *self._ways_out).apply(lambda known: str(known[0]))
            for subnet in subnets
        ]

    def _public_subnets(self, gateway: aws.ec2.InternetGateway) -> list[aws.ec2.Subnet]:
        table = aws.ec2.RouteTable(
            f"{self._name}-public",
            vpc_id=self._vpc_id,
            tags={"Name": f"{self._args.owner.cluster}-public"},
            opts=self._child(),
        )
        out = aws.ec2.Route(
            f"{self._name}-public-out",
            route_table_id=table.id,
            destination_cidr_block="0.0.0.0/0",
            gateway_id=gateway.id,
            opts=self._child(),
        )
        self._ways_out.append(out.id)
        subnets = []
        for zone in self._args.plan.zones:
            subnet = self._subnet(zone, "public", str(zone.public), {"kubernetes.io/role/elb": "1"})
            self._associate(f"public-{zone.zone}", subnet, table)
            subnets.append(subnet)
        return subnets

    def _nat_gateways(
        self, public: Sequence[aws.ec2.Subnet], gateway: aws.ec2.InternetGateway
    ) -> list[aws.ec2.NatGateway]:
        zones = self._args.plan.zones if self._args.nat == "zone" else self._args.plan.zones[:1]
        made = []
        for zone, subnet in zip(zones, public, strict=False):
            tags = {"Name": f"{self._args.owner.cluster}-{zone.zone}"}
            address = aws.ec2.Eip(
                f"{self._name}-nat-{zone.zone}", domain="vpc", tags=tags, opts=self._child()
            )
            made.append(
                aws.ec2.NatGateway(
                    f"{self._name}-nat-{zone.zone}",
                    allocation_id=address.allocation_id,
                    subnet_id=subnet.id,
                    tags=tags,
                    # A NAT gateway fails to start in a VPC without an internet gateway.
                    opts=self._child(gateway),
                )
            )
        return made

    def _routable(
        self, private: Sequence[aws.ec2.Subnet], nats: Sequence[aws.ec2.NatGateway]
    ) -> Sequence[aws.ec2.RouteTable]:
        single = self._args.nat == "single"
        made = PrivateNat(
            f"{self._name}-routable",
            PrivateNatArgs(
                owner=self._args.owner,
                vpc_id=self._vpc_id,
                zones=[
                    ZoneWays(
                        zone=zone.zone,
                        private_subnet_id=subnet.id,
                        nat_gateway_id=nats[0 if single else number].id,
                    )
                    for number, (zone, subnet) in enumerate(zip(self._args.plan.zones, private, strict=True))
                ],
                single=single,
                destinations=self._args.routable,
            ),
            self._child(),
        )
        self._ways_out += made.ready
        return made.tables

    def _table(self, zone: str, *, nat_gateway_id: pulumi.Input[str]) -> aws.ec2.RouteTable:
        table = aws.ec2.RouteTable(
            f"{self._name}-{zone}",
            vpc_id=self._vpc_id,
            tags={"Name": f"{self._args.owner.cluster}-{zone}"},
            opts=self._child(),
        )
        route = aws.ec2.Route(
            f"{self._name}-{zone}-out",
            route_table_id=table.id,
            destination_cidr_block="0.0.0.0/0",
            nat_gateway_id=nat_gateway_id,
            opts=self._child(),
        )
        self._ways_out.append(route.id)
        return table

    def _subnet(
        self, zone: ZonePlan, kind: str, cidr: str, tags: dict[str, str], *after: pulumi.Resource
    ) -> aws.ec2.Subnet:
        return aws.ec2.Subnet(
            f"{self._name}-{kind}-{zone.zone}",
            vpc_id=self._vpc_id,
            availability_zone=zone.zone,
            cidr_block=cidr,
            map_public_ip_on_launch=False,
            tags={"Name": f"{self._args.owner.cluster}-{kind}-{zone.zone}", **tags},
            opts=self._child(*after),
        )

    def _pod_subnet(self, zone: ZonePlan) -> aws.ec2.Subnet:
        block = aws.ec2.VpcIpv4CidrBlockAssociation(
            f"{self._name}-pods-{zone.zone}",
            vpc_id=self._vpc_id,
            cidr_block=str(zone.pods),
            opts=self._child(),
        )
        tags = {"karpenter.sh/discovery": self._args.owner.cluster}
        subnet = self._subnet(zone, "pods", str(zone.pods), tags, block)
        for number, reserved in enumerate(zone.pod_prefixes):
            reservation = aws.ec2.SubnetCidrReservation(
                f"{self._name}-pods-{zone.zone}-{number}",
                subnet_id=subnet.id,
                cidr_block=str(reserved),
                reservation_type="prefix",
                description="Blocks of 16 addresses for pods",
                opts=self._child(),
            )
            self._ways_out.append(reservation.id)
        return subnet

    def _associate(self, name: str, subnet: aws.ec2.Subnet, table: aws.ec2.RouteTable) -> None:
        association = aws.ec2.RouteTableAssociation(
            f"{self._name}-{name}", subnet_id=subnet.id, route_table_id=table.id, opts=self._child()
        )
        self._ways_out.append(association.id)

    def _endpoints(self, tables: Sequence[aws.ec2.RouteTable], private: Sequence[aws.ec2.Subnet]) -> None:
        self._endpoint(
            "s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=[table.id for table in tables],
            policy=s3_endpoint_policy(
                self._args.owner.account, foreign_buckets=self._args.foreign_buckets
            ).json,
        )
        if not self._args.private_endpoints:
            return
        group = self._endpoint_group()
        for service in INTERFACE_ENDPOINTS:
            self._endpoint(
                service,
                vpc_endpoint_type="Interface",
                private_dns_enabled=True,
                subnet_ids=[subnet.id for subnet in private],
                security_group_ids=[group.id],
            )

    def _endpoint(
        self,
        service: str,
        *,
        vpc_endpoint_type: str,
        private_dns_enabled: bool | None = None,
        route_table_ids: Sequence[pulumi.Input[str]] | None = None,
        subnet_ids: Sequence[pulumi.Input[str]] | None = None,
        security_group_ids: Sequence[pulumi.Input[str]] | None = None,
        policy: str | None = None,
    ) -> None:
        endpoint = aws.ec2.VpcEndpoint(
            f"{self._name}-{service.replace('.', '-')}",
            vpc_id=self._vpc_id,
            service_name=f"com.amazonaws.{self._region}.{service}",
            vpc_endpoint_type=vpc_endpoint_type,
            private_dns_enabled=private_dns_enabled,
            route_table_ids=route_table_ids,
            subnet_ids=subnet_ids,
            security_group_ids=security_group_ids,
            policy=policy,
            tags={"Name": f"{self._args.owner.cluster}-{service}"},
            opts=self._child(),
        )
        self._ways_out.append(endpoint.id)

    def _endpoint_group(self) -> aws.ec2.SecurityGroup:
        group = aws.ec2.SecurityGroup(
            f"{self._name}-endpoints",
            vpc_id=self._vpc_id,
            description="AWS endpoints, for nodes and pods",
            tags={"Name": f"{self._args.owner.cluster}-endpoints"},
            opts=self._child(),
        )
        for block in (self._args.plan.vpc, *self._args.plan.secondary_blocks):
            rule = aws.vpc.SecurityGroupIngressRule(
                f"{self._name}-endpoints-{block.network_address}",
                security_group_id=group.id,
                cidr_ipv4=str(block),
                ip_protocol="tcp",
                from_port=_HTTPS,
                to_port=_HTTPS,
                opts=self._child(),
            )
            self._ways_out.append(rule.id)
        return group

    def _child(self, *after: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=list(after))

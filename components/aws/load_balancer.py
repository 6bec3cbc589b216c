"""The load balancer in front of the login: TLS, and the way from people's networks to the nodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.aws.roles import Owner
from components.naming import type_token

HTTPS: Final = 443

TLS_POLICY: Final = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
"""TLS 1.3 and 1.2, with forward secrecy alone (Application Load Balancers guide, security policies)."""

_GROUP_PREFIX: Final = "pages-"
"""First part of the target group's name, of which six characters are taken: its replacement comes first."""


@dataclass(frozen=True, kw_only=True)
class LoadBalancerChoice:
    """What a stack says of the load balancer.

    Args:
        host: name that browsers open.
        certificate: ARN of its certificate.
        hosted_zone: zone of Route 53 in which the name is made; None where somebody else makes it.
        internet: True if it has public addresses.
        reached_from: blocks of addresses that reach it.
        node_port: port of the nodes behind which the login is.
    """

    host: str
    certificate: str
    hosted_zone: str | None
    internet: bool
    reached_from: Sequence[str]
    node_port: int


@dataclass(frozen=True, kw_only=True)
class LoadBalancerArgs:
    """Arguments of a `LoadBalancer`.

    Args:
        owner: whose it is.
        chosen: what the stack says of it.
        vpc_id: the VPC.
        subnet_ids: subnets of two zones at least, public ones if the internet reaches it.
        nodes_group_id: security group of the nodes.
        scaling_group: Auto Scaling group whose nodes take what comes.
        health_path: path of the login that says whether it is well.
        protect: True to refuse its deletion, by AWS.
    """

    owner: Owner
    chosen: LoadBalancerChoice
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    nodes_group_id: pulumi.Input[str]
    scaling_group: pulumi.Input[str]
    health_path: str
    protect: bool


class LoadBalancer(pulumi.ComponentResource):
    """An Application Load Balancer that forwards to a port of the system nodes, which are there at all times.

    No controller in the cluster makes it: what it stands on goes after it when the stack is destroyed.

    Outputs:
        target: name that the pages' own name has to lead to.
    """

    target: pulumi.Output[str]

    def __init__(self, name: str, args: LoadBalancerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(type_token("LoadBalancer"), name, {}, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        group, ways = self._security_group()
        targets = self._targets()
        balancer = aws.lb.LoadBalancer(
            f"{name}-balancer",
            name=args.owner.cluster,
            load_balancer_type="application",
            internal=not args.chosen.internet,
            subnets=list(args.subnet_ids),
            security_groups=[group.id],
            # A header that no server reads the same way is a way past a check.
            drop_invalid_header_fields=True,
            enable_deletion_protection=args.protect,
            opts=pulumi.ResourceOptions(parent=self, depends_on=ways),
        )
        aws.lb.Listener(
            f"{name}-https",
            load_balancer_arn=balancer.arn,
            protocol="HTTPS",
            port=HTTPS,
            ssl_policy=TLS_POLICY,
            certificate_arn=args.chosen.certificate,
            default_actions=[aws.lb.ListenerDefaultActionArgs(type="forward", target_group_arn=targets.arn)],
            opts=self._child,
        )
        self._record(balancer)
        self.target = balancer.dns_name
        self.register_outputs({"target": self.target})

    def _security_group(self) -> tuple[aws.ec2.SecurityGroup, list[pulumi.Resource]]:
        """The balancer's group, and the rules by which it is reached and reaches the nodes."""
        args, port = self._args, self._args.chosen.node_port
        group = aws.ec2.SecurityGroup(
            f"{self._name}-group",
            vpc_id=args.vpc_id,
            description="Pages of the platform, for people",
            tags={"Name": f"{args.owner.cluster}-pages"},
            opts=self._child,
        )
        people: list[pulumi.Resource] = [
            aws.vpc.SecurityGroupIngressRule(
                f"{self._name}-from-{block.replace('/', '-')}",
                security_group_id=group.id,
                cidr_ipv4=block,
                ip_protocol="tcp",
                from_port=HTTPS,
                to_port=HTTPS,
                opts=self._child,
            )
            for block in dict.fromkeys(args.chosen.reached_from)
        ]
        out = aws.vpc.SecurityGroupEgressRule(
            f"{self._name}-to-nodes",
            security_group_id=group.id,
            referenced_security_group_id=args.nodes_group_id,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            opts=self._child,
        )
        into = aws.vpc.SecurityGroupIngressRule(
            f"{self._name}-into-nodes",
            security_group_id=args.nodes_group_id,
            referenced_security_group_id=group.id,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            opts=self._child,
        )
        return group, [*people, out, into]

    def _targets(self) -> aws.lb.TargetGroup:
        args = self._args
        targets = aws.lb.TargetGroup(
            f"{self._name}-nodes",
            name_prefix=_GROUP_PREFIX,
            vpc_id=args.vpc_id,
            target_type="instance",
            protocol="HTTP",
            port=args.chosen.node_port,
            health_check=aws.lb.TargetGroupHealthCheckArgs(path=args.health_path, matcher="200"),
            opts=self._child,
        )
        aws.autoscaling.Attachment(
            f"{self._name}-attachment",
            autoscaling_group_name=args.scaling_group,
            lb_target_group_arn=targets.arn,
            opts=self._child,
        )
        return targets

    def _record(self, balancer: aws.lb.LoadBalancer) -> None:
        chosen = self._args.chosen
        if chosen.hosted_zone is None:
            return
        aws.route53.Record(
            f"{self._name}-name",
            zone_id=chosen.hosted_zone,
            name=chosen.host,
            type="A",
            aliases=[
                aws.route53.RecordAliasArgs(
                    name=balancer.dns_name, zone_id=balancer.zone_id, evaluate_target_health=False
                )
            ],
            opts=self._child,
        )

"""Flow logs: who talked to whom in the network, for as long as somebody may ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_aws as aws

from components.aws.roles import Owner, PlatformRole, PlatformRoleArgs
from components.aws_plans.iam import service_trust
from components.aws_plans.iam_platform import flow_log_policy, flow_log_trust_conditions
from components.naming import type_token


@dataclass(frozen=True, kw_only=True)
class FlowLogsArgs:
    """Arguments of `FlowLogs`.

    Args:
        owner: whose network it is.
        vpc_id: the VPC.
        traffic: "rejected" for what was refused, which shows attacks and faulty rules and costs little; "all"
            for everything, which a shuffle makes expensive.
        days: days that the records are kept; one of those that CloudWatch offers.
    """

    owner: Owner
    vpc_id: pulumi.Input[str]
    traffic: Literal["rejected", "all"]
    days: int


class FlowLogs(pulumi.ComponentResource):
    """Records of a VPC's traffic in CloudWatch.

    Outputs:
        log_group: name of the log group.
    """

    log_group: pulumi.Output[str]

    def __init__(self, name: str, args: FlowLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(type_token("FlowLogs"), name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        account = args.owner.account
        log_group = f"/aws/vpc/{args.owner.cluster}/flow"
        group = aws.cloudwatch.LogGroup(
            f"{name}-group", name=log_group, retention_in_days=args.days, opts=child
        )
        role = PlatformRole(
            f"{name}-role",
            PlatformRoleArgs(
                owner=args.owner,
                purpose="flow-logs",
                trust=service_trust(
                    "vpc-flow-logs.amazonaws.com", conditions=flow_log_trust_conditions(account)
                ),
                policies={"write": flow_log_policy(account, log_group=log_group)},
            ),
            child,
        )
        aws.ec2.FlowLog(
            f"{name}-log",
            vpc_id=args.vpc_id,
            traffic_type="REJECT" if args.traffic == "rejected" else "ALL",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            # Ten minutes, the longer of the two: a tenth of the records.
            max_aggregation_interval=600,
            opts=child,
        )
        self.log_group = group.name
        self.register_outputs({"logGroup": self.log_group})

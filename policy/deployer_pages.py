"""The statements of a deployer's rights over the load balancer in front of the pages."""

from __future__ import annotations

from collections.abc import Iterator

from components.aws_plans.account import DNS_SUFFIX, Account
from components.aws_plans.iam import Statement
from policy.deployer_rights import actions


def pages(account: Account, cluster: str, hosted_zone: str | None) -> Iterator[Statement]:
    """Rights over the load balancer in front of the pages, and its name.

    Args:
        account: where the load balancer is.
        cluster: name of the cluster that it leads to.
        hosted_zone: id of the zone in Route 53; None if nothing is written there.
    """
    own = {"StringEquals": {"aws:ResourceTag/Cluster": cluster}}
    kinds = (
        f"loadbalancer/app/{cluster}/*",
        f"listener/app/{cluster}/*/*",
        # There is none, and IAM's list of actions has both kinds for each that changes a listener.
        f"listener/net/{cluster}/*/*",
        "targetgroup/pages-*/*",
    )
    balancers = tuple(account.arn("elasticloadbalancing", kind) for kind in kinds)
    yield Statement(
        sid="LookAtLoadBalancers",
        actions=(
            *actions(
                "elasticloadbalancing",
                "DescribeCapacityReservation DescribeListenerAttributes DescribeListeners "
                "DescribeLoadBalancerAttributes DescribeLoadBalancers DescribeTags "
                "DescribeTargetGroupAttributes DescribeTargetGroups DescribeTargetHealth",
            ),
            "autoscaling:DescribeAutoScalingGroups",
        ),
        resources=("*",),
        conditions={"StringEquals": {"aws:RequestedRegion": account.region}},
        why="Both services list all or nothing; the condition keeps it to the region.",
    )
    yield Statement(
        sid="MakeLoadBalancer",
        actions=actions(
            "elasticloadbalancing", "AddTags CreateListener CreateLoadBalancer CreateTargetGroup"
        ),
        resources=balancers,
        conditions={"StringEquals": {"aws:RequestTag/Cluster": cluster}},
    )
    yield Statement(
        sid="OwnLoadBalancer",
        actions=actions(
            "elasticloadbalancing",
            "CreateListener DeleteListener DeleteLoadBalancer DeleteTargetGroup ModifyListener "
            "ModifyListenerAttributes ModifyLoadBalancerAttributes ModifyTargetGroup "
            "ModifyTargetGroupAttributes RemoveTags SetSecurityGroups SetSubnets",
        ),
        resources=balancers,
        conditions=own,
    )
    yield Statement(
        sid="WayToNodes",
        actions=actions(
            "ec2",
            "AuthorizeSecurityGroupEgress ModifySecurityGroupRules RevokeSecurityGroupEgress",
        ),
        resources=(account.arn("ec2", "*"),),
    )
    yield Statement(
        sid="NodesBehindIt",
        actions=actions("autoscaling", "AttachLoadBalancerTargetGroups DetachLoadBalancerTargetGroups"),
        resources=(account.arn("autoscaling", "autoScalingGroup:*:autoScalingGroupName/eks-*"),),
        conditions={"StringEquals": {"aws:ResourceTag/eks:cluster-name": cluster}},
    )
    yield Statement(
        sid="LetLoadBalancingIn",
        actions=actions("iam", "CreateServiceLinkedRole GetRole"),
        resources=(account.role_arn(f"aws-service-role/elasticloadbalancing.{DNS_SUFFIX}/*"),),
    )
    if hosted_zone is not None:
        yield Statement(
            sid="Name",
            actions=actions("route53", "ChangeResourceRecordSets GetHostedZone ListResourceRecordSets"),
            resources=(f"arn:{account.partition}:route53:::hostedzone/{hosted_zone}",),
        )
        yield Statement(
            sid="NameIsKnown",
            actions=("route53:GetChange",),
            resources=(f"arn:{account.partition}:route53:::change/*",),
        )

"""What the platform's own parts may do: Karpenter, the interruption queue, flow logs, replication. Pure.

Karpenter's rights follow its own published set (Karpenter 1.14, "CloudFormation": node lifecycle, IAM, EKS,
interruption, discovery), for one cluster and one node role.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from components.aws_plans.account import DNS_SUFFIX, Account
from components.aws_plans.iam import PolicyDocument, Statement, policy

NODE_POLICIES: Final = ("AmazonEKSWorkerNodePolicy",)
"""AWS' policies that a node needs. The network plugin has a role of its own, so its policy is not among
them; what nodes may pull stands in `iam_nodes.py`."""

CNI_POLICIES: Final = ("AmazonEKS_CNI_Policy",)

EBS_POLICIES: Final = ("AmazonEBSCSIDriverEKSClusterScopedPolicy",)
"""Limits the driver, from 1.58 on, to its own cluster's volumes and instances, by tags of Pod Identity."""

_EVENTS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "health": ("aws.health", "AWS Health Event"),
        "spot-interruption": ("aws.ec2", "EC2 Spot Instance Interruption Warning"),
        "rebalance": ("aws.ec2", "EC2 Instance Rebalance Recommendation"),
        "state-change": ("aws.ec2", "EC2 Instance State-change Notification"),
        "reservation-interruption": ("aws.ec2", "EC2 Capacity Reservation Instance Interruption Warning"),
    }
)

INTERRUPTIONS: Final[Mapping[str, Mapping[str, list[str]]]] = MappingProxyType(
    {
        name: MappingProxyType({"source": [source], "detail-type": [kind]})
        for name, (source, kind) in _EVENTS.items()
    }
)
"""Events that tell Karpenter of a node's end before it comes: name of the rule -> event pattern."""


def karpenter_policies(
    account: Account, *, cluster: str, node_role: str, zonal_shift: bool = False
) -> dict[str, PolicyDocument]:
    """Rights of the Karpenter controller, by purpose; together they fit the 10,240 characters of a role.

    Args:
        account: where the cluster is.
        cluster: name of the cluster.
        node_role: name of the role that its nodes get.
        zonal_shift: True if it asks whether a zone is left.
    """
    shift = Statement(
        sid="SeeZonalShifts",
        actions=("arc-zonal-shift:GetManagedResource",),
        resources=("*",),
        conditions={"StringEquals": {"arc-zonal-shift:ResourceIdentifier": account.cluster_arn(cluster)}},
        why="The service has resources for load balancers alone; the condition names the cluster, as in "
        "Karpenter's own set.",
    )
    return {
        "nodes": _node_lifecycle(account, cluster),
        "profiles": _instance_profiles(account, cluster, node_role),
        "cluster": policy(
            Statement(
                sid="FindEndpoint",
                actions=("eks:DescribeCluster",),
                resources=(account.cluster_arn(cluster),),
            ),
            *((shift,) if zonal_shift else ()),
        ),
        "interruptions": policy(
            Statement(
                sid="ReadQueue",
                actions=("sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"),
                resources=(account.arn("sqs", cluster),),
            )
        ),
        "discovery": _discovery(account),
    }


def _node_lifecycle(account: Account, cluster: str) -> PolicyDocument:
    owner = f"kubernetes.io/cluster/{cluster}"
    owned = {"StringEquals": {f"aws:ResourceTag/{owner}": "owned"}}
    pooled = {"StringLike": {"aws:ResourceTag/karpenter.sh/nodepool": "*"}}
    asked = {f"aws:RequestTag/{owner}": "owned", "aws:RequestTag/eks:eks-cluster-name": cluster}
    asked_pool = {"StringLike": {"aws:RequestTag/karpenter.sh/nodepool": "*"}}
    made = tuple(
        _ec2(account, f"{kind}/*")
        for kind in (
            "fleet",
            "instance",
            "volume",
            "network-interface",
            "launch-template",
            "spot-instances-request",
        )
    )
    return policy(
        Statement(
            sid="StartFromImages",
            actions=("ec2:RunInstances", "ec2:CreateFleet"),
            resources=(
                # Images and snapshots may belong to AWS, so their ARNs carry no account.
                f"arn:{account.partition}:ec2:{account.region}::image/*",
                f"arn:{account.partition}:ec2:{account.region}::snapshot/*",
                # So may the subnets of an adopted network, which another account can share.
                f"arn:{account.partition}:ec2:{account.region}:*:subnet/*",
                *(
                    _ec2(account, f"{kind}/*")
                    for kind in ("security-group", "capacity-reservation", "placement-group")
                ),
            ),
        ),
        Statement(
            sid="StartFromOwnTemplates",
            actions=("ec2:RunInstances", "ec2:CreateFleet"),
            resources=(_ec2(account, "launch-template/*"),),
            conditions={**owned, **pooled},
        ),
        Statement(
            sid="StartTagged",
            actions=("ec2:RunInstances", "ec2:CreateFleet", "ec2:CreateLaunchTemplate"),
            resources=made,
            conditions={"StringEquals": asked, **asked_pool},
        ),
        Statement(
            sid="TagWhatIsStarted",
            actions=("ec2:CreateTags",),
            resources=made,
            conditions={
                "StringEquals": {
                    **asked,
                    "ec2:CreateAction": ("RunInstances", "CreateFleet", "CreateLaunchTemplate"),
                },
                **asked_pool,
            },
        ),
        Statement(
            sid="TagOwnInstances",
            actions=("ec2:CreateTags",),
            resources=(_ec2(account, "instance/*"),),
            conditions={
                **owned,
                **pooled,
                "StringEqualsIfExists": {"aws:RequestTag/eks:eks-cluster-name": cluster},
                "ForAllValues:StringEquals": {
                    "aws:TagKeys": ("eks:eks-cluster-name", "karpenter.sh/nodeclaim", "Name")
                },
            },
        ),
        Statement(
            sid="EndOwn",
            actions=("ec2:TerminateInstances", "ec2:DeleteLaunchTemplate"),
            resources=(_ec2(account, "instance/*"), _ec2(account, "launch-template/*")),
            conditions={**owned, **pooled},
        ),
    )


def _instance_profiles(account: Account, cluster: str, node_role: str) -> PolicyDocument:
    owner = f"kubernetes.io/cluster/{cluster}"
    profiles = (f"arn:{account.partition}:iam::{account.id}:instance-profile/*",)
    asked = {
        f"aws:RequestTag/{owner}": "owned",
        "aws:RequestTag/eks:eks-cluster-name": cluster,
        "aws:RequestTag/topology.kubernetes.io/region": account.region,
    }
    owned = {
        f"aws:ResourceTag/{owner}": "owned",
        "aws:ResourceTag/topology.kubernetes.io/region": account.region,
    }
    return policy(
        Statement(
            sid="GiveNodesTheirRole",
            actions=("iam:PassRole",),
            resources=(account.role_arn(node_role),),
            conditions={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
        ),
        Statement(
            sid="MakeProfiles",
            actions=("iam:CreateInstanceProfile",),
            resources=profiles,
            conditions={
                "StringEquals": asked,
                "StringLike": {"aws:RequestTag/karpenter.k8s.aws/ec2nodeclass": "*"},
            },
        ),
        Statement(
            sid="TagOwnProfiles",
            actions=("iam:TagInstanceProfile",),
            resources=profiles,
            conditions={
                "StringEquals": {**owned, **asked},
                "StringLike": {
                    "aws:ResourceTag/karpenter.k8s.aws/ec2nodeclass": "*",
                    "aws:RequestTag/karpenter.k8s.aws/ec2nodeclass": "*",
                },
            },
        ),
        Statement(
            sid="ChangeOwnProfiles",
            actions=(
                "iam:AddRoleToInstanceProfile",
                "iam:RemoveRoleFromInstanceProfile",
                "iam:DeleteInstanceProfile",
            ),
            resources=profiles,
            conditions={
                "StringEquals": owned,
                "StringLike": {"aws:ResourceTag/karpenter.k8s.aws/ec2nodeclass": "*"},
            },
        ),
        Statement(sid="ReadProfiles", actions=("iam:GetInstanceProfile",), resources=profiles),
        Statement(
            sid="ListProfiles",
            actions=("iam:ListInstanceProfiles",),
            resources=("*",),
            why="IAM knows no narrower resource for this list; it is how Karpenter finds profiles whose node "
            "class is gone.",
        ),
    )


def _discovery(account: Account) -> PolicyDocument:
    return policy(
        Statement(
            sid="DescribeRegion",
            actions=tuple(
                f"ec2:Describe{what}"
                for what in (
                    "CapacityReservations",
                    "Images",
                    "InstanceStatus",
                    "InstanceTypeOfferings",
                    "InstanceTypes",
                    "Instances",
                    "LaunchTemplates",
                    "PlacementGroups",
                    "SecurityGroups",
                    "SpotPriceHistory",
                    "Subnets",
                )
            ),
            resources=("*",),
            conditions={"StringEquals": {"aws:RequestedRegion": account.region}},
            why="EC2 knows no narrower resource for what describes; the condition keeps it to the region.",
        ),
        Statement(
            sid="FindImages",
            actions=("ssm:GetParameter",),
            resources=(f"arn:{account.partition}:ssm:{account.region}::parameter/aws/service/*",),
        ),
        Statement(
            sid="ReadPrices",
            actions=("pricing:GetProducts",),
            resources=("*",),
            why="The price list has no resources; without prices Karpenter can't choose the cheapest type.",
        ),
    )


def queue_policy(account: Account, *, cluster: str) -> PolicyDocument:
    """Policy of the interruption queue: EventBridge sends, over TLS.

    Args:
        account: where the queue is.
        cluster: name of the cluster, and of the queue.
    """
    queue = account.arn("sqs", cluster)
    return policy(
        Statement(
            sid="EventsSend",
            actions=("sqs:SendMessage",),
            resources=(queue,),
            principals={"Service": "events.amazonaws.com"},
            conditions={"ArnLike": {"aws:SourceArn": account.arn("events", f"rule/{cluster}-*")}},
        ),
        Statement(
            sid="TlsOnly",
            effect="Deny",
            actions=("sqs:*",),
            resources=(queue,),
            principals={"AWS": "*"},
            conditions={"Bool": {"aws:SecureTransport": "false"}},
        ),
    )


def flow_log_trust_conditions(account: Account) -> Mapping[str, Mapping[str, str | Sequence[str]]]:
    """Conditions under which the flow log service may take its role: for this account's own flow logs.

    Args:
        account: where the logs are.
    """
    return {
        "StringEquals": {"aws:SourceAccount": account.id},
        "ArnLike": {"aws:SourceArn": account.arn("ec2", "vpc-flow-log/*")},
    }


def flow_log_policy(account: Account, *, log_group: str) -> PolicyDocument:
    """Rights of the flow log service.

    Args:
        account: where the network is.
        log_group: name of the log group, which exists.
    """
    group = account.arn("logs", f"log-group:{log_group}")
    return policy(
        Statement(
            sid="WriteFlowLogs",
            actions=("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"),
            resources=(group, f"{group}:*"),
        ),
        Statement(
            sid="FindLogGroup",
            actions=("logs:DescribeLogGroups",),
            resources=("*",),
            why="The service looks its log group up in the list of all, which has no narrower resource.",
        ),
    )


def replication_policy(
    account: Account,
    *,
    sources: Mapping[str, str],
    region: str,
    source_key_arn: str,
    target_key_arn: str,
) -> PolicyDocument:
    """Rights of S3 to copy buckets into another region.

    Args:
        account: where the buckets are.
        sources: name of each bucket -> name of its copy.
        region: the copies' region.
        source_key_arn: key of the buckets.
        target_key_arn: key of the copies.
    """
    buckets = tuple(account.bucket_arn(name) for name in sources)
    copies = tuple(account.bucket_arn(name) for name in sources.values())
    return policy(
        Statement(
            sid="ReadConfiguration",
            actions=("s3:GetReplicationConfiguration", "s3:ListBucket"),
            resources=buckets,
        ),
        Statement(
            sid="ReadVersions",
            actions=(
                "s3:GetObjectVersionForReplication",
                "s3:GetObjectVersionAcl",
                "s3:GetObjectVersionTagging",
            ),
            resources=tuple(f"{each}/*" for each in buckets),
        ),
        Statement(
            sid="WriteCopies",
            actions=("s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"),
            resources=tuple(f"{each}/*" for each in copies),
        ),
        Statement(
            sid="Decrypt",
            actions=("kms:Decrypt",),
            resources=(source_key_arn,),
            conditions={"StringEquals": {"kms:ViaService": f"s3.{account.region}.{DNS_SUFFIX}"}},
        ),
        Statement(
            sid="Encrypt",
            actions=("kms:Encrypt",),
            resources=(target_key_arn,),
            conditions={"StringEquals": {"kms:ViaService": f"s3.{region}.{DNS_SUFFIX}"}},
        ),
    )


def remote_write_policy(account: Account, *, workspace: str) -> PolicyDocument:
    """Rights of Prometheus: to write to one workspace, and to read none.

    Args:
        account: where the workspace is.
        workspace: its id.
    """
    return policy(
        Statement(
            sid="WriteMetrics",
            actions=("aps:RemoteWrite",),
            resources=(account.arn("aps", f"workspace/{workspace}"),),
        )
    )


def _ec2(account: Account, resource: str) -> str:
    """ARN of EC2 resources of the region. Karpenter's own set leaves the account open; this names it."""
    return account.arn("ec2", resource)

"""The statements of a deployer's rights, service by service."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from components.aws_plans.account import DNS_SUFFIX, Account
from components.aws_plans.iam import Statement
from components.aws_plans.iam_platform import CNI_POLICIES, EBS_POLICIES, NODE_POLICIES

CLUSTER_POLICY: Final = "AmazonEKSClusterPolicy"
"""What pulumi-eks attaches to the role that it makes for the control plane."""

CONTROL_PLANE_ROLE: Final = "foundation-cluster-eks-eksRole-role-*"
"""Name of that role, as pulumi-eks makes it up."""

_TAGGING: Final = "TagResource UntagResource ListTagsForResource"


def actions(service: str, names: str) -> tuple[str, ...]:
    """Write a service's actions in full.

    Args:
        service: first part of each, such as "ec2".
        names: their names, with blanks between them.
    """
    return tuple(f"{service}:{name}" for name in names.split())


def network(account: Account, cluster: str) -> Iterator[Statement]:
    """Rights over the network, and the launch template of the system nodes.

    Args:
        account: where the network is.
        cluster: name of the cluster, which tags what is its own.
    """
    here = account.arn("ec2", "*")
    yield Statement(
        sid="DescribeRegion",
        actions=actions(
            "ec2",
            # CIDR reservations name their subnet in the request, and no resource.
            "DescribeAddresses DescribeAddressesAttribute DescribeAvailabilityZones DescribeFlowLogs "
            "DescribeInternetGateways DescribeLaunchTemplateVersions DescribeLaunchTemplates "
            "DescribeNatGateways DescribeNetworkAcls DescribeNetworkInterfaces DescribePrefixLists "
            "DescribeRouteTables DescribeSecurityGroupRules DescribeSecurityGroups DescribeSubnets "
            "DescribeTags DescribeVpcEndpoints DescribeVpcs "
            "GetSubnetCidrReservations CreateSubnetCidrReservation DeleteSubnetCidrReservation",
        ),
        resources=("*",),
        conditions={"StringEquals": {"aws:RequestedRegion": account.region}},
        why="EC2 knows no narrower resource for these; the condition keeps them to the region.",
    )
    yield Statement(
        sid="Make",
        actions=actions(
            "ec2",
            # RunInstances: EKS tries the launch template with the rights of whoever makes the node group.
            "AllocateAddress CreateFlowLogs CreateInternetGateway CreateLaunchTemplate "
            "CreateLaunchTemplateVersion CreateNatGateway CreateRoute CreateRouteTable "
            "CreateSecurityGroup CreateSubnet CreateTags CreateVpc CreateVpcEndpoint RunInstances",
        ),
        resources=(here, f"arn:{account.partition}:ec2:{account.region}::image/*"),
    )
    yield Statement(
        sid="Change",
        actions=actions(
            "ec2",
            # Revoke...: the default group is emptied before it has a tag.
            "AssociateRouteTable AssociateVpcCidrBlock AttachInternetGateway "
            "AuthorizeSecurityGroupIngress DeleteTags DisassociateAddress DisassociateRouteTable "
            "DisassociateVpcCidrBlock DescribeVpcAttribute ModifyLaunchTemplate ModifySecurityGroupRules "
            "ModifySubnetAttribute ModifyVpcAttribute ModifyVpcEndpoint ReplaceRoute "
            "ReplaceRouteTableAssociation "
            "RevokeSecurityGroupEgress RevokeSecurityGroupIngress",
        ),
        resources=(here,),
    )
    yield Statement(
        sid="EndLeftInterfaces",
        # Interfaces that the network plugin leaves behind when its node ends; they hold subnets and groups.
        actions=actions("ec2", "DeleteNetworkInterface DetachNetworkInterface"),
        resources=(here,),
        conditions={"StringEquals": {"aws:ResourceTag/cluster.k8s.amazonaws.com/name": cluster}},
    )
    yield Statement(
        sid="NamesOfEndpoints",
        actions=actions("route53", "AssociateVPCWithHostedZone"),
        resources=("*",),
        why="An interface endpoint with private names is joined to a zone that belongs to AWS, in the rights "
        "of whoever makes the endpoint.",
    )
    yield Statement(
        sid="EndOwn",
        actions=actions(
            "ec2",
            "DeleteFlowLogs DeleteInternetGateway DeleteLaunchTemplate DeleteNatGateway DeleteRoute "
            "DeleteRouteTable DeleteSecurityGroup DeleteSubnet DeleteVpc DeleteVpcEndpoints "
            "DetachInternetGateway ReleaseAddress",
        ),
        resources=(here,),
        conditions={"StringEquals": {"aws:ResourceTag/Cluster": cluster}},
    )


def control_plane(account: Account, cluster: str) -> Iterator[Statement]:
    """Rights over the control plane and what belongs to it.

    Args:
        account: where the cluster is.
        cluster: its name.
    """
    inside = ("nodegroup", "addon", "access-entry", "podidentityassociation")
    yield Statement(
        sid="Cluster",
        actions=actions(
            "eks",
            "AssociateAccessPolicy AssociateEncryptionConfig CreateAccessEntry CreateAddon "
            "CreateNodegroup CreatePodIdentityAssociation DeleteAccessEntry DeleteAddon DeleteCluster "
            "DeleteNodegroup DeletePodIdentityAssociation DescribeAccessEntry DescribeAddon DescribeCluster "
            "DescribeNodegroup DescribePodIdentityAssociation DescribeUpdate DisassociateAccessPolicy "
            "ListAccessEntries ListAddons ListAssociatedAccessPolicies ListNodegroups "
            "ListPodIdentityAssociations ListUpdates UpdateAccessEntry UpdateAddon UpdateClusterConfig "
            "UpdateClusterVersion UpdateNodegroupConfig UpdateNodegroupVersion "
            "UpdatePodIdentityAssociation"
            f" {_TAGGING}",
        ),
        resources=(
            account.cluster_arn(cluster),
            *(account.arn("eks", f"{kind}/{cluster}/*") for kind in inside),
        ),
    )
    yield Statement(
        sid="MakeCluster",
        actions=("eks:CreateCluster",),
        resources=("*",),
        conditions={"StringEquals": {"aws:RequestTag/Cluster": cluster}},
        why="A cluster that doesn't exist has no ARN; the condition asks for its tag.",
    )
    yield Statement(
        sid="FindVersions",
        actions=actions(
            "eks",
            "DescribeAddonConfiguration DescribeAddonVersions DescribeClusterVersions",
        ),
        resources=("*",),
        conditions={"StringEquals": {"aws:RequestedRegion": account.region}},
        why="EKS' catalogue of versions belongs to no resource; the condition keeps it to the region.",
    )


def roles(
    account: Account,
    cluster: str,
    boundary: str | None,
    further: Sequence[str] = (),
    *,
    generated_name: bool = True,
) -> Iterator[Statement]:
    """Rights over the roles that the platform makes, and handing them to services.

    Args:
        account: where they are.
        cluster: name of the cluster, first part of the roles' names.
        boundary: ARN of the boundary that every role has; None for none.
        further: ARNs of the managed policies that tenants get.
        generated_name: True if the control plane's role has the name that pulumi-eks makes up: the same for
            all stacks of an account, but for its end.
    """
    shared = (account.role_arn(CONTROL_PLANE_ROLE),) if generated_name else ()
    own = (account.role_arn(f"{cluster}-*"), *shared)
    managed = sorted({*NODE_POLICIES, *CNI_POLICIES, *EBS_POLICIES, CLUSTER_POLICY})
    bounded = {"iam:PermissionsBoundary": boundary} if boundary else {}
    yield Statement(
        sid="OwnRoles",
        actions=actions(
            "iam",
            "DeleteRole DeleteRolePolicy DetachRolePolicy GetRole GetRolePolicy ListAttachedRolePolicies "
            "ListInstanceProfilesForRole ListRolePolicies ListRoleTags TagRole UntagRole "
            "UpdateAssumeRolePolicy UpdateRole UpdateRoleDescription",
        ),
        resources=own,
    )
    yield Statement(
        sid="MakeRoles",
        actions=actions(
            "iam",
            "CreateRole PutRolePermissionsBoundary PutRolePolicy",
        ),
        resources=own,
        conditions={"StringEquals": bounded} if bounded else {},
    )
    yield Statement(
        sid="AttachKnownPolicies",
        actions=("iam:AttachRolePolicy",),
        resources=own,
        conditions={
            "ArnEquals": {
                "iam:PolicyARN": (
                    *(account.managed_policy_arn(name) for name in managed),
                    *sorted(set(further)),
                )
            },
            **({"StringEquals": bounded} if bounded else {}),
        },
    )
    yield Statement(
        sid="HandRolesToServices",
        actions=("iam:PassRole",),
        resources=own,
        conditions={
            "StringEquals": {
                "iam:PassedToService": (
                    f"ec2.{DNS_SUFFIX}",
                    f"eks.{DNS_SUFFIX}",
                    f"pods.eks.{DNS_SUFFIX}",
                    f"s3.{DNS_SUFFIX}",
                    f"vpc-flow-logs.{DNS_SUFFIX}",
                )
            }
        },
    )
    services = ("eks", "eks-nodegroup", "spot")
    yield Statement(
        sid="LetServicesIn",
        actions=actions(
            "iam",
            "CreateServiceLinkedRole GetRole",
        ),
        resources=tuple(account.role_arn(f"aws-service-role/{each}.{DNS_SUFFIX}/*") for each in services),
    )


def storage(account: Account, buckets: Sequence[str]) -> Iterator[Statement]:
    """Rights over the buckets.

    Args:
        account: where the buckets are.
        buckets: their names.
    """
    arns = tuple(account.bucket_arn(bucket) for bucket in buckets)
    yield Statement(
        sid="Buckets",
        actions=actions(
            "s3",
            "CreateBucket DeleteBucket DeleteBucketPolicy GetAccelerateConfiguration GetBucketAcl "
            "GetBucketCORS GetBucketLocation GetBucketLogging GetBucketObjectLockConfiguration "
            "GetBucketOwnershipControls GetBucketPolicy GetBucketPublicAccessBlock "
            "GetBucketRequestPayment GetBucketTagging GetBucketVersioning GetBucketWebsite "
            "GetEncryptionConfiguration GetLifecycleConfiguration GetReplicationConfiguration ListBucket "
            "ListBucketVersions PutBucketOwnershipControls PutBucketPolicy PutBucketPublicAccessBlock "
            "PutBucketTagging PutBucketVersioning PutEncryptionConfiguration PutLifecycleConfiguration "
            "PutReplicationConfiguration"
            f" {_TAGGING}",
        ),
        resources=arns,
    )
    yield Statement(
        sid="Objects",
        actions=actions(
            "s3",
            "DeleteObject DeleteObjectVersion GetObject GetObjectTagging PutObject PutObjectTagging",
        ),
        resources=tuple(f"{arn}/*" for arn in arns),
    )


def keys(account: Account, cluster: str, regions: Sequence[str]) -> Iterator[Statement]:
    """Rights over the keys, in each region that has one.

    Args:
        account: where the keys are.
        cluster: name of the cluster, which tags its keys.
        regions: those that have a key.
    """
    accounts = [Account(id=account.id, region=region) for region in regions]
    yield Statement(
        sid="MakeKeys",
        actions=actions(
            "kms",
            "CreateKey ListAliases",
        ),
        resources=("*",),
        conditions={"StringEquals": {"aws:RequestedRegion": tuple(regions)}},
        why="A key that doesn't exist has no ARN, and the list of aliases never has one.",
    )
    yield Statement(
        sid="OwnKeys",
        actions=actions(
            "kms",
            # CreateGrant: EKS gets one for itself, in the name of whoever makes the cluster.
            "CancelKeyDeletion CreateGrant Decrypt DescribeKey DisableKey EnableKey EnableKeyRotation "
            "GenerateDataKey GetKeyPolicy GetKeyRotationStatus ListResourceTags PutKeyPolicy "
            "ScheduleKeyDeletion UntagResource UpdateKeyDescription",
        ),
        resources=tuple(each.arn("kms", "key/*") for each in accounts),
        conditions={"StringEquals": {"aws:ResourceTag/Cluster": cluster}},
    )
    yield Statement(
        sid="TagKeys",
        actions=("kms:TagResource",),
        resources=tuple(each.arn("kms", "key/*") for each in accounts),
        conditions={"StringEquals": {"aws:RequestTag/Cluster": cluster}},
    )
    yield Statement(
        sid="Aliases",
        actions=actions(
            "kms",
            "CreateAlias DeleteAlias UpdateAlias",
        ),
        resources=tuple(
            each.arn("kms", name) for each in accounts for name in (f"alias/{cluster}-*", "key/*")
        ),
    )


def services(account: Account, cluster: str, prefix: str) -> Iterator[Statement]:
    """Rights over the registry, logs, and the queue of interruptions.

    Args:
        account: where they are.
        cluster: name of the cluster, in the names of logs and queue.
        prefix: of the repositories' names.
    """
    yield Statement(
        sid="Repositories",
        actions=actions(
            "ecr",
            "BatchCheckLayerAvailability BatchDeleteImage BatchGetImage CompleteLayerUpload "
            "CreateRepository DeleteLifecyclePolicy DeleteRepository DescribeImages DescribeRepositories "
            "GetDownloadUrlForLayer GetLifecyclePolicy InitiateLayerUpload ListImages PutImage "
            "PutImageScanningConfiguration PutImageTagMutability PutLifecyclePolicy UploadLayerPart"
            f" {_TAGGING}",
        ),
        resources=(account.arn("ecr", f"repository/{prefix}/*"),),
    )
    yield Statement(
        sid="SignInToRegistry",
        actions=("ecr:GetAuthorizationToken",),
        resources=("*",),
        why="The token is for the registry, which has no ARN.",
    )
    groups = (f"/aws/eks/{cluster}/cluster", f"/aws/vpc/{cluster}/flow")
    yield Statement(
        sid="LogGroups",
        actions=actions(
            "logs",
            f"CreateLogGroup DeleteLogGroup DeleteRetentionPolicy PutRetentionPolicy {_TAGGING}",
        ),
        resources=tuple(
            account.arn("logs", f"log-group:{group}{end}") for group in groups for end in ("", ":*")
        ),
    )
    yield Statement(
        sid="FindLogGroups",
        actions=("logs:DescribeLogGroups",),
        resources=("*",),
        conditions={"StringEquals": {"aws:RequestedRegion": account.region}},
        why="CloudWatch lists all groups or none; the condition keeps it to the region.",
    )
    yield Statement(
        sid="Interruptions",
        actions=(
            *actions(
                "sqs",
                "CreateQueue DeleteQueue GetQueueAttributes GetQueueUrl ListQueueTags SetQueueAttributes "
                "TagQueue UntagQueue",
            ),
            *actions(
                "events",
                f"DeleteRule DescribeRule ListTargetsByRule PutRule PutTargets RemoveTargets {_TAGGING}",
            ),
        ),
        resources=(account.arn("sqs", cluster), account.arn("events", f"rule/{cluster}-*")),
    )

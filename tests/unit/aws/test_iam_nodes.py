"""What nodes may pull, what Karpenter's pinned release calls, and what is reached in S3 from the network."""

from __future__ import annotations

import fnmatch
from typing import Any

import pytest

from components.aws.karpenter import karpenter_values
from components.aws_plans.addon_versions import KARPENTER
from components.aws_plans.iam import PolicyDocument
from components.aws_plans.iam_nodes import pull_policy, s3_endpoint_policy
from components.aws_plans.iam_platform import NODE_POLICIES, karpenter_policies
from tests.unit.aws.examples import ACCOUNT

OTHER = "999988887777"
HERE = f"arn:aws:ecr:{ACCOUNT.region}:{ACCOUNT.id}:repository"
PULL = "ecr:BatchGetImage"

CALLS = {
    "ec2": (
        "DescribeCapacityReservations DescribePlacementGroups DescribeImages DescribeLaunchTemplates "
        "DescribeSubnets DescribeSecurityGroups DescribeInstanceTypes DescribeInstanceTypeOfferings "
        "DescribeSpotPriceHistory DescribeInstanceStatus CreateFleet TerminateInstances DescribeInstances "
        "RunInstances CreateTags CreateLaunchTemplate DeleteLaunchTemplate"
    ),
    "iam": (
        "GetInstanceProfile CreateInstanceProfile DeleteInstanceProfile AddRoleToInstanceProfile "
        "TagInstanceProfile RemoveRoleFromInstanceProfile ListInstanceProfiles"
    ),
    "eks": "DescribeCluster",
    "pricing": "GetProducts",
    "ssm": "GetParameter",
    "sqs": "ReceiveMessage DeleteMessage GetQueueUrl",
}
"""What Karpenter 1.14.1 can call, by its interfaces to the SDK (pkg/aws/sdk.go). Left out: iam:GetRole and
sqs:SendMessage, which only its tests call, and arc-zonal-shift:GetManagedResource, as zonal shift is off."""

FURTHER = {"iam:PassRole"}
"""What EC2 asks of whoever starts an instance with a role; no call of its own."""


def _allows(document: PolicyDocument, action: str, resource: str, context: dict[str, str]) -> bool:
    """Decide as IAM does, as far as these documents go."""
    return any(
        any(fnmatch.fnmatchcase(action, each) for each in statement["Action"])
        and any(fnmatch.fnmatchcase(resource, each) for each in statement["Resource"])
        and all(_holds(operator, keys, context) for operator, keys in statement.get("Condition", {}).items())
        for statement in document.document["Statement"]
    )


def _holds(operator: str, keys: dict[str, Any], context: dict[str, str]) -> bool:
    equal = all(context.get(key) == value for key, value in keys.items())
    return {"StringEquals": equal, "StringNotEquals": not equal}[operator]


@pytest.mark.parametrize(
    ("repository", "pulled"),
    [
        (f"{HERE}/spark-on-eks/spark", True),
        (f"{HERE}/spark-on-eks-other/spark", False),
        (f"{HERE}/payments/api", False),
    ],
    ids=["its own", "another stack's", "another team's"],
)
def test_nodes_pull_this_stacks_repositories_and_no_others_of_the_account(
    repository: str, pulled: bool
) -> None:
    made = pull_policy(ACCOUNT, prefix="spark-on-eks")
    assert _allows(made, PULL, repository, {"aws:ResourceAccount": ACCOUNT.id}) is pulled


def test_nodes_pull_the_add_ons_of_eks_whose_account_differs_by_region() -> None:
    made = pull_policy(ACCOUNT, prefix="spark-on-eks")
    addon = f"arn:aws:ecr:{ACCOUNT.region}:{OTHER}:repository/eks/coredns"
    assert _allows(made, PULL, addon, {"aws:ResourceAccount": OTHER})
    assert not any("ContainerRegistry" in each for each in NODE_POLICIES), "it opens all of the account"


def test_nodes_push_nothing() -> None:
    made = pull_policy(ACCOUNT, prefix="spark-on-eks")
    assert not _allows(
        made, "ecr:PutImage", f"{HERE}/spark-on-eks/spark", {"aws:ResourceAccount": ACCOUNT.id}
    )


def test_karpenter_may_do_what_its_pinned_release_calls_and_nothing_else() -> None:
    assert KARPENTER == "1.14.1", "read pkg/aws/sdk.go of the new release, and write its calls here"
    made = karpenter_policies(ACCOUNT, cluster="spark-prod", node_role="nodes")
    allowed = {action for each in made.values() for part in each.statements for action in part.actions}
    called = {f"{service}:{call}" for service, calls in CALLS.items() for call in calls.split()}
    assert allowed == called | FURTHER


def test_karpenter_asks_about_zones_only_where_one_can_be_left() -> None:
    def actions(zonal_shift: bool) -> set[str]:
        made = karpenter_policies(ACCOUNT, cluster="spark-prod", node_role="nodes", zonal_shift=zonal_shift)
        return {action for each in made.values() for part in each.statements for action in part.actions}

    assert actions(True) - actions(False) == {"arc-zonal-shift:GetManagedResource"}
    on, off = (
        karpenter_values("spark-prod", "queue", zonal_shift=each)["settings"] for each in (True, False)
    )
    assert on["enableZonalShift"] is True, "the right alone changes nothing"
    assert "enableZonalShift" not in off


@pytest.mark.parametrize(
    ("who", "whose", "reached"),
    [
        (ACCOUNT.id, ACCOUNT.id, True),
        (ACCOUNT.id, OTHER, False),
        (OTHER, OTHER, False),
        (OTHER, ACCOUNT.id, False),
    ],
    ids=["own", "ours in theirs", "theirs in theirs", "theirs in ours"],
)
def test_from_the_network_own_principals_reach_own_buckets_alone(who: str, whose: str, reached: bool) -> None:
    context = {"aws:PrincipalAccount": who, "aws:ResourceAccount": whose}
    made = s3_endpoint_policy(ACCOUNT)
    assert _allows(made, "s3:PutObject", "arn:aws:s3:::somewhere/stolen.parquet", context) is reached


def test_a_named_bucket_of_another_account_is_reached_by_own_principals() -> None:
    made = s3_endpoint_policy(ACCOUNT, foreign_buckets=["partner-data"])
    theirs = {"aws:ResourceAccount": OTHER}
    own, strange = {**theirs, "aws:PrincipalAccount": ACCOUNT.id}, {**theirs, "aws:PrincipalAccount": OTHER}
    assert _allows(made, "s3:GetObject", "arn:aws:s3:::partner-data/a", own)
    assert _allows(made, "s3:ListBucket", "arn:aws:s3:::partner-data", own)
    assert not _allows(made, "s3:GetObject", "arn:aws:s3:::partner-data-2/a", own), "and no other"
    assert not _allows(made, "s3:PutObject", "arn:aws:s3:::partner-data/a", strange), "not by foreign keys"


def test_layers_of_images_come_through_the_endpoint() -> None:
    layer = f"arn:aws:s3:::prod-{ACCOUNT.region}-starport-layer-bucket/a"
    made = s3_endpoint_policy(ACCOUNT)
    assert _allows(made, "s3:GetObject", layer, {"aws:ResourceAccount": OTHER}), "else no image starts"
    assert not _allows(made, "s3:PutObject", layer, {"aws:ResourceAccount": OTHER})

"""What nodes may pull, and what may be reached in S3 from the network they are in. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from components.aws_plans.account import Account
from components.aws_plans.iam import PolicyDocument, Statement, policy

PULL_ACTIONS = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
"""What pulling an image takes (ECR guide, "Private repository policy examples")."""


def pull_policy(account: Account, *, prefix: str) -> PolicyDocument:
    """Rights of nodes in registries: the stack's own repositories, and what other accounts let them have.

    AWS' own `AmazonEC2ContainerRegistryPullOnly` opens every repository of the account: an image of another
    team, or of another stack, would run here for anybody who may name an image.

    Args:
        account: where the repositories are.
        prefix: first part of the repositories' names.
    """
    return policy(
        Statement(
            sid="SignIn",
            actions=("ecr:GetAuthorizationToken",),
            resources=("*",),
            why="The token is for all registries that the role may pull from, and has no resource.",
        ),
        Statement(
            sid="PullOwn",
            actions=PULL_ACTIONS,
            resources=(account.arn("ecr", f"repository/{prefix}/*"),),
        ),
        Statement(
            sid="PullAddons",
            actions=PULL_ACTIONS,
            # EKS' add-ons come from an account of AWS that differs by region. Only repositories of other
            # accounts are meant, and their own policies say who may pull.
            resources=(f"arn:{account.partition}:ecr:{account.region}:*:repository/*",),
            conditions={"StringNotEquals": {"aws:ResourceAccount": account.id}},
        ),
    )


ENDPOINT_POLICY_MAX: Final = 20_480
"""Characters of an endpoint's policy, blanks among them; no quota raises it (AWS PrivateLink, "Quotas")."""


def s3_endpoint_policy(account: Account, *, foreign_buckets: Sequence[str] = ()) -> PolicyDocument:
    """What may be reached in S3 from inside the network, whoever asks and with whatever credentials.

    A role's policy says what its pods may do with the platform's credentials. This says what nobody can do
    from here: copy data into a bucket of another account, with keys of that account.

    Args:
        account: whose buckets are reached, by its own principals.
        foreign_buckets: names of buckets of other accounts that its principals reach as well.
    """
    own = {"aws:PrincipalAccount": account.id}
    statements = [
        Statement(
            sid="OwnBuckets",
            actions=("s3:*",),
            resources=("*",),
            principals={"AWS": "*"},
            conditions={"StringEquals": {**own, "aws:ResourceAccount": account.id}},
            why="It gives nobody anything: roles and buckets have policies of their own, and the conditions "
            "bound both accounts.",
        ),
        Statement(
            sid="ImageLayers",
            actions=("s3:GetObject",),
            # ECR guide, "Minimum Amazon S3 bucket permissions for Amazon ECR".
            resources=(f"{account.bucket_arn(f'prod-{account.region}-starport-layer-bucket')}/*",),
            principals={"AWS": "*"},
            why="ECR hands out links to layers that it has signed itself.",
        ),
    ]
    if foreign_buckets:
        arns = [account.bucket_arn(name) for name in foreign_buckets]
        statements.append(
            Statement(
                sid="ForeignBuckets",
                actions=("s3:*",),
                resources=(*arns, *(f"{arn}/*" for arn in arns)),
                principals={"AWS": "*"},
                conditions={"StringEquals": own},
                why="It gives nobody anything: the bucket's own policy and the role's say what.",
            )
        )
    return policy(*statements)

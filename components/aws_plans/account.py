"""Where in AWS a stack lives, and the names and ARNs that follow from it. Pure.

Physical names are made here and nowhere else. Because they are known before anything exists, every policy
document is plain text that a test can hold as a golden file.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Final

ROLE_NAME_MAX: Final = 64
"""Characters in the name of an IAM role (IAM quotas)."""

CLUSTER_NAME_MAX: Final = 24
"""Characters in a cluster's name. EKS allows 100; 24 leaves 39 for the purpose in a role's name."""

DNS_SUFFIX: Final = "amazonaws.com"
"""Domain of the services in the two partitions that are supported, AWS and AWS GovCloud (US)."""

_ACCOUNT_ID: Final = re.compile(r"[0-9]{12}")
_HASH: Final = 8


@dataclass(frozen=True, kw_only=True)
class Account:
    """One AWS account in one region.

    Args:
        id: the account's twelve digits.
        region: code of the region, such as "eu-central-1".

    Raises:
        ValueError: the id isn't twelve digits.
    """

    id: str
    region: str

    def __post_init__(self) -> None:
        if not _ACCOUNT_ID.fullmatch(self.id):
            raise ValueError(
                f'account id "{self.id}" is not 12 digits; write it in quotes, as YAML drops leading zeros'
            )

    @property
    def partition(self) -> str:
        """Partition of the region, the second part of every ARN."""
        return "aws-us-gov" if self.region.startswith("us-gov-") else "aws"

    @property
    def registry(self) -> str:
        """Host of the account's private ECR registry."""
        return f"{self.id}.dkr.ecr.{self.region}.{DNS_SUFFIX}"

    def arn(self, service: str, resource: str) -> str:
        """ARN of something of this account in this region, such as `arn("sqs", "queue")`.

        Args:
            service: as ARNs write it ("sqs").
            resource: the ARN's last part, with its type where the service has one ("vpc-flow-log/*").
        """
        return f"arn:{self.partition}:{service}:{self.region}:{self.id}:{resource}"

    def cluster_arn(self, cluster: str) -> str:
        """ARN of an EKS cluster.

        Args:
            cluster: its name.
        """
        return self.arn("eks", f"cluster/{cluster}")

    def role_arn(self, name: str) -> str:
        """ARN of an IAM role without a path.

        Args:
            name: the role's.
        """
        return f"arn:{self.partition}:iam::{self.id}:role/{name}"

    def bucket_arn(self, bucket: str) -> str:
        """ARN of a bucket; those of its objects begin with it and a slash.

        Args:
            bucket: its name.
        """
        return f"arn:{self.partition}:s3:::{bucket}"

    def managed_policy_arn(self, name: str) -> str:
        """ARN of a policy that AWS maintains, such as `AmazonEKSClusterPolicy`.

        Args:
            name: the policy's, with its path if it has one ("service-role/...").
        """
        return f"arn:{self.partition}:iam::aws:policy/{name}"


def role_name(cluster: str, purpose: str, region: str) -> str:
    """Name of a role: the cluster first, so that a deployer's rights can be limited to `<cluster>-*`.

    IAM is global, so the region keeps apart two clusters of one name in two regions, as a recovery has
    them. A name that would be too long is cut and ends in a hash of the whole: still one name for one
    purpose.

    Args:
        cluster: name of the cluster, up to `CLUSTER_NAME_MAX` characters.
        purpose: what the role is for, such as "karpenter" or "tenant-data-prod".
        region: code of the region.
    """
    whole = f"{cluster}-{purpose}-{region}"
    if len(whole) <= ROLE_NAME_MAX:
        return whole
    digest = hashlib.sha256(whole.encode()).hexdigest()[:_HASH]
    return f"{whole[: ROLE_NAME_MAX - _HASH - 1]}-{digest}"

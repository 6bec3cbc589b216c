"""Rights of a tenant to what the company has already: buckets, keys, Glue databases. Pure.

Beside the tenant's rights to its own prefixes, as a policy of its own on the same role. Who owns a bucket or
a key in another account has to allow the role there too; nothing here can do that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from components.aws_plans.account import DNS_SUFFIX, Account
from components.aws_plans.iam import PolicyDocument, Statement, policy
from components.buckets import listable

INLINE_MAX: Final = 10_240
"""Characters of all inline policies of a role together, blanks not counted (IAM quotas)."""

ATTACHED_MAX: Final = 10
"""Managed policies that a role takes unless the account's quota was raised (IAM quotas)."""

_READ: Final = ("s3:GetObject",)
_WRITE: Final = ("s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts")
_UPLOADS: Final = ("s3:ListBucketMultipartUploads",)

_GLUE_READ: Final = (
    *("glue:GetDatabase", "glue:GetTable", "glue:GetTables"),
    *("glue:GetPartition", "glue:GetPartitions", "glue:BatchGetPartition"),
)
_GLUE_WRITE: Final = (
    *("glue:CreateTable", "glue:UpdateTable", "glue:DeleteTable"),
    *("glue:BatchCreatePartition", "glue:CreatePartition", "glue:UpdatePartition"),
    *("glue:DeletePartition", "glue:BatchDeletePartition"),
)
"""What Iceberg's GlueCatalog and Hive's Glue client call on tables (Service authorization reference, "Actions
defined by AWS Glue"). None of it makes or deletes a database."""


@dataclass(frozen=True, kw_only=True)
class BucketGrant:
    """Rights in a bucket that exists.

    Args:
        name: its name.
        prefixes: folders in it, without a slash at their ends; none for the whole bucket.
        write: whether objects may be written and deleted as well.
    """

    name: str
    prefixes: tuple[str, ...] = ()
    write: bool = False


@dataclass(frozen=True, kw_only=True)
class DatabaseGrant:
    """Rights in a database of Glue's catalog, in the stack's account and region.

    Args:
        name: its name.
        write: whether tables may be made, changed and deleted as well.
    """

    name: str
    write: bool = False


@dataclass(frozen=True, kw_only=True)
class Grants:
    """What a tenant may use besides what is its own.

    Args:
        buckets: buckets that exist.
        keys: ARNs of the keys that these are encrypted with.
        databases: databases in Glue's catalog.
        policies: ARNs of managed policies that its role gets as they are.
    """

    buckets: tuple[BucketGrant, ...] = ()
    keys: tuple[str, ...] = ()
    databases: tuple[DatabaseGrant, ...] = ()
    policies: tuple[str, ...] = ()

    @property
    def writes(self) -> bool:
        """Whether it may write into any of the buckets."""
        return any(each.write for each in self.buckets)


def grants_policy(account: Account, grants: Grants) -> PolicyDocument | None:
    """Make the policy; None if nothing but managed policies is granted.

    Args:
        account: the stack's.
        grants: what is granted.
    """
    statements = [*_buckets(account, grants), *_keys(grants), *_databases(account, grants)]
    return policy(*statements) if statements else None


def _buckets(account: Account, grants: Grants) -> Iterator[Statement]:
    for number, each in enumerate(grants.buckets):
        arn = account.bucket_arn(each.name)
        objects = [f"{arn}/{path}" for path in (listable(*each.prefixes) or ["*"])]
        yield Statement(
            sid=f"Objects{number}",
            actions=(*_READ, *(_WRITE if each.write else ())),
            resources=tuple(objects),
        )
        prefixes = {"StringLike": {"s3:prefix": tuple(listable(*each.prefixes))}} if each.prefixes else {}
        yield Statement(
            sid=f"List{number}", actions=("s3:ListBucket",), resources=(arn,), conditions=prefixes
        )
        if each.write:
            # The magic committer looks for uploads that a failed attempt left, and ends them.
            yield Statement(sid=f"Uploads{number}", actions=_UPLOADS, resources=(arn,))


def _keys(grants: Grants) -> Iterator[Statement]:
    """A statement for each region: a key is used through S3 of its own."""
    regions = sorted({arn.split(":")[3] for arn in grants.keys})
    for number, region in enumerate(regions):
        yield Statement(
            sid=f"Keys{number}",
            actions=("kms:Decrypt", *(("kms:GenerateDataKey",) if grants.writes else ())),
            resources=tuple(arn for arn in grants.keys if arn.split(":")[3] == region),
            conditions={"StringEquals": {"kms:ViaService": f"s3.{region}.{DNS_SUFFIX}"}},
        )


def _databases(account: Account, grants: Grants) -> Iterator[Statement]:
    catalog = account.arn("glue", "catalog")
    for sid, actions, names in (
        ("ReadTables", _GLUE_READ, [each.name for each in grants.databases]),
        ("WriteTables", _GLUE_WRITE, [each.name for each in grants.databases if each.write]),
    ):
        if names:
            # Glue asks for catalog and database too (Glue guide, "Specifying AWS Glue resource ARNs").
            parts = [account.arn("glue", part) for name in names for part in _glue_parts(name)]
            yield Statement(sid=sid, actions=actions, resources=(catalog, *parts))


def _glue_parts(database: str) -> tuple[str, str]:
    return (f"database/{database}", f"table/{database}/*")

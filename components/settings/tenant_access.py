"""Settings of a tenant: what its jobs reach over the network, and what they may use of what exists on AWS."""

from __future__ import annotations

from pydantic import Field

from components.aws_plans.iam_grants import ATTACHED_MAX, BucketGrant, DatabaseGrant, Grants
from components.settings.aws_fields import BoundaryArn, DatabaseName, KeyArn
from components.settings.fields import BucketName, Flag, Section, why
from components.settings.tenant_fields import Port, Prefix, Reached


class EgressSettings(Section):
    """Something outside that jobs of a tenant reach."""

    cidrs: tuple[Reached, ...] = Field(
        min_length=1,
        max_length=50,
        description="Blocks of addresses. For RDS, Redshift and MSK those of their subnets.",
        json_schema_extra=why("Policies know no names, and a managed service's addresses change."),
    )
    ports: tuple[Port, ...] = Field(
        min_length=1,
        max_length=50,
        description="TCP ports.",
        json_schema_extra=why("A database has one; all of a block would open its hosts' other services."),
    )


class BucketAccessSettings(Section):
    """A bucket that exists."""

    name: BucketName = Field(
        description="Its name.",
        json_schema_extra=why("One of the platform's own is refused: those are shared."),
    )
    prefixes: tuple[Prefix, ...] = Field(
        (),
        max_length=50,
        description="Folders in it; none means the whole bucket.",
        json_schema_extra=why("Who may list a folder also sees the names that begin with its name."),
    )
    write: Flag = Field(
        False,
        description="Whether jobs may write and delete there.",
        json_schema_extra=why("Reading is what most need, and it breaks nothing."),
    )
    own: Flag = Field(
        False,
        description="Whether it is of the stack's own account.",
        json_schema_extra=why(
            "Others' are named in the policy of the way to S3, which is bounded; own ones need not be."
        ),
    )


class DatabaseAccessSettings(Section):
    """A database in Glue's catalog, of the stack's account and region."""

    name: DatabaseName = Field(
        description="Its name.", json_schema_extra=why("Each is named: a new one is nobody's until then.")
    )
    write: Flag = Field(
        False,
        description="Whether jobs may make, change and delete tables in it.",
        json_schema_extra=why("The catalog alone: the tables' files need a bucket with `write`."),
    )


class TenantAccessSettings(Section):
    """What a tenant's jobs may use of what exists on AWS."""

    buckets: tuple[BucketAccessSettings, ...] = Field(
        (),
        max_length=50,
        description="Buckets that exist. One of another account has to allow the tenant's role itself.",
        json_schema_extra=why("Teams bring their data; it need not move into the platform's buckets."),
    )
    kms_keys: tuple[KeyArn, ...] = Field(
        (),
        max_length=20,
        description="Keys that these buckets are encrypted with, used through S3 alone.",
        json_schema_extra=why("Without its key an encrypted object answers 403, whatever the bucket allows."),
    )
    glue: tuple[DatabaseAccessSettings, ...] = Field(
        (),
        max_length=50,
        description="Databases in Glue's catalog. Lake Formation, where it decides, has to allow it too.",
        json_schema_extra=why("What EMR jobs read their tables from."),
    )
    policies: tuple[BoundaryArn, ...] = Field(
        (),
        max_length=ATTACHED_MAX,
        description="Managed policies that the tenant's role gets as they are.",
        json_schema_extra=why("For everything else; reviewed by whoever wrote them, not here."),
    )

    @property
    def grants(self) -> Grants:
        """The same as a plain value."""
        return Grants(
            buckets=tuple(each.plain(BucketGrant) for each in self.buckets),
            keys=self.kms_keys,
            databases=tuple(each.plain(DatabaseGrant) for each in self.glue),
            policies=self.policies,
        )

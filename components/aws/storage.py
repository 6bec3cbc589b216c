"""The buckets of data, event logs and job files, their key, and their copies in another region."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.aws.buckets import SafeBucket, SafeBucketArgs
from components.aws.roles import Owner, PlatformRole, PlatformRoleArgs
from components.aws_plans.iam import KEY_DELETION_DAYS, PolicyDocument, key_policy, service_trust
from components.aws_plans.iam_platform import replication_policy
from components.aws_plans.storage_plan import copy_name, lifecycle
from components.buckets import Buckets, event_log_markers
from components.naming import type_token


@dataclass(frozen=True, kw_only=True)
class StorageArgs:
    """Arguments of `Storage`.

    Args:
        owner: whose buckets they are.
        buckets: their names.
        tenants: the tenants' namespaces.
        log_retention_days: days that the history server keeps event logs.
        printed_log_days: days that printed logs of drivers and executors are kept.
        copy_region: region that everything is copied to; None for no copies.
        keep: True to leave buckets and key when the stack is destroyed; False to delete them with all data.
        protect: True to refuse their deletion.
    """

    owner: Owner
    buckets: Buckets
    tenants: Sequence[str]
    log_retention_days: int
    printed_log_days: int
    copy_region: str | None
    keep: bool
    protect: bool


class Storage(pulumi.ComponentResource):
    """Three buckets under one key.

    Outputs:
        key_arn: ARN of the key.
        buckets: names of the buckets by what they are for, known once each is safe to use.
    """

    key_arn: pulumi.Output[str]
    buckets: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: StorageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(type_token("Storage"), name, {}, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        roles: dict[str, str] = asdict(args.buckets)
        key = self._key("key", None)
        made = {
            role: SafeBucket(
                f"{name}-{role}",
                self._bucket(role, bucket, key, None),
                self._child,
            )
            for role, bucket in roles.items()
        }
        # The history server and drivers fail to start where their folder isn't.
        markers = [
            aws.s3.BucketObjectv2(
                "-".join((f"{name}-marker", *key.split("/")[1:-1])),
                bucket=made["events"].bucket,
                key=key,
                content_type="application/x-directory",
                override_provider=_UNTAGGED,
                opts=pulumi.ResourceOptions(parent=self, retain_on_delete=args.keep),
            )
            for key in event_log_markers(args.tenants)
        ]
        if args.copy_region is not None:
            self._copy(made, key, args.copy_region)
        self.key_arn = key.arn
        self.buckets = {
            role: pulumi.Output.all(bucket.bucket, *(marker.id for marker in markers)).apply(
                lambda known: str(known[0])
            )
            for role, bucket in made.items()
        }
        self.register_outputs({"keyArn": self.key_arn, "buckets": dict(self.buckets)})

    def _key(self, kind: str, region: str | None) -> aws.kms.Key:
        cluster = self._args.owner.cluster
        key = aws.kms.Key(
            f"{self._name}-{kind}",
            description=f"Buckets of {cluster}",
            enable_key_rotation=True,
            deletion_window_in_days=KEY_DELETION_DAYS,
            policy=key_policy(self._args.owner.account).json,
            region=region,
            opts=pulumi.ResourceOptions(
                parent=self, retain_on_delete=self._args.keep, protect=self._args.protect
            ),
        )
        aws.kms.Alias(
            f"{self._name}-{kind}",
            name=f"alias/{cluster}-buckets",
            target_key_id=key.id,
            region=region,
            opts=self._child,
        )
        return key

    def _bucket(self, role: str, bucket: str, key: aws.kms.Key, region: str | None) -> SafeBucketArgs:
        args = self._args
        return SafeBucketArgs(
            account=args.owner.account,
            bucket=bucket,
            key_arn=key.arn,
            rules=lifecycle(
                role,
                log_retention_days=args.log_retention_days,
                printed_log_days=args.printed_log_days,
                tenants=args.tenants,
            ),
            region=region,
            keep=args.keep,
            protect=args.protect,
        )

    def _copy(self, sources: Mapping[str, SafeBucket], key: aws.kms.Key, region: str) -> None:
        """Copy every bucket into a region that a recovery can start from."""
        args = self._args
        names = {role: copy_name(bucket, region) for role, bucket in asdict(args.buckets).items()}
        copy_key = self._key("copy-key", region)
        copies = {
            role: SafeBucket(
                f"{self._name}-copy-{role}", self._bucket(role, bucket, copy_key, region), self._child
            )
            for role, bucket in names.items()
        }
        pairs = {asdict(args.buckets)[role]: name for role, name in names.items()}

        def rights(arns: Sequence[str]) -> PolicyDocument:
            return replication_policy(
                args.owner.account,
                sources=pairs,
                region=region,
                source_key_arn=arns[0],
                target_key_arn=arns[1],
            )

        role = PlatformRole(
            f"{self._name}-copier",
            PlatformRoleArgs(
                owner=args.owner,
                purpose="copier",
                # No condition on aws:SourceAccount: the guide's trust policy has none, and nothing says that
                # S3 sends the key here. Without it each copy would fail, and only the objects' status say so.
                # S3 takes the role for a bucket whose owner may pass it: this account alone (S3 guide,
                # "Setting up permissions for live replication"; IAM guide, "iam:PassRole").
                trust=service_trust("s3.amazonaws.com"),
                policies={"copy": pulumi.Output.all(key.arn, copy_key.arn).apply(rights)},
            ),
            self._child,
        )
        for kind, source in sources.items():
            aws.s3.BucketReplicationConfig(
                f"{self._name}-copy-{kind}",
                bucket=source.bucket,
                role=role.arn,
                rules=[_everything(args.owner, copies[kind], names[kind], copy_key)],
                opts=self._child,
            )


_UNTAGGED: Final = aws.s3.BucketObjectv2OverrideProviderArgs(
    default_tags=aws.s3.BucketObjectv2OverrideProviderDefaultTagsArgs(tags={})
)
"""An object takes 10 tags (S3 guide, "Categorizing your objects using tags"), everything else 50, and the
stack's own can be more. Nothing is lost: costs follow the bucket's tags."""


def _everything(
    owner: Owner, copy: SafeBucket, bucket: str, key: aws.kms.Key
) -> aws.s3.BucketReplicationConfigRuleArgs:
    return aws.s3.BucketReplicationConfigRuleArgs(
        id="everything",
        status="Enabled",
        filter=aws.s3.BucketReplicationConfigRuleFilterArgs(prefix=""),
        delete_marker_replication=aws.s3.BucketReplicationConfigRuleDeleteMarkerReplicationArgs(
            status="Enabled"
        ),
        source_selection_criteria=aws.s3.BucketReplicationConfigRuleSourceSelectionCriteriaArgs(
            sse_kms_encrypted_objects=(
                aws.s3.BucketReplicationConfigRuleSourceSelectionCriteriaSseKmsEncryptedObjectsArgs(
                    status="Enabled"
                )
            )
        ),
        destination=aws.s3.BucketReplicationConfigRuleDestinationArgs(
            bucket=copy.bucket.apply(lambda _: owner.account.bucket_arn(bucket)),
            encryption_configuration=(
                aws.s3.BucketReplicationConfigRuleDestinationEncryptionConfigurationArgs(
                    replica_kms_key_id=key.arn
                )
            ),
        ),
    )

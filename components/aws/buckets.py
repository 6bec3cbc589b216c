"""A bucket as the platform wants every bucket: encrypted, private, versioned, tidied, reached by TLS only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.aws_plans.account import Account
from components.aws_plans.iam import policy, tls_only
from components.aws_plans.storage_plan import LifecycleRule
from components.naming import type_token
from components.rules.model import enforce
from components.rules.storage import BLOCKS, BUCKET_BLOCK, BUCKET_ENCRYPTION, BUCKET_POLICY


@dataclass(frozen=True, kw_only=True)
class SafeBucketArgs:
    """Arguments of a `SafeBucket`.

    Args:
        account: whose bucket it is.
        bucket: its name, unique in the world.
        key_arn: key that its objects are encrypted with.
        rules: its lifecycle rules.
        region: its region, if it is not the stack's.
        keep: True to leave it, and all that is in it, when the stack is destroyed; False to delete both.
        protect: True to refuse its deletion.
    """

    account: Account
    bucket: str
    key_arn: pulumi.Input[str]
    rules: Sequence[LifecycleRule]
    region: str | None = None
    keep: bool = True
    protect: bool = False


class SafeBucket(pulumi.ComponentResource):
    """A bucket and everything that makes it safe.

    Outputs:
        bucket: its name, known once it is encrypted, private, versioned and reached by TLS only.
    """

    bucket: pulumi.Output[str]

    def __init__(self, name: str, args: SafeBucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(type_token("SafeBucket"), name, {}, opts)
        rights = policy(tls_only(args.account.bucket_arn(args.bucket))).json
        encryption_rules = [_encryption(args.key_arn)]
        what = f"bucket {args.bucket}"
        enforce(BUCKET_POLICY, part=rights, what=what)
        enforce(BUCKET_BLOCK, part=_PRIVATE, what=what)
        enforce(BUCKET_ENCRYPTION, part={"rules": encryption_rules}, what=what)
        # What is left behind has to stay safe, so all of it is kept.
        child = pulumi.ResourceOptions(parent=self, retain_on_delete=args.keep)
        region = args.region
        bucket = aws.s3.Bucket(
            f"{name}-bucket",
            bucket=args.bucket,
            force_destroy=not args.keep,
            region=region,
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=args.keep, protect=args.protect),
        )
        owners = aws.s3.BucketOwnershipControls(
            f"{name}-owners",
            bucket=bucket.id,
            rule=aws.s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
            region=region,
            opts=child,
        )
        private = aws.s3.BucketPublicAccessBlock(
            f"{name}-private",
            bucket=bucket.id,
            block_public_acls=_PRIVATE["blockPublicAcls"],
            block_public_policy=_PRIVATE["blockPublicPolicy"],
            ignore_public_acls=_PRIVATE["ignorePublicAcls"],
            restrict_public_buckets=_PRIVATE["restrictPublicBuckets"],
            region=region,
            opts=child,
        )
        encryption = aws.s3.BucketServerSideEncryptionConfiguration(
            f"{name}-encryption",
            bucket=bucket.id,
            rules=_typed(encryption_rules),
            region=region,
            opts=child,
        )
        versioning = aws.s3.BucketVersioning(
            f"{name}-versions",
            bucket=bucket.id,
            versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
            region=region,
            opts=child,
        )
        lifecycle = aws.s3.BucketLifecycleConfiguration(
            f"{name}-lifecycle",
            bucket=versioning.bucket,
            rules=[_rule(rule) for rule in args.rules],
            region=region,
            opts=child,
        )
        access = aws.s3.BucketPolicy(
            f"{name}-tls",
            bucket=bucket.id,
            policy=rights,
            region=region,
            # S3 refuses two changes of a bucket's access at a time.
            opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[private, owners])),
        )
        self.bucket = pulumi.Output.all(
            bucket.bucket, encryption.id, versioning.id, lifecycle.id, access.id
        ).apply(lambda known: str(known[0]))
        self.register_outputs({"bucket": self.bucket})


_PRIVATE: Final[Mapping[str, bool]] = MappingProxyType(dict.fromkeys(BLOCKS, True))


def _encryption(key_arn: pulumi.Input[str]) -> dict[str, Any]:
    return {
        "applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": key_arn},
        # One request to the key for many objects, instead of one each: KMS is paid by request.
        "bucketKeyEnabled": True,
    }


def _typed(plan: Any) -> Any:
    """Hand a plan to a typed resource: rules read it as the engine does, so its keys are in camelCase."""
    return plan


def _rule(rule: LifecycleRule) -> aws.s3.BucketLifecycleConfigurationRuleArgs:
    expiration = None
    if rule.expire_days is not None:
        expiration = aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(days=rule.expire_days)
    elif rule.drop_markers:
        expiration = aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(expired_object_delete_marker=True)
    return aws.s3.BucketLifecycleConfigurationRuleArgs(
        id=rule.id,
        status="Enabled",
        filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=rule.prefix),
        expiration=expiration,
        noncurrent_version_expiration=(
            aws.s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
                noncurrent_days=rule.noncurrent_days
            )
            if rule.noncurrent_days is not None
            else None
        ),
        abort_incomplete_multipart_upload=(
            aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
                days_after_initiation=rule.upload_days
            )
            if rule.upload_days is not None
            else None
        ),
    )

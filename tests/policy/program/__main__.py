"""A bucket, a role, a launch template, a cluster, a workload and a chart; one setting breaks all rules at once."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_eks as eks
import pulumi_kubernetes as k8s

from tests.policy.cases import KEY, TAGS, block, document, encryption, pod

settings: dict[str, Any] = pulumi.Config().get_object("settings") or {}
broken: bool = settings.get("broken", False)

provider = aws.Provider(
    "aws", region="eu-central-1", default_tags={"tags": {"Project": "sample"} if broken else TAGS}
)
cloud = pulumi.ResourceOptions(provider=provider)

bucket = aws.s3.Bucket("data", bucket="sample-data", opts=cloud)
algorithm = {"sseAlgorithm": "AES256"} if broken else {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY}
aws.s3.BucketServerSideEncryptionConfiguration(
    "encryption", **{**encryption(**algorithm), "bucket": bucket.id}, opts=cloud
)
if broken:
    aws.s3.BucketAcl("acl", bucket=bucket.id, acl="public-read", opts=cloud)
    aws.ebs.Volume("disk", availability_zone="eu-central-1a", size=1, opts=cloud)
aws.s3.BucketPublicAccessBlock(
    "private",
    bucket=bucket.id,
    **{
        name: value and not broken
        for name, value in {
            "block_public_acls": True,
            "block_public_policy": True,
            "ignore_public_acls": True,
            "restrict_public_buckets": True,
        }.items()
    },
    opts=cloud,
)

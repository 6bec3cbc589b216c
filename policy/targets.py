"""Which rule looks at which resources, and at which part of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from components.rules.cluster import API_ENDPOINT, METADATA_SERVICE, SECRETS_ENCRYPTION
from components.rules.iam import MANAGED_POLICY
from components.rules.model import Rule, StackRule
from components.rules.pods import POD_IMAGES, POD_PRIVILEGED, POD_RESOURCES
from components.rules.storage import (
    BUCKET_ACL,
    BUCKET_BLOCK,
    BUCKET_ENCRYPTION,
    BUCKET_GUARDS,
    BUCKET_POLICY,
    DATABASE,
    NODE_DISK_ENCRYPTION,
    STORAGE_CLASS_ENCRYPTION,
    VOLUME_ENCRYPTION,
)
from components.rules.tags import LAUNCH_TEMPLATE_TAGS, NODE_CLASS_TAGS, PROVIDER_TAGS, RESOURCE_TAGS
from policy.explained import IAM_WILDCARD

Paths = str | tuple[str, ...]
"""Where the parts of a resource stand that a rule is about: keys with dots between them."""

ANY_AWS: Final = "aws:*"
"""Every resource of the AWS provider."""

WHOLE: Final = ""
"""Path of a whole resource."""

INSTANCE: Final = "aws:ec2/instance:Instance"
LAUNCH_TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"
NODE_CLASS: Final = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
EKS_CLUSTER: Final = "aws:eks/cluster:Cluster"

PODS: Final[Mapping[str, str]] = {
    "kubernetes:core/v1:Pod": "spec",
    "kubernetes:core/v1:ReplicationController": "spec.template.spec",
    "kubernetes:apps/v1:Deployment": "spec.template.spec",
    "kubernetes:apps/v1:StatefulSet": "spec.template.spec",
    "kubernetes:apps/v1:DaemonSet": "spec.template.spec",
    "kubernetes:apps/v1:ReplicaSet": "spec.template.spec",
    "kubernetes:batch/v1:Job": "spec.template.spec",
    "kubernetes:batch/v1:CronJob": "spec.jobTemplate.spec.template.spec",
}
"""Whatever makes pods -> where the pod stands in it."""

DOCUMENTS: Final[Mapping[str, Paths]] = {
    "aws:ecr/repositoryPolicy:RepositoryPolicy": "policy",
    "aws:iam/groupPolicy:GroupPolicy": "policy",
    "aws:iam/policy:Policy": "policy",
    "aws:iam/role:Role": ("assumeRolePolicy", "inlinePolicies.*.policy"),
    "aws:iam/rolePolicy:RolePolicy": "policy",
    "aws:iam/userPolicy:UserPolicy": "policy",
    "aws:kms/key:Key": "policy",
    "aws:kms/keyPolicy:KeyPolicy": "policy",
    "aws:kms/replicaKey:ReplicaKey": "policy",
    "aws:s3/bucket:Bucket": "policy",
    "aws:s3/bucketPolicy:BucketPolicy": "policy",
    "aws:secretsmanager/secretPolicy:SecretPolicy": "policy",
    "aws:sns/topic:Topic": "policy",
    "aws:sns/topicPolicy:TopicPolicy": "policy",
    "aws:sqs/queue:Queue": "policy",
    "aws:sqs/queuePolicy:QueuePolicy": "policy",
}
"""Whatever gives rights by a policy document -> where it stands. Documents that only take rights away, as
those of endpoints and sessions do, may be as wide as they like."""

TARGETS: Final[tuple[tuple[Rule, Mapping[str, Paths]], ...]] = (
    (
        BUCKET_ENCRYPTION,
        {"aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": WHOLE},
    ),
    (
        BUCKET_BLOCK,
        {
            "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": WHOLE,
            "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock": WHOLE,
        },
    ),
    (
        BUCKET_ACL,
        {
            "aws:s3/bucket:Bucket": WHOLE,
            "aws:s3/bucketAcl:BucketAcl": WHOLE,
            "aws:s3/bucketObject:BucketObject": WHOLE,
            "aws:s3/bucketObjectv2:BucketObjectv2": WHOLE,
        },
    ),
    (BUCKET_POLICY, {"aws:s3/bucket:Bucket": "policy", "aws:s3/bucketPolicy:BucketPolicy": "policy"}),
    (
        VOLUME_ENCRYPTION,
        {"aws:ebs/volume:Volume": WHOLE, INSTANCE: ("rootBlockDevice", "ebsBlockDevices.*")},
    ),
    (NODE_DISK_ENCRYPTION, {LAUNCH_TEMPLATE: WHOLE, NODE_CLASS: "spec"}),
    (STORAGE_CLASS_ENCRYPTION, {"kubernetes:storage.k8s.io/v1:StorageClass": WHOLE}),
    (DATABASE, {"aws:rds/instance:Instance": WHOLE}),
    (SECRETS_ENCRYPTION, {EKS_CLUSTER: WHOLE}),
    (API_ENDPOINT, {EKS_CLUSTER: "vpcConfig"}),
    (METADATA_SERVICE, {LAUNCH_TEMPLATE: WHOLE, INSTANCE: WHOLE, NODE_CLASS: "spec"}),
    (PROVIDER_TAGS, {"pulumi:providers:aws": "defaultTags"}),
    (RESOURCE_TAGS, {ANY_AWS: WHOLE}),
    (LAUNCH_TEMPLATE_TAGS, {LAUNCH_TEMPLATE: WHOLE}),
    (NODE_CLASS_TAGS, {NODE_CLASS: "spec.tags"}),
    (IAM_WILDCARD, DOCUMENTS),
    (
        MANAGED_POLICY,
        {
            "aws:iam/groupPolicyAttachment:GroupPolicyAttachment": "policyArn",
            "aws:iam/policyAttachment:PolicyAttachment": "policyArn",
            "aws:iam/role:Role": "managedPolicyArns.*",
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "policyArn",
            "aws:iam/userPolicyAttachment:UserPolicyAttachment": "policyArn",
        },
    ),
    (POD_RESOURCES, PODS),
    (POD_IMAGES, PODS),
    (POD_PRIVILEGED, PODS),
)
"""Rule -> type of resource -> path of the part, or paths."""

STACK_RULES: Final[tuple[StackRule, ...]] = (BUCKET_GUARDS,)
"""Rules that look at a stack as a whole."""

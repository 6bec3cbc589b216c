"""Three resources for each rule: one that is as it should be, one that is not, and one that says nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

ACCOUNT_ROOT: Final = "arn:aws:iam::111122223333:root"
KEY: Final = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555"
TAGS: Final = {"Project": "spark-on-eks", "Environment": "dev", "Cluster": "spark", "ManagedBy": "pulumi"}
SOME_TAGS: Final = {"Project": "spark-on-eks", "Environment": "dev"}
IMAGE: Final = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/spark-on-eks/spark:4.1.2-0123456789ab"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One rule, seen on one type of resource.

    Args:
        rule: the rule's id.
        type: the resource's type token.
        good: properties that the rule has nothing against.
        bad: properties that break it.
        missing: properties without what the rule is about.
        says: what the message about `bad` has to say.
        says_missing: what the message about `missing` has to say; None if saying nothing is fine.
    """

    rule: str
    type: str
    good: Mapping[str, Any]
    bad: Mapping[str, Any]
    missing: Mapping[str, Any]
    says: str
    says_missing: str | None


def document(**statement: Any) -> str:
    """A policy of one statement, as text."""
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


def pod(**container: Any) -> dict[str, Any]:
    """A pod of one container, which is as it should be unless keys are given."""
    good = {
        "name": "main",
        "image": IMAGE,
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "128Mi"}},
    }
    return {"containers": [{key: value for key, value in {**good, **container}.items() if value is not None}]}


def workload(**container: Any) -> dict[str, Any]:
    """The same in a Deployment."""
    labels = {"app": "any"}
    return {
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod(**container)},
        }
    }


def encryption(**default: Any) -> dict[str, Any]:
    """Encryption of a bucket."""
    return {"bucket": "data", "rules": [{"applyServerSideEncryptionByDefault": default}]}


def block(**changes: Any) -> dict[str, Any]:
    """Public access block of a bucket."""
    on = dict.fromkeys(
        ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True
    )
    return {"bucket": "data", **on, **changes}


def root_disk(**ebs: Any) -> dict[str, Any]:
    """Disks of a launch template or a node class."""
    return {"blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": ebs}]}


def eks(**changes: Any) -> dict[str, Any]:
    """An EKS cluster."""
    return {"roleArn": f"{ACCOUNT_ROOT}", "vpcConfig": {"subnetIds": ["subnet-1"], **changes}}


DEPLOYMENT: Final = "kubernetes:apps/v1:Deployment"
LAUNCH_TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"
NODE_CLASS: Final = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"

CASES: Final = (
    Case(
        rule="bucket-encryption",
        type="aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        good=encryption(sseAlgorithm="aws:kms", kmsMasterKeyId=KEY),
        bad=encryption(sseAlgorithm="AES256"),
        missing={"bucket": "data"},
        says="rules[0] encrypts with AES256; set sseAlgorithm to aws:kms",
        says_missing="it has no rules",
    ),
    Case(
        rule="bucket-public-access-block",
        type="aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        good=block(),
        bad=block(restrictPublicBuckets=False),
        missing={"bucket": "data"},
        says="restrictPublicBuckets is not on",
        says_missing="blockPublicAcls is not on",
    ),
    Case(
        rule="bucket-acl",
        type="aws:s3/bucketAcl:BucketAcl",
        good={"bucket": "data", "acl": "private"},
        bad={"bucket": "data", "acl": "public-read"},
        missing={"bucket": "data"},
        says="its ACL is public-read; remove the ACL",
        says_missing=None,
    ),
    Case(
        rule="bucket-policy",
        type="aws:s3/bucketPolicy:BucketPolicy",
        good={
            "bucket": "data",
            "policy": document(Principal={"AWS": ACCOUNT_ROOT}, Action="s3:GetObject", Resource="arn:x"),
        },
        bad={
            "bucket": "data",
            "policy": document(Sid="Open", Principal="*", Action="s3:GetObject", Resource="arn:x"),
        },
        missing={"bucket": "data"},
        says="policy: statement Open lets everybody in; name the principals",
        says_missing=None,
    ),
    Case(
        rule="volume-encryption",
        type="aws:ebs/volume:Volume",
        good={"availabilityZone": "eu-central-1a", "encrypted": True},
        bad={"availabilityZone": "eu-central-1a", "encrypted": False},
        missing={"availabilityZone": "eu-central-1a"},
        says="encrypted is not on; set encrypted to true",
        says_missing="encrypted is not on",
    ),
    Case(
        rule="database",
        type="aws:rds/instance:Instance",
        good={"storageEncrypted": True, "publiclyAccessible": False},
        bad={"storageEncrypted": True, "publiclyAccessible": True},
        missing={"instanceClass": "db.t4g.small"},
        says="publiclyAccessible is on; set storageEncrypted to true, and publiclyAccessible to false",
        says_missing="storageEncrypted is not on",
    ),
    Case(
        rule="node-disk-encryption",
        type=LAUNCH_TEMPLATE,
        good=root_disk(encrypted="true"),
        bad=root_disk(encrypted="false"),
        missing={"description": "says nothing about disks"},
        says="blockDeviceMappings[0].ebs: encrypted is not on",
        says_missing="says nothing about the root disk",
    ),
    Case(
        rule="node-disk-encryption",
        type=NODE_CLASS,
        good={"spec": root_disk(encrypted=True)},
        bad={"spec": root_disk(encrypted=False)},
        missing={"spec": {}},
        says="spec: blockDeviceMappings[0].ebs: encrypted is not on",
        says_missing="says nothing about the root disk",
    ),
    Case(
        rule="storage-class-encryption",
        type="kubernetes:storage.k8s.io/v1:StorageClass",
        good={"provisioner": "ebs.csi.aws.com", "parameters": {"encrypted": "true"}},
        bad={"provisioner": "ebs.csi.aws.com", "parameters": {"encrypted": "false"}},
        missing={"provisioner": "ebs.csi.aws.com"},
        says="volumes of ebs.csi.aws.com would not be encrypted",
        says_missing="volumes of ebs.csi.aws.com would not be encrypted",
    ),
    Case(
        rule="eks-secrets-encryption",
        type="aws:eks/cluster:Cluster",
        good={**eks(), "encryptionConfig": {"resources": ["secrets"], "provider": {"keyArn": KEY}}},
        bad={**eks(), "encryptionConfig": {"resources": [], "provider": {"keyArn": KEY}}},
        missing=eks(),
        says="encryptionConfig does not cover secrets",
        says_missing="encryptionConfig does not cover secrets",
    ),
    Case(
        rule="eks-endpoint",
        type="aws:eks/cluster:Cluster",
        good=eks(endpointPublicAccess=True, publicAccessCidrs=["203.0.113.0/24"]),
        bad=eks(endpointPublicAccess=True, publicAccessCidrs=["203.0.113.0/24", "0.0.0.0/0"]),
        missing=eks(),
        says="vpcConfig: the API is reached from everywhere: publicAccessCidrs has 0.0.0.0/0",
        says_missing="the API is reached from everywhere: publicAccessCidrs is empty",
    ),
    Case(
        rule="imdsv2",
        type=LAUNCH_TEMPLATE,
        good={"metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 1}},
        bad={"metadataOptions": {"httpTokens": "optional"}},
        missing={"description": "says nothing about the metadata service"},
        says="metadataOptions.httpTokens is optional",
        says_missing="metadataOptions.httpTokens is missing",
    ),
    Case(
        rule="imdsv2",
        type=NODE_CLASS,
        good={"spec": {"metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 1}}},
        bad={"spec": {"metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 2}}},
        missing={"spec": {}},
        says="spec: metadataOptions.httpPutResponseHopLimit is 2",
        says_missing="metadataOptions.httpTokens is missing",
    ),
    Case(
        rule="provider-tags",
        type="pulumi:providers:aws",
        good={"region": "eu-central-1", "defaultTags": json.dumps({"tags": TAGS})},
        bad={"region": "eu-central-1", "defaultTags": json.dumps({"tags": SOME_TAGS})},
        missing={"region": "eu-central-1"},
        says="defaultTags: tags lack Cluster, ManagedBy; make the provider with the default tags",
        says_missing="tags lack Project, Environment, Cluster, ManagedBy",
    ),
    Case(
        rule="required-tags",
        type="aws:sqs/queue:Queue",
        good={"tags": {"Name": "queue"}, "tagsAll": {"Name": "queue", **TAGS}},
        bad={"tags": SOME_TAGS, "tagsAll": SOME_TAGS},
        missing={"tagsAll": {}},
        says="tags lack Cluster, ManagedBy",
        says_missing="tags lack Project, Environment, Cluster, ManagedBy",
    ),
    Case(
        rule="launch-template-tags",
        type=LAUNCH_TEMPLATE,
        good={"tagSpecifications": [{"resourceType": kind, "tags": TAGS} for kind in ("instance", "volume")]},
        bad={
            "tagSpecifications": [
                {"resourceType": "instance", "tags": TAGS},
                {"resourceType": "volume", "tags": SOME_TAGS},
            ]
        },
        missing={"description": "tags nothing"},
        says="tags of each volume lack Cluster, ManagedBy",
        says_missing="tags of each instance lack Project",
    ),
    Case(
        rule="node-class-tags",
        type=NODE_CLASS,
        good={"spec": {"tags": TAGS}},
        bad={"spec": {"tags": SOME_TAGS}},
        missing={"spec": {}},
        says="spec.tags: tags lack Cluster, ManagedBy",
        says_missing="spec.tags: tags lack Project",
    ),
    Case(
        rule="iam-wildcard",
        type="aws:iam/rolePolicy:RolePolicy",
        good={"role": "any", "policy": document(Action=["s3:GetObject"], Resource="arn:aws:s3:::data/own/*")},
        bad={"role": "any", "policy": document(Sid="All", Action=["s3:*"], Resource="*")},
        missing={"role": "any", "policy": ""},
        says="policy: statement All allows s3:*, *; name actions and ARNs in full",
        says_missing=None,
    ),
    Case(
        rule="iam-wildcard",
        type="aws:iam/role:Role",
        good={
            "assumeRolePolicy": document(
                Action="sts:AssumeRole", Principal={"Service": "pods.eks.amazonaws.com"}
            )
        },
        bad={
            "assumeRolePolicy": document(Action="sts:AssumeRole", Principal={"Service": "ec2.amazonaws.com"}),
            "inlinePolicies": [{"name": "all", "policy": document(Action="*", Resource="arn:x")}],
        },
        missing={"assumeRolePolicy": document(Action="sts:AssumeRole", Principal={"AWS": ACCOUNT_ROOT})},
        says="inlinePolicies[0].policy: statement number 1, without Sid, allows *",
        says_missing=None,
    ),
    Case(
        rule="iam-managed-policy",
        type="aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        good={"role": "any", "policyArn": "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"},
        bad={"role": "any", "policyArn": "arn:aws:iam::aws:policy/AmazonS3FullAccess"},
        missing={"role": "any"},
        says="policyArn: AmazonS3FullAccess is attached",
        says_missing=None,
    ),
    Case(
        rule="pod-resources",
        type=DEPLOYMENT,
        good=workload(),
        bad=workload(resources={"requests": {"cpu": "100m", "memory": "128Mi"}}),
        missing=workload(resources=None),
        says="spec.template.spec: container main lacks resources.limits.memory",
        says_missing="lacks resources.requests.cpu, resources.requests.memory, resources.limits.memory",
    ),
    Case(
        rule="pod-image",
        type=DEPLOYMENT,
        good=workload(),
        bad=workload(image="registry.example:5000/spark:latest"),
        missing=workload(image=None),
        says="container main: registry.example:5000/spark:latest is whatever was pushed last",
        says_missing="container main has no image",
    ),
    Case(
        rule="pod-privileged",
        type=DEPLOYMENT,
        good=workload(securityContext={"privileged": False}),
        bad=workload(securityContext={"privileged": True}),
        missing=workload(),
        says="container main is privileged",
        says_missing=None,
    ),
)

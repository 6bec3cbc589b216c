"""A bucket, a role, a cluster, a workload and a chart; each setting breaks one guard rule."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_eks as eks
import pulumi_kubernetes as k8s

settings: dict[str, Any] = pulumi.Config().get_object("settings") or {}
breaks: list[str] = settings.get("breaks", [])

TAGS = {"Project": "sample", "Environment": "dev", "Cluster": "sample", "ManagedBy": "pulumi"}
RESOURCES = {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"memory": "64Mi"}}

provider = aws.Provider(
    "aws",
    region="eu-central-1",
    default_tags={"tags": {"Project": "sample"} if "provider-tags" in breaks else TAGS},
)
cloud = pulumi.ResourceOptions(provider=provider)

key = aws.kms.Key("key", enable_key_rotation=True, opts=cloud)
bucket = aws.s3.Bucket("data", bucket="sample-data", opts=cloud)
if "bucket-guards" not in breaks:
    aws.s3.BucketPublicAccessBlock(
        "private",
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=cloud,
    )
default: Any = (
    {"sse_algorithm": "AES256"}
    if "bucket-encryption" in breaks
    else {"sse_algorithm": "aws:kms", "kms_master_key_id": key.arn}
)
aws.s3.BucketServerSideEncryptionConfiguration(
    "encryption",
    bucket=bucket.id,
    rules=[{"apply_server_side_encryption_by_default": default}],
    opts=cloud,
)
role = aws.iam.Role(
    "reader",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "pods.eks.amazonaws.com"},
                    "Action": ["sts:AssumeRole", "sts:TagSession"],
                }
            ],
        }
    ),
    opts=cloud,
)
allowed = (
    {"Action": "s3:*", "Resource": "*"}
    if "iam-wildcard" in breaks
    else {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::sample-data/own/*"}
)
aws.iam.RolePolicy(
    "reader",
    role=role.name,
    policy=json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Sid": "Read", "Effect": "Allow", **allowed}]}
    ),
    opts=cloud,
)
cluster = eks.Cluster(
    "cluster",
    name="sample",
    vpc_id="vpc-1",
    subnet_ids=["subnet-1", "subnet-2"],
    version="1.35",
    authentication_mode=eks.AuthenticationMode.API,
    skip_default_node_group=True,
    use_default_vpc_cni=True,
    kube_proxy_addon_options=eks.KubeProxyAddonOptionsArgs(enabled=False),
    coredns_addon_options=eks.CoreDnsAddonOptionsArgs(enabled=False),
    encryption_config_key_arn=key.arn,
    endpoint_private_access=True,
    endpoint_public_access="eks-endpoint" in breaks,
    opts=pulumi.ResourceOptions(providers={"aws": provider}),
)
kubernetes = k8s.Provider("kubernetes", kubeconfig=cluster.kubeconfig_json)
inside = pulumi.ResourceOptions(provider=kubernetes)
namespace = k8s.core.v1.Namespace("team", metadata={"name": "team"}, opts=inside)
after_namespace = pulumi.ResourceOptions(provider=kubernetes, depends_on=[namespace])
k8s.apps.v1.Deployment(
    "workload",
    metadata={"name": "workload", "namespace": "team"},
    spec={
        "selector": {"matchLabels": {"app": "workload"}},
        "template": {
            # The ARN is not known in a first preview; the container beside it is.
            "metadata": {"labels": {"app": "workload"}, "annotations": {"role": role.arn}},
            "spec": {
                "containers": [
                    {
                        "name": "main",
                        "image": "localhost/sample:1",
                        **({} if "pod-resources" in breaks else {"resources": RESOURCES}),
                    }
                ]
            },
        },
    },
    opts=after_namespace,
)
k8s.helm.v4.Chart(
    "packaged",
    chart="./chart",
    namespace="team",
    values={"image": "localhost/sample:latest" if "pod-image" in breaks else "localhost/sample:1"},
    opts=after_namespace,
)

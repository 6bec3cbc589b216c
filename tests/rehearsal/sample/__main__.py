"""A dozen AWS resources and a cluster; the settings decide what a test wants to see go wrong or change."""

import json
import socket
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_eks as eks
import pulumi_kubernetes as k8s

settings: dict[str, Any] = pulumi.Config().get_object("settings") or {}


def options(**more: Any) -> pulumi.ResourceOptions:
    """Every resource names its provider, as the real program does."""
    return pulumi.ResourceOptions(provider=provider, **more)


provider = aws.Provider(
    "aws",
    region="eu-west-1",
    default_tags={"tags": {"project": "sample", **settings.get("defaultTags", {})}},
)
vpc = aws.ec2.Vpc("vpc", cidr_block=settings.get("cidr", "10.0.0.0/16"), opts=options())
zones = aws.get_availability_zones_output(opts=pulumi.InvokeOptions(provider=provider))
subnets = [
    aws.ec2.Subnet(
        f"subnet-{number}",
        vpc_id=vpc.id,
        cidr_block=f"10.0.{number}.0/24",
        availability_zone=zones.names[number],
        opts=options(),
    )
    for number in range(2)
]
table = aws.ec2.RouteTable(
    "table", vpc_id=vpc.id, tags={"Name": settings.get("tableName", "table")}, opts=options()
)
gateway = aws.ec2.InternetGateway("gateway", vpc_id=vpc.id, opts=options())
aws.ec2.Route(
    "default-route",
    route_table_id=table.id,
    destination_cidr_block="0.0.0.0/0",
    gateway_id=gateway.id,
    opts=options(),
)
for number, subnet in enumerate(subnets):
    aws.ec2.RouteTableAssociation(
        f"association-{number}", subnet_id=subnet.id, route_table_id=table.id, opts=options()
    )
# Its name in the program; what it was called before is only known to the engine if an alias says so.
aliases = [pulumi.Alias(name="events")] if settings.get("alias") else None
bucket = aws.s3.Bucket(
    settings.get("bucketIsCalled", "events"),
    bucket="sample-events",
    object_lock_enabled=settings.get("objectLock"),
    opts=options(protect=settings.get("protect", False), aliases=aliases),
)
if "objectTags" in settings:
    untagged = aws.s3.BucketObjectv2OverrideProviderArgs(
        default_tags=aws.s3.BucketObjectv2OverrideProviderDefaultTagsArgs(tags={})
    )
    override = None if settings["objectTags"] else untagged
    aws.s3.BucketObjectv2(
        "marker", bucket=bucket.bucket, key="marker", override_provider=override, opts=options()
    )
# Plain dictionaries reach the provider as they are: a misspelt key in one is found there or nowhere.
rule: Any = {
    "id": "expire",
    "status": "Enabled",
    settings.get("expirationKey", "expiration"): {"days": settings.get("expirationDays", 30)},
}
aws.s3.BucketLifecycleConfiguration(
    "events-lifecycle",
    bucket=bucket.bucket,
    rules=[rule],
    opts=options(),
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
    opts=options(),
)
aws.iam.RolePolicy(
    "reader-policy",
    role=role.name,
    policy=bucket.arn.apply(
        lambda arn: json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"{arn}/*"}],
            }
        )
    ),
    opts=options(),
)
if settings.get("cluster", True):
    cluster = eks.Cluster(
        "cluster",
        name="sample",
        vpc_id=vpc.id,
        subnet_ids=[subnet.id for subnet in subnets],
        version=settings.get("version", "1.34"),
        authentication_mode=eks.AuthenticationMode(settings.get("authenticationMode", "API")),
        skip_default_node_group=settings.get("skipNodes", True),
        endpoint_private_access=True,
        vpc_cni_options=eks.VpcCniOptionsArgs(
            addon_version="v1.20.0-eksbuild.1", enable_prefix_delegation=True
        ),
        kube_proxy_addon_options=eks.KubeProxyAddonOptionsArgs(version="v1.34.0-eksbuild.2"),
        access_entries={
            "admin": eks.AccessEntryArgs(
                principal_arn="arn:aws:iam::123456789012:role/admin",
                access_policies={
                    "view": eks.AccessPolicyAssociationArgs(
                        policy_arn="arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy",
                        access_scope=aws.eks.AccessPolicyAssociationAccessScopeArgs(type="cluster"),
                    )
                },
            )
        },
        opts=pulumi.ResourceOptions(providers={"aws": provider}),
    )
    aws.eks.PodIdentityAssociation(
        "reader-identity",
        cluster_name=cluster.eks_cluster.name,
        namespace="data-dev",
        service_account="spark-driver",
        role_arn=role.arn,
        opts=options(),
    )
    kubernetes = k8s.Provider(
        "kubernetes", kubeconfig=cluster.kubeconfig_json, opts=pulumi.ResourceOptions(parent=cluster)
    )
    inside = pulumi.ResourceOptions(provider=kubernetes)
    namespace = k8s.core.v1.Namespace(
        "team", metadata={"name": settings.get("namespace", "data-dev")}, opts=inside
    )
    after_namespace = pulumi.ResourceOptions(provider=kubernetes, depends_on=[namespace])
    k8s.core.v1.ConfigMap(
        "settings",
        metadata={"name": "settings", "namespace": settings.get("configNamespace", "data-dev")},
        data={"greeting": settings.get("greeting", "hello")},
        opts=after_namespace,
    )
    chart = k8s.helm.v4.Chart(
        "widgets",
        chart="./chart",
        namespace="data-dev",
        values={"replicas": settings.get("replicas", 1)},
        opts=after_namespace,
    )
    k8s.apiextensions.CustomResource(
        "widget",
        api_version="example.com/v1",
        kind="Widget",
        metadata={"name": "widget", "namespace": "data-dev"},
        spec={settings.get("widgetKey", "size"): settings.get("widgetSize", 3)},
        opts=pulumi.ResourceOptions(
            provider=kubernetes, depends_on=[chart] if settings.get("widgetWaits", True) else []
        ),
    )
    pulumi.export("kubeconfig", cluster.kubeconfig_json)
    pulumi.export("nodeSecurityGroup", cluster.node_security_group_id)
    pulumi.export("oidcIssuer", cluster.oidc_issuer)
if settings.get("callsHome"):
    socket.create_connection(("192.0.2.1", 443), timeout=5)
if settings.get("exotic"):
    aws.athena.Workgroup("exotic", opts=options())
pulumi.export("vpc", vpc.id)

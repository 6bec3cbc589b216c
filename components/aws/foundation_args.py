"""What the foundation `aws` is made after: the network, the nodes, and what a stack says of all the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from components.aws.adopted_network import AdoptedNetworkArgs
from components.aws.cluster import ControlPlane
from components.aws.karpenter import PoolChoice
from components.aws.load_balancer import LoadBalancerChoice
from components.aws.network import OwnNetwork
from components.aws.nodes import SystemChoice
from components.aws.roles import Owner
from components.aws_plans.addon_versions import Release
from components.aws_plans.database_plan import DatabaseChoice
from components.aws_plans.iam_grants import Grants
from components.aws_plans.images import StackImage
from components.buckets import Buckets


@dataclass(frozen=True, kw_only=True)
class NodeChoice:
    """Which nodes there may be.

    Args:
        system: those that are always there.
        pools: those that Karpenter makes.
        make_spot_role: True to make the account's role for spot instances, which an account has once.
        disk_key: ARN of the key that disks and volumes are under; None for the account's default.
        driver_cpu: CPU that is reserved for a driver that names none, as a Kubernetes quantity.
        executor_cpu: the same of an executor.
        one_zone_per_job: True if executors want to be in their driver's zone.
    """

    system: SystemChoice
    pools: PoolChoice
    make_spot_role: bool
    disk_key: str | None
    driver_cpu: str
    executor_cpu: str
    one_zone_per_job: bool


@dataclass(frozen=True, kw_only=True)
class AwsFoundationArgs:
    """Arguments of an `AwsFoundation`.

    Args:
        owner: the account, and the cluster's name.
        network: the network to make, or one that exists.
        release: Kubernetes version and everything pinned for it.
        control_plane: how the API is reached and watched.
        nodes: which nodes there may be.
        buckets: names of the buckets.
        log_retention_days: days that the history server keeps event logs.
        printed_log_days: days that printed logs of drivers and executors are kept.
        copy_region: region that the buckets are copied to; None for none.
        registry: host of the registry and prefix of the repositories.
        repositories: that prefix alone.
        images: the images in it.
        stack: the stack's name, for messages.
        tenants: the tenants' namespaces.
        grants: what tenants may use of what exists, by namespace.
        metrics_workspace: workspace of Amazon Managed Service for Prometheus to write to; None for none.
        jobs: True if jobs come from Git.
        database: the database on RDS; None for none.
        tags: tags of what Pulumi doesn't make itself: instances, disks, volumes.
        protect: True to refuse the deletion of cluster, keys and buckets.
        keep_data: True to leave buckets, keys and images when the stack is destroyed.
        pages: the load balancer in front of the login; None for forwarded ports alone.
        alert_topics: ARNs of SNS' topics that people are told of alerts by.
    """

    owner: Owner
    network: OwnNetwork | AdoptedNetworkArgs
    release: Release
    control_plane: ControlPlane
    nodes: NodeChoice
    buckets: Buckets
    log_retention_days: int
    printed_log_days: int
    copy_region: str | None
    registry: str
    repositories: str
    images: Sequence[StackImage]
    stack: str
    tenants: Sequence[str]
    grants: Mapping[str, Grants]
    metrics_workspace: str | None
    jobs: bool
    database: DatabaseChoice | None
    tags: Mapping[str, str]
    protect: bool
    keep_data: bool
    pages: LoadBalancerChoice | None = None
    alert_topics: Sequence[str] = ()

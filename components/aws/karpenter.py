"""Karpenter in the cluster: its CRDs, itself, and what nodes it may make.

The order is what matters. Up: CRDs, controller, node classes, node pools. Down, the other way round: a node
pool goes once its nodes are drained, which only a running controller does; then its class, the controller,
the CRDs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_kubernetes as k8s

from components.aws.nodes import KARPENTER_ACCOUNT
from components.aws_plans.addon_versions import KARPENTER, KARPENTER_CHART, KARPENTER_CRD_CHART, Release
from components.aws_plans.disks import FAST_PULL_DISKS, Volume
from components.aws_plans.node_classes import node_class
from components.aws_plans.node_pools import KINDS, Disk, PoolSize, node_pool
from components.kube.karpenter import NAME, NAMESPACE
from components.naming import labels, type_token

RELEASE: Final = NAME
"""Name of the Helm release, and so of the chart's objects."""

DRAIN_TIMEOUT: Final = "1h"
"""Longest time that a deleted node pool may take to drain. The tenants' namespaces are gone by then, so no
driver holds a node; the platform's own pods leave within their hour of grace."""


@dataclass(frozen=True, kw_only=True)
class PoolChoice:
    """What a stack chooses of the nodes that Karpenter makes.

    Args:
        pools: the node pools.
        architectures: what the images are built for.
        volumes: root disk of nodes by kind of disk.
        fast_pull: True to fetch and unpack layers of images side by side on nodes for jobs.
    """

    pools: Sequence[PoolSize]
    architectures: Sequence[str]
    volumes: Mapping[Disk, Volume]
    fast_pull: bool


@dataclass(frozen=True, kw_only=True)
class KarpenterArgs(PoolChoice):
    """Arguments of a `Karpenter`.

    Args:
        cluster: name of the cluster.
        queue: name of the queue of interruptions, known once Karpenter can do its work.
        node_role: name of the nodes' role, known once they may join.
        release: the pinned node image.
        subnet_ids: pod subnets.
        security_group_id: security group of the cluster.
        disk_key: ARN of the key that disks are under; None for the account's default.
        zonal_shift: True to make no node in a zone that is left.
        tags: tags of instances, disks and interfaces.
    """

    cluster: str
    queue: pulumi.Input[str]
    node_role: pulumi.Input[str]
    release: Release
    subnet_ids: Sequence[pulumi.Input[str]]
    security_group_id: pulumi.Input[str]
    disk_key: str | None
    zonal_shift: bool
    tags: Mapping[str, str]


class Karpenter(pulumi.ComponentResource):
    """Nodes on demand: none without pods, and the cheapest that fit with them.

    Outputs:
        pools: names of the node pools, known once they exist.
    """

    pools: pulumi.Output[list[str]]

    def __init__(self, name: str, args: KarpenterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(type_token("Karpenter"), name, {}, opts)
        crds = _chart(
            f"{name}-crds", "karpenter-crd", KARPENTER_CRD_CHART, {}, pulumi.ResourceOptions(parent=self)
        )
        controller = _chart(
            f"{name}-controller",
            RELEASE,
            KARPENTER_CHART,
            karpenter_values(args.cluster, args.queue, zonal_shift=args.zonal_shift),
            pulumi.ResourceOptions(parent=self, depends_on=[crds]),
            skip_crds=True,
        )
        disks = sorted({KINDS[size.pool].disk for size in args.pools})
        classes = {disk: self._class(name, args, disk, controller) for disk in disks}
        made = [
            k8s.apiextensions.CustomResource(
                f"{name}-pool-{size.pool}",
                api_version="karpenter.sh/v1",
                kind="NodePool",
                metadata=_metadata(size.pool.value),
                spec=node_pool(size, args.architectures),
                opts=pulumi.ResourceOptions(
                    parent=self,
                    depends_on=[controller, classes[KINDS[size.pool].disk]],
                    custom_timeouts=pulumi.CustomTimeouts(delete=DRAIN_TIMEOUT),
                ),
            ).id
            for size in args.pools
        ]
        names = [size.pool.value for size in args.pools]
        self.pools = pulumi.Output.all(*made).apply(lambda _: names)
        self.register_outputs({"pools": self.pools})

    def _class(
        self, name: str, args: KarpenterArgs, disk: Disk, controller: pulumi.Resource
    ) -> k8s.apiextensions.CustomResource:
        return k8s.apiextensions.CustomResource(
            f"{name}-class-{disk}",
            api_version="karpenter.k8s.aws/v1",
            kind="EC2NodeClass",
            metadata=_metadata(disk.value),
            spec=node_class(
                disk,
                cluster=args.cluster,
                role=args.node_role,
                ami_alias=args.release.ami_alias,
                subnet_ids=args.subnet_ids,
                security_group_id=args.security_group_id,
                tags=args.tags,
                volume=args.volumes[disk],
                disk_key=args.disk_key,
                fast_pull=args.fast_pull and disk in FAST_PULL_DISKS,
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[controller],
                custom_timeouts=pulumi.CustomTimeouts(delete=DRAIN_TIMEOUT),
            ),
        )


def karpenter_values(cluster: str, queue: pulumi.Input[str], *, zonal_shift: bool = False) -> dict[str, Any]:
    """Values of Karpenter's chart.

    Args:
        cluster: name of the cluster.
        queue: name of the queue of interruptions.
        zonal_shift: True to make no node in a zone that is left.
    """
    return {
        "serviceAccount": {"name": KARPENTER_ACCOUNT},
        # The node's resolver: Karpenter makes the nodes that cluster DNS may have to run on.
        "dnsPolicy": "Default",
        "controller": {
            # What its own guide gives it, without a CPU limit: it works in bursts.
            "resources": {"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"memory": "1Gi"}},
        },
        "settings": {
            "clusterName": cluster,
            "eksControlPlane": True,
            "interruptionQueue": queue,
            # Alpha in 1.14, says its chart: it would end nodes under drivers. EKS repairs the system nodes.
            "featureGates": {"nodeRepair": False},
            **({"enableZonalShift": True} if zonal_shift else {}),
        },
    }


def _chart(
    name: str,
    release: str,
    chart: str,
    values: dict[str, Any],
    opts: pulumi.ResourceOptions,
    *,
    skip_crds: bool = False,
) -> k8s.helm.v4.Chart:
    return k8s.helm.v4.Chart(
        name,
        name=release,
        namespace=NAMESPACE,
        chart=chart,
        version=KARPENTER,
        values=values,
        skip_crds=skip_crds,
        opts=opts,
    )


def _metadata(name: str) -> Any:
    return {"name": name, "labels": labels(RELEASE, "nodes")}

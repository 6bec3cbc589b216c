"""Nodes, as far as AWS makes them: the system group, and what Karpenter needs to make all others."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import pulumi
import pulumi_aws as aws

from components.aws.roles import Owner, PlatformRole, PlatformRoleArgs, PodRole, PodRoleArgs
from components.aws_plans.account import role_name
from components.aws_plans.addon_versions import Release
from components.aws_plans.disks import Volume, disk_key_policy
from components.aws_plans.iam import PolicyDocument, service_trust
from components.aws_plans.iam_nodes import pull_policy
from components.aws_plans.iam_platform import INTERRUPTIONS, NODE_POLICIES, karpenter_policies, queue_policy
from components.aws_plans.node_classes import system_template
from components.aws_plans.node_pools import SYSTEM_TAINT
from components.kube.karpenter import NAMESPACE as KARPENTER_NAMESPACE
from components.naming import POOL_LABEL, type_token

SYSTEM_POOL: Final = "system"
"""Value of the pool label on system nodes; no job can name it."""

KARPENTER_ACCOUNT: Final = "karpenter"

NODE_PURPOSE: Final = "nodes"
"""Purpose in the name of the role of Karpenter's nodes; Karpenter may pass that role and no other."""

_AMI_TYPES: Final = {"arm64": "AL2023_ARM_64_STANDARD", "amd64": "AL2023_x86_64_STANDARD"}
_EVENT_SECONDS: Final = 300
"""Seconds that an interruption is of use: a spot node is gone two minutes after its warning."""


@dataclass(frozen=True, kw_only=True)
class SystemChoice:
    """What a stack chooses of the system nodes.

    Args:
        architecture: architecture of the instance types.
        instance_types: types to take, the first that is available.
        count: nodes; two at least, as Karpenter runs twice and never on its own nodes.
        volume: their root disk.
    """

    architecture: Literal["arm64", "amd64"]
    instance_types: Sequence[str]
    count: int
    volume: Volume


@dataclass(frozen=True, kw_only=True)
class SystemNodesArgs(SystemChoice):
    """Arguments of `SystemNodes`.

    Args:
        owner: whose nodes they are.
        cluster_name: name of the cluster, known once nodes can become ready in it.
        release: the pinned Kubernetes version and node image.
        subnet_ids: pod subnets, known once nodes there can reach AWS.
        repositories: first part of the names of the repositories that nodes may pull from.
        disk_key: ARN of the key that the disk is under; None for the account's default.
        tags: tags of instances, disks and interfaces.
    """

    owner: Owner
    cluster_name: pulumi.Input[str]
    release: Release
    subnet_ids: Sequence[pulumi.Input[str]]
    repositories: str
    disk_key: str | None
    tags: Mapping[str, str]


class SystemNodes(pulumi.ComponentResource):
    """A small group for what must run before Karpenter does: Karpenter itself, DNS, volumes.

    Outputs:
        cluster_name: name of the cluster, known once the nodes are ready.
        scaling_group: name of the Auto Scaling group that EKS makes for them.
    """

    cluster_name: pulumi.Output[str]
    scaling_group: pulumi.Output[str]

    def __init__(self, name: str, args: SystemNodesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(type_token("SystemNodes"), name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        role = PlatformRole(
            f"{name}-role",
            PlatformRoleArgs(
                owner=args.owner,
                purpose="system-nodes",
                trust=service_trust("ec2.amazonaws.com"),
                policies={"pull": pull_policy(args.owner.account, prefix=args.repositories)},
                managed=NODE_POLICIES,
            ),
            child,
        )
        template = self._template(name, args)
        group = aws.eks.NodeGroup(
            f"{name}-group",
            cluster_name=args.cluster_name,
            node_role_arn=role.arn,
            subnet_ids=list(args.subnet_ids),
            ami_type=_AMI_TYPES[args.architecture],
            version=args.release.kubernetes,
            release_version=args.release.ami,
            capacity_type="ON_DEMAND",
            instance_types=list(args.instance_types),
            scaling_config=aws.eks.NodeGroupScalingConfigArgs(
                min_size=args.count, desired_size=args.count, max_size=args.count + 1
            ),
            update_config=aws.eks.NodeGroupUpdateConfigArgs(max_unavailable=1),
            node_repair_config=aws.eks.NodeGroupNodeRepairConfigArgs(enabled=True),
            launch_template=aws.eks.NodeGroupLaunchTemplateArgs(
                id=template.id, version=template.latest_version.apply(str)
            ),
            labels={POOL_LABEL: SYSTEM_POOL},
            taints=[aws.eks.NodeGroupTaintArgs(key=SYSTEM_TAINT, value="true", effect="NO_SCHEDULE")],
            opts=child,
        )
        self.cluster_name = group.cluster_name
        self.scaling_group = group.resources.apply(_scaling_group)
        self.register_outputs({"clusterName": self.cluster_name, "scalingGroup": self.scaling_group})

    def _template(self, name: str, args: SystemNodesArgs) -> aws.ec2.LaunchTemplate:
        plan: dict[str, Any] = system_template(args.tags, volume=args.volume, disk_key=args.disk_key)
        return aws.ec2.LaunchTemplate(
            f"{name}-template",
            update_default_version=True,
            metadata_options=plan["metadataOptions"],
            block_device_mappings=plan["blockDeviceMappings"],
            tag_specifications=plan["tagSpecifications"],
            opts=pulumi.ResourceOptions(parent=self),
        )


def _scaling_group(made: Sequence[Any]) -> str:
    """Name of the one group behind a node group."""
    ((group,),) = (each.autoscaling_groups for each in made)
    return str(group.name)


@dataclass(frozen=True, kw_only=True)
class KarpenterCloudArgs:
    """Arguments of `KarpenterCloud`.

    Args:
        owner: whose nodes they are.
        cluster_name: name of the cluster, known once it exists.
        repositories: first part of the names of the repositories that nodes may pull from.
        make_spot_role: True to make EC2's own role for spot, of which an account has one.
        disk_key: ARN of the key that nodes' disks are under; None for the account's default.
        zonal_shift: True if Karpenter asks whether a zone is left.
    """

    owner: Owner
    cluster_name: pulumi.Input[str]
    repositories: str
    make_spot_role: bool = False
    disk_key: str | None = None
    zonal_shift: bool = False


class KarpenterCloud(pulumi.ComponentResource):
    """What Karpenter needs of AWS: rights, a role for its nodes, and word of nodes that are about to go.

    Outputs:
        node_role: name of the role that its nodes get, known once they may join the cluster.
        queue: name of the queue of interruptions, known once Karpenter may read it and AWS writes to it.
    """

    node_role: pulumi.Output[str]
    queue: pulumi.Output[str]

    def __init__(
        self, name: str, args: KarpenterCloudArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(type_token("KarpenterCloud"), name, {}, opts)
        self._name, self._args = name, args
        child = pulumi.ResourceOptions(parent=self)
        node_role = PlatformRole(
            f"{name}-nodes",
            PlatformRoleArgs(
                owner=args.owner,
                purpose=NODE_PURPOSE,
                trust=service_trust("ec2.amazonaws.com"),
                policies={"pull": pull_policy(args.owner.account, prefix=args.repositories)},
                managed=NODE_POLICIES,
            ),
            child,
        )
        # EKS makes an entry for the role of a managed group only.
        entry = aws.eks.AccessEntry(
            f"{name}-nodes",
            cluster_name=args.cluster_name,
            principal_arn=node_role.arn,
            type="EC2_LINUX",
            opts=child,
        )
        controller = PodRole(
            f"{name}-controller",
            PodRoleArgs(
                owner=args.owner,
                cluster_name=args.cluster_name,
                purpose="karpenter",
                namespace=KARPENTER_NAMESPACE,
                service_accounts=[KARPENTER_ACCOUNT],
                policies=self._controller_policies(),
            ),
            child,
        )
        before: list[pulumi.Output[str]] = [controller.arn, *self._interruptions()]
        if args.make_spot_role:
            spot = aws.iam.ServiceLinkedRole(
                f"{name}-spot",
                aws_service_name="spot.amazonaws.com",
                # The account's other spot users need it as well.
                opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True),
            )
            before.append(spot.arn)
        self.node_role = pulumi.Output.all(node_role.role_name, entry.id).apply(lambda known: str(known[0]))
        self.queue = pulumi.Output.all(args.owner.cluster, *before).apply(lambda known: str(known[0]))
        self.register_outputs({"nodeRole": self.node_role, "queue": self.queue})

    def _controller_policies(self) -> dict[str, PolicyDocument]:
        owner, key = self._args.owner, self._args.disk_key
        made = karpenter_policies(
            owner.account,
            cluster=owner.cluster,
            node_role=role_name(owner.cluster, NODE_PURPOSE, owner.account.region),
            zonal_shift=self._args.zonal_shift,
        )
        return {**made, "disks": disk_key_policy(owner.account, key_arn=key)} if key else made

    def _interruptions(self) -> list[pulumi.Output[str]]:
        """The queue, and rules that fill it; ids of what must be there before Karpenter reads."""
        cluster, child = self._args.owner.cluster, pulumi.ResourceOptions(parent=self)
        queue = aws.sqs.Queue(
            f"{self._name}-interruptions",
            name=cluster,
            message_retention_seconds=_EVENT_SECONDS,
            sqs_managed_sse_enabled=True,
            opts=child,
        )
        access = aws.sqs.QueuePolicy(
            f"{self._name}-interruptions",
            queue_url=queue.url,
            policy=queue_policy(self._args.owner.account, cluster=cluster).json,
            opts=child,
        )
        targets = []
        for event, pattern in INTERRUPTIONS.items():
            rule = aws.cloudwatch.EventRule(
                f"{self._name}-{event}",
                name=f"{cluster}-{event}",
                event_pattern=json.dumps(dict(pattern), sort_keys=True),
                opts=child,
            )
            targets.append(
                aws.cloudwatch.EventTarget(f"{self._name}-{event}", rule=rule.name, arn=queue.arn, opts=child)
            )
        return [queue.id, access.id, *(target.id for target in targets)]

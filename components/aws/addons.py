"""EKS add-ons, pinned: what nodes need before they start, and what needs nodes to run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.aws.roles import Owner, PlatformRole, PlatformRoleArgs
from components.aws_plans.addon_versions import Release
from components.aws_plans.disks import disk_key_policy
from components.aws_plans.iam import PolicyDocument, pod_trust
from components.aws_plans.iam_platform import CNI_POLICIES, EBS_POLICIES
from components.aws_plans.node_pools import SYSTEM_TAINT, WARM_PREFIXES
from components.naming import type_token

_SYSTEM: Final = "kube-system"
_CNI_ACCOUNT: Final = "aws-node"
_EBS_ACCOUNT: Final = "ebs-csi-controller-sa"

_KEPT: Final = frozenset({"vpc-cni", "kube-proxy", "coredns"})
"""Add-ons whose pods stay when the add-on is removed: without them nothing in the cluster is reached."""


def network_configuration() -> dict[str, Any]:
    """Configuration of vpc-cni: blocks of 16 addresses instead of single ones, and enforced NetworkPolicies.

    The mode stays "standard", written out. With "strict" a pod starts with everything refused until its
    policies have been worked out, which closes the first moments of a tenant's pod. But it also refuses all
    that no policy allows: each pod that a policy does not name, those of kube-system among them (DNS, the
    volume driver, Karpenter), for which EKS ships none. A mistake in one of them would stop the whole
    cluster, and nobody has run it here. What the first moments cost stands in docs/aws.md.

    Source: the add-on's schema (`aws eks describe-addon-configuration`), where all values of `env` are text.
    """
    return {
        "env": {
            "ENABLE_PREFIX_DELEGATION": "true",
            "NETWORK_POLICY_ENFORCING_MODE": "standard",
            "WARM_PREFIX_TARGET": str(WARM_PREFIXES),
        },
        "enableNetworkPolicy": "true",
    }


def dns_configuration() -> dict[str, Any]:
    """Configuration of coredns: it grows with the cluster.

    A network interface passes 1024 DNS packets a second (VPC quotas), and each executor asks several times
    when it starts, so replicas on more nodes are what helps.
    """
    return {"autoScaling": {"enabled": True, "minReplicas": 2, "maxReplicas": 10}}


def usage_configuration() -> dict[str, Any]:
    """Configuration of metrics-server: it goes to the system nodes, as there are no others yet.

    The add-on is no part of EKS, and does not bear the taint of these nodes by itself, as DNS does: without
    this, `up` would wait for pods that find no node.
    """
    return {"tolerations": [{"key": SYSTEM_TAINT, "operator": "Exists"}]}


def disk_configuration(tags: Mapping[str, str]) -> dict[str, Any]:
    """Configuration of aws-ebs-csi-driver: volumes carry the tags that Pulumi can't give them.

    Args:
        tags: tags of every volume.
    """
    return {"controller": {"extraVolumeTags": dict(tags)}}


@dataclass(frozen=True, kw_only=True)
class AddonsArgs:
    """Arguments of `NodeAddons` and `ClusterAddons`.

    Args:
        owner: whose cluster it is.
        cluster_name: name of the cluster, known once what the add-ons need exists.
        release: the pinned releases.
        tags: tags of what the add-ons make by themselves.
        disk_key: ARN of the key that volumes are under; None for the account's default.
    """

    owner: Owner
    cluster_name: pulumi.Input[str]
    release: Release
    tags: Mapping[str, str]
    disk_key: str | None = None


class NodeAddons(pulumi.ComponentResource):
    """Add-ons that a node needs to become ready: network, Service routing, Pod Identity.

    They are daemons, so they are in place before there is a node, and deleted after the last one.

    Outputs:
        cluster_name: name of the cluster, known once they are in place.
    """

    cluster_name: pulumi.Output[str]

    def __init__(self, name: str, args: AddonsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(type_token("NodeAddons"), name, {}, opts)
        network = _role(self, f"{name}-network", args, "network", _CNI_ACCOUNT, CNI_POLICIES)
        made = [
            _addon(self, f"{name}-pod-identity", args, "eks-pod-identity-agent"),
            _addon(self, f"{name}-kube-proxy", args, "kube-proxy"),
            _addon(
                self,
                f"{name}-network",
                args,
                "vpc-cni",
                configuration=network_configuration(),
                identity=(_CNI_ACCOUNT, network.arn),
            ),
        ]
        self.cluster_name = _after(args, made)
        self.register_outputs({"clusterName": self.cluster_name})


class ClusterAddons(pulumi.ComponentResource):
    """Add-ons that need nodes to run on: DNS, volumes, the nodes' health, and what pods use (`kubectl top`).

    Outputs:
        cluster_name: name of the cluster, known once they are in place.
    """

    cluster_name: pulumi.Output[str]

    def __init__(self, name: str, args: AddonsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(type_token("ClusterAddons"), name, {}, opts)
        key = args.disk_key
        disks = _role(
            self,
            f"{name}-disks",
            args,
            "disks",
            _EBS_ACCOUNT,
            EBS_POLICIES,
            {"key": disk_key_policy(args.owner.account, key_arn=key)} if key else {},
        )
        made = [
            _addon(self, f"{name}-dns", args, "coredns", configuration=dns_configuration()),
            _addon(
                self,
                f"{name}-disks",
                args,
                "aws-ebs-csi-driver",
                configuration=disk_configuration(args.tags),
                identity=(_EBS_ACCOUNT, disks.arn),
            ),
            _addon(self, f"{name}-node-health", args, "eks-node-monitoring-agent"),
            _addon(self, f"{name}-usage", args, "metrics-server", configuration=usage_configuration()),
        ]
        self.cluster_name = _after(args, made)
        self.register_outputs({"clusterName": self.cluster_name})


def _role(
    parent: pulumi.Resource,
    name: str,
    args: AddonsArgs,
    purpose: str,
    account: str,
    managed: tuple[str, ...],
    policies: Mapping[str, PolicyDocument] = MappingProxyType({}),
) -> PlatformRole:
    """A role for an add-on; the add-on makes the association itself."""
    return PlatformRole(
        name,
        PlatformRoleArgs(
            owner=args.owner,
            purpose=purpose,
            trust=pod_trust(
                args.owner.account,
                cluster=args.owner.cluster,
                namespace=_SYSTEM,
                service_accounts=[account],
            ),
            policies=policies,
            managed=managed,
        ),
        pulumi.ResourceOptions(parent=parent),
    )


def _addon(
    parent: pulumi.Resource,
    name: str,
    args: AddonsArgs,
    addon: str,
    *,
    configuration: Mapping[str, Any] | None = None,
    identity: tuple[str, pulumi.Input[str]] | None = None,
) -> aws.eks.Addon:
    return aws.eks.Addon(
        name,
        cluster_name=args.cluster_name,
        addon_name=addon,
        addon_version=args.release.addons[addon],
        configuration_values=json.dumps(configuration, sort_keys=True) if configuration else None,
        pod_identity_associations=[
            aws.eks.AddonPodIdentityAssociationArgs(service_account=identity[0], role_arn=identity[1])
        ]
        if identity
        else None,
        # Whatever was changed by hand goes back to what stands here.
        resolve_conflicts_on_create="OVERWRITE",
        resolve_conflicts_on_update="OVERWRITE",
        preserve=addon in _KEPT,
        opts=pulumi.ResourceOptions(parent=parent),
    )


def _after(args: AddonsArgs, addons: list[aws.eks.Addon]) -> pulumi.Output[str]:
    return pulumi.Output.all(args.cluster_name, *(addon.id for addon in addons)).apply(
        lambda known: str(known[0])
    )

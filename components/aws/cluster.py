"""The EKS control plane: its key, logs, role and access entries. Nodes and add-ons come after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import pulumi
import pulumi_aws as aws
import pulumi_eks as eks

from components.aws.network import NetworkIds
from components.aws.roles import Owner
from components.aws_plans.access import AccessEntry, access_policy_arn
from components.aws_plans.account import role_name
from components.aws_plans.iam import KEY_DELETION_DAYS, key_policy
from components.aws_plans.kubeconfig import AwsLogin, with_profile
from components.aws_plans.leftovers import control_plane_logs
from components.naming import type_token
from components.rules.cluster import API_ENDPOINT, SECRETS_ENCRYPTION, same_as_eks
from components.rules.model import UNKNOWN, enforce

CONTROL_PLANE: Final = "control-plane"
"""Purpose in the name of the control plane's role, where it is named after the cluster."""


@dataclass(frozen=True, kw_only=True)
class ControlPlane:
    """How the cluster's API is reached and watched.

    Args:
        service_cidr: range of the Services; it can't change later.
        support: "extended" to pay for a year more instead of being upgraded at the end of standard support.
        public_access: blocks of addresses that reach the API from the internet; none for inside only.
        log_types: logs of the control plane that are kept.
        log_days: days that they are kept.
        access: who reaches the cluster.
        credentials: whose AWS credentials open it.
        own_role_name: True if its role is named like the stack's others, after the cluster.
        zonal_shift: True if a zone can be left by zonal shift.
        tier: how much of a control plane is there at all times; "standard" for what the load asks for.
    """

    service_cidr: str
    support: Literal["standard", "extended"]
    public_access: Sequence[str]
    log_types: Sequence[str]
    log_days: int
    access: Sequence[AccessEntry]
    credentials: AwsLogin
    own_role_name: bool = False
    zonal_shift: bool = False
    tier: str


@dataclass(frozen=True, kw_only=True)
class ClusterArgs(ControlPlane):
    """Arguments of a `Cluster`, besides those of its control plane.

    Args:
        owner: whose cluster it is, and its name.
        network: where it is.
        version: Kubernetes minor version, such as "1.35".
        protect: True to refuse its deletion, by Pulumi and by EKS.
        tags: tags of the cluster.
    """

    owner: Owner
    network: NetworkIds
    version: str
    protect: bool
    tags: Mapping[str, str]


class Cluster(pulumi.ComponentResource):
    """A control plane in API mode, with envelope encryption, and without nodes or add-ons.

    `pulumi_eks.Cluster` makes it. All its add-ons and security groups are off, so that what there is stands
    in this project's plans, is pinned here, and is seen by mocks; EKS' own security group serves nodes and
    API.

    Outputs:
        cluster_name: the name, known once the cluster exists.
        kubeconfig: how to reach it, as JSON; it names a command and holds no secret.
        security_group_id: the group that EKS made for the API and all nodes.
    """

    cluster_name: pulumi.Output[str]
    kubeconfig: pulumi.Output[str]
    security_group_id: pulumi.Output[str]

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(type_token("Cluster"), name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        cluster = args.owner.cluster
        public = bool(args.public_access)
        planned = same_as_eks(
            {
                "encryptionConfigKeyArn": UNKNOWN,
                "endpointPublicAccess": public,
                "publicAccessCidrs": list(args.public_access),
            }
        )
        enforce(SECRETS_ENCRYPTION, part=planned, what=f"cluster {cluster}")
        enforce(API_ENDPOINT, part=planned["vpcConfig"], what=f"cluster {cluster}")
        # EKS would make the log group by itself, and keep the logs for ever.
        logs = aws.cloudwatch.LogGroup(
            f"{name}-logs",
            name=control_plane_logs(cluster),
            retention_in_days=args.log_days,
            opts=child,
        )
        key = aws.kms.Key(
            f"{name}-key",
            description=f"Secrets of the cluster {cluster}",
            enable_key_rotation=True,
            deletion_window_in_days=KEY_DELETION_DAYS,
            policy=key_policy(args.owner.account).json,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        aws.kms.Alias(f"{name}-key", name=f"alias/{cluster}-secrets", target_key_id=key.id, opts=child)
        made = eks.Cluster(
            f"{name}-eks",
            name=cluster,
            version=args.version,
            upgrade_policy=aws.eks.ClusterUpgradePolicyArgs(support_type=args.support.upper()),
            authentication_mode=eks.AuthenticationMode.API,
            access_entries={each.name: _entry(args, each) for each in args.access},
            vpc_id=args.network.vpc_id,
            subnet_ids=list(args.network.private_subnet_ids),
            kubernetes_service_ip_address_range=args.service_cidr,
            endpoint_private_access=True,
            endpoint_public_access=public,
            public_access_cidrs=list(args.public_access) or None,
            encryption_config_key_arn=key.arn,
            enabled_cluster_log_types=list(args.log_types),
            deletion_protection=args.protect,
            skip_default_node_group=True,
            skip_default_security_groups=True,
            bootstrap_self_managed_addons=False,
            use_default_vpc_cni=True,
            kube_proxy_addon_options=eks.KubeProxyAddonOptionsArgs(enabled=False),
            coredns_addon_options=eks.CoreDnsAddonOptionsArgs(enabled=False),
            # pulumi-eks refuses an explicit AWS provider without this, even if there is nothing to say.
            provider_credential_opts=eks.KubeconfigOptionsArgs(
                profile_name=args.credentials.profile, role_arn=args.credentials.role_arn
            ),
            tags=dict(args.tags),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[logs],
                protect=args.protect,
                transforms=[_completed(further)] if (further := _further(args)) else None,
            ),
        )
        # An output, not the plain name: what takes it is made after the cluster and deleted before it.
        self.security_group_id = made.cluster_security_group_id
        self.cluster_name = made.cluster_security_group_id.apply(lambda _: cluster)
        self.kubeconfig = made.kubeconfig_json.apply(
            lambda text: with_profile(text, args.credentials.profile)
        )
        self.register_outputs(
            {
                "clusterName": self.cluster_name,
                "kubeconfig": self.kubeconfig,
                "securityGroupId": self.security_group_id,
            }
        )


def _further(args: ClusterArgs) -> dict[str, dict[str, Any]]:
    """Arguments of what pulumi-eks makes that it doesn't take itself, by type."""
    owner = args.owner
    role: dict[str, Any] = {
        **({"permissionsBoundary": owner.boundary} if owner.boundary else {}),
        **(
            {"name": role_name(owner.cluster, CONTROL_PLANE, owner.account.region)}
            if args.own_role_name
            else {}
        ),
    }
    cluster: dict[str, Any] = {
        **({"zonalShiftConfig": {"enabled": True}} if args.zonal_shift else {}),
        **({"controlPlaneScalingConfig": {"tier": args.tier}} if args.tier != "standard" else {}),
    }
    found = {"aws:iam/role:Role": role, "aws:eks/cluster:Cluster": cluster}
    return {type_: props for type_, props in found.items() if props}


def _completed(further: Mapping[str, Mapping[str, Any]]) -> pulumi.ResourceTransform:
    """Add arguments to what pulumi-eks makes.

    Passing a role of our own would be plainer, but Pulumi's mocks hang on a resource that is handed to a
    remote component, and with them every test of a whole stack (seen with 3.259).

    Args:
        further: the arguments, by type.
    """

    def transform(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if args.type_ not in further:
            return None
        return pulumi.ResourceTransformResult(props={**args.props, **further[args.type_]}, opts=args.opts)

    return transform


def _entry(args: ClusterArgs, access: AccessEntry) -> eks.AccessEntryArgs:
    policy_arn = access_policy_arn(args.owner.account, access.level)
    policies: dict[str, pulumi.Input[eks.AccessPolicyAssociationArgs]] = {}
    if policy_arn is not None:
        policies[access.level.value] = eks.AccessPolicyAssociationArgs(
            policy_arn=policy_arn,
            access_scope=aws.eks.AccessPolicyAssociationAccessScopeArgs(type="cluster"),
        )
    return eks.AccessEntryArgs(
        principal_arn=access.principal,
        kubernetes_groups=list(access.groups),
        access_policies=policies,
    )

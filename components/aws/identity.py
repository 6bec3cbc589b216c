"""Who is who on AWS: one role for each tenant and one for the history server, each bound to its own pods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import pulumi

from components.aws.iam import Policy
from components.aws.iam_spark import history_policy, tenant_policy
from components.aws.roles import Owner, PodRole, PodRoleArgs
from components.history import NAME as HISTORY_ACCOUNT
from components.naming import DRIVER_ACCOUNT, EXECUTOR_ACCOUNT, HISTORY_NAMESPACE, type_token
from components.object_store_policies import Buckets


@dataclass(frozen=True, kw_only=True)
class IdentitiesArgs:
    """Arguments of `Identities`.

    Args:
        owner: whom the roles are made for.
        cluster_name: name of the cluster, known once it exists.
        tenants: the tenants' namespaces.
        buckets: names of the buckets.
        key_arn: key of the buckets.
    """

    owner: Owner
    cluster_name: pulumi.Input[str]
    tenants: Sequence[str]
    buckets: Buckets
    key_arn: pulumi.Output[str]


class Identities(pulumi.ComponentResource):
    """Roles of tenants and history server, each limited to its own prefixes.

    Outputs:
        roles: ARN of each role by namespace, known once its pods can take it.
    """

    roles: pulumi.Output[dict[str, str]]

    def __init__(self, name: str, args: IdentitiesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(type_token("Identities"), name, {}, opts)
        made = {
            tenant: PodRole(
                f"{name}-{tenant}",
                PodRoleArgs(
                    owner=args.owner,
                    cluster_name=args.cluster_name,
                    purpose=f"tenant-{tenant}",
                    namespace=tenant,
                    service_accounts=[DRIVER_ACCOUNT, EXECUTOR_ACCOUNT],
                    policies={"buckets": args.key_arn.apply(partial(_tenant_rights, args, tenant))},
                ),
                pulumi.ResourceOptions(parent=self),
            ).arn
            for tenant in args.tenants
        }
        made[HISTORY_NAMESPACE] = PodRole(
            f"{name}-history",
            PodRoleArgs(
                owner=args.owner,
                cluster_name=args.cluster_name,
                purpose="history",
                namespace=HISTORY_NAMESPACE,
                # The chart names its service account after the release.
                service_accounts=[HISTORY_ACCOUNT],
                policies={"buckets": args.key_arn.apply(partial(_history_rights, args))},
            ),
            pulumi.ResourceOptions(parent=self),
        ).arn
        self.roles = pulumi.Output.all(**made)
        self.register_outputs({"roles": self.roles})


def _tenant_rights(args: IdentitiesArgs, tenant: str, key_arn: str) -> Policy:
    return tenant_policy(args.owner.account, buckets=args.buckets, namespace=tenant, key_arn=key_arn)


def _history_rights(args: IdentitiesArgs, key_arn: str) -> Policy:
    return history_policy(args.owner.account, buckets=args.buckets, key_arn=key_arn)

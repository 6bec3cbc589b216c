"""IAM roles with their policies, and roles that pods get through Pod Identity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import pulumi
import pulumi_aws as aws

from components.aws_plans.account import Account, role_name
from components.aws_plans.iam import PolicyDocument, pod_trust
from components.naming import type_token
from components.rules.iam import MANAGED_POLICY
from components.rules.model import enforce


@dataclass(frozen=True, kw_only=True)
class Owner:
    """Whom roles are made for.

    Args:
        account: where they are.
        cluster: name of the cluster, first part of the roles' names.
        boundary: ARN of the permissions boundary that the company puts on every role; None for none.
    """

    account: Account
    cluster: str
    boundary: str | None = None


@dataclass(frozen=True, kw_only=True)
class RoleChoice:
    """What a role is for, and all that it may do.

    Args:
        owner: whom it is made for.
        purpose: what it is for; part of its name.
        policies: its own policies by name, as a `PolicyDocument`, or as an output of one if it names what is
            not known before it exists.
        managed: names of policies that AWS maintains.
        attached: ARNs of further managed policies.
    """

    owner: Owner
    purpose: str
    policies: Mapping[str, PolicyDocument | pulumi.Output[PolicyDocument]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    managed: Sequence[str] = ()
    attached: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class PlatformRoleArgs(RoleChoice):
    """Arguments of a `PlatformRole`.

    Args:
        trust: who may take it.
    """

    trust: PolicyDocument


class PlatformRole(pulumi.ComponentResource):
    """A role and everything it may do.

    Outputs:
        arn: the role's ARN, known once all its policies are in place: whoever is given it can work.
        role_name: the role's name, known at the same time.
    """

    arn: pulumi.Output[str]
    role_name: pulumi.Output[str]

    def __init__(self, name: str, args: PlatformRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(type_token("PlatformRole"), name, {}, opts)
        account = args.owner.account
        child = pulumi.ResourceOptions(parent=self)
        managed_arns = {managed: account.managed_policy_arn(managed) for managed in args.managed}
        managed_arns |= {arn.rpartition("/")[2]: arn for arn in args.attached}
        for arn in managed_arns.values():
            enforce(MANAGED_POLICY, part=arn, what=f"role {args.purpose}")
        role = aws.iam.Role(
            f"{name}-role",
            name=role_name(args.owner.cluster, args.purpose, account.region),
            assume_role_policy=args.trust.json,
            permissions_boundary=args.owner.boundary,
            opts=child,
        )
        given: list[pulumi.Output[str]] = [
            aws.iam.RolePolicy(
                f"{name}-{key}",
                name=key,
                role=role.name,
                policy=pulumi.Output.from_input(policy).apply(lambda made: made.json),
                opts=child,
            ).id
            for key, policy in args.policies.items()
        ]
        given += [
            aws.iam.RolePolicyAttachment(
                f"{name}-{managed}",
                role=role.name,
                policy_arn=arn,
                opts=child,
            ).id
            for managed, arn in managed_arns.items()
        ]
        self.arn = pulumi.Output.all(role.arn, *given).apply(lambda known: str(known[0]))
        self.role_name = pulumi.Output.all(role.name, *given).apply(lambda known: str(known[0]))
        self.register_outputs({"arn": self.arn, "roleName": self.role_name})


@dataclass(frozen=True, kw_only=True)
class PodRoleArgs(RoleChoice):
    """Arguments of a `PodRole`.

    Args:
        cluster_name: name of the cluster, known once the cluster exists.
        namespace: the pods' namespace, which need not exist yet.
        service_accounts: the pods' service accounts; each gets an association.
    """

    cluster_name: pulumi.Input[str]
    namespace: str
    service_accounts: Sequence[str]


class PodRole(pulumi.ComponentResource):
    """A role, bound to service accounts in one namespace and takeable by nobody else.

    Outputs:
        arn: the role's ARN, known once its policies and associations are in place.
    """

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: PodRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(type_token("PodRole"), name, {}, opts)
        role = PlatformRole(
            f"{name}-role",
            PlatformRoleArgs(
                owner=args.owner,
                purpose=args.purpose,
                trust=pod_trust(
                    args.owner.account,
                    cluster=args.owner.cluster,
                    namespace=args.namespace,
                    service_accounts=args.service_accounts,
                ),
                policies=args.policies,
                managed=args.managed,
                attached=args.attached,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        associations = [
            aws.eks.PodIdentityAssociation(
                f"{name}-{service_account}",
                cluster_name=args.cluster_name,
                namespace=args.namespace,
                service_account=service_account,
                role_arn=role.arn,
                opts=pulumi.ResourceOptions(parent=self),
            ).association_id
            for service_account in args.service_accounts
        ]
        self.arn = pulumi.Output.all(role.arn, *associations).apply(lambda known: str(known[0]))
        self.register_outputs({"arn": self.arn})

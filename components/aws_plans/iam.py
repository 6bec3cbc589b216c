"""IAM policy documents as values: built from statements that refuse an unexplained wildcard. Pure.

Every document of the foundation is made of these statements, so the rule "no `*` without a reason" holds
where a document is written, not only where somebody looks. The reasons are kept beside the document for
review.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from components.aws_plans.account import Account
from components.rules.iam import wildcards

Conditions = Mapping[str, Mapping[str, str | Sequence[str]]]
"""Operator -> condition key -> what it must be."""

POD_IDENTITY: Final = "pods.eks.amazonaws.com"
"""Service that hands a role's credentials to pods (EKS guide, "Pod Identity")."""


KEY_DELETION_DAYS: Final = 30
"""Days in which a deleted key can be brought back, AWS' most. What it encrypted is lost with it."""


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement of a policy.

    Args:
        sid: what it is for, in PascalCase.
        actions: actions in full, such as "s3:GetObject".
        resources: ARNs; none in a trust policy, where the role itself is the resource.
        conditions: what must hold besides.
        effect: "Allow" or "Deny".
        principals: whom it concerns, in a policy that belongs to a resource.
        why: why it needs a wildcard; asked of every statement that allows `*`.

    Raises:
        ValueError: it allows a wildcard and says no reason.
    """

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...] = ()
    conditions: Conditions = field(default_factory=lambda: MappingProxyType({}))
    effect: str = "Allow"
    principals: Mapping[str, str] | None = None
    why: str = ""

    def __post_init__(self) -> None:
        if self.wildcards and not self.why:
            raise ValueError(
                f"statement {self.sid} allows {', '.join(self.wildcards)}: name actions and ARNs in full, or "
                "say in `why` what makes the wildcard necessary"
            )

    @property
    def wildcards(self) -> tuple[str, ...]:
        """What it allows without naming it: actions with a `*`, the resource `*`, the principal `*`."""
        return wildcards(self.json)

    @property
    def json(self) -> dict[str, Any]:
        """The statement as IAM reads it."""
        made: dict[str, Any] = {"Sid": self.sid, "Effect": self.effect}
        if self.principals is not None:
            # IAM writes "anybody" without naming a kind of principal.
            anybody = set(self.principals.values()) == {"*"}
            made["Principal"] = "*" if anybody else dict(self.principals)
        made["Action"] = list(self.actions)
        if self.resources:
            made["Resource"] = list(self.resources)
        if self.conditions:
            made["Condition"] = {
                operator: {
                    key: value if isinstance(value, str) else list(value) for key, value in keys.items()
                }
                for operator, keys in self.conditions.items()
            }
        return made


@dataclass(frozen=True)
class PolicyDocument:
    """A policy document.

    Args:
        statements: its statements, each with a sid of its own.

    Raises:
        ValueError: two statements have one sid.
    """

    statements: tuple[Statement, ...]

    def __post_init__(self) -> None:
        sids = [each.sid for each in self.statements]
        repeated = sorted({sid for sid in sids if sids.count(sid) > 1})
        if repeated:
            raise ValueError(f"policy: {', '.join(repeated)} names two statements; IAM wants each sid once")

    @property
    def document(self) -> dict[str, Any]:
        """The document as IAM reads it."""
        return {"Version": "2012-10-17", "Statement": [each.json for each in self.statements]}

    @property
    def json(self) -> str:
        """The document as text without blanks: IAM counts characters."""
        return json.dumps(self.document, separators=(",", ":"))

    @property
    def reasons(self) -> dict[str, str]:
        """Why each statement with a wildcard needs it, by sid."""
        return {each.sid: each.why for each in self.statements if each.wildcards}


def policy(*statements: Statement) -> PolicyDocument:
    """Make a policy of statements.

    Args:
        statements: in the order in which they are written.
    """
    return PolicyDocument(statements)


def service_trust(service: str, *, conditions: Conditions = MappingProxyType({})) -> PolicyDocument:
    """Let an AWS service take a role.

    Args:
        service: the service's principal, such as "ec2.amazonaws.com".
        conditions: for whom the service acts.
    """
    return policy(
        Statement(
            sid="ServiceTakesRole",
            actions=("sts:AssumeRole",),
            principals={"Service": service},
            conditions=conditions,
        )
    )


def pod_trust(
    account: Account, *, cluster: str, namespace: str, service_accounts: Sequence[str]
) -> PolicyDocument:
    """Let pods of some service accounts in one namespace of one cluster take a role, through Pod Identity.

    Pod Identity says in tags who asks. Without conditions on them, whoever may make an association could
    give the role to any other pod of the account (EKS guide, "IAM role with trust policy required by Pod
    Identity").

    Args:
        account: where the cluster is.
        cluster: the cluster's name.
        namespace: the pods' namespace.
        service_accounts: the pods' service accounts.
    """
    return policy(
        Statement(
            sid="PodsTakeRole",
            actions=("sts:AssumeRole", "sts:TagSession"),
            principals={"Service": POD_IDENTITY},
            conditions={
                "StringEquals": {
                    "aws:RequestTag/eks-cluster-arn": account.cluster_arn(cluster),
                    "aws:RequestTag/kubernetes-namespace": namespace,
                    "aws:RequestTag/kubernetes-service-account": tuple(sorted(service_accounts)),
                }
            },
        )
    )


def tls_only(bucket_arn: str) -> Statement:
    """Refuse everything that reaches a bucket without TLS.

    Args:
        bucket_arn: of the bucket itself; its objects are meant as well.
    """
    return Statement(
        sid="TlsOnly",
        effect="Deny",
        actions=("s3:*",),
        resources=(bucket_arn, f"{bucket_arn}/*"),
        principals={"AWS": "*"},
        conditions={"Bool": {"aws:SecureTransport": "false"}},
    )


def key_policy(account: Account, *further: Statement) -> PolicyDocument:
    """Policy of a KMS key: the account's IAM policies decide, and whoever else is named.

    Args:
        account: the key's account.
        further: statements for services that use the key in their own name.
    """
    return policy(
        Statement(
            sid="AccountDecides",
            actions=("kms:*",),
            resources=("*",),
            principals={"AWS": f"arn:{account.partition}:iam::{account.id}:root"},
            why="In a key's own policy * is this key alone. Without this statement IAM policies have no "
            "effect on the key, and nobody could ever change it (KMS guide, default key policy).",
        ),
        *further,
    )

"""Who reaches the cluster: people and CI, by access entries. Pure.

API mode knows no `aws-auth` ConfigMap, so a mistake here can't lock everybody out: an entry is made and
removed by EKS, and whoever made the cluster stays its administrator. That one must not be listed: EKS
refuses a second entry for the same principal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from components.aws_plans.account import Account

_PRINCIPAL: Final = re.compile(r"arn:aws(-us-gov)?:iam::[0-9]{12}:(role|user)/[\w+=,.@/-]+")


class Level(StrEnum):
    """What somebody may do in the whole cluster, besides what their groups may."""

    ADMIN = "admin"
    VIEW = "view"
    NONE = "none"


_POLICIES: Final = {Level.ADMIN: "AmazonEKSClusterAdminPolicy", Level.VIEW: "AmazonEKSViewPolicy"}
"""Access policies of EKS; viewing leaves out Secrets."""


@dataclass(frozen=True, kw_only=True)
class AccessEntry:
    """One access entry.

    Args:
        name: what it is called here, unique among the entries.
        principal: ARN of an IAM role or user.
        level: what it may do in the whole cluster.
        groups: groups that the cluster sees its people in; tenants name them.
    """

    name: str
    principal: str
    level: Level = Level.NONE
    groups: tuple[str, ...] = ()


def check_principal(arn: str) -> str:
    """Accept the ARN of a role or user, as an access entry takes it.

    Args:
        arn: what a person wrote.

    Raises:
        ValueError: it is another kind of ARN, or none; the message says what to write.
    """
    if not _PRINCIPAL.fullmatch(arn):
        raise ValueError(
            "is not the ARN of an IAM role or user; write arn:aws:iam::<account>:role/<name>, for people who "
            "sign in through IAM Identity Center their AWSReservedSSO role"
        )
    return arn


def access_policy_arn(account: Account, level: Level) -> str | None:
    """ARN of the access policy of a level; None if the level gives nothing.

    Args:
        account: whose partition the ARN names.
        level: what people of a group may do in the cluster.
    """
    name = _POLICIES.get(level)
    return f"arn:{account.partition}:eks::aws:cluster-access-policy/{name}" if name else None

"""Who may act in the name of a tenant's people, as the pages of all runs do. Pure.

A page that shows each viewer what they may see asks the API server in their groups' name. Its account may
become one user, whom nothing else is granted to, and the groups that tenants name: whoever gets hold of it is
at most all tenants' people at once. Without the names it could become system:masters, or a controller that
lists Secrets (Kubernetes: "User impersonation").
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from components.records.rights import PolicyRule

VIEWER: Final = "spark-jobs:viewer"
"""The one user; `apps/jobs/web/cluster.py` says it, too."""

NAME_EXTRA: Final = "jobs-user"
"""Extra field of the impersonated user with the viewer's own name, for the API server's audit log."""

_BECOME: Final = ("impersonate",)


def impersonation_rules(groups: Iterable[str]) -> tuple[PolicyRule, ...]:
    """Rules of the account's ClusterRole; it needs no others.

    Args:
        groups: all groups that tenants name.
    """
    named = tuple(sorted(set(groups)))
    # A rule without names is one for every group: without tenants there is none.
    teams = [PolicyRule(("groups",), _BECOME, "each viewer's own", names=named)] if named else []
    return (
        PolicyRule(("users",), _BECOME, "the one user that nothing is granted to", names=(VIEWER,)),
        *teams,
        PolicyRule(
            (f"userextras/{NAME_EXTRA}",),
            _BECOME,
            "who it is, for the API server's audit log",
            "authentication.k8s.io",
        ),
    )

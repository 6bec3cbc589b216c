"""Who may act in the name of a tenant's people, as the pages of all runs do. Pure.

A page that shows each viewer what they may see asks the API server in their groups' name. Its account may
become one user, whom nothing else is granted to, and the groups that tenants name: whoever gets hold of it is
at most all tenants' people at once. Without the names it could become system:masters, or a controller that
lists Secrets (Kubernetes: "User impersonation").
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

VIEWER: Final = "spark-jobs:viewer"
"""The one user; `apps/jobs/web/cluster.py` says it, too."""

NAME_EXTRA: Final = "jobs-user"
"""Extra field of the impersonated user with the viewer's own name, for the API server's audit log."""


def impersonation_rules(groups: Iterable[str]) -> list[dict[str, Any]]:
    """Rules of the account's ClusterRole; it needs no others.

    Args:
        groups: all groups that tenants name.
    """

    def may_be(group: str, resource: str, names: list[str]) -> dict[str, Any]:
        named = {"resourceNames": names} if names else {}
        return {"apiGroups": [group], "resources": [resource], "verbs": ["impersonate"], **named}

    named = sorted(set(groups))
    return [
        may_be("", "users", [VIEWER]),
        # A rule without names is one for every group: without tenants there is none.
        *([may_be("", "groups", named)] if named else []),
        may_be("authentication.k8s.io", f"userextras/{NAME_EXTRA}", []),
    ]

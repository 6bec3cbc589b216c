"""Service accounts with the roles that a service's record grants them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from components.domain import Manifest
from components.naming import labels
from components.records.rights import Grant

_GROUP = "rbac.authorization.k8s.io"


def account_manifests(grants: Sequence[Grant], part: str) -> list[Manifest]:
    """Make a service account with its roles and their bindings.

    Args:
        grants: its rights, at least one grant, all of one account.
        part: what of the platform it belongs to, for the labels.
    """
    account, home = grants[0].account, grants[0].home
    made: list[Manifest] = [
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": _metadata(account, account, home, part),
            # Each pod says itself that it wants a token.
            "automountServiceAccountToken": False,
        }
    ]
    for grant in grants:
        made += _role(grant, part)
    return made


def role_name(grant: Grant) -> str:
    """Name of the role with a grant's rights; in the whole cluster it says whose it is.

    Args:
        grant: rights of a service account.
    """
    return grant.account if grant.place else f"{grant.home}-{grant.account}"


def _role(grant: Grant, part: str) -> list[Manifest]:
    prefix = "" if grant.place else "Cluster"
    name = role_name(grant)
    rules = [rule.manifest() for rule in grant.rules]
    if grant.paths:
        rules.append({"nonResourceURLs": list(grant.paths), "verbs": ["get"]})
    metadata = _metadata(name, grant.account, grant.place, part)
    return [
        {"apiVersion": f"{_GROUP}/v1", "kind": f"{prefix}Role", "metadata": metadata, "rules": rules},
        {
            "apiVersion": f"{_GROUP}/v1",
            "kind": f"{prefix}RoleBinding",
            "metadata": metadata,
            "roleRef": {"apiGroup": _GROUP, "kind": f"{prefix}Role", "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": grant.account, "namespace": grant.home}],
        },
    ]


def _metadata(name: str, account: str, namespace: str | None, part: str) -> dict[str, Any]:
    place = {"namespace": namespace} if namespace else {}
    return {"name": name, **place, "labels": labels(account, part)}

"""The service accounts of the collection, with the roles that its record grants them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from components.domain import Manifest
from components.naming import labels
from components.records.monitoring import RECORD
from components.records.rights import Grant

GRANTS: Final[Mapping[str, Sequence[Grant]]] = {
    account: [grant for grant in RECORD.grants if grant.account == account]
    for account in dict.fromkeys(grant.account for grant in RECORD.grants)
}
"""All rights of the collection on the foundation `kubernetes`, by account. On AWS the chart makes its own."""


def manifests(account: str) -> list[Manifest]:
    """Make a service account with its roles and their bindings.

    Args:
        account: one of `GRANTS`.
    """
    made: list[Manifest] = [
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": _metadata(account, account, GRANTS[account][0].home),
            # Each pod says itself that it wants a token.
            "automountServiceAccountToken": False,
        }
    ]
    for grant in GRANTS[account]:
        made += _role(grant)
    return made


def role_name(grant: Grant) -> str:
    """Name of the role with a grant's rights; in the whole cluster it says whose it is."""
    return grant.account if grant.place else f"{grant.home}-{grant.account}"


def _role(grant: Grant) -> list[Manifest]:
    prefix = "" if grant.place else "Cluster"
    group = "rbac.authorization.k8s.io"
    name = role_name(grant)
    rules = [rule.manifest() for rule in grant.rules]
    if grant.paths:
        rules.append({"nonResourceURLs": list(grant.paths), "verbs": ["get"]})
    metadata = _metadata(name, grant.account, grant.place)
    return [
        {"apiVersion": f"{group}/v1", "kind": f"{prefix}Role", "metadata": metadata, "rules": rules},
        {
            "apiVersion": f"{group}/v1",
            "kind": f"{prefix}RoleBinding",
            "metadata": metadata,
            "roleRef": {"apiGroup": group, "kind": f"{prefix}Role", "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": grant.account, "namespace": grant.home}],
        },
    ]


def _metadata(name: str, account: str, namespace: str | None) -> dict[str, Any]:
    place = {"namespace": namespace} if namespace else {}
    return {"name": name, **place, "labels": labels(account, "monitoring")}

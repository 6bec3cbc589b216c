"""Roles with their bindings, and service accounts with those that a service's record grants them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


def role_manifests(
    metadata: Mapping[str, Any], rules: Sequence[Mapping[str, Any]], subjects: Sequence[Mapping[str, str]]
) -> list[Manifest]:
    """Make a role and its binding, of one name: in a namespace, or in the whole cluster where none is named.

    Args:
        metadata: metadata of both.
        rules: the rights, as the API takes them.
        subjects: who gets them, as the API takes it.
    """
    prefix = "" if "namespace" in metadata else "Cluster"
    return [
        {
            "apiVersion": f"{_GROUP}/v1",
            "kind": f"{prefix}Role",
            "metadata": dict(metadata),
            "rules": [dict(rule) for rule in rules],
        },
        {
            "apiVersion": f"{_GROUP}/v1",
            "kind": f"{prefix}RoleBinding",
            "metadata": dict(metadata),
            "roleRef": {"apiGroup": _GROUP, "kind": f"{prefix}Role", "name": metadata["name"]},
            "subjects": [dict(subject) for subject in subjects],
        },
    ]


def account_subject(account: str, namespace: str) -> dict[str, str]:
    """A service account, as a binding names it.

    Args:
        account: its name.
        namespace: where it is.
    """
    return {"kind": "ServiceAccount", "name": account, "namespace": namespace}


def group_subject(name: str) -> dict[str, str]:
    """A group of people, as a binding names it.

    Args:
        name: the group's.
    """
    return {"kind": "Group", "name": name, "apiGroup": _GROUP}


def role_name(grant: Grant) -> str:
    """Name of the role with a grant's rights; in the whole cluster it says whose it is.

    Args:
        grant: rights of a service account.
    """
    return grant.account if grant.place else f"{grant.home}-{grant.account}"


def _role(grant: Grant, part: str) -> list[Manifest]:
    rules = [rule.manifest() for rule in grant.rules]
    if grant.paths:
        rules.append({"nonResourceURLs": list(grant.paths), "verbs": ["get"]})
    metadata = _metadata(role_name(grant), grant.account, grant.place, part)
    return role_manifests(metadata, rules, [account_subject(grant.account, grant.home)])


def _metadata(name: str, account: str, namespace: str | None, part: str) -> dict[str, Any]:
    place = {"namespace": namespace} if namespace else {}
    return {"name": name, **place, "labels": labels(account, part)}

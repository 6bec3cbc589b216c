"""Who may do what, as a table: every subject, verb and resource in every namespace, with the right answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from components.domain import Tenant
from components.naming import CLUSTER_NAMESPACES
from components.records.every import PLATFORM_NAMESPACES, RECORDS
from components.records.rights import CORE, SPARK_GROUP, Grant
from components.tenants.rbac import ACCOUNTS, PEOPLE_RULES

PERSON: Final = "a-person"
"""User name that stands for a member of a group in the access table; only the groups count."""

VERBS: Final = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")

NAMESPACED: Final = (
    (CORE, "pods"),
    (CORE, "pods/log"),
    (CORE, "pods/exec"),
    (CORE, "pods/portforward"),
    (CORE, "pods/ephemeralcontainers"),
    (CORE, "configmaps"),
    (CORE, "secrets"),
    (CORE, "services"),
    (CORE, "persistentvolumeclaims"),
    (CORE, "serviceaccounts"),
    (CORE, "serviceaccounts/token"),
    (CORE, "events"),
    (CORE, "resourcequotas"),
    (CORE, "limitranges"),
    ("apps", "deployments"),
    ("batch", "jobs"),
    ("networking.k8s.io", "networkpolicies"),
    ("rbac.authorization.k8s.io", "roles"),
    ("rbac.authorization.k8s.io", "rolebindings"),
    (SPARK_GROUP, "sparkapplications"),
    (SPARK_GROUP, "sparkapplications/status"),
    (SPARK_GROUP, "scheduledsparkapplications"),
    (SPARK_GROUP, "sparkconnects"),
)
"""Resources of the access table: all that a right here names, and all that must stay closed."""

CLUSTER_WIDE: Final = (
    (CORE, "namespaces"),
    (CORE, "nodes"),
    (CORE, "persistentvolumes"),
    ("apiextensions.k8s.io", "customresourcedefinitions"),
    ("rbac.authorization.k8s.io", "clusterroles"),
    ("rbac.authorization.k8s.io", "clusterrolebindings"),
    ("scheduling.k8s.io", "priorityclasses"),
)
"""Resources without a namespace, closed to every tenant."""


@dataclass(frozen=True, kw_only=True)
class AccessCheck:
    """One line of the access table.

    Args:
        user: who asks, as the API server names it.
        groups: the groups that a person belongs to; a service account's come by themselves.
        namespace: where; None for resources without a namespace.
        verb: the verb.
        api_group: API group of the resource.
        resource: the resource, a subresource after a slash.
        allowed: what the answer has to be.
    """

    user: str
    groups: tuple[str, ...]
    namespace: str | None
    verb: str
    api_group: str
    resource: str
    allowed: bool

    def can_i(self) -> list[str]:
        """Arguments of the `kubectl` command that asks the API server."""
        kind, _, subresource = self.resource.partition("/")
        return [
            "auth",
            "can-i",
            self.verb,
            f"{kind}.{self.api_group}" if self.api_group else kind,
            *([f"--subresource={subresource}"] if subresource else []),
            *([f"--namespace={self.namespace}"] if self.namespace else []),
            f"--as={self.user}",
            *(f"--as-group={group}" for group in self.groups),
        ]


@dataclass(frozen=True)
class _Subject:
    user: str
    groups: tuple[str, ...]
    grants: Sequence[Grant]


def account_user(namespace: str, account: str) -> str:
    """Name of a service account as a user of the API."""
    return f"system:serviceaccount:{namespace}:{account}"


def expected_access(tenants: Sequence[Tenant]) -> list[AccessCheck]:
    """Say for each service account and each group of people what it may do, in every namespace.

    Args:
        tenants: all tenants of the cluster; each is also tried in the others' namespaces.
    """
    namespaces = [*_namespaces(tenants), None]
    return [
        line
        for subject in _subjects(tenants)
        for line in _lines(subject.user, subject.groups, namespaces, subject.grants)
    ]


def platform_access(tenants: Sequence[Tenant], *, without: Sequence[str] = ()) -> list[AccessCheck]:
    """Say for each service account that a service's record grants rights what it may do, in every namespace.

    Args:
        tenants: all tenants of the cluster.
        without: namespaces of services that the cluster does not have.
    """
    namespaces = [*_namespaces(tenants), None]
    return [
        line
        for (home, account), grants in _granted(tenants).items()
        if home not in without
        for line in _lines(account_user(home, account), (), namespaces, grants)
    ]


def _granted(tenants: Sequence[Tenant]) -> dict[tuple[str, str], list[Grant]]:
    found: dict[tuple[str, str], list[Grant]] = {}
    for record in RECORDS.values():
        for grant in record.granted([tenant.namespace for tenant in tenants]):
            found.setdefault((grant.home, grant.account), []).append(grant)
    return found


def _namespaces(tenants: Sequence[Tenant]) -> list[str]:
    return sorted({*PLATFORM_NAMESPACES, *CLUSTER_NAMESPACES, *(each.namespace for each in tenants)})


def _subjects(tenants: Sequence[Tenant]) -> Iterator[_Subject]:
    for tenant in tenants:
        here = tenant.namespace
        for account, rules in ACCOUNTS.items():
            granted = Grant(account=account, home=here, place=here, rules=rules)
            yield _Subject(account_user(here, account), (), [granted])
    for group in sorted({group for tenant in tenants for group in tenant.groups}):
        theirs = [tenant.namespace for tenant in tenants if group in tenant.groups]
        # A group has no namespace of its own: a grant of its people is one of each of theirs.
        grants = [Grant(account=group, home=place, place=place, rules=PEOPLE_RULES) for place in theirs]
        yield _Subject(PERSON, (group,), grants)


def _lines(
    user: str, groups: tuple[str, ...], places: Sequence[str | None], grants: Sequence[Grant]
) -> Iterator[AccessCheck]:
    for place in places:
        for api_group, resource in CLUSTER_WIDE if place is None else NAMESPACED:
            for verb in VERBS:
                yield AccessCheck(
                    user=user,
                    groups=groups,
                    namespace=place,
                    verb=verb,
                    api_group=api_group,
                    resource=resource,
                    allowed=any(grant.allows(place, verb, api_group, resource) for grant in grants),
                )

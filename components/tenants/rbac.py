"""Who may do what in a tenant's namespace: Roles as data, each right with its reason. Pure.

Only Roles, never a ClusterRole: a tenant's rights end at its namespace. The namespace is the boundary of
trust: whoever may start a pod in it can use its Secrets and service accounts, so none of these may do
anything outside it.

Verbs are those of Spark 4.1.2 and its Kubernetes client 7.4.1, read from their classes. Deleting by label is
one `deletecollection` request; the client falls back to single deletes only after a 405, not after a 403.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from components.domain import Tenant
from components.naming import CLUSTER_NAMESPACES, DRIVER_ACCOUNT, EXECUTOR_ACCOUNT, SUBMITTER_ACCOUNT
from components.records.every import PLATFORM_NAMESPACES, RECORDS
from components.records.rights import CORE, JOBS, SPARK_GROUP, Grant, PolicyRule

PEOPLE_ROLE: Final = "spark-people"
"""Role of a tenant's people, bound to their groups."""

PERSON: Final = "a-person"
"""User name that stands for a member of a group in the access table; only the groups count."""


_READ: Final = ("get", "list", "watch")
_MANAGE: Final = (*_READ, "create", "update", "patch", "delete")

DRIVER_RULES: Final = (
    PolicyRule(
        ("pods",),
        (*_READ, "create", "patch", "delete", "deletecollection"),
        "starts, watches and removes executors; patches one that it keeps for inspection "
        "(spark.kubernetes.executor.deleteOnTermination=false), or that it decommissions (decommissionLabel)",
    ),
    PolicyRule(
        ("configmaps",),
        ("create", "deletecollection"),
        "gives executors their configuration, and removes it at the end",
    ),
    PolicyRule(
        ("persistentvolumeclaims",),
        ("list", "create", "deletecollection"),
        "local disks of executors: makes them on demand, uses those of lost executors again, removes them",
    ),
    PolicyRule(
        ("services",),
        ("deletecollection",),
        "removes its own headless service at the end, so that finished drivers leave none",
    ),
)
"""Rights of a driver (KubernetesClusterSchedulerBackend, ExecutorPodsAllocator and their helpers)."""

EXECUTOR_RULES: Final[tuple[PolicyRule, ...]] = ()
"""An executor talks to its driver alone, and gets no token."""

SUBMITTER_RULES: Final = (
    PolicyRule(JOBS, _MANAGE, "hands jobs to the operator, and takes them back", SPARK_GROUP),
    PolicyRule(
        ("pods",),
        (*_READ, "create", "delete"),
        "spark-submit in cluster mode: makes the driver, waits for it, removes it if the rest fails",
    ),
    PolicyRule(
        ("configmaps", "services", "persistentvolumeclaims"),
        ("create", "patch", "delete"),
        "spark-submit applies the driver's configuration, service and disks, which takes create and patch",
    ),
    PolicyRule(("pods/log",), ("get",), "shows how the job went"),
    PolicyRule(("events",), ("list", "watch"), "says why a pod waits"),
)
"""Rights of what submits: a scheduler's pod, a CI job, spark-submit (deploy.k8s.submit.Client)."""

PEOPLE_RULES: Final = (
    PolicyRule(JOBS, _MANAGE, "people start, change and stop their jobs", SPARK_GROUP),
    PolicyRule(
        ("pods", "services", "configmaps", "persistentvolumeclaims", "serviceaccounts"),
        _READ,
        "people see what runs; Secrets are not among it",
    ),
    PolicyRule(("pods/log",), ("get",), "people read logs"),
    PolicyRule(
        ("pods/portforward",),
        ("get", "create"),
        "the live Spark UI; kubectl asks for get since it uses WebSockets, for create before",
    ),
    PolicyRule(("events",), _READ, "people see why a pod waits"),
    PolicyRule(("resourcequotas", "limitranges"), _READ, "people see what they may use, and what is left"),
)
"""Rights of a tenant's people. No pods/exec: it would show the access key, and change what runs unseen."""

ACCOUNTS: Final = {
    DRIVER_ACCOUNT: DRIVER_RULES,
    EXECUTOR_ACCOUNT: EXECUTOR_RULES,
    SUBMITTER_ACCOUNT: SUBMITTER_RULES,
}
"""Service accounts of every tenant, with their rights."""

VERBS: Final = (*_MANAGE, "deletecollection")

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


def platform_access(tenants: Sequence[Tenant]) -> list[AccessCheck]:
    """Say for each service account that a service's record grants rights what it may do, in every namespace.

    Args:
        tenants: all tenants of the cluster.
    """
    namespaces = [*_namespaces(tenants), None]
    return [
        line
        for (home, account), grants in _granted().items()
        for line in _lines(account_user(home, account), (), namespaces, grants)
    ]


def _granted() -> dict[tuple[str, str], list[Grant]]:
    found: dict[tuple[str, str], list[Grant]] = {}
    for record in RECORDS.values():
        for grant in record.grants:
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

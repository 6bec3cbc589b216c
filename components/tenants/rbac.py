"""Who may do what in a tenant's namespace: Roles as data, each right with its reason. Pure.

Only Roles, never a ClusterRole: a tenant's rights end at its namespace. The namespace is the boundary of
trust: whoever may start a pod in it can use its Secrets and service accounts, so none of these may do
anything outside it.

Verbs are those of Spark 4.1.2 and its Kubernetes client 7.4.1, read from their classes. Deleting by label is
one `deletecollection` request; the client falls back to single deletes only after a 405, not after a 403.
"""

from __future__ import annotations

from typing import Final

from components.naming import DRIVER_ACCOUNT, EXECUTOR_ACCOUNT, SUBMITTER_ACCOUNT
from components.records.rights import CONNECTS, JOBS, SPARK_GROUP, PolicyRule

PEOPLE_ROLE: Final = "spark-people"
"""Role of a tenant's people, bound to their groups."""


_READ: Final = ("get", "list", "watch")
_MANAGE: Final = (*_READ, "create", "update", "patch", "delete")

_REFUSED: Final = PolicyRule(
    CONNECTS,
    ("get", "create", "delete"),
    "a rule refuses every one, and says what to write instead; without a right the answer is `forbidden`. "
    "One that was there before the rule can go",
    SPARK_GROUP,
)

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
    _REFUSED,
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
    _REFUSED,
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

"""A tenant's namespace on an API server alone, with its rights and all admission policies."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from components.domain import Priority, Tenant
from components.naming import (
    DRIVER_ACCOUNT,
    PRIORITY_LABEL,
    SUBMITTER_ACCOUNT,
    priority_class,
    tenant_labels,
)
from components.records.rights import SPARK_GROUP, PolicyRule
from components.releases import RELEASES
from components.services.spark_operator.crds import typed_definition, with_time_to_live
from components.tenants.admission import JOB_WORDS
from components.tenants.admission_policy import Check, Policy
from components.tenants.namespace import PRIORITY_VALUES, admission_policies
from components.tenants.rbac import ACCOUNTS, PEOPLE_RULES
from tests.support.access_table import account_user
from tests.walls.attack import Who, job, schedule
from tests.walls.server import Answer, ApiServer

Object = dict[str, Any]

ADMISSION: Final = "/apis/admissionregistration.k8s.io/v1"
PATHS: Final = {
    "SparkApplication": f"/apis/{SPARK_GROUP}/v1beta2/namespaces/{{}}/sparkapplications",
    "ScheduledSparkApplication": f"/apis/{SPARK_GROUP}/v1beta2/namespaces/{{}}/scheduledsparkapplications",
    "SparkConnect": f"/apis/{SPARK_GROUP}/v1alpha1/namespaces/{{}}/sparkconnects",
    "Service": "/api/v1/namespaces/{}/services",
    "Pod": "/api/v1/namespaces/{}/pods",
    "ConfigMap": "/api/v1/namespaces/{}/configmaps",
    "Job": "/apis/batch/v1/namespaces/{}/jobs",
    "CronJob": "/apis/batch/v1/namespaces/{}/cronjobs",
    "Deployment": "/apis/apps/v1/namespaces/{}/deployments",
    "StatefulSet": "/apis/apps/v1/namespaces/{}/statefulsets",
    "ReplicaSet": "/apis/apps/v1/namespaces/{}/replicasets",
    "ReplicationController": "/api/v1/namespaces/{}/replicationcontrollers",
    "DaemonSet": "/apis/apps/v1/namespaces/{}/daemonsets",
    "PersistentVolumeClaim": "/api/v1/namespaces/{}/persistentvolumeclaims",
}

IMAGES: Final = {version: f"registry.example/spark:{version}" for version in RELEASES}
"""Images that the platform built."""

KEEP_SECONDS: Final = 5400
"""Time to live that a run has if it says nothing."""

SETTLE_SECONDS: Final = 180.0
"""Until new policies and kinds act: the API server looks for them every few seconds."""

MARKS: Final = ("first-mark", "second-mark")
"""Policies that say by acting that all others do.

The API server learns of policies in the order in which they were made, and of bindings likewise. Where the
first mark acts, it knows all other policies; the second, made after that, acts with the next list, which has
every one with its binding (calculatePolicyData in policy_source.go of k8s.io/apiserver 0.34).
"""


@dataclass(frozen=True)
class World:
    """A tenant on an API server.

    Args:
        server: the API server.
        tenant: the tenant.
    """

    server: ApiServer
    tenant: Tenant

    def create(self, manifest: Object, who: Who | None = None, *, dry_run: bool = True) -> Answer:
        """Create an object in the tenant's namespace.

        Args:
            manifest: the object.
            who: who does; the administrator if None.
            dry_run: False keeps it.
        """
        path = PATHS[manifest["kind"]].format(self.tenant.namespace)
        user, group = self._identity(who)
        return self.server.call(
            "POST", f"{path}{'?dryRun=All' if dry_run else ''}", manifest, user=user, group=group
        )

    def _identity(self, who: Who | None) -> tuple[str, str]:
        accounts = {Who.SUBMITTER: SUBMITTER_ACCOUNT, Who.DRIVER: DRIVER_ACCOUNT}
        if who is None:
            return "", ""
        if who is Who.PERSON:
            return "a-person", self.tenant.groups[0]
        return account_user(self.tenant.namespace, accounts[who]), "system:serviceaccounts"


def settle(world: World, definitions: list[Object], *, typed: bool = True, policies: bool = True) -> World:
    """Make all that stands in the way of an attack.

    Args:
        world: an empty one.
        definitions: the operator's CRDs as upstream has them.
        typed: False leaves the CRDs as they are.
        policies: False leaves the admission policies out.
    """
    make = world.server.apply
    for definition in definitions:
        landed = with_time_to_live(typed_definition(definition["spec"]), KEEP_SECONDS)
        body = {**definition, "spec": landed} if typed else definition
        name = body["metadata"]["name"]
        _made(make(f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}", body))
    for priority in Priority:
        name = priority_class(priority)
        body = {
            "apiVersion": "scheduling.k8s.io/v1",
            "kind": "PriorityClass",
            "metadata": {"name": name},
            "value": PRIORITY_VALUES[priority],
        }
        _made(make(f"/apis/scheduling.k8s.io/v1/priorityclasses/{name}", body))
    _namespace(world)
    if policies:
        _policies(world)
        _wait_for_policies(world)
    _wait_for_jobs(world)
    return world


def _namespace(world: World) -> None:
    namespace, tenant = world.tenant.namespace, world.tenant
    labels = {**tenant_labels(tenant), PRIORITY_LABEL: priority_class(tenant.priority)}
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace, "labels": labels}}
    _made(world.server.apply(f"/api/v1/namespaces/{namespace}", body))
    group = {"kind": "Group", "name": tenant.groups[0], "apiGroup": "rbac.authorization.k8s.io"}
    _grant(world, "spark-people", PEOPLE_RULES, group)
    for account, rules in ACCOUNTS.items():
        _grant(world, account, rules, {"kind": "ServiceAccount", "name": account, "namespace": namespace})


def _grant(world: World, role: str, rules: tuple[PolicyRule, ...], subject: Mapping[str, str]) -> None:
    group = "rbac.authorization.k8s.io"
    path = f"/apis/{group}/v1/namespaces/{world.tenant.namespace}"
    head = {"apiVersion": f"{group}/v1", "metadata": {"name": role}}
    manifests = [rule.manifest() for rule in rules]
    _made(world.server.apply(f"{path}/roles/{role}", {**head, "kind": "Role", "rules": manifests}))
    binding = {"roleRef": {"apiGroup": group, "kind": "Role", "name": role}, "subjects": [dict(subject)]}
    _made(world.server.apply(f"{path}/rolebindings/{role}", {**head, "kind": "RoleBinding", **binding}))


def _policies(world: World) -> None:
    for each in (JOB_WORDS, *admission_policies(pools=False, images=IMAGES)):
        _policy(world, each)


def _policy(world: World, policy: Policy) -> None:
    name, spec, binding = policy.name, policy.spec(), policy.binding_spec(deny=True)
    head = {"apiVersion": "admissionregistration.k8s.io/v1", "metadata": {"name": name}}
    made = {**head, "kind": "ValidatingAdmissionPolicy", "spec": spec}
    bound = {**head, "kind": "ValidatingAdmissionPolicyBinding", "spec": binding}
    _made(world.server.apply(f"{ADMISSION}/validatingadmissionpolicies/{name}", made))
    _made(world.server.apply(f"{ADMISSION}/validatingadmissionpolicybindings/{name}", bound))


def _made(answer: Answer) -> None:
    assert not answer.refusal, answer.refusal


def _wait_for_policies(world: World) -> None:
    for mark in MARKS:
        check = Check(f"object.metadata.name != '{mark}'", "'it acts'", "nobody knows whether the others do")
        _policy(world, Policy(subject=mark, kinds={"": ("configmaps",)}, checks=(check,)))
        _wait(partial(_refused, world, mark), f"no policy refuses {mark}")


def _refused(world: World, name: str) -> bool:
    marked = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}
    return bool(world.create(marked).refusal)


def _wait_for_jobs(world: World) -> None:
    def served() -> bool:
        return all(world.create(each).status < 400 for each in (job(), schedule("@daily")))

    _wait(served, "no job is taken")


def _wait(state: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + SETTLE_SECONDS
    while not state():
        assert time.monotonic() < deadline, f"after {SETTLE_SECONDS:.0f} s {otherwise}"
        time.sleep(0.2)

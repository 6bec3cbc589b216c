"""Rights of a tenant's accounts and people: just these, and nothing anywhere else."""

from __future__ import annotations

from collections import defaultdict

import pytest

from components.domain import Quota, Tenant
from components.naming import (
    CANARY_NAMESPACE,
    CLUSTER_NAMESPACES,
    LOG_COLLECTOR_ACCOUNT,
    LOG_NODES_NAMESPACE,
)
from components.records.canary import CHECKER
from components.records.every import PLATFORM_NAMESPACES
from components.records.rights import PolicyRule
from components.tenants.rbac import ACCOUNTS, PEOPLE_RULES
from tests.support.access_table import (
    CLUSTER_WIDE,
    NAMESPACED,
    VERBS,
    AccessCheck,
    account_user,
    expected_access,
    platform_access,
)

QUOTA = Quota(cpu="1", memory="1Gi", pods=1)
DATA = Tenant(team="data", environment="dev", quota=QUOTA, groups=("data-people",))
DATA_PROD = Tenant(team="data", environment="prod", quota=QUOTA, groups=("data-people", "on-call"))
SCIENCE = Tenant(team="science", environment="dev", quota=QUOTA, groups=("science-people",))
TENANTS = (DATA, DATA_PROD, SCIENCE)

READ = {"get", "list", "watch"}
MANAGE = READ | {"create", "update", "patch", "delete"}
JOBS = {"sparkapplications": MANAGE, "scheduledsparkapplications": MANAGE}

# Written by hand, so that a change of the Roles has to be written down twice.
GRANTED: dict[str, dict[str, set[str]]] = {
    "spark-driver": {
        "pods": READ | {"create", "patch", "delete", "deletecollection"},
        "configmaps": {"create", "deletecollection"},
        "persistentvolumeclaims": {"list", "create", "deletecollection"},
        "services": {"deletecollection"},
    },
    "spark-executor": {},
    "spark-submitter": {
        **JOBS,
        "sparkconnects": {"get", "create", "delete"},  # refused by a rule, which says what to write instead
        "pods": READ | {"create", "delete"},
        "pods/log": {"get"},
        "configmaps": {"create", "patch", "delete"},
        "services": {"create", "patch", "delete"},
        "persistentvolumeclaims": {"create", "patch", "delete"},
        "events": {"list", "watch"},
    },
    "people": {
        **JOBS,
        "sparkconnects": {"get", "create", "delete"},  # refused by a rule, which says what to write instead
        "pods": READ,
        "pods/log": {"get"},
        "pods/portforward": {"get", "create"},
        "services": READ,
        "configmaps": READ,
        "persistentvolumeclaims": READ,
        "serviceaccounts": READ,
        "events": READ,
        "resourcequotas": READ,
        "limitranges": READ,
    },
}

Rights = dict[tuple[str, str | None], dict[str, set[str]]]


def allowed(table: list[AccessCheck]) -> Rights:
    """Who (account or group) may do what, where."""
    found: Rights = defaultdict(lambda: defaultdict(set))
    for line in table:
        if line.allowed:
            who = line.groups[0] if line.groups else line.user
            found[who, line.namespace][line.resource].add(line.verb)
    return found


def test_the_access_table_is_the_one_that_was_agreed() -> None:
    wanted: Rights = {}
    for tenant in TENANTS:
        for account in ("spark-driver", "spark-submitter"):
            user = f"system:serviceaccount:{tenant.namespace}:{account}"
            wanted[user, tenant.namespace] = GRANTED[account]
    for group, namespaces in {
        "data-people": ("data-dev", "data-prod"),
        "on-call": ("data-prod",),
        "science-people": ("science-dev",),
    }.items():
        wanted |= {(group, namespace): GRANTED["people"] for namespace in namespaces}
    assert allowed(expected_access(TENANTS)) == wanted


def test_every_account_and_group_is_asked_for_every_verb_in_every_namespace() -> None:
    table = expected_access(TENANTS)
    subjects = len(TENANTS) * len(ACCOUNTS) + 3
    namespaces = {tenant.namespace for tenant in TENANTS} | {*PLATFORM_NAMESPACES, *CLUSTER_NAMESPACES}
    questions = len(VERBS) * (len(namespaces) * len(NAMESPACED) + len(CLUSTER_WIDE))
    assert len(table) == len(set(table)) == subjects * questions
    assert {line.namespace for line in table} == {*namespaces, None}


@pytest.mark.parametrize(
    "resource", ["secrets", "pods/exec", "pods/ephemeralcontainers", "roles", "serviceaccounts/token"]
)
def test_nobody_may_do_what_would_open_everything_else(resource: str) -> None:
    asked = [line for line in expected_access(TENANTS) if line.resource == resource]
    assert asked, f"{resource} is not in the table, so nobody would notice"
    assert not [line for line in asked if line.allowed]


def test_only_people_and_submitters_touch_jobs() -> None:
    who = {
        line.groups[0] if line.groups else line.user.rsplit(":", 1)[-1]
        for line in expected_access(TENANTS)
        if line.allowed and line.resource in JOBS
    }
    assert who == {"spark-submitter", "data-people", "on-call", "science-people"}


@pytest.mark.parametrize("rules", [*ACCOUNTS.values(), PEOPLE_RULES])
def test_every_right_is_named_has_a_reason_and_is_in_the_table(rules: tuple[PolicyRule, ...]) -> None:
    for rule in rules:
        assert len(rule.why) > 10, f"{rule.resources}: a reason is missing"
        assert "*" not in (*rule.resources, *rule.verbs, rule.group), "wildcards grow with every new CRD"
        assert set(rule.verbs) <= set(VERBS), "a verb that the table never asks for"
        for resource in rule.resources:
            assert (rule.group, resource) in NAMESPACED, f"{resource} would be granted unseen"


def test_a_rule_turns_into_its_manifest() -> None:
    rule = PolicyRule(("pods", "pods/log"), ("get",), "for a test", "example.com")
    assert rule.manifest() == {
        "apiGroups": ["example.com"],
        "resources": ["pods", "pods/log"],
        "verbs": ["get"],
    }
    assert rule.allows("get", "example.com", "pods")
    assert not rule.allows("list", "example.com", "pods")
    assert not rule.allows("get", "", "pods")
    assert not rule.allows("get", "example.com", "pods/exec")


def test_a_line_of_the_table_asks_kubectl_the_right_question() -> None:
    line = AccessCheck(
        user="a-person",
        groups=("data-people",),
        namespace="data-dev",
        verb="create",
        api_group="",
        resource="pods/portforward",
        allowed=True,
    )
    assert line.can_i() == [
        "auth",
        "can-i",
        "create",
        "pods",
        "--subresource=portforward",
        "--namespace=data-dev",
        "--as=a-person",
        "--as-group=data-people",
    ]
    everywhere = AccessCheck(
        user="system:serviceaccount:data-dev:spark-driver",
        groups=(),
        namespace=None,
        verb="list",
        api_group="rbac.authorization.k8s.io",
        resource="clusterroles",
        allowed=False,
    )
    assert everywhere.can_i() == [
        "auth",
        "can-i",
        "list",
        "clusterroles.rbac.authorization.k8s.io",
        "--as=system:serviceaccount:data-dev:spark-driver",
    ]


def test_the_log_collector_looks_at_pods_everywhere_and_at_nothing_else() -> None:
    collector = account_user(LOG_NODES_NAMESPACE, LOG_COLLECTOR_ACCOUNT)
    lines = [line for line in platform_access(TENANTS) if line.user == collector and line.allowed]
    assert {(line.verb, line.api_group, line.resource) for line in lines} == {
        (verb, "", "pods") for verb in ("get", "list", "watch")
    }
    everywhere = {*PLATFORM_NAMESPACES, *CLUSTER_NAMESPACES, *(tenant.namespace for tenant in TENANTS)}
    assert {line.namespace for line in lines} == everywhere


def test_an_account_with_rights_in_one_namespace_has_none_in_another() -> None:
    checker = account_user(CANARY_NAMESPACE, CHECKER)
    allowed_in = {
        line.namespace for line in platform_access(TENANTS) if line.user == checker and line.allowed
    }
    assert allowed_in == {CANARY_NAMESPACE}

"""Least privilege, asked of the API server itself: every subject, verb and resource in every namespace."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from rich.table import Table

from components.domain import Tenant
from components.naming import (
    CANARY_NAMESPACE,
    JOBS_NAMESPACE,
    MONITORING_NAMESPACE,
    OPERATOR_NAMESPACE,
)
from local.platform import LOCAL_STACK, Target
from tests.cluster.conftest import Say
from tests.cluster.reviews import Answers, Reviewer
from tests.support.access_table import (
    CLUSTER_WIDE,
    NAMESPACED,
    VERBS,
    AccessCheck,
    expected_access,
    platform_access,
)
from toolchain.kubectl import Kubectl
from workspace.stack_files import settings, stack_file

pytestmark = pytest.mark.cluster

PROMETHEUS_OPERATOR = f"{MONITORING_NAMESPACE}:prometheus-operator"
"""Keeps the configuration of Prometheus in a Secret of its own namespace."""


@pytest.fixture(scope="module")
def reviewer(where: Target) -> Reviewer:
    return Reviewer(where.kubeconfig)


@pytest.fixture(scope="module")
def answers(reviewer: Reviewer, tenants: tuple[Tenant, ...], say: Say) -> Answers:
    """The API server's answer to every line of the access table."""
    found = reviewer.ask(expected_access(tenants))
    say(as_table("What tenants may do", found))
    return found


@pytest.fixture(scope="module")
def platform_answers(reviewer: Reviewer, kubectl: Kubectl, tenants: tuple[Tenant, ...], say: Say) -> Answers:
    """What the platform's own service accounts may do, in every namespace that exists."""
    places = [*(entry["metadata"]["name"] for entry in kubectl.list("namespaces")), None]
    found = reviewer.ask(
        AccessCheck(
            user=user,
            groups=(),
            namespace=place,
            verb=verb,
            api_group=group,
            resource=resource,
            allowed=False,
        )
        for user in platform_users(kubectl, {tenant.namespace for tenant in tenants})
        for place in places
        for group, resource in (NAMESPACED if place else CLUSTER_WIDE)
        for verb in VERBS
    )
    say(as_table("What the platform itself may do", found))
    return found


def platform_users(kubectl: Kubectl, tenants: set[str]) -> list[str]:
    """Service accounts that pods of the platform run as; the cluster's own, in other namespaces, are not."""
    homes = {
        entry["metadata"]["name"]
        for entry in kubectl.list("namespaces", selector="app.kubernetes.io/part-of=spark-on-eks")
    }
    pods = [pod for pod in kubectl.list("pods") if pod["metadata"]["namespace"] in homes - tenants]
    return sorted(
        {
            f"system:serviceaccount:{p['metadata']['namespace']}:{p['spec']['serviceAccountName']}"
            for p in pods
        }
    )


def test_no_subject_may_do_more_or_less_than_the_access_table_says(answers: Answers) -> None:
    wrong = [
        f"{told(line)}: {allowed}, not {line.allowed}" for line, allowed in answers if allowed != line.allowed
    ]
    assert not wrong, f"{len(wrong)} of {len(answers)} answers differ from the table:\n" + "\n".join(
        wrong[:20]
    )


def test_no_tenant_may_do_anything_outside_its_namespace(answers: Answers) -> None:
    crossing = [
        told(line)
        for line, allowed in answers
        if allowed and line.user.startswith("system:serviceaccount:") and line.namespace != home(line)
    ]
    assert not crossing, "rights reach beyond a tenant's namespace:\n" + "\n".join(crossing[:20])


def test_nobody_but_an_administrator_may_read_a_secret(answers: Answers, platform_answers: Answers) -> None:
    readers = [
        told(line)
        for line, allowed in [*answers, *platform_answers]
        if allowed
        and line.resource == "secrets"
        and line.verb in ("get", "list", "watch")
        # Prometheus' operator reads what it has written itself, where no access key lies.
        and (who(line), line.namespace) != (PROMETHEUS_OPERATOR, MONITORING_NAMESPACE)
    ]
    assert not readers, "access keys can be read through the API:\n" + "\n".join(readers)


def test_the_operator_may_act_in_the_tenants_namespaces_and_its_own_alone(
    platform_answers: Answers, tenants: tuple[Tenant, ...]
) -> None:
    known = {OPERATOR_NAMESPACE, CANARY_NAMESPACE, *(tenant.namespace for tenant in tenants)}
    beyond = [
        told(line)
        for line, allowed in platform_answers
        if allowed
        and home(line) == OPERATOR_NAMESPACE
        and line.namespace not in known
        # It looks whether its own kinds are installed.
        and (line.namespace, line.verb, line.resource) != (None, "get", "customresourcedefinitions")
    ]
    assert not beyond, "the operator's rights reach into other namespaces:\n" + "\n".join(beyond[:20])


QUIET = {"object-store", "spark-history", "spark-logs"}
"""Namespaces of parts that never talk to the API server."""


def test_the_platforms_accounts_may_do_what_their_services_records_say_and_nothing_else(
    platform_answers: Answers, tenants: tuple[Tenant, ...]
) -> None:
    written: Any = settings(stack_file(LOCAL_STACK))
    without = () if written.get("jobs", {}).get("enabled") else (JOBS_NAMESPACE,)
    wanted = {
        replace(line, allowed=False): line.allowed for line in platform_access(tenants, without=without)
    }
    recorded = [(line, allowed) for line, allowed in platform_answers if line in wanted]
    assert {who(line) for line, _ in recorded} == {who(line) for line in wanted}
    wrong = [told(line) for line, allowed in recorded if allowed != wanted[line]]
    assert wrong == []


def test_store_history_server_and_log_page_have_no_rights_at_all(platform_answers: Answers) -> None:
    asked = {home(line) for line, _ in platform_answers}
    assert asked >= QUIET, f"only the accounts of {sorted(asked)} were found"
    rights = [told(line) for line, allowed in platform_answers if allowed and home(line) in QUIET]
    assert not rights, "they never talk to the API server, yet they may:\n" + "\n".join(rights[:20])


def home(line: AccessCheck) -> str:
    """Namespace that a service account lives in; empty for a person."""
    return line.user.split(":")[2] if line.user.startswith("system:serviceaccount:") else ""


def told(line: AccessCheck) -> str:
    """The line as a sentence."""
    return f"{who(line)} {line.verb} {line.resource} in {line.namespace or 'the cluster'}"


def who(line: AccessCheck) -> str:
    """The subject's short name."""
    return f"group {line.groups[0]}" if line.groups else line.user.removeprefix("system:serviceaccount:")


def as_table(title: str, answers: Answers) -> Table:
    """Who may do what, one line for each subject and namespace; places without any right in one."""
    asked: Counter[tuple[str, str]] = Counter()
    rights: dict[tuple[str, str], dict[str, list[str]]] = {}
    for line, allowed in answers:
        place = (who(line), line.namespace or "(the cluster)")
        asked[place] += 1
        if allowed:
            rights.setdefault(place, {}).setdefault(line.resource, []).append(line.verb)
    table = Table(
        "subject", "namespace", "granted", "verbs by resource", box=None, title=title, title_justify="left"
    )
    for subject in sorted({subject for subject, _ in asked}):
        places = [place for place in asked if place[0] == subject]
        for place in sorted(set(places) & set(rights)):
            verbs = "; ".join(f"{kind}: {' '.join(rights[place][kind])}" for kind in sorted(rights[place]))
            count = sum(map(len, rights[place].values()))
            table.add_row(*place, f"{count} of {asked[place]}", verbs)
        closed = sorted(set(places) - set(rights))
        total = sum(asked[place] for place in closed)
        table.add_row(subject, ", ".join(name for _, name in closed), f"0 of {total}", "nothing")
    return table

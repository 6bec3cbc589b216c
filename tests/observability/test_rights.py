"""What the collection may do in the cluster: it looks, and changes nothing but its own Prometheus."""

from __future__ import annotations

import pytest

from components.naming import MONITORING_NAMESPACE
from components.observability import rights
from components.records import monitoring
from tests.support.access_table import CLUSTER_WIDE, NAMESPACED, VERBS

TENANT = "data-dev"


def allowed(account: str, place: str | None, verb: str, group: str, resource: str) -> bool:
    """Whether any grant of an account allows something."""
    return any(grant.allows(place, verb, group, resource) for grant in rights.GRANTS[account])


CHANGING = tuple(verb for verb in VERBS if verb not in ("get", "list", "watch"))


@pytest.mark.parametrize("account", sorted(rights.GRANTS))
@pytest.mark.parametrize(("group", "resource"), NAMESPACED)
def test_nothing_in_a_tenants_namespace_can_be_changed(account: str, group: str, resource: str) -> None:
    for verb in CHANGING:
        assert not allowed(account, TENANT, verb, group, resource), f"{account} may {verb} {resource}"


@pytest.mark.parametrize("account", sorted(rights.GRANTS))
@pytest.mark.parametrize(
    "resource", ["secrets", "configmaps", "pods/log", "pods/exec", "serviceaccounts/token"]
)
def test_nothing_that_holds_secrets_can_be_read_in_a_tenants_namespace(account: str, resource: str) -> None:
    for verb in VERBS:
        assert not allowed(account, TENANT, verb, "", resource), f"{account} may {verb} {resource}"


@pytest.mark.parametrize("account", sorted(rights.GRANTS))
@pytest.mark.parametrize(("group", "resource"), CLUSTER_WIDE)
def test_nothing_without_a_namespace_can_be_changed(account: str, group: str, resource: str) -> None:
    for verb in CHANGING:
        assert not allowed(account, None, verb, group, resource), f"{account} may {verb} {resource}"


def test_each_right_says_what_needs_it_and_none_is_a_wildcard() -> None:
    for grants in rights.GRANTS.values():
        for grant in grants:
            for rule in grant.rules:
                assert rule.why
                assert "*" not in (rule.group, *rule.resources, *rule.verbs)


@pytest.mark.parametrize(
    ("account", "verb", "group", "resource"),
    [
        (monitoring.PROMETHEUS, "get", "", "nodes/metrics"),
        (monitoring.PROMETHEUS, "watch", "", "pods"),
        (monitoring.STATE_METRICS, "list", "", "resourcequotas"),
        (monitoring.STATE_METRICS, "watch", "sparkoperator.k8s.io", "sparkapplications"),
        (monitoring.OPERATOR, "list", "", "nodes"),
    ],
)
def test_what_each_needs_in_the_whole_cluster_is_there(
    account: str, verb: str, group: str, resource: str
) -> None:
    assert allowed(account, None, verb, group, resource)


def test_the_operator_works_in_its_own_namespace_alone() -> None:
    assert allowed(monitoring.OPERATOR, MONITORING_NAMESPACE, "create", "apps", "statefulsets")
    assert not allowed(monitoring.OPERATOR, "spark-operator", "create", "apps", "statefulsets")


@pytest.mark.parametrize("account", sorted(rights.GRANTS))
def test_no_pod_gets_an_accounts_token_unasked(account: str) -> None:
    (made,) = (each for each in rights.manifests(account) if each["kind"] == "ServiceAccount")
    assert made["automountServiceAccountToken"] is False


def test_every_role_is_bound_to_its_account_and_to_no_other() -> None:
    for account in rights.GRANTS:
        objects = rights.manifests(account)
        roles = {
            (each["kind"], each["metadata"]["name"]) for each in objects if each["kind"].endswith("Role")
        }
        bindings = [each for each in objects if each["kind"].endswith("Binding")]
        assert {(each["roleRef"]["kind"], each["roleRef"]["name"]) for each in bindings} == roles
        for each in bindings:
            (subject,) = each["subjects"]
            assert (subject["name"], subject["namespace"]) == (account, MONITORING_NAMESPACE)

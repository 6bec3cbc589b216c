"""The form of the admission policies, and their table; tests/walls has a real API server evaluate them."""

from __future__ import annotations

import re

import pytest

from components.aws_plans.node_pools import KINDS, Pool
from components.tenants.admission_pods import PLATFORM_POOL
from components.tenants.admission_policy import Policy
from components.tenants.admission_releases import HOMES
from components.tenants.namespace import admission_policies
from tests.walls.tables import EVERY_ATTACK, attacks_table, written_table
from workspace.paths import ROOT

POLICIES = admission_policies(pools=True)


@pytest.mark.parametrize("policy", POLICIES, ids=lambda each: each.subject)
def test_what_can_not_be_evaluated_or_becomes_another_is_refused(policy: Policy) -> None:
    spec = policy.spec()
    assert spec["failurePolicy"] == "Fail"
    for rule in spec["matchConstraints"]["resourceRules"]:
        # What is made is asked for its labels by other policies; these are for what is there.
        there = {"config-maps": ["UPDATE", "DELETE"], "reaping": ["DELETE"], "workloads": ["CREATE"]}
        assert rule["operations"] == there.get(policy.subject, ["CREATE", "UPDATE"])
        assert "*" not in rule["resources"]


@pytest.mark.parametrize("policy", POLICIES, ids=lambda each: each.subject)
def test_a_policy_holds_in_every_tenants_namespace_and_no_other(policy: Policy) -> None:
    binding = policy.binding_spec(deny=True)
    exists, *left_out = binding["matchResources"]["namespaceSelector"]["matchExpressions"]
    assert binding["policyName"] == policy.name == f"spark-on-eks-{policy.subject}"
    assert exists == {"key": "spark-on-eks/tenant", "operator": "Exists"}
    assert [each["values"] for each in left_out] == (
        [["spark-canary"]] if policy.subject in {"pods", "placement", "workloads"} else []
    )


@pytest.mark.parametrize("policy", POLICIES, ids=lambda each: each.subject)
def test_a_variable_uses_only_those_before_it(policy: Policy) -> None:
    seen: set[str] = set()
    for name, expression in policy.variables.items():
        assert set(re.findall(r"variables\.([a-z]+)", expression)) <= seen
        seen.add(name)
    used = {name for check in policy.checks for name in re.findall(r"variables\.([a-z]+)", check.expression)}
    assert used <= seen


@pytest.mark.parametrize("policy", POLICIES, ids=lambda each: each.subject)
def test_every_rule_names_the_field_and_has_its_reason(policy: Policy) -> None:
    for check in policy.checks:
        assert re.search(r"spec|metadata|label", check.message)
        assert len(check.why) > 20


def test_where_nodes_come_in_pools_a_pod_must_name_one() -> None:
    with_pools, without = (
        {len(each.checks) for each in admission_policies(pools=on)} for on in (True, False)
    )
    assert with_pools != without
    assert Pool.PLATFORM.value == PLATFORM_POOL
    assert not KINDS[Pool.PLATFORM].jobs


def test_the_docs_have_every_attack_with_its_answer() -> None:
    page = (ROOT / "docs" / "walls.md").read_text()
    assert attacks_table() in page, "write tests.walls.tables.attacks_table() into docs/walls.md"
    assert len({each.what for each in EVERY_ATTACK}) == len(EVERY_ATTACK) >= 60


def test_the_docs_have_what_is_said_to_every_manifest() -> None:
    page = (ROOT / "docs" / "walls.md").read_text()
    assert written_table() in page, "write tests.walls.tables.written_table() into docs/walls.md"


def test_the_places_of_java_and_spark_are_those_of_the_image() -> None:
    recipe = (ROOT / "docker" / "spark" / "Dockerfile").read_text()
    for variable, place in HOMES.items():
        assert re.search(rf"^(ENV|   ) {variable}={place}\b", recipe, re.MULTILINE)

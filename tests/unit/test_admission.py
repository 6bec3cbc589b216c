"""Rules for job definitions. The API server evaluates them: tests/cluster/test_job_rules.py asks it to."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from components.naming import TENANT_LABEL
from components.tenants.admission import (
    CHECKS,
    JOB_WORDS,
    PLATFORM_KEYS,
    VARIABLES,
)
from components.versions import SPARK


def test_a_rule_that_can_not_be_evaluated_refuses_the_job() -> None:
    spec = JOB_WORDS.spec()
    assert spec["failurePolicy"] == "Fail"
    (rule,) = spec["matchConstraints"]["resourceRules"]
    assert rule["resources"] == ["sparkapplications", "scheduledsparkapplications"]
    assert rule["operations"] == ["CREATE", "UPDATE"], "a job could be changed into what it may not be"


def test_every_tenants_namespace_is_bound_and_no_other() -> None:
    spec = JOB_WORDS.binding_spec(deny=True)
    assert spec["policyName"] == JOB_WORDS.name
    assert spec["validationActions"] == ["Deny"]
    assert spec["matchResources"]["namespaceSelector"] == {
        "matchExpressions": [{"key": TENANT_LABEL, "operator": "Exists"}]
    }
    assert JOB_WORDS.binding_spec(deny=False)["validationActions"] == ["Warn"]


def test_every_rule_says_what_to_write_and_why_it_is_there() -> None:
    assert len(JOB_WORDS.spec()["validations"]) == len(CHECKS) >= 8
    for check in CHECKS:
        assert len(check.why) > 20
        assert re.search(r"spec|sparkConf|metadata", check.message), "name the field"


def test_a_variable_uses_only_those_before_it() -> None:
    seen: set[str] = set()
    for name, expression in VARIABLES.items():
        assert set(re.findall(r"variables\.([a-z]+)", expression)) <= seen, (
            f"{name} would not be known to the API server"
        )
        seen.add(name)
    texts = [text for check in CHECKS for text in (check.expression, check.message)]
    used = {name for text in texts for name in re.findall(r"variables\.([a-z]+)", text)}
    assert used == seen, "every variable is used, every used one is there"


def test_quotes_and_brackets_of_every_expression_are_closed() -> None:
    for text in (
        *VARIABLES.values(),
        *(part for check in CHECKS for part in (check.expression, check.message)),
    ):
        outside = re.sub(r"'(\\.|[^'\\])*'", "", text)
        assert "'" not in outside, text
        for opening, closing in ("()", "[]", "{}"):
            assert outside.count(opening) == outside.count(closing), text


@pytest.mark.parametrize("key", PLATFORM_KEYS)
def test_keys_of_the_platform_are_ones_that_spark_knows(key: str) -> None:
    data = Path(__file__).resolve().parents[1] / "data" / f"spark-config-keys-{SPARK}.json"
    assert key in json.loads(data.read_text())["keys"], "a rule against a key that is none protects nothing"

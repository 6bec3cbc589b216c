"""Rules for job definitions. The API server evaluates them: tests/cluster/test_job_rules.py asks it to."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from components.naming import TENANT_LABEL
from components.tenants.admission import (
    ALLOWED_SUFFIX,
    CHECKS,
    FILE_PATTERN,
    POLICY_NAME,
    RESERVED_KEYS,
    RESERVED_PREFIXES,
    VARIABLES,
    binding_spec,
    policy_spec,
)
from components.versions import SPARK

KEYS = json.loads(
    (Path(__file__).resolve().parents[1] / "data" / f"spark-config-keys-{SPARK}.json").read_text()
)


def test_a_rule_that_can_not_be_evaluated_refuses_the_job() -> None:
    spec = policy_spec()
    assert spec["failurePolicy"] == "Fail"
    (rule,) = spec["matchConstraints"]["resourceRules"]
    assert rule["resources"] == ["sparkapplications", "scheduledsparkapplications"]
    assert rule["operations"] == ["CREATE", "UPDATE"], "a job could be changed into what it may not be"


def test_every_tenants_namespace_is_bound_and_no_other() -> None:
    spec = binding_spec(deny=True)
    assert spec["policyName"] == POLICY_NAME
    assert spec["validationActions"] == ["Deny"]
    assert spec["matchResources"]["namespaceSelector"] == {
        "matchExpressions": [{"key": TENANT_LABEL, "operator": "Exists"}]
    }
    assert binding_spec(deny=False)["validationActions"] == ["Warn"]


def test_every_rule_says_what_to_write_and_why_it_is_there() -> None:
    assert len(policy_spec()["validations"]) == len(CHECKS) >= 8
    for check in CHECKS:
        assert len(check.why) > 20
        assert "spec" in check.message or "sparkConf" in check.message, "name the field"


def test_a_variable_uses_only_those_before_it() -> None:
    seen: set[str] = set()
    for name, expression in VARIABLES.items():
        assert set(re.findall(r"variables\.([a-z]+)", expression)) <= seen, (
            f"{name} would not be known to the API server"
        )
        seen.add(name)
    used = {name for check in CHECKS for name in re.findall(r"variables\.([a-z]+)", check.expression)}
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


@pytest.mark.parametrize("key", [key for key in RESERVED_KEYS if key not in ("spark.master",)])
def test_reserved_keys_are_ones_that_spark_knows(key: str) -> None:
    assert key in KEYS["keys"], "a rule against a key that nobody can use protects nothing"


@pytest.mark.parametrize("prefix", RESERVED_PREFIXES)
def test_reserved_beginnings_cover_keys_that_spark_knows(prefix: str) -> None:
    known = [*KEYS["keys"], *(f"{each.rstrip('.')}." for each in KEYS["prefixes"])]
    renamed = {"spark.yarn.": "spark.kerberos."}
    assert [key for key in known if key.startswith(renamed.get(prefix, prefix))], (
        "spark.yarn.keytab and others are older names that Spark still takes; the rest must exist"
    )


def test_jobs_may_still_choose_their_accounts() -> None:
    accounts = [key for key in KEYS["keys"] if key.endswith(ALLOWED_SUFFIX)]
    assert accounts == [
        "spark.kubernetes.authenticate.driver.serviceAccountName",
        "spark.kubernetes.authenticate.executor.serviceAccountName",
    ]


@pytest.mark.parametrize(
    ("file", "fine"),
    [
        ("s3a://artifacts/data-dev/job.py", True),
        ("s3a://artifacts/data-dev/conf.json#alias", True),
        ("local:///opt/spark/examples/jars/spark-examples.jar", True),
        ("https://example.com/a.jar", True),
        ("file:///var/run/secrets/kubernetes.io/serviceaccount/token", False),
        ("/opt/job.py", False),
        ("job.py", False),
        ("s3a://artifacts/data-dev/*.jar", False),
        ("s3a://artifacts/data-dev/{a,b}.jar", False),
        ("s3a://a/b.jar,file:///etc/passwd", False),
        ("--conf", False),
        ("", False),
    ],
)
def test_files_that_the_driver_can_fetch_are_told_from_others(file: str, fine: bool) -> None:
    pattern = FILE_PATTERN.replace("\\\\", "\\")  # as CEL reads the text
    assert bool(re.search(pattern, file)) is fine

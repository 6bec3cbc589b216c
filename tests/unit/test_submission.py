"""Which of a job's settings act where it is submitted. The names are compared with those that Spark knows."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from components.spark.submission import (
    FILE_LISTS,
    FILE_PATTERN,
    KUBERNETES_PATTERN,
    RESERVED_PATTERN,
    SUBMISSION_GRACE_SECONDS,
    SUBMISSION_SECONDS,
    rules_file,
)
from components.tenants.submission_checks import CHECKS, VARIABLES
from components.versions import SPARK

KEYS = json.loads(
    (Path(__file__).resolve().parents[1] / "data" / f"spark-config-keys-{SPARK}.json").read_text()
)


def test_a_job_may_set_every_property_of_kubernetes_but_those_of_the_submission() -> None:
    ours = "spark.kubernetes."
    refused = [key for key in KEYS["keys"] if key.startswith(ours) and not re.search(KUBERNETES_PATTERN, key)]
    assert [key.removeprefix(ours) for key in refused] == [
        "context",
        "driver.pod.excludedFeatureSteps",
        "driver.pod.featureSteps",
        "driver.pod.name",
        "driver.podTemplateFile",
        "driver.resourceNamePrefix",
        "executor.podTemplateFile",
        "file.upload.path",
        "kerberos.krb5.configMapName",
        "kerberos.krb5.path",
        "kerberos.tokenSecret.itemKey",
        "kerberos.tokenSecret.name",
        "namespace",
        "resource.type",
        "submission.connectionTimeout",
        "submission.requestTimeout",
        "submission.waitAppCompletion",
        "submitInDriver",
        "trust.certificates",
    ]


def test_a_job_may_set_every_family_of_properties_but_credentials() -> None:
    refused = [
        prefix for prefix in KEYS["prefixes"] if not re.search(KUBERNETES_PATTERN, f"{prefix.rstrip('.')}.x")
    ]
    assert refused == [
        "spark.kubernetes.authenticate",
        "spark.kubernetes.authenticate.driver",
        "spark.kubernetes.authenticate.driver.mounted",
        "spark.kubernetes.authenticate.executor",
        "spark.kubernetes.authenticate.submission",
    ]


def test_what_is_reserved_is_known_to_spark() -> None:
    # Of spark.yarn., only older names of Kerberos' keys act here (SparkConf.configsWithAlternatives).
    known = [key for key in KEYS["keys"] if not key.startswith("spark.yarn.")]
    reserved = [key for key in known if re.search(RESERVED_PATTERN, key)]
    assert reserved == [
        "spark.driver.defaultExtraClassPath",
        "spark.jars.excludes",
        "spark.jars.ivy",
        "spark.jars.ivySettings",
        "spark.jars.packages",
        "spark.jars.repositories",
        "spark.kerberos.access.hadoopFileSystems",
        "spark.kerberos.keytab",
        "spark.kerberos.principal",
        "spark.kerberos.relogin.period",
        "spark.kerberos.renewal.credentials",
        "spark.submit.deployMode",
    ], "a rule against a key that nobody can use protects nothing"


def test_lists_of_files_are_ones_that_spark_knows() -> None:
    assert [key for key in FILE_LISTS if key not in KEYS["keys"]] == []


@pytest.mark.parametrize(
    ("file", "fine"),
    [
        ("s3a://artifacts/data-dev/job.py", True),
        ("s3a://artifacts/data-dev/conf.json#alias", True),
        ("s3a://artifacts/data-dev/day=2026-01-01/a%20b.jar", True),
        ("local:///opt/spark/examples/jars/spark-examples.jar", True),
        ("https://example.com:8443/a.jar", True),
        ("file:///var/run/secrets/kubernetes.io/serviceaccount/token", False),
        ("/opt/job.py", False),
        ("job.py", False),
        ("s3a://artifacts/data-dev/*.jar", False),
        ("s3a://artifacts/data-dev/{a,b}.jar", False),
        ("s3a://a/b.jar,file:///etc/passwd", False),
        # No URIs, and so paths in the operator's pod.
        ("s3a:// /../../../etc/passwd", False),
        ("s3a://#/../../../etc/passwd", False),
        ("s3a://a/%/../../../etc/passwd", False),
        ("s3a://a/b#c#/../../../etc/passwd", False),
        ("s3a://a/b\n", False),
        ("--conf", False),
        ("", False),
    ],
)
def test_files_that_the_driver_can_fetch_are_told_from_others(file: str, fine: bool) -> None:
    assert (re.fullmatch(FILE_PATTERN, file) is not None) is fine


def test_a_submission_ends_within_two_minutes() -> None:
    assert SUBMISSION_SECONDS + SUBMISSION_GRACE_SECONDS == 120


def test_the_script_gets_each_rule_on_a_line_of_its_own() -> None:
    lines = [line.partition(" ") for line in rules_file().splitlines()]
    assert len({name for name, _, _ in lines}) == len(lines) == 10
    for _, blank, value in lines:
        assert blank
        assert value == value.strip(), "bash would cut it"


def test_the_api_server_and_the_script_go_by_the_same_patterns() -> None:
    expressions = " ".join([*VARIABLES.values(), *(check.expression for check in CHECKS)])
    for pattern in (FILE_PATTERN, KUBERNETES_PATTERN, RESERVED_PATTERN):
        assert f"r'{pattern}'" in expressions
        assert f" {pattern}\n" in rules_file()
        assert "'" not in pattern, "it would end the text in CEL"
        assert not re.search(r"\\[a-zA-Z]|\(\?", pattern), "bash knows no classes and groups of that kind"

"""The API server refuses what a job's definition may not say, and says what to write instead."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from components.domain import Tenant
from components.versions import SPARK
from toolchain.kubectl import Kubectl
from workspace.errors import ReportedError

pytestmark = pytest.mark.cluster

Change = Callable[[dict[str, Any]], object]

JOB: dict[str, Any] = {
    "type": "Python",
    "mode": "cluster",
    "sparkVersion": SPARK,
    "mainApplicationFile": "s3a://artifacts/job.py",
    "restartPolicy": {"type": "Never"},
    # Small enough for the quota, which is looked at as well.
    "driver": {"cores": 1, "coreRequest": "100m", "memory": "512m", "serviceAccount": "spark-driver"},
    "executor": {"cores": 1, "coreRequest": "100m", "instances": 1, "memory": "512m"},
}


def settings(**values: str) -> Change:
    """Set properties; a double underscore stands for a dot."""
    return lambda job: job.update(sparkConf={key.replace("__", "."): value for key, value in values.items()})


def fields(**values: Any) -> Change:
    return lambda job: job.update(values)


def template(**metadata: Any) -> Change:
    spec = {"containers": [{"name": "spark-kubernetes-driver"}]}
    return lambda job: job["driver"].update(template={"metadata": metadata, "spec": spec})


REFUSED: dict[str, tuple[Change, str]] = {
    "no mode": (lambda job: job.pop("mode"), "spec.mode must be cluster"),
    "client mode": (fields(mode="client"), "spec.mode must be cluster"),
    "another namespace": (settings(spark__kubernetes__namespace="kube-system"), "spark.kubernetes.namespace"),
    "another namespace, disguised": (
        lambda job: job.update(sparkConf={"spark.kubernetes.namespace=kube-system": ""}),
        "sparkConf must not set spark.kubernetes.namespace=kube-system",
    ),
    "an upload path": (
        settings(spark__kubernetes__file__upload__path="s3a://elsewhere/"),
        "sparkConf must not set spark.kubernetes.file.upload.path",
    ),
    "the operator's token": (
        settings(spark__kubernetes__kerberos__krb5__path="/var/run/secrets/token"),
        "sparkConf must not set spark.kubernetes.kerberos.krb5.path",
    ),
    "an event log elsewhere": (
        settings(spark__eventLog__dir="s3a://data/data-dev/logs"),
        "sparkConf must not set spark.eventLog.dir: the platform does",
    ),
    "links that kill": (
        settings(spark__ui__killEnabled="true"),
        "sparkConf must not set spark.ui.killEnabled: the platform does",
    ),
    "other credentials": (
        settings(spark__kubernetes__authenticate__submission__oauthToken="token"),
        "sparkConf must not set spark.kubernetes.authenticate.submission.oauthToken",
    ),
    "classes for the operator": (
        settings(spark__kubernetes__driver__pod__featureSteps="a.B"),
        "sparkConf must not set spark.kubernetes.driver.pod.featureSteps",
    ),
    "a shell of Spark's": (
        fields(mainClass="org.apache.spark.repl.Main", arguments=["--deploy-mode", "client"]),
        "spec.mainClass must be a class of the job: org.apache.spark.repl.Main is a shell or a server",
    ),
    "a jar to look into": (
        fields(mainApplicationFile="https://192.0.2.1/a.jar"),
        "spec.mainClass must name the class to run",
    ),
    "a submission that waits": (
        settings(spark__kubernetes__submission__waitAppCompletion="true"),
        "sparkConf must not set spark.kubernetes.submission.waitAppCompletion",
    ),
    "another home": (settings(spark__home="/var/run"), "sparkConf must not set spark.home"),
    "a class path of the operator's": (
        settings(spark__driver__defaultExtraClassPath="/tmp"),
        "sparkConf must not set spark.driver.defaultExtraClassPath",
    ),
    "another class for the store": (
        fields(hadoopConf={"fs.s3a.impl": "a.B"}),
        "sparkConf and hadoopConf must not set fs.s3a.impl like this",
    ),
    "another class for the store, disguised": (
        fields(hadoopConf={"fs.s3a.impl=a.B": ""}),
        "sparkConf and hadoopConf must not set fs.s3a.impl=a.B like this",
    ),
    "files of the operator, in a property": (
        settings(spark__files="s3a://a/b,/etc/passwd"),
        "sparkConf must name files as local://, s3a:// or https://, without wildcards or blanks: spark.files",
    ),
    "no URI, and so a path in the operator": (
        fields(deps={"files": ["s3a:// /../../../etc/passwd"]}),
        "other signs that a URI can not have: s3a:// /../../../etc/passwd",
    ),
    "packages": (fields(deps={"packages": ["a:b:1"]}), "spec.deps.packages can not be used"),
    "files of the operator": (fields(mainApplicationFile="/etc/passwd"), "can not have: /etc/passwd"),
    "wildcards": (fields(deps={"jars": ["s3a://a/*.jar"]}), "can not have: s3a://a/*.jar"),
    "a proxy user": (fields(proxyUser="root"), "spec.proxyUser can not be used"),
    "a driver elsewhere": (
        template(namespace="kube-system"),
        "spec.driver.template must not name a namespace",
    ),
    "retries without an interval": (
        fields(restartPolicy={"type": "OnFailure", "onFailureRetries": 2}),
        "spec.restartPolicy needs onFailureRetryInterval",
    ),
}

ALLOWED: dict[str, Change] = {
    "nothing special": lambda job: None,
    "own settings": settings(spark__sql__ansi__enabled="false"),
    "another account of the namespace": settings(
        spark__kubernetes__authenticate__driver__serviceAccountName="spark-driver"
    ),
    "the store's class, spelt out": fields(
        hadoopConf={"fs.s3a.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem"}
    ),
    "the class of an older name of the store": fields(
        hadoopConf={"fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem"}
    ),
    "a class": fields(
        type="Scala",
        mainClass="a.B",
        mainApplicationFile="local:///opt/spark/examples/jars/spark-examples.jar",
    ),
    "files in a property": settings(spark__files="s3a://a/b,local:///c"),
    "files": fields(deps={"jars": ["s3a://a/b.jar", "local:///c.jar"], "files": ["https://d/e.json#f"]}),
    "retries": fields(
        restartPolicy={"type": "OnFailure", "onFailureRetries": 2, "onFailureRetryInterval": 10}
    ),
    "a template": template(labels={"a": "b"}),
}


def application(tenant: Tenant, change: Change) -> dict[str, Any]:
    job = copy.deepcopy(JOB)
    change(job)
    return manifest(tenant, "SparkApplication", job)


def manifest(tenant: Tenant, kind: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "sparkoperator.k8s.io/v1beta2",
        "kind": kind,
        "metadata": {"name": "dry-run", "namespace": tenant.namespace},
        "spec": spec,
    }


def dry_run(kubectl: Kubectl, of: dict[str, Any]) -> None:
    """Have the API server look at an object without keeping it."""
    kubectl.run("create", "--dry-run=server", "--filename=-", stdin=yaml.safe_dump(of))


@pytest.mark.parametrize("name", REFUSED)
def test_a_job_is_refused_with_the_reason(name: str, kubectl: Kubectl, tenants: tuple[Tenant, ...]) -> None:
    change, reason = REFUSED[name]
    with pytest.raises(ReportedError) as refused:
        dry_run(kubectl, application(tenants[0], change))
    assert reason in str(refused.value)


@pytest.mark.parametrize("name", ALLOWED)
def test_a_job_that_breaks_no_rule_is_taken(name: str, kubectl: Kubectl, tenants: tuple[Tenant, ...]) -> None:
    dry_run(kubectl, application(tenants[0], ALLOWED[name]))


def test_a_schedule_must_say_what_happens_when_runs_overlap(
    kubectl: Kubectl, tenants: tuple[Tenant, ...]
) -> None:
    schedule = {"schedule": "@every 5m", "template": JOB}
    with pytest.raises(ReportedError, match=r"spec\.concurrencyPolicy must be Allow, Forbid or Replace"):
        dry_run(kubectl, manifest(tenants[0], "ScheduledSparkApplication", schedule))
    dry_run(
        kubectl,
        manifest(tenants[0], "ScheduledSparkApplication", {**schedule, "concurrencyPolicy": "Forbid"}),
    )


def test_the_rules_hold_for_scheduled_jobs_as_well(kubectl: Kubectl, tenants: tuple[Tenant, ...]) -> None:
    job = {**JOB, "mode": "client"}
    schedule = {"schedule": "@every 5m", "concurrencyPolicy": "Forbid", "template": job}
    with pytest.raises(ReportedError, match=r"spec\.mode must be cluster"):
        dry_run(kubectl, manifest(tenants[0], "ScheduledSparkApplication", schedule))

"""Runs of EMR on EKS and of EMR Serverless, their job templates and applications, in every writing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emr.translate.answers import Answers
from emr.translate.kit import translate
from tests.emr.inputs import codes, one, result, spec

EKS: dict[str, Any] = {
    "name": "nightly",
    "virtualClusterId": "vc1",
    "executionRoleArn": "arn:aws:iam::1:role/x",
    "releaseLabel": "emr-6.9.0-latest",
    "jobDriver": {
        "sparkSubmitJobDriver": {
            "entryPoint": "s3://code/a.py",
            "entryPointArguments": ["--day", "2020-01-01"],
            "sparkSubmitParameters": "--conf spark.executor.cores=2 --py-files s3://code/lib.zip",
        }
    },
    "configurationOverrides": {
        "applicationConfiguration": [
            {"classification": "spark-defaults", "properties": {"spark.sql.shuffle.partitions": "8"}}
        ],
        "monitoringConfiguration": {"persistentAppUI": "ENABLED"},
    },
    "retryPolicyConfiguration": {"maxAttempts": 3},
}
SERVERLESS: dict[str, Any] = {
    "name": "nightly",
    "applicationId": "00f",
    "executionRoleArn": "arn:aws:iam::1:role/x",
    "jobDriver": {
        "sparkSubmit": {
            "entryPoint": "s3://code/a.py",
            "entryPointArguments": ["--day", "2020-01-01"],
            "sparkSubmitParameters": "--conf spark.executor.cores=2 --py-files s3://code/lib.zip",
        }
    },
    "configurationOverrides": EKS["configurationOverrides"],
    "retryPolicy": {"maxAttempts": 3},
}
CLI = """\
export BUCKET=code
aws emr-containers start-job-run \\
  --virtual-cluster-id=vc1 --name nightly \\
  --execution-role-arn arn:aws:iam::1:role/x \\
  --release-label emr-6.9.0-latest \\
  --retry-policy-configuration '{"maxAttempts": 3}' \\
  --job-driver '{"sparkSubmitJobDriver": {"entryPoint": "s3://'$BUCKET'/a.py",
    "entryPointArguments": ["--day", "2020-01-01"],
    "sparkSubmitParameters": "--conf spark.executor.cores=2 --py-files s3://'${BUCKET}'/lib.zip"}}' \\
  --configuration-overrides '{"applicationConfiguration": [{"classification": "spark-defaults",
    "properties": {"spark.sql.shuffle.partitions":"8"}}]}'
"""
BOTO = f"""\
import boto3
client = boto3.client("emr-containers")
response = client.start_job_run(**{EKS!r})
"""
DAG = f"""\
job = EmrContainerOperator(
    task_id="start", name="nightly", virtual_cluster_id="vc1", execution_role_arn="arn:aws:iam::1:role/x",
    release_label="emr-6.9.0-latest", job_retry_max_attempts=3,
    job_driver={EKS["jobDriver"]!r}, configuration_overrides={EKS["configurationOverrides"]!r})
"""
KUBERNETES = {"apiVersion": "emrcontainers.services.k8s.aws/v1alpha1", "kind": "JobRun", "spec": EKS}
WRITINGS = {
    "the API": (json.dumps(EKS), "run.json"),
    "the command line": (CLI, "run.sh"),
    "boto3": (BOTO, "run.py"),
    "Airflow": (DAG, "dag.py"),
    "an object of Kubernetes": (json.dumps(KUBERNETES), "run.yaml"),
    "EMR Serverless": (json.dumps(SERVERLESS), "run.json"),
}


@pytest.mark.parametrize("what", WRITINGS)
def test_a_run_is_the_same_job_in_every_writing(what: str) -> None:
    text, name = WRITINGS[what]
    made = spec(text, name)
    assert made["mainApplicationFile"] == "s3a://code/a.py"
    assert made["arguments"] == ["--day", "2020-01-01"]
    assert made["deps"] == {"pyFiles": ["s3a://code/lib.zip"]}
    assert made["executor"]["cores"] == 2
    assert made["sparkConf"] == {"spark.sql.shuffle.partitions": "8"}
    assert made["restartPolicy"]["onFailureRetries"] == 2
    assert "UNKNOWN_FIELD" not in codes(result(text, name))


def test_a_run_of_airflow_is_named_by_the_rest_of_its_settings() -> None:
    text = (
        'EmrServerlessStartJobOperator(task_id="t", application_id="a", execution_role_arn="r", '
        'config={"name": "sample", "executionTimeoutMinutes": 60}, '
        'job_driver={"sparkSubmit": {"entryPoint": "s3://code/a.py"}})'
    )
    assert one(text, "dag.py").job == "sample"
    assert "TIMEOUT" in codes(result(text, "dag.py"))


APPLICATIONS = {
    "the command line": "aws emr-serverless create-application --type SPARK --release-label emr-6.9.0\n",
    "boto3": 'client.create_application(releaseLabel="emr-6.9.0", type="SPARK")\n',
    "Airflow": 'EmrServerlessCreateApplicationOperator(task_id="c", release_label="emr-6.9.0")\n',
    "a state": json.dumps({"Parameters": {"Name": "a", "ReleaseLabel": "emr-6.9.0", "Type": "SPARK"}}),
}


@pytest.mark.parametrize("what", APPLICATIONS)
def test_a_run_has_the_release_of_the_one_application_that_is_described(what: str) -> None:
    name = {"the command line": "app.sh", "a state": "app.json"}.get(what, "app.py")
    texts = {name: APPLICATIONS[what], "run.json": json.dumps(SERVERLESS)}
    found = translate(texts, Answers(), namespace="data-dev")
    told = {each.code: each.why for one in found for each in one.ledger.findings}
    assert told["SPARK"].startswith("Spark 3.3.0 of AWS")
    assert "RELEASE_ASSUMED" not in told


def test_two_applications_leave_the_release_open() -> None:
    other = APPLICATIONS["the command line"].replace("6.9.0", "7.1.0")
    texts = {"a.sh": APPLICATIONS["the command line"] + other, "run.json": json.dumps(SERVERLESS)}
    found = translate(texts, Answers(), namespace="data-dev")
    assert "RELEASE_ASSUMED" in {each.code for one in found for each in one.ledger.findings}


TEMPLATE = {
    "name": "template",
    "jobTemplateData": {
        **{key: EKS[key] for key in ("executionRoleArn", "releaseLabel", "configurationOverrides")},
        "jobDriver": {
            "sparkSubmitJobDriver": {
                "entryPoint": "${Entry}",
                "entryPointArguments": ["--day", "${Day}"],
                "sparkSubmitParameters": "--conf spark.executor.cores=${Cores}",
            }
        },
        "parameterConfiguration": {"Day": {"type": "STRING"}, "Cores": {"type": "NUMBER"}},
    },
}


def test_parameters_of_a_job_template_are_asked_for() -> None:
    assert one(TEMPLATE).problems[0] == "UNKNOWN_VALUE"
    made = spec(TEMPLATE, variables={"Entry": "s3://code/a.py", "Day": "7", "Cores": "2"})
    assert (made["mainApplicationFile"], made["arguments"]) == ("s3a://code/a.py", ["--day", "7"])
    assert made["executor"]["cores"] == 2


def test_a_run_that_names_a_template_blocks_until_the_template_is_given() -> None:
    found = result({"virtualClusterId": "v", "jobTemplateId": "t", "jobTemplateParameters": {"Day": "7"}})
    assert not [each for each in found.applications if each.manifest is not None]
    assert "blocked" in {each.level for each in found.ledger.findings}


def test_a_job_of_streaming_is_started_again() -> None:
    made = spec({**SERVERLESS, "mode": "STREAMING"})
    assert made["restartPolicy"]["type"] in ("Always", "OnFailure")
    assert "STREAMING" in codes(result({**SERVERLESS, "mode": "STREAMING"}))


@pytest.mark.parametrize("driver", ["sparkSqlJobDriver", "hive"])
def test_drivers_that_nothing_here_runs_are_told(driver: str) -> None:
    body = (
        {"entryPoint": "s3://code/a.sql"} if driver == "sparkSqlJobDriver" else {"query": "s3://code/q.sql"}
    )
    run = EKS if driver == "sparkSqlJobDriver" else SERVERLESS
    found = result({**run, "jobDriver": {driver: body}})
    assert not found.applications
    assert {"SPARK_SQL", "HIVE"} & codes(found)


def test_variables_of_the_shell_between_the_quotes_of_json_are_asked_for() -> None:
    text = CLI.replace("export BUCKET=code\n", "")
    assert one(text, "run.sh").problems == ("UNKNOWN_VALUE",)
    assert spec(text, "run.sh", variables={"BUCKET": "code"})["mainApplicationFile"] == "s3a://code/a.py"

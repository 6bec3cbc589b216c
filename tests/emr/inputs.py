"""What tests hand to the kit, and short ways to what comes out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from emr import command
from emr.report import data, page
from emr.translate.answers import Answers
from emr.translate.application import Application
from emr.translate.kit import FileResult, translate

CLUSTER = {
    "Name": "nightly",
    "ReleaseLabel": "emr-6.15.0",
    "Instances": {
        "InstanceGroups": [
            {
                "InstanceRole": "MASTER",
                "InstanceType": "m5.xlarge",
                "InstanceCount": 1,
                "Market": "ON_DEMAND",
            },
            {"InstanceRole": "CORE", "InstanceType": "m5.xlarge", "InstanceCount": 4, "Market": "SPOT"},
        ]
    },
}
"""A cluster as people order it."""

HELLO = """\
JOB_FLOW_OVERRIDES = {
  'Name': 'HelloWorld',
  'ReleaseLabel': 'emr-5.29.0',
  'Instances': {
    'InstanceGroups': [
      {'Name': 'Master node', 'Market': 'SPOT', 'InstanceRole': 'MASTER',
       'InstanceType': 'm5.2xlarge', 'InstanceCount': 1},
      {'Name': 'Slave nodes', 'Market': 'SPOT', 'InstanceRole': 'TASK',
       'InstanceType': 'm5.2xlarge', 'InstanceCount': 5}
    ],
    'KeepJobFlowAliveWhenNoSteps': False
  },
  'Applications': [{'Name': 'Spark'}, {'Name': 'Zeppelin'}, {'Name': 'Hadoop'}],
  'JobFlowRole': 'EMR_EC2_DefaultRole',
  'ServiceRole': 'EMR_DefaultRole',
}
SPARK_STEPS = [{
    "Name": "Hello_world",
    "ActionOnFailure": "CANCEL_AND_WAIT",
    "HadoopJarStep": {
        "Jar": "command-runner.jar",
        "Args": [
            "spark-submit", "--deploy-mode", "cluster", "--master", "yarn",
            "--conf", "spark.sql.session.timeZone=Europe/Paris",
            "--conf", "spark.driver.maxResultSize=4g",
            "--executor-memory", "11g", "--driver-memory", "12g",
            "--class", "com.sapiant.HelloWorld",
            "s3://artifactory/sapiant/hello-world-10167-jar-with-dependencies.jar",
            "--input-file", "s3://hello/input.txt",
            "--output-file", "s3://hello/output"
        ]
    }
}]
cluster_creator = EmrCreateJobFlowOperator(
    task_id='create job flow',
    job_flow_overrides=JOB_FLOW_OVERRIDES,
    aws_conn_id='aws_default',
    emr_conn_id='emr_default'
)
step_adder = EmrAddStepsOperator(
    task_id='add_steps',
    job_flow_id="{{ task_instance.xcom_pull(task_ids='create_job_flow', key='return_value') }}",
    aws_conn_id='aws default',
    steps=SPARK STEPS
)
step_checker = EmrStepSensor(
    task_id='watch_step',
    job_flow_id="{{ task_instance.xcom_pull('create_job_flow', key='return_value') }}",
    step_id="{{ task_instance.xcom_pull(task_ids='add_steps', key='return_value')[0] }}",
    aws_conn_id='aws_default'
)
cluster_remover = EmrTerminateJobFlowOperator(
    task_id='remove_cluster',
    job_flow_id="{{ task_instance.xcom_pull(task_ids='create_job_flow', key='return_value') }}",
    aws_conn_id='aws_default'
)
cluster_creator >> step_adder >> step_checker >> cluster_remover
"""
"""The DAG of a talk of 2020 ("Du on-premise au cloud"), with its slips: `SPARK STEPS` is no Python."""


def step(*words: str, name: str = "job", action: str = "CONTINUE") -> dict[str, Any]:
    """A step that runs a command."""
    return {
        "Name": name,
        "ActionOnFailure": action,
        "HadoopJarStep": {"Jar": "command-runner.jar", "Args": list(words)},
    }


def submit(*words: str, name: str = "job") -> dict[str, Any]:
    """A step that submits a program of Python, with options or arguments around it."""
    return step("spark-submit", *words, name=name)


def flow(*steps: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """A job flow with steps."""
    return {**CLUSTER, "Steps": list(steps), **changes}


def result(text: str | Mapping[str, Any], name: str = "flow.json", **answers: Any) -> FileResult:
    """What becomes of one file."""
    whole = text if isinstance(text, str) else json.dumps(text)
    templated = answers.pop("templated", False)
    (found,) = translate({name: whole}, Answers(**answers), namespace="data-dev", templated=templated)
    return found


def one(text: str | Mapping[str, Any], name: str = "flow.json", **answers: Any) -> Application:
    """The one application of a file."""
    (found,) = result(text, name, **answers).applications
    return found


def spec(text: str | Mapping[str, Any], name: str = "flow.json", **answers: Any) -> Mapping[str, Any]:
    """The spec of the one application of a file."""
    found = one(text, name, **answers)
    assert found.manifest is not None, found.problems
    written: Mapping[str, Any] = found.manifest["spec"]
    return written


def codes(found: FileResult) -> set[str]:
    """Codes of what is told of a file."""
    return {each.code for each in found.ledger.findings}


def written(found: FileResult) -> str:
    """All that a person or a program gets."""
    report = data.report([found])
    return json.dumps(report) + page.page(report) + "".join(command.documents([found]).values())

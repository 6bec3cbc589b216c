"""Terraform, as HCL and as the JSON of a plan."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.emr.inputs import codes, one, result, spec

CLUSTER = """\
variable "bucket" {
  default = "sales"
}
locals {
  release = "emr-6.15.0"
  common  = ["spark-submit", "--deploy-mode", "cluster"]
}
resource "aws_emr_cluster" "etl" {
  name          = "etl-${terraform.workspace}"
  release_label = local.release # what the team runs
  applications  = ["Spark"]
  service_role  = aws_iam_role.emr.arn
  master_instance_group { instance_type = "m5.xlarge" }
  core_instance_group {
    instance_type  = "m5.xlarge"
    instance_count = 4
    bid_price      = "0.30"
  }
  configurations_json = jsonencode([
    { Classification = "spark-defaults", Properties = { "spark.sql.shuffle.partitions" = "64" } }
  ])
  lifecycle { ignore_changes = [step] }
%s
}
"""
STEP = """\
  step {
    name              = "daily"
    action_on_failure = "CONTINUE"
    hadoop_jar_step {
      jar  = "command-runner.jar"
      // args = ["spark-submit", "s3://old/a.py"]
      args = %s
    }
  }
"""


def cluster(arguments: str) -> str:
    return CLUSTER % (STEP % arguments)


ARGUMENTS = {
    "literals": '["spark-submit", "s3://code/a.py", "x"]',
    "lists put together": 'concat(local.common, ["s3://code/a.py", "x"])',
}


@pytest.mark.parametrize("what", ARGUMENTS)
def test_a_step_of_a_cluster_is_read(what: str) -> None:
    text = cluster(ARGUMENTS[what])
    made = spec(text, "main.tf")
    assert (made["mainApplicationFile"], made["arguments"]) == ("s3a://code/a.py", ["x"])
    assert made["sparkConf"]["spark.sql.shuffle.partitions"] == "64"
    assert made["executor"]["memory"] == "4743m"
    assert "UNKNOWN_FIELD" not in codes(result(text, "main.tf"))


def test_the_default_of_a_variable_is_taken_and_told() -> None:
    text = cluster('["spark-submit", "s3://${var.bucket}/a.py"]')
    assert spec(text, "main.tf")["mainApplicationFile"] == "s3a://sales/a.py"
    (told,) = [each for each in result(text, "main.tf").ledger.findings if each.code == "DEFAULT"]
    assert told.at == "/variable/0/bucket/default"


UNKNOWN = {
    "a resource": '["spark-submit", "s3://code/a.py", aws_s3_bucket.raw.id]',
    "a call": '["spark-submit", "s3://code/a.py", format("%s", "x")]',
    "a choice": '["spark-submit", "s3://code/a.py", var.prod ? "a" : "b"]',
    "lists of which one is not known": 'concat(var.common, ["s3://code/a.py"])',
    "a list that only Terraform makes": "[for each in var.words : each]",
}


@pytest.mark.parametrize("what", UNKNOWN)
def test_what_only_terraform_computes_blocks(what: str) -> None:
    found = result(cluster(UNKNOWN[what]), "main.tf")
    assert not [each for each in found.applications if each.manifest is not None]
    assert {"UNKNOWN_VALUE", "COMPUTED"} & codes(found)


DYNAMIC = """\
  dynamic "step" {
    for_each = %s
    content {
      name              = step.value.name
      action_on_failure = "CONTINUE"
      hadoop_jar_step {
        jar  = "command-runner.jar"
        args = step.value["args"]
      }
    }
  }
"""


def test_steps_for_each_element_of_a_known_list_are_written_out() -> None:
    first = '{name = "one", args = ["spark-submit", "s3://code/a.py", "1"]}'
    second = '{name = "two", args = ["spark-submit", "s3://code/b.py"]}'
    each = f"[{first}, {second}]"
    found = result(CLUSTER % (DYNAMIC % each), "main.tf")
    written = [
        (item.job, item.manifest["spec"]["mainApplicationFile"])
        for item in found.applications
        if item.manifest
    ]
    assert written == [("one", "s3a://code/a.py"), ("two", "s3a://code/b.py")]


def test_steps_for_each_element_of_a_list_that_nobody_knows_block() -> None:
    found = result(CLUSTER % (DYNAMIC % "var.steps"), "main.tf")
    assert not found.applications
    assert "COMPUTED" in codes(found)


def test_steps_in_a_file_of_their_own_are_read() -> None:
    steps = [
        {
            "name": "daily",
            "action_on_failure": "CONTINUE",
            "hadoop_jar_step": {
                "jar": "command-runner.jar",
                "args": ["spark-submit", "s3://code/a.py", "${day}"],
            },
        }
    ]
    assert one(json.dumps(steps), "steps.json.tpl").problems == ("UNKNOWN_VALUE",)
    assert spec(json.dumps(steps), "steps.json.tpl", variables={"day": "7"})["arguments"] == ["7"]


MACHINE = """\
resource "aws_emrserverless_application" "spark" {
  name          = "spark"
  release_label = "emr-6.9.0"
  type          = "SPARK"
}
resource "aws_sfn_state_machine" "nightly" {
  name       = "nightly"
  definition = %s
}
"""
AS_TEXT = """<<-EOF
  {"StartAt": "Run", "States": {"Run": {"Type": "Task", "End": true,
   "Resource": "arn:aws:states:::emr-serverless:startJobRun.sync",
   "TimeoutSeconds": ${var.timeout},
   "Parameters": {"ApplicationId": "${aws_emrserverless_application.spark.id}",
    "JobDriver": {"SparkSubmit": {"EntryPoint": "s3://code/a.py", "EntryPointArguments": ["x"]}}}}}}
EOF
"""
AS_CODE = """jsonencode({
  StartAt = "Run"
  States = { Run = { Type = "Task", End = true
    Resource = "arn:aws:states:::emr-serverless:startJobRun.sync"
    Parameters = { ApplicationId = aws_emrserverless_application.spark.id
      JobDriver = { SparkSubmit = {
        EntryPoint = "s3://code/a.py", "EntryPointArguments.$" = "States.Array('x')" } } } } }
})
"""


@pytest.mark.parametrize("definition", [AS_TEXT, AS_CODE], ids=["text", "code"])
def test_a_state_machine_in_hcl_runs_in_the_application_beside_it(definition: str) -> None:
    text = MACHINE % definition
    made = spec(text, "main.tf")
    assert (made["mainApplicationFile"], made["arguments"]) == ("s3a://code/a.py", ["x"])
    found = codes(result(text, "main.tf"))
    assert "SPARK" in found
    assert "RELEASE_ASSUMED" not in found


def plan() -> dict[str, Any]:
    values = {
        "name": "etl",
        "release_label": "emr-6.15.0",
        "applications": ["Spark"],
        "core_instance_group": [{"instance_type": "m5.xlarge", "instance_count": 4, "bid_price": ""}],
        "configurations_json": json.dumps(
            [{"Classification": "spark-defaults", "Properties": {"spark.sql.shuffle.partitions": "64"}}]
        ),
        "step": [
            {
                "name": "daily",
                "action_on_failure": "CONTINUE",
                "hadoop_jar_step": [
                    {
                        "jar": "command-runner.jar",
                        "main_class": "",
                        "args": ["spark-submit", "s3://code/a.py"],
                        "properties": {},
                    }
                ],
            }
        ],
    }
    resource = {"address": "aws_emr_cluster.etl", "type": "aws_emr_cluster", "name": "etl", "values": values}
    return {
        "format_version": "1.2",
        "planned_values": {"root_module": {"resources": [], "child_modules": [{"resources": [resource]}]}},
        "resource_changes": [{"type": "aws_emr_cluster", "change": {"after": values}}],
    }


def test_a_plan_says_each_job_once() -> None:
    made = spec(plan(), "plan.json")
    assert made["mainApplicationFile"] == "s3a://code/a.py"
    assert made["sparkConf"]["spark.sql.shuffle.partitions"] == "64"
    assert made["executor"]["memory"] == "4743m"

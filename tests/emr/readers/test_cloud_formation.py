"""Templates of CloudFormation, in JSON and in YAML, as people write them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.emr.inputs import codes, one, result, spec

STACK = """\
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Bucket: {Type: String}
  Workers: {Type: Number, Default: 4}
  Password: {Type: String, NoEcho: true, Default: hunter2-hunter2}
Resources:
  Cluster:
    Type: AWS::EMR::Cluster
    Properties:
      Name: !Sub "etl-${AWS::StackName}"
      ReleaseLabel: emr-6.15.0
      Applications: [{Name: Spark}]
      JobFlowRole: !Ref Profile
      ServiceRole: EMR_DefaultRole
      Configurations:
        - Classification: spark-defaults
          ConfigurationProperties: {spark.sql.shuffle.partitions: "64"}
      Instances:
        MasterInstanceGroup: {InstanceCount: 1, InstanceType: m5.xlarge, Market: ON_DEMAND}
        CoreInstanceGroup: {InstanceCount: !Ref Workers, InstanceType: m5.xlarge, Market: SPOT}
  Daily:
    Type: AWS::EMR::Step
    Properties:
      ActionOnFailure: CONTINUE
      JobFlowId: !Ref Cluster
      Name: daily
      HadoopJarStep:
        Jar: command-runner.jar
        StepProperties: []
        Args:
          - spark-submit
          - --num-executors
          - !Ref Workers
          - !Sub "s3://${Bucket}/code/daily.py"
          - !Join ["/", ["s3:/", !Ref Bucket, "in"]]
          - --table
          - !FindInMap [Tables, !Ref "AWS::Region", name]
  Database:
    Type: AWS::RDS::DBInstance
    Properties: {MasterUserPassword: hunter2-hunter2}
"""


def test_a_step_of_a_stack_runs_on_the_cluster_of_the_stack_with_its_parameters_filled_in() -> None:
    found = one(STACK, "stack.yaml")
    assert found.problems == ("UNKNOWN_VALUE",)
    holes = [each.value for each in result(STACK, "stack.yaml").ledger.findings if each.level == "blocked"]
    assert holes[:2] == ["s3://${Bucket}/code/daily.py", "s3://${Bucket}/in"]
    written = STACK.replace('!FindInMap [Tables, !Ref "AWS::Region", name]', "orders")
    made = spec(written, "stack.yaml", variables={"Bucket": "sales"})
    assert made["mainApplicationFile"] == "s3a://sales/code/daily.py"
    assert made["arguments"] == ["s3a://sales/in", "--table", "orders"]
    assert made["executor"]["instances"] == 4
    assert made["executor"]["memory"] == "4743m"
    assert made["sparkConf"]["spark.sql.shuffle.partitions"] == "64"
    assert made["sparkVersion"] == "3.5.8"


def test_that_a_default_was_taken_is_told_and_no_secret_beside_it_is_shown() -> None:
    found = result(STACK, "stack.yaml")
    told = {each.at for each in found.ledger.findings if each.code == "DEFAULT"}
    assert told == {"/Parameters/Workers/Default", "/Parameters/Password/Default"}
    assert "hunter2" not in "".join(each.value for each in found.ledger.findings)


@pytest.mark.parametrize("name", ["Cluster", "EmrCluster"])
def test_a_cluster_is_read_whatever_its_resource_is_called(name: str) -> None:
    text = STACK.replace("  Cluster:", f"  {name}:").replace("!Ref Cluster", f"!Ref {name}")
    found = result(text, "stack.yaml")
    assert "UNKNOWN_FIELD" not in codes(found)
    assert [each.cluster.label.text for each in found.works if each.cluster.label] == ["emr-6.15.0"] * 2


LONG: dict[str, Any] = {
    "a reference": ({"Ref": "Bucket"}, "sales"),
    "a text": ({"Fn::Sub": "s3://${Bucket}/${!Other}"}, "UNKNOWN_VALUE"),
    "a text with names of its own": ({"Fn::Sub": ["s3://${B}/${Bucket}", {"B": "code"}]}, "s3a://code/sales"),
    "a join": ({"Fn::Join": ["", ["s3://", {"Ref": "Bucket"}, "/x"]]}, "s3a://sales/x"),
    "a join of what nobody knows": ({"Fn::Join": [",", {"Ref": "Subnets"}]}, "UNKNOWN_VALUE"),
    "an attribute": ({"Fn::GetAtt": ["Topic", "TopicName"]}, "UNKNOWN_VALUE"),
    "an import": ({"Fn::ImportValue": {"Fn::Sub": "${Net}-bucket"}}, "UNKNOWN_VALUE"),
    "a condition": ({"Fn::If": ["Prod", "a", "b"]}, "UNKNOWN_VALUE"),
    "a choice": ({"Fn::Select": [0, {"Ref": "Zones"}]}, "UNKNOWN_VALUE"),
}


@pytest.mark.parametrize("what", LONG)
def test_an_argument_that_is_a_function_is_worked_out_or_blocks_and_is_never_left_out(what: str) -> None:
    argument, wanted = LONG[what]
    step = {
        "Type": "AWS::EMR::Step",
        "Properties": {
            "ActionOnFailure": "CONTINUE",
            "JobFlowId": "j-1",
            "Name": "daily",
            "HadoopJarStep": {
                "Jar": "command-runner.jar",
                "Args": ["spark-submit", "s3://b/a.py", "first", argument, "last"],
            },
        },
    }
    text = json.dumps({"Resources": {"Step": step}})
    found = one(text, "stack.json", variables={"Bucket": "sales"})
    if wanted == "UNKNOWN_VALUE":
        assert found.problems == ("UNKNOWN_VALUE",)
    else:
        assert spec(text, "stack.json", variables={"Bucket": "sales"})["arguments"] == [
            "first",
            wanted,
            "last",
        ]


def test_arguments_that_are_a_parameter_as_a_whole_are_asked_for() -> None:
    step = {
        "Type": "AWS::EMR::Step",
        "Properties": {
            "Name": "daily",
            "HadoopJarStep": {"Jar": "command-runner.jar", "Args": {"Ref": "StepArgs"}},
        },
    }
    found = result({"Resources": {"Step": step}}, "stack.json")
    assert not [each for each in found.applications if each.manifest is not None]
    assert [each.level for each in found.ledger.findings if "Args" in each.at] == ["blocked"]


APPLICATION = """\
Resources:
  App:
    Type: AWS::EMRServerless::Application
    Properties:
      ReleaseLabel: emr-6.9.0
      Type: SPARK
      MaximumCapacity: {Cpu: 400vCPU, Memory: 3000GB}
      RuntimeConfiguration:
        - Classification: spark-defaults
          Properties: {spark.sql.shuffle.partitions: "64"}
  Machine:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      DefinitionString: !Sub |
        {"StartAt": "Run", "States": {"Run": {"Type": "Task",
         "Resource": "arn:aws:states:::emr-serverless:startJobRun.sync", "End": true,
         "Parameters": {"ApplicationId": "${App}", "Name": "nightly",
          "ExecutionRoleArn": "arn:aws:iam::${AWS::AccountId}:role/x",
          "JobDriver": {"SparkSubmit": {"EntryPoint": "s3://code/a.py",
           "EntryPointArguments.$": "States.Array('--day', '2020-01-01')"}}}}}}
"""


def test_a_state_machine_in_a_text_of_the_stack_runs_in_the_application_of_the_stack() -> None:
    made = spec(APPLICATION, "stack.yaml")
    assert made["arguments"] == ["--day", "2020-01-01"]
    assert made["sparkConf"]["spark.sql.shuffle.partitions"] == "64"
    found = result(APPLICATION, "stack.yaml")
    assert "UNKNOWN_FIELD" not in codes(found)
    assert "RELEASE_ASSUMED" not in codes(found)
    assert {"CAPACITY", "SPARK"} <= codes(found)

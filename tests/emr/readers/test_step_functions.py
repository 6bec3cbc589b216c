"""State machines that make clusters, add steps and start runs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.emr.inputs import codes, one, result, spec


def machine(states: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"StartAt": next(iter(states)), "States": states, **more}


def task(service: str, parameters: dict[str, Any], key: str = "Parameters") -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": f"arn:aws:states:::{service}",
        key: parameters,
        "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}],
        "End": True,
    }


CREATE = task(
    "elasticmapreduce:createCluster.sync",
    {
        "Name": "etl",
        "ReleaseLabel": "emr-6.15.0",
        "Applications": [{"Name": "Spark"}],
        "ServiceRole": "EMR_DefaultRole",
        "JobFlowRole": "EMR_EC2_DefaultRole",
        "LogUri.$": "$.logs",
        "Instances": {
            "KeepJobFlowAliveWhenNoSteps": True,
            "InstanceFleets": [
                {
                    "InstanceFleetType": "CORE",
                    "TargetOnDemandCapacity": 2,
                    "InstanceTypeConfigs": [{"InstanceType": "m5.xlarge"}],
                }
            ],
        },
    },
)


def add(jar_step: dict[str, Any], **changes: Any) -> dict[str, Any]:
    step = {"Name": "daily", "ActionOnFailure": "CONTINUE", "HadoopJarStep": jar_step}
    return task("elasticmapreduce:addStep.sync", {"ClusterId.$": "$.cluster.Id", "Step": {**step, **changes}})


def command(*words: Any, key: str = "Args") -> dict[str, Any]:
    return {"Jar": "command-runner.jar", key: words[0] if key.endswith("$") else list(words)}


def test_a_step_of_one_state_runs_on_the_cluster_of_another() -> None:
    found = machine({"Create": CREATE, "Add": add(command("spark-submit", "s3://code/a.py", "s3://b/in"))})
    made = spec(found)
    assert (made["mainApplicationFile"], made["arguments"]) == ("s3a://code/a.py", ["s3a://b/in"])
    assert made["executor"]["memory"] == "4743m"
    told = result(found)
    assert not told.ledger.missing
    assert "UNKNOWN_FIELD" not in codes(told)
    assert {"SPARK", "STATE_MACHINE", "LOGS"} <= codes(told)


ARGUMENTS = {
    "an array of literals": ("States.Array('spark-submit', 's3://code/a.py', '--n', '5')", ["--n", "5"]),
    "blanks and lines": ("States.Array( 'spark-submit' ,\n 's3://code/a.py', 'a b')", ["a b"]),
    "a quote and a comma in a text": (
        r"States.Array('spark-submit','s3://code/a.py','it\'s, so')",
        ["it's, so"],
    ),
    "a number": ("States.Array('spark-submit', 's3://code/a.py', 10)", ["10"]),
    "a format of literals": (
        "States.Array('spark-submit', States.Format('s3://{}/{}.py', 'code', 'a'), 'x')",
        ["x"],
    ),
    "braces of JSON": (
        r"States.Array('spark-submit', 's3://code/a.py', States.Format('\{\"n\": {}\}', '5'))",
        ['{"n": 5}'],
    ),
}


@pytest.mark.parametrize("what", ARGUMENTS)
def test_arguments_by_intrinsic_functions_are_worked_out(what: str) -> None:
    text, wanted = ARGUMENTS[what]
    made = spec(machine({"Add": add(command(text, key="Args.$"))}))
    assert made["mainApplicationFile"] == "s3a://code/a.py"
    assert made["arguments"] == wanted


ASKED = {
    "a path": ("States.Array('spark-submit', 's3://code/a.py', $.day)", "$.day"),
    "a path with brackets": ("States.Array('spark-submit', 's3://code/a.py', $['a, b'][0])", "$['a, b'][0]"),
    "the context": ("States.Array('spark-submit', 's3://code/a.py', $$.Execution.Id)", "$$.Execution.Id"),
    "a format": ("States.Array('spark-submit', 's3://code/a.py', States.Format('d={}', $.day))", "$.day"),
    "another function": ("States.Array('spark-submit', 's3://code/a.py', States.UUID())", "States.UUID()"),
    "a format without values": (
        "States.Array('spark-submit', 's3://code/a.py', States.Format('{}'))",
        "States.Format('{}')",
    ),
}


@pytest.mark.parametrize("what", ASKED)
def test_arguments_that_a_run_hands_in_are_asked_for_by_their_names(what: str) -> None:
    text, name = ASKED[what]
    found = machine({"Add": add(command(text, key="Args.$"))})
    assert one(found).problems == ("UNKNOWN_VALUE",)
    (argument,) = spec(found, variables={name: "2020"})["arguments"]
    assert argument in ("2020", "d=2020")


WHOLE = {
    "arguments": add(command("$.args", key="Args.$")),
    "arguments that are no expression": add(command("States.Array('spark-submit'", key="Args.$")),
    "a part of a step": task(
        "elasticmapreduce:addStep.sync",
        {"ClusterId.$": "$.id", "Step": {"Name": "daily", "HadoopJarStep.$": "$.step"}},
    ),
    "a step": task("elasticmapreduce:addStep.sync", {"ClusterId.$": "$.id", "Step.$": "$.step"}),
    "a driver": task(
        "emr-serverless:startJobRun.sync", {"ApplicationId.$": "$.app", "JobDriver.$": "$.driver"}
    ),
    "a step in JSONata": task(
        "elasticmapreduce:addStep.sync", {"ClusterId": "{% $id %}", "Step": "{% $step %}"}, key="Arguments"
    ),
}


@pytest.mark.parametrize("what", WHOLE)
def test_what_is_handed_in_as_a_whole_blocks_and_is_never_passed_over(what: str) -> None:
    found = result(machine({"Add": WHOLE[what]}))
    assert not [each for each in found.applications if each.manifest is not None]
    assert "blocked" in {each.level for each in found.ledger.findings}
    assert not found.ledger.missing


def test_jsonata_is_a_value_that_only_a_run_knows() -> None:
    arguments = command("spark-submit", "s3://code/a.py", "{% $states.input.day %}")
    found = machine({"Add": add(arguments)}, QueryLanguage="JSONata")
    assert one(found).problems == ("UNKNOWN_VALUE",)
    assert spec(found, variables={"$states.input.day": "7"})["arguments"] == ["7"]


def test_a_path_in_a_field_without_a_dollar_is_the_text_itself_as_it_is_there() -> None:
    assert spec(machine({"Add": add(command("spark-submit", "s3://code/a.py", "$.day"))}))["arguments"] == [
        "$.day"
    ]


def test_every_branch_of_a_machine_is_read() -> None:
    branch = machine({"Add": add(command("spark-submit", "s3://code/a.py", "1"))})
    other = machine(
        {
            "Each": {
                "Type": "Map",
                "ItemProcessor": machine({"Add": add(command("spark-submit", "s3://code/b.py"))}),
            }
        }
    )
    found = result(machine({"Both": {"Type": "Parallel", "Branches": [branch, other], "End": True}}))
    written = [each.manifest["spec"]["mainApplicationFile"] for each in found.applications if each.manifest]
    assert written == ["s3a://code/a.py", "s3a://code/b.py"]


RUN = {
    "VirtualClusterId.$": "$.cluster",
    "Name": "nightly",
    "ExecutionRoleArn": "arn:aws:iam::1:role/x",
    "ReleaseLabel": "emr-6.9.0-latest",
    "JobDriver": {
        "SparkSubmitJobDriver": {
            "EntryPoint": "s3://code/a.py",
            "EntryPointArguments": ["60"],
            "SparkSubmitParameters": "--conf spark.executor.cores=2 --conf spark.sql.shuffle.partitions=8",
        }
    },
    "ConfigurationOverrides": {
        "ApplicationConfiguration": [
            {"Classification": "spark-defaults", "Properties": {"spark.executor.memory": "3g"}}
        ],
        "MonitoringConfiguration": {"PersistentAppUI": "ENABLED"},
    },
}


@pytest.mark.parametrize("service", ["emr-containers:startJobRun.sync", "aws-sdk:emrcontainers:startJobRun"])
def test_a_run_of_emr_on_eks_is_the_same_in_the_writing_of_state_machines(service: str) -> None:
    found = machine({"Run": task(service, RUN)})
    made = spec(found)
    assert made["arguments"] == ["60"]
    assert (made["executor"]["cores"], made["executor"]["memory"]) == (2, "3g")
    assert made["sparkConf"] == {"spark.sql.shuffle.partitions": "8"}
    assert "UNKNOWN_FIELD" not in codes(result(found))


def test_parameters_of_spark_submit_that_a_run_hands_in_block() -> None:
    driver = {"EntryPoint": "s3://code/a.py", "SparkSubmitParameters.$": "$.parameters"}
    found = one(
        machine({"Run": task("emr-serverless:startJobRun.sync", {"JobDriver": {"SparkSubmit": driver}})})
    )
    assert found.manifest is None


def test_a_machine_in_yaml_is_the_same_as_in_json() -> None:
    states = {
        "Create": CREATE,
        "Add": add(command("States.Array('spark-submit', 's3://code/a.py')", key="Args.$")),
    }
    text = json.dumps(machine(states))
    import yaml

    assert spec(yaml.safe_dump(machine(states)), "machine.asl.yaml") == spec(text, "machine.asl.json")

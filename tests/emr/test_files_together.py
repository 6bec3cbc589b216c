"""Files that are given together: what one names, the others hold."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emr import command
from emr.translate.answers import Answers
from emr.translate.kit import FileResult, translate
from tests.emr.inputs import CLUSTER, codes, flow, result, submit

CREATE = (
    "aws emr create-cluster --name x --release-label emr-6.15.0 --auto-terminate "
    "--instance-fleets file://fleets.json --configurations file://./conf/spark.json --steps file://{steps}\n"
)
FLEETS = [
    {
        "InstanceFleetType": "CORE",
        "TargetSpotCapacity": 8,
        "InstanceTypeConfigs": [{"InstanceType": "m5.xlarge", "WeightedCapacity": 2}],
    }
]
SETTINGS = [{"Classification": "spark-defaults", "Properties": {"spark.executor.memory": "3g"}}]
STEPS = [{"Type": "Spark", "Name": "j", "Args": ["s3://b/a.py", "x"]}]


def together(**texts: Any) -> dict[str, FileResult]:
    """Name of a file -> what became of it; `__` in a name is a slash, and one `_` is a point."""
    named = {
        name.replace("__", "/").replace("_", "."): text if isinstance(text, str) else json.dumps(text)
        for name, text in texts.items()
    }
    return {each.name: each for each in translate(named, Answers(), namespace="data-dev")}


@pytest.mark.parametrize(
    "path", ["steps.json", "./steps.json", "${HERE}/steps.json", "/home/me/emr/steps.json"]
)
def test_a_script_reads_the_files_that_it_names(path: str) -> None:
    found = together(
        emr__create_sh=CREATE.format(steps=path),
        emr__fleets_json=FLEETS,
        emr__conf__spark_json=SETTINGS,
        emr__steps_json=STEPS,
    )
    (made,) = [each for one in found.values() for each in one.applications]
    assert made.manifest is not None, made.problems
    spec = made.manifest["spec"]
    assert (spec["mainApplicationFile"], spec["arguments"]) == ("s3a://b/a.py", ["x"])
    assert spec["executor"]["memory"] == "3g"
    assert spec["dynamicAllocation"]["maxExecutors"] > 3, "four nodes have room for more"
    for each in found.values():
        assert not each.ledger.missing
        assert "UNREADABLE" not in codes(each)


def test_a_file_that_is_not_given_still_blocks() -> None:
    found = together(
        create_sh=CREATE.format(steps="steps.json"), fleets_json=FLEETS, conf__spark_json=SETTINGS
    )
    assert "blocked" in {each.level for each in found["create.sh"].ledger.findings}


def test_of_two_files_of_a_name_none_is_taken() -> None:
    found = together(
        emr__create_sh=CREATE.format(steps="steps.json"),
        a__steps_json=STEPS,
        b__steps_json=STEPS,
        emr__fleets_json=FLEETS,
        emr__conf__spark_json=SETTINGS,
    )
    assert "UNREADABLE" in codes(found["emr/create.sh"])


def test_terraform_reads_the_settings_that_it_names() -> None:
    text = """
        resource "aws_emr_cluster" "a" {
          name = "a"
          release_label = "emr-6.15.0"
          configurations_json = file("${path.module}/conf.json")
          step {
            name = "j"
            action_on_failure = "CONTINUE"
            hadoop_jar_step {
              jar = "command-runner.jar"
              args = ["spark-submit", "s3://b/a.py"]
            }
          }
        }
        """
    found = together(main_tf=text, conf_json=SETTINGS)
    (made,) = found["main.tf"].applications
    assert made.manifest is not None
    assert made.manifest["spec"]["executor"]["memory"] == "3g"


def test_steps_have_the_release_of_several_clusters_of_one_label() -> None:
    other = {**CLUSTER, "Name": "weekly"}
    steps = flow(submit("s3://b/a.py"))["Steps"]
    found = together(a_json=CLUSTER, b_json=other, steps_json=steps)["steps.json"]
    assert "SPARK" in codes(found)
    assert "RELEASE_ASSUMED" not in codes(found)
    third = {**other, "ReleaseLabel": "emr-7.1.0"}
    assert "RELEASE_ASSUMED" in codes(together(a_json=CLUSTER, b_json=third, steps_json=steps)["steps.json"])


BOOT = [{"Name": "pip", "ScriptBootstrapAction": {"Path": "s3://b/boot.sh", "Args": []}}]
NOVEL = [{"Classification": "novel-site", "Properties": {"a.b": "c"}}]


def test_an_application_says_at_its_head_what_its_cluster_did_for_it() -> None:
    cluster = {**CLUSTER, "BootstrapActions": BOOT, "Configurations": NOVEL}
    alone = command.documents([result({**cluster, "Steps": [submit("s3://b/a.py")]})])
    results = translate(
        {"a.json": json.dumps(cluster), "b.json": json.dumps([submit("s3://b/a.py")])},
        Answers(),
        namespace="data-dev",
    )
    for (text,) in (alone.values(), command.documents(results).values()):
        head = text.partition("apiVersion")[0]
        assert "s3://b/boot.sh" in head
        assert "novel-site" in head


def test_the_head_of_one_cluster_says_nothing_of_another() -> None:
    both = [
        {**CLUSTER, "Name": "a", "BootstrapActions": BOOT, "Steps": [submit("s3://b/a.py", name="first")]},
        {**CLUSTER, "Name": "b", "Steps": [submit("s3://b/b.py", name="second")]},
    ]
    found = command.documents([result(json.dumps(both))])
    assert ["boot.sh" in text for _, text in sorted(found.items())] == [True, False]


WRITTEN = """\
BUCKET=code
cat > run.json <<EOF
{"name": "j", "virtualClusterId": "v", "releaseLabel": "emr-6.9.0-latest",
 "jobDriver": {"sparkSubmitJobDriver":
  {"entryPoint": "s3://${BUCKET}/a.py", "entryPointArguments": ["x", "$DAY"]}}}
EOF
%s
"""


@pytest.mark.parametrize("path", ["run.json", "./run.json", "$PWD/run.json"])
def test_a_script_reads_what_it_has_written_itself(path: str) -> None:
    call = f"aws emr-containers start-job-run --cli-input-json file://{path}"
    found = result(WRITTEN % call, "run.sh", variables={"DAY": "7"})
    (made,) = found.applications
    assert made.manifest is not None, made.problems
    assert made.manifest["spec"]["mainApplicationFile"] == "s3a://code/a.py"
    assert made.manifest["spec"]["arguments"] == ["x", "7"]
    assert not found.ledger.missing


def test_nothing_is_filled_in_where_the_end_of_a_text_is_quoted() -> None:
    call = "aws emr-containers start-job-run --cli-input-json file://run.json"
    (made,) = result((WRITTEN % call).replace("<<EOF", "<<'EOF'"), "run.sh").applications
    assert made.problems == ("UNKNOWN_VALUE",)

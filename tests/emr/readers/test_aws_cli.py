"""Calls of `aws emr`, with steps in shorthand, as JSON, and in a file, as people write them."""

from __future__ import annotations

import json

import pytest

from tests.emr.inputs import codes, one, result, spec

ADD = "aws emr add-steps --cluster-id j-1 --steps "
WORDS = ("--class", "a.B", "s3://code/a.jar", "x", "y")
PLAIN = ",".join(WORDS)
QUOTED = ",".join(f'"{word}"' for word in ("spark-submit", *WORDS))
OBJECT = json.dumps([{"Type": "Spark", "Name": "daily", "Args": WORDS}])
SHORTHAND = {
    "Type=Spark": f"Type=Spark,Name=daily,Args=[{PLAIN}]",
    "a type in small letters": f"Type=spark,Name=daily,Args=[{PLAIN}]",
    "the action at the end": f"Type=Spark,Name=daily,Args=[{PLAIN}],ActionOnFailure=CONTINUE",
    "a jar": f"Type=CUSTOM_JAR,Name=daily,Jar=command-runner.jar,Args=[spark-submit,{PLAIN}]",
    "quotes around elements": f'Type=CUSTOM_JAR,Name=daily,Jar="command-runner.jar",Args=[{QUOTED}]',
    "quotes around the list": f'Type=Spark,Name="daily",\\\nArgs="[{PLAIN.replace(",s3", ", s3")}]"',
    "a continued line": f"Type=Spark,Name=daily,\\\nArgs=[{PLAIN}]",
    "a blank before the line ends": f"Type=Spark,Name=daily, \\\n  Args=[{PLAIN}]",
    "JSON": f"'{OBJECT}'",
    "JSON with a comma too many": f"'{OBJECT.replace(']}', ',]}')}'",
}


@pytest.mark.parametrize("what", SHORTHAND)
def test_a_step_is_the_same_in_every_writing(what: str) -> None:
    text = ADD + SHORTHAND[what] + "\n"
    assert one(text, "job.sh").job == "daily"
    made = spec(text, "job.sh")
    assert (made["mainClass"], made["mainApplicationFile"]) == ("a.B", "s3a://code/a.jar")
    assert made["arguments"] == ["x", "y"]
    assert "UNKNOWN_FIELD" not in codes(result(text, "job.sh"))


@pytest.mark.parametrize(
    "call",
    [
        "aws --profile data emr add-steps",
        "aws --region eu-west-1 --output text emr add-steps",
        "aws $PROFILE emr add-steps",
        "aws emr --profile data add-steps",
    ],
)
def test_what_every_call_may_say_stands_where_it_likes(call: str) -> None:
    text = f"{call} --cluster-id j-1 --steps Type=Spark,Name=daily,Args=[{PLAIN}]\n"
    made = spec(text, "job.sh")
    assert (made["mainApplicationFile"], made["arguments"]) == ("s3a://code/a.jar", ["x", "y"])


@pytest.mark.parametrize(
    "call", ["aws s3 cp emr add-steps", "aws emr describe-step", "aws emr list-steps", "aws"]
)
def test_a_call_that_starts_nothing_gives_no_job(call: str) -> None:
    assert not result(f"{call} --cluster-id j-1\n", "job.sh").applications


def test_a_program_of_a_class_is_a_jar_whatever_it_is_called() -> None:
    made = spec(f"{ADD}Type=Spark,Name=daily,Args=[--class,a.B,s3://code/application,x]\n", "job.sh")
    assert (made["type"], made["mainClass"]) == ("Scala", "a.B")
    assert (made["mainApplicationFile"], made["arguments"]) == ("s3a://code/application", ["x"])


def test_commas_in_quotes_stay_in_their_argument() -> None:
    text = ADD + "'Type=Spark,Name=daily,Args=[s3://code/a.py,\"a,b\",c d]'\n"
    assert spec(text, "job.sh")["arguments"] == ["a,b", "c d"]


def test_several_steps_are_several_jobs_in_their_order() -> None:
    text = ADD + "Type=Spark,Name=one,Args=[s3://code/a.py] Type=Spark,Name=two,Args=[s3://code/b.py]\n"
    assert [each.job for each in result(text, "job.sh").applications] == ["one", "two"]


def test_steps_in_a_file_are_asked_for_and_read_where_they_are_given() -> None:
    found = result(ADD + "file://./steps.json\n", "job.sh")
    assert not found.applications
    assert "blocked" in {each.level for each in found.ledger.findings}
    steps = [{"Type": "SPARK", "Name": "daily", "ActionOnFailure": "CONTINUE", "Args": ["s3://code/a.py"]}]
    assert spec(json.dumps(steps), "steps.json")["mainApplicationFile"] == "s3a://code/a.py"


CREATE = """\
aws emr create-cluster --name etl --release-label emr-6.15.0 --applications Name=Spark Name=Hadoop \\
  --ec2-attributes KeyName=k,InstanceProfile=EMR_EC2_DefaultRole,SubnetId=subnet-1 --use-default-roles \\
  --instance-groups InstanceGroupType=MASTER,InstanceCount=1,InstanceType=m5.xlarge \\
    InstanceGroupType=CORE,InstanceCount=4,InstanceType=m5.xlarge,BidPrice=0.10 \\
  --configurations '[{"Classification":"spark-defaults",
     "Properties":{"spark.sql.shuffle.partitions":"64"}}]' \\
  --steps Type=Spark,Name=daily,Args=[s3://code/a.py,{{ day }}] --auto-terminate --log-uri s3://logs/
"""


def test_a_cluster_gives_its_step_sizes_properties_and_release() -> None:
    text = CREATE.replace("{{ day }}", "$1")
    made = spec(text, "job.sh", variables={"1": "2020"})
    assert made["arguments"] == ["2020"]
    assert made["executor"]["memory"] == "4743m"
    assert made["sparkConf"]["spark.sql.shuffle.partitions"] == "64"
    assert {"ROLE", "NETWORK", "NODES", "LOGS"} <= codes(result(text, "job.sh"))


@pytest.mark.parametrize(("version", "problem"), [("emr-5.6.0", ()), ("3.11.0", ("LABEL",))])
def test_the_version_of_an_ami_is_a_release_or_blocks(version: str, problem: tuple[str, ...]) -> None:
    text = CREATE.replace("--release-label emr-6.15.0", f"--ami-version {version}")
    text = text.replace("{{ day }}", "x")
    assert one(text, "job.sh").problems == problem


def test_a_program_that_nobody_knows_is_no_reason_to_pass_a_submission_over() -> None:
    found = result("$RUN --class a.B --master yarn s3://code/a.jar x\n", "job.sh")
    assert {each.code for each in found.ledger.findings if each.level == "blocked"} == {"COMPUTED"}


ALIVE = {"": True, "--no-auto-terminate": True, "--auto-terminate": False}


@pytest.mark.parametrize("switch", ALIVE)
def test_a_cluster_waits_unless_it_is_told_to_end(switch: str) -> None:
    text = f"aws emr create-cluster --release-label emr-6.15.0 --instance-type m5.xlarge {switch} --name x\n"
    (work,) = result(text, "job.sh").works
    assert work.cluster.keep_alive is ALIVE[switch]
    assert work.cluster.name == "x"

"""Submissions that stand in Makefiles, workflows of Oozie and of CI, and in containers."""

from __future__ import annotations

import pytest

from tests.emr.inputs import codes, one, result, spec

MAKE = """\
BUCKET ?= code# where it lies
OPTIONS = --conf "spark.a.b=x y" \\
  --executor-memory 2g
.PHONY: run
run: build
\t@echo it runs
\t-@spark-submit $(OPTIONS) s3://$(BUCKET)/a.py \\
\t  "two words" $$((1)) %s
"""


def test_a_recipe_of_a_makefile_is_a_command() -> None:
    made = spec(MAKE.replace("$$((1)) %s", "last").replace("# where it lies", ""), "etl/Makefile")
    assert made["mainApplicationFile"] == "s3a://code/a.py"
    assert made["arguments"] == ["two words", "last"]
    assert made["executor"]["memory"] == "2g"
    assert made["sparkConf"]["spark.a.b"] == "x y"


@pytest.mark.parametrize("word", ["$$DAY", "$(DAY)", "$(shell date +%F)", "$@"])
def test_what_a_makefile_is_handed_blocks(word: str) -> None:
    assert one(f"run:\n\tspark-submit s3://b/a.py {word}\n", "Makefile").problems == ("UNKNOWN_VALUE",)


def test_a_program_that_a_makefile_names_by_a_variable_is_no_submission() -> None:
    found = result("PYTHON = python3\nlint:\n\t$(PYTHON) check.py\n", "Makefile")
    assert not found.applications
    assert "COMPUTED" not in codes(found)


WORKFLOW = """\
<?xml version="1.0"?>
<workflow-app name="nightly" xmlns="uri:oozie:workflow:0.5">
  <start to="etl"/>
  <action name="etl">
    <spark xmlns="uri:oozie:spark-action:0.2">
      <job-tracker>${jobTracker}</job-tracker>
      <master>yarn</master>
      <mode>cluster</mode>
      <name>Nightly</name>
      <class>a.B</class>
      <jar>s3://code/x.jar</jar>
      <spark-opts>--executor-memory 2G --conf spark.driver.extraJavaOptions="-Da=b -Dc=d"</spark-opts>
      <arg>--in</arg>
      <arg>${input}</arg>
    </spark>
    <ok to="end"/><error to="kill"/>
  </action>
  <action name="load"><hive xmlns="uri:oozie:hive-action:0.2"><script>x.q</script></hive></action>
  <action name="call">
    <shell xmlns="uri:oozie:shell-action:0.1">
      <exec>spark-submit</exec><argument>s3://code/b.py</argument><argument>x</argument>
    </shell>
  </action>
</workflow-app>
"""


def test_actions_of_oozie_are_calls_of_spark_submit() -> None:
    found = result(WORKFLOW, "workflow.xml", variables={"input": "s3://b/in"})
    first, second = found.applications
    assert first.job == "Nightly"
    assert first.manifest is not None
    made = first.manifest["spec"]
    assert (made["mainClass"], made["mainApplicationFile"]) == ("a.B", "s3a://code/x.jar")
    assert made["arguments"] == ["--in", "s3a://b/in"]
    assert (made["executor"]["memory"], made["driver"]["javaOptions"]) == ("2g", "-Da=b -Dc=d")
    assert second.manifest is not None
    assert second.manifest["spec"]["arguments"] == ["x"]
    assert "NO_SPARK" in codes(found)
    assert not found.ledger.missing


def test_what_a_workflow_is_handed_is_asked_for() -> None:
    first, _ = result(WORKFLOW, "workflow.xml").applications
    assert first.problems == ("UNKNOWN_VALUE",)


def test_a_workflow_with_a_document_type_is_not_read() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]>\n' + WORKFLOW
    assert not result(bomb, "workflow.xml").applications


CI = """\
on: push
jobs:
  deploy:
    steps:
      - run: |
          aws s3 cp a.py s3://code/
          spark-submit s3://code/a.py ${{ github.sha }} "last word"
"""


def test_a_step_of_ci_is_a_script() -> None:
    assert one(CI, "deploy.yml").problems == ("UNKNOWN_VALUE",)
    made = spec(CI, "deploy.yml", variables={"github.sha": "abc"})
    assert made["arguments"] == ["abc", "last word"]


CONTAINERS = {
    "a container of Kubernetes": "spec: {containers: [{command: [/opt/spark/bin/spark-submit], "
    "args: [--master, yarn, 's3://code/a.py', x]}]}",
    "a service of Compose": "services: {job: {command: [spark-submit, 's3://code/a.py', x]}}",
    "a shell in a container": "spec: {containers: [{args: [sh, -c, 'spark-submit s3://code/a.py x']}]}",
}


@pytest.mark.parametrize("where", CONTAINERS)
def test_what_a_container_runs_is_read(where: str) -> None:
    made = spec(CONTAINERS[where], "job.yaml")
    assert (made["mainApplicationFile"], made["arguments"]) == ("s3a://code/a.py", ["x"])


WRAPPED = (
    "docker exec -it spark spark-submit s3://code/a.py x",
    "docker run --rm -v /a:/b image:1 /opt/spark/bin/spark-submit s3://code/a.py x",
    'docker-compose exec -T spark bash -c "spark-submit s3://code/a.py x"',
    "podman exec spark \\\n  /opt/spark/bin/spark-submit s3://code/a.py x",
    "kubectl exec -n spark driver -- spark-submit s3://code/a.py x",
    "ssh -i key hadoop@master spark-submit s3://code/a.py x",
)


@pytest.mark.parametrize("line", WRAPPED)
def test_a_submission_in_a_container_is_read(line: str) -> None:
    made = spec(line, "run.sh")
    assert (made["mainApplicationFile"], made["arguments"]) == ("s3a://code/a.py", ["x"])
    assert not result(line, "run.sh").ledger.missing


def test_variables_side_by_side_are_one_word() -> None:
    text = 'export A=$X-$Y-$Z\nB=s3://$X-$Y-$Z/in\nC=$X-$Y-$Z spark-submit s3://code/a.py $A "$B" $X-$Y/z\n'
    values = {"X": "1", "Y": "2", "Z": "3"}
    made = spec(text, "run.sh", variables=values)
    assert made["arguments"] == ["1-2-3", "s3a://1-2-3/in", "1-2/z"]
    assert made["driver"]["env"] == [{"name": "C", "value": "1-2-3"}]
    names = {
        each.why.partition(" ")[0]
        for each in result(text, "run.sh").ledger.findings
        if "when it runs" in each.why
    }
    assert names == {"X", "Y", "Z"}

"""A DAG of EMR becomes one whose tasks are applications."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from emr.emit import dag
from emr.readers import tasks
from spark_on_eks.main import app
from tests.emr.inputs import HELLO, result

TWO = """
from airflow import DAG
from datetime import datetime, timedelta
DEFAULTS = {"retries": 2, "retry_delay": timedelta(minutes=5), "start_date": datetime(2021, 1, 1)}
STEPS = [
    {"Name": "first", "ActionOnFailure": "CONTINUE", "HadoopJarStep": {"Jar": "command-runner.jar",
     "Args": ["spark-submit", "s3://b/a.py", "{{ ds }}"]}},
    {"Name": "second", "ActionOnFailure": "TERMINATE_CLUSTER", "HadoopJarStep": {"Jar": "command-runner.jar",
     "Args": ["spark-submit", "--class", "a.B", "s3://b/a.jar", "s3://b/{{ ds_nodash }}"]}},
]
with DAG("sales daily", default_args=DEFAULTS, schedule_interval="0 5 * * 7", catchup=False) as dag:
    wait = S3KeySensor(task_id="wait", bucket_key="s3://b/k")
    add = EmrAddStepsOperator(task_id="add", job_flow_id="j", steps=STEPS, pool="emr", retries=3)
    watch = EmrStepSensor(task_id="watch", step_id="{{ ti.xcom_pull('add')[0] }}")
    wait >> add >> watch
"""


def written(text: str) -> dag.Written:
    found = result(text, "dag.py", templated=True)
    return dag.write(tasks.read(text), found.applications, namespace="data-dev")


def calls(text: str) -> list[ast.Call]:
    return [
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "SparkKubernetesOperator"
    ]


def test_12_steps_become_a_chain_of_applications() -> None:
    text = written(TWO).text
    found = calls(text)
    assert [
        ast.literal_eval(key.value) for call in found for key in call.keywords if key.arg == "task_id"
    ] == [
        "first",
        "second",
    ]
    assert "first >> second" in text
    assert "trigger_rule='all_done'" in ast.unparse(found[1])
    assert "trigger_rule" not in ast.unparse(found[0])
    assert "schedule='0 5 * * 0'" in text
    assert "start_date=pendulum.datetime(2021, 1, 1" in text
    assert "'retries': 2, 'retry_delay': timedelta(minutes=5)" in text


def test_12_traps_of_airflows_operator_are_gone_round() -> None:
    text = written(TWO).text
    assert "operators.emr" not in text
    for call in calls(text):
        arguments = {key.arg: key.value for key in call.keywords}
        assert ast.literal_eval(arguments["delete_on_termination"]) is False
        assert not [value for value in arguments.values() if "{{" in ast.unparse(value)]
    for each in result(TWO, "dag.py", templated=True).applications:
        assert each.manifest is not None
        assert each.manifest["spec"].get("dynamicAllocation", {}).get("minExecutors", 1) >= 1
        assert dag.never_again(each.manifest)["spec"]["restartPolicy"] == {"type": "Never"}


def test_marks_of_airflow_stay_where_airflow_fills_them_in() -> None:
    first, second = result(TWO, "dag.py", templated=True).applications
    assert first.manifest is not None
    assert second.manifest is not None
    assert first.manifest["spec"]["arguments"] == ["{{ ds }}"]
    assert second.manifest["spec"]["arguments"] == ["s3a://b/{{ ds_nodash }}"]
    assert {problem for each in result(TWO, "dag.py").applications for problem in each.problems} == {"JINJA"}


def test_what_goes_or_has_to_be_done_is_listed() -> None:
    notes = "\n".join(written(TWO).notes)
    assert "S3KeySensor 'wait' (line 12) is not about EMR" in notes
    assert "EmrStepSensor 'watch' (line 14) reads an XCom" in notes
    assert "EmrAddStepsOperator 'add' (line 13): pool='emr' is taken over." in notes


def test_12_the_dag_of_the_talk_has_one_task() -> None:
    assert len(calls(written(HELLO).text)) == 1


def test_no_dag_leaves_a_blocked_job_out() -> None:
    found = written(TWO.replace("s3://b/a.jar", "/home/hadoop/a.jar"))
    assert found.text == ""
    assert any("second is blocked by PROGRAM" in each for each in found.notes)


@pytest.mark.parametrize("options", [[], ["--namespace", "data-prod"]])
def test_the_command_writes_the_dag_and_its_applications(tmp_path: Path, options: list[str]) -> None:
    (tmp_path / "sales.py").write_text(TWO)
    out = tmp_path / "out"
    done = CliRunner().invoke(app, ["emr", "dag", str(tmp_path / "sales.py"), "--output", str(out), *options])
    assert done.exit_code == 0, done.output
    names = {path.name for path in out.iterdir()}
    text = (out / "sales.py").read_text()
    for each in names - {"sales.py"}:
        made = yaml.safe_load((out / each).read_text())
        assert each in text
        assert made["metadata"]["namespace"] == (options[1] if options else "data-dev")
    assert len(names) == 3


@pytest.mark.parametrize("mark", ["{{ ti.xcom_pull(task_ids='find') }}", "{{ params.day }}"])
def test_what_only_the_old_dag_hands_over_blocks_in_the_new_one_too(mark: str) -> None:
    found = result(TWO.replace('"{{ ds }}"', f'"{mark}"'), "dag.py", templated=True)
    assert [each.problems for each in found.applications] == [("JINJA",), ()]

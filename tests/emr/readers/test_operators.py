"""Airflow's operators that submit to Spark themselves."""

from __future__ import annotations

from tests.emr.inputs import codes, one, result, spec

OPERATOR = """\
SparkSubmitOperator(
    task_id="t", application="s3://code/a.jar", java_class="a.B", name="nightly", conn_id="spark",
    conf={"spark.sql.shuffle.partitions": 8, "spark.speculation": False},
    jars="s3://code/x.jar", files="s3://code/f", py_files=None, archives="s3://code/e.tgz#e",
    driver_memory="2g", executor_memory="3g", executor_cores=2, num_executors=4, yarn_queue="etl",
    env_vars={"STAGE": "prod", "LEVEL": 3, "DB_PASSWORD": "geheim99x"},
    application_args=["--day", "2020-01-01"])
"""


def test_its_arguments_are_options_of_spark_submit() -> None:
    made = spec(OPERATOR, "dag.py")
    assert one(OPERATOR, "dag.py").job == "nightly"
    assert (made["mainClass"], made["mainApplicationFile"]) == ("a.B", "s3a://code/a.jar")
    assert made["arguments"] == ["--day", "2020-01-01"]
    assert made["deps"] == {
        "archives": ["s3a://code/e.tgz#e"],
        "files": ["s3a://code/f"],
        "jars": ["s3a://code/x.jar"],
    }
    assert (made["driver"]["memory"], made["executor"]["memory"]) == ("2g", "3g")
    assert (made["executor"]["cores"], made["executor"]["instances"]) == (2, 4)
    assert made["sparkConf"]["spark.sql.shuffle.partitions"] == "8"


def test_its_variables_are_the_drivers_and_their_secrets_are_not_written() -> None:
    driver = spec(OPERATOR, "dag.py")["driver"]
    assert driver["env"] == [{"name": "LEVEL", "value": "3"}, {"name": "STAGE", "value": "prod"}]
    assert set(driver["envSecretKeyRefs"]) == {"DB_PASSWORD"}
    assert "SECRET" in codes(result(OPERATOR, "dag.py"))


def test_a_variable_that_airflow_fills_in_blocks_outside_of_a_dag() -> None:
    text = OPERATOR.replace('"prod"', '"{{ var.value.stage }}"')
    assert one(text, "dag.py").problems == ("JINJA",)
    driver = spec(text, "dag.py", templated=True)["driver"]
    assert {"name": "STAGE", "value": "{{ var.value.stage }}"} in driver["env"]

"""The Airflow that DAGs are written for loads them, with the operators that it has."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from components.versions import AIRFLOW, AIRFLOW_KUBERNETES
from spark_on_eks.main import app
from tests.emr.inputs import HELLO
from tests.emr.test_dag import TWO

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1200)]

LOADER = """
import json, sys
from airflow.dag_processing.dagbag import DagBag
found = DagBag(dag_folder=sys.argv[1])
told = {
    name: {
        task.task_id: {
            "operator": type(task).__name__, "retries": task.retries, "rule": str(task.trigger_rule.value),
            "pool": task.pool, "before": sorted(task.upstream_task_ids), "file": task.application_file,
        }
        for task in dag.tasks
    }
    for name, dag in found.dags.items()
}
print("FOUND " + json.dumps({"errors": found.import_errors, "dags": told}))
"""

SERVERLESS = """
from airflow import DAG
from datetime import datetime
with DAG("reports", start_date=datetime(2021, 1, 1), schedule_interval="@daily") as dag:
    made = EmrServerlessCreateApplicationOperator(task_id="make", job_type="SPARK", release_label="emr-6.9.0")
    first = EmrServerlessStartJobOperator(
        task_id="first", application_id=made.output, execution_role_arn="r", config={"name": "report one"},
        job_driver={"sparkSubmit": {"entryPoint": "s3://b/a.py", "entryPointArguments": ["{{ ds }}"]}})
    made >> first
"""


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with Airflow, in an environment of its own: its pins are not those of this project."""
    folder = tmp_path_factory.mktemp("airflow") / "venv"
    uv = Path(sys.executable).parent / "uv"
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder], check=True)
    wanted = [
        f"apache-airflow=={AIRFLOW}",
        f"apache-airflow-providers-cncf-kubernetes=={AIRFLOW_KUBERNETES}",
        # Its core asks for less than this, and its metadata does not say so.
        "fastapi<0.137",
    ]
    python = folder / "bin" / "python"
    subprocess.run([uv, "pip", "install", "--quiet", "--python", python, *wanted], check=True)
    return python


def loaded(python: Path, folder: Path, home: Path) -> dict[str, Any]:
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    }
    done = subprocess.run(
        [python, "-c", LOADER, folder], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (line,) = [each for each in done.stdout.splitlines() if each.startswith("FOUND ")]
    found: dict[str, Any] = json.loads(line.removeprefix("FOUND "))
    return found


def test_12_airflow_loads_what_the_kit_writes(airflow: Path, tmp_path: Path) -> None:
    for name, text in {"sales.py": TWO, "hello.py": HELLO, "reports.py": SERVERLESS}.items():
        (tmp_path / name).write_text(text)
        command = ["emr", "dag", str(tmp_path / name), "--output", str(tmp_path / "dags")]
        done = CliRunner().invoke(app, command)
        assert done.exit_code == 0, done.output
    found = loaded(airflow, tmp_path / "dags", tmp_path)
    assert found["errors"] == {}
    assert set(found["dags"]) == {"sales_daily", "from_emr", "reports"}
    first, second = found["dags"]["sales_daily"].values()
    assert (first["rule"], second["rule"]) == ("all_success", "all_done")
    assert second["before"] == ["first"]
    assert (first["pool"], first["retries"]) == ("emr", 3)
    for dag in found["dags"].values():
        for task in dag.values():
            assert task["operator"] == "SparkKubernetesOperator"
            # Airflow has found the file beside the DAG, and holds what stands in it.
            assert "kind: SparkApplication" in task["file"]


def test_12_an_error_in_a_dag_is_one_that_airflow_tells(airflow: Path, tmp_path: Path) -> None:
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "old.py").write_text(
        "from airflow.providers.amazon.aws.operators.emr import EmrAddStepsOperator\n"
        "from airflow.sdk import DAG\n"
    )
    assert "airflow.providers.amazon" in str(loaded(airflow, tmp_path / "dags", tmp_path)["errors"])

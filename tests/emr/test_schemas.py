"""Every application is one that the operator takes: its own schema, and no field beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from apps.jobs.definitions.schemas import Schema, by_kind, faults
from emr import command
from tests.emr import generated
from tests.emr.inputs import HELLO, flow, result, submit
from workspace.paths import ROOT

pytestmark = pytest.mark.charts

FLOWS = 300


@pytest.fixture(scope="module")
def kinds() -> dict[str, Schema]:
    found = ROOT / "charts" / ".upstream" / "spark-operator-chart" / "crds"
    return by_kind(_read(path) for path in sorted(found.glob("*.yaml")))


def _read(path: Path) -> Any:
    return yaml.load(path.read_text(), yaml.CSafeLoader)


def test_04_every_application_is_one_that_the_operator_takes(kinds: dict[str, Schema]) -> None:
    count = 0
    for made, _ in generated.job_flows(FLOWS):
        for each in result(made).applications:
            if each.manifest is not None:
                count += 1
                assert not list(faults(kinds["SparkApplication"], each.manifest))
    assert count > FLOWS / 3, "most have a job that can be written"


@pytest.mark.parametrize("schedule", ["0 5 * * *", "@daily"])
def test_04_a_schedule_is_one_that_the_operator_takes(kinds: dict[str, Schema], schedule: str) -> None:
    (text,) = command.documents([result(HELLO, "dag.py")], schedule).values()
    made = yaml.safe_load(text)
    assert made["spec"]["schedule"] == schedule
    assert not list(faults(kinds["ScheduledSparkApplication"], made))


def test_04_an_application_has_every_kind_of_field(kinds: dict[str, Schema]) -> None:
    words = (
        *(
            "--jars",
            "s3://b/x.jar",
            "--files",
            "s3://b/f",
            "--py-files",
            "s3://b/z.zip",
            "--archives",
            "s3://b/e.tgz#e",
        ),
        *("--conf", "spark.executorEnv.A=b", "--conf", "spark.yarn.appMasterEnv.DB_PASSWORD=geheim99"),
        *("--conf", "spark.driver.extraJavaOptions=-Da=b -XX:+UseConcMarkSweepGC", "--num-executors", "3"),
        *("--conf", "spark.yarn.maxAppAttempts=3", "s3://b/a.py", "--token", "tok3nvalue"),
    )
    (each,) = result(flow(submit(*words))).applications
    assert each.manifest is not None
    assert not list(faults(kinds["SparkApplication"], each.manifest))
    assert each.manifest["spec"]["driver"]["javaOptions"] == "-Da=b"
    assert set(each.secrets) == {"DB_PASSWORD", "TOKEN"}

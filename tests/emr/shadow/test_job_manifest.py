"""The manifest that users copy asks the job for what it takes."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from string import Template
from typing import Any

import pytest
import yaml

from components import versions

FOLDER = Path(__file__).resolve().parents[3] / "jobs" / "shadow"
VALUES = {
    "RUN": "shadow-1",
    "NAMESPACE": "data-dev",
    "SPARK_IMAGE": "localhost/spark:4.1.2",
    "ARTIFACTS_BUCKET": "artifacts",
    "LEFT": "s3a://data/data-dev/emr/sales",
    "RIGHT": "s3a://data/data-dev/sales",
    "REPORT": "s3a://data/data-dev/shadow/1.json",
}


@pytest.fixture
def manifest() -> dict[str, Any]:
    return dict(yaml.safe_load(Template((FOLDER / "shadow.yaml").read_text()).substitute(VALUES)))


@pytest.fixture
def job() -> Any:
    spec = importlib.util.spec_from_file_location("shadow_job", FOLDER / "shadow.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_job_takes_the_manifests_arguments(manifest: dict[str, Any], job: Any) -> None:
    given = job.arguments(manifest["spec"]["arguments"])
    assert (given.left, given.right, given.report) == (VALUES["LEFT"], VALUES["RIGHT"], VALUES["REPORT"])
    assert given.kit == "s3a://artifacts/data-dev/shadow/shadow-kit.zip"


def test_it_is_of_the_platforms_release_and_never_runs_twice(manifest: dict[str, Any]) -> None:
    assert manifest["spec"]["sparkVersion"] == versions.SPARK
    assert manifest["spec"]["restartPolicy"] == {"type": "Never"}


def test_an_option_that_the_job_does_not_know_ends_it_before_spark_starts(job: Any) -> None:
    with pytest.raises(SystemExit) as ended:
        job.arguments(["a", "b", "--kit=k.zip", "--colour=red"])
    assert ended.value.code == 2

"""The same figures by Spark as on this machine, and the same verdict by the job: one session for all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from emr.shadow import local_tables
from emr.shadow.fingerprint import from_json
from emr.shadow.places import Store, open_place
from tests.emr.shadow import outputs
from tests.emr.shadow.spark_answers import ask
from tests.jobs.conftest import distribution
from tests.support.distributions import Distribution

__all__ = ["distribution"]

pytestmark = [pytest.mark.spark, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return outputs.write(tmp_path_factory.mktemp("outputs") / "left", outputs.rows())


@pytest.fixture(scope="module")
def answers(
    folder: Path, distribution: Distribution, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    work = tmp_path_factory.mktemp("spark")
    right = outputs.write(work / "right", outputs.change(outputs.rows("17:30")), files=2)
    report = work / "report.json"
    pairs: dict[str, list[object]] = {
        "changed": [folder, right, "--ignore=written_at", f"--report={report}"],
        "nowhere": [folder, work / "nothing"],
    }
    found = ask(distribution, work, {"parquet": folder}, pairs)
    return {**found, "report": json.loads(report.read_text())}


def test_the_driver_ran_the_kit_and_not_this_checkout(answers: dict[str, Any]) -> None:
    assert "kit.zip/emr/shadow" in answers["from"]


def test_spark_computes_the_very_figures_that_are_computed_here(
    answers: dict[str, Any], folder: Path
) -> None:
    theirs = from_json(answers["tables"]["parquet"])
    ours = local_tables.fingerprint(open_place(str(folder), Store()))
    assert theirs.partitions == ours.partitions
    assert dict(theirs.schema) == dict(ours.schema)
    assert theirs.rows == 120


def test_the_job_finds_one_cent_and_fails(answers: dict[str, Any]) -> None:
    answer = answers["pairs"]["changed"]
    assert answer["status"] == 1
    sentence = "day=2026-01-03: column net: min 0.00 -> 0.01 (+0.01), sum 1068.60 -> 1068.61 (+0.01)"
    assert sentence in answer["printed"]


def test_the_report_is_written_whole(answers: dict[str, Any]) -> None:
    assert answers["report"]["equal"] is False
    assert [each["column"] for each in answers["report"]["differences"]] == ["net"]


def test_a_place_that_is_not_there_is_another_status_than_a_difference(answers: dict[str, Any]) -> None:
    answer = answers["pairs"]["nowhere"]
    assert answer["status"] == 2
    assert "does not exist" in answer["printed"]

"""Every format and every fault by Spark, as the unit tests have them on this machine."""

from __future__ import annotations

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

pytestmark = [pytest.mark.spark, pytest.mark.soak, pytest.mark.timeout(900)]

KINDS = ("orc", "csv", "json")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Name -> output: each format, and each fault in Parquet."""
    folder = tmp_path_factory.mktemp("outputs")
    made = {kind: outputs.write(folder / kind, outputs.rows(), kind) for kind in ("parquet", *KINDS)}
    for name, fault in outputs.FAULTS.items():
        made[name] = outputs.write(folder / name, fault(outputs.rows("17:30")), files=2)
    made["again"] = outputs.write(folder / "again", outputs.rows("17:30"), files=3)
    return made


@pytest.fixture(scope="module")
def answers(
    folders: dict[str, Path], distribution: Distribution, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    pairs = {
        name: [folders["parquet"], folders[name], "--ignore=written_at"]
        for name in ["again", *outputs.FAULTS]
    }
    work = tmp_path_factory.mktemp("spark")
    return ask(distribution, work, {kind: folders[kind] for kind in KINDS}, pairs)


@pytest.mark.parametrize("kind", KINDS)
def test_spark_computes_the_very_figures_that_are_computed_here(
    answers: dict[str, Any], folders: dict[str, Path], kind: str
) -> None:
    theirs = from_json(answers["tables"][kind])
    ours = local_tables.fingerprint(open_place(str(folders[kind]), Store()))
    assert theirs.partitions == ours.partitions
    assert dict(theirs.schema) == dict(ours.schema)


def test_the_job_calls_the_same_rows_equal_and_ends_well(answers: dict[str, Any]) -> None:
    answer = answers["pairs"]["again"]
    assert answer["status"] == 0
    assert answer["printed"].startswith("EQUAL: 120 rows in 3 partitions, 12 columns, without written_at")


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("lost", "day=2026-01-02: 40 rows on the left, 39 on the right (-1)"),
        ("doubled", "day=2026-01-02: 40 rows on the left, 41 on the right (+1)"),
        ("swapped", "columns net and gross are swapped  (and 2 more partitions)"),
        ("changed", "day=2026-01-03: column net: min 0.00 -> 0.01 (+0.01), sum 1068.60 -> 1068.61 (+0.01)"),
        ("emptied", "day=2026-01-01: is empty on the right; the left has 40 rows"),
    ],
)
def test_the_job_finds_each_fault_and_fails(answers: dict[str, Any], fault: str, sentence: str) -> None:
    answer = answers["pairs"][fault]
    assert answer["status"] == 1
    assert sentence in answer["printed"]

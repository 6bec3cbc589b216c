"""Tables that Spark and Iceberg wrote, in each of the ways in which they keep deletes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.fs as pafs
import pytest

from apps.jobs.checks.findings import State
from apps.jobs.checks.judging import Checked
from apps.jobs.checks.kept import Results
from apps.jobs.checks.looking import look
from apps.jobs.definitions.settings import Check
from components import versions
from tests.apps.jobs import lake_by_spark
from tests.apps.jobs.test_checks_iceberg import DAILY, DAYS, NOW
from tests.support import distributions, iceberg_runtime

pytestmark = [pytest.mark.spark, pytest.mark.soak, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lake")
    program = [sys.executable, lake_by_spark.__file__, str(folder), str(iceberg_runtime.jar())]
    subprocess.run(program, env=distributions.unpacked(versions.SPARK).brief, check=True)
    return folder / "db"


def looked(table: Path, **check: Any) -> Mapping[str, Checked]:
    told = Check(**{"name": "numbers", "output": str(table), "notNull": ("id",), **check})
    return look(pafs.LocalFileSystem(), DAILY, [told], DAYS, Results(), NOW)


@pytest.mark.parametrize("name", ["v1", "v2", "v2_positions", "v3_vectors", "compacted"])
def test_a_day_that_is_dropped_cut_or_emptied_turns_red_with_its_number_and_no_other(
    lake: Path, name: str
) -> None:
    emptied, cut, dropped = lake_by_spark.LAST_THREE
    said = {
        key: [(each.state, each.sentence) for each in checked.findings]
        for key, checked in looked(lake / name).items()
        if checked.state is not State.PASS
    }
    assert said == {
        dropped: [(State.MISSING, f"no file of {dropped} in {lake / name}")],
        cut: [(State.FAIL, "40 rows, fewer than half of 100, the median of 3 such weekdays")],
        emptied: [(State.FAIL, "id: 7 nulls of 100 rows")],
    }


def test_names_of_today_find_columns_of_then_and_what_was_rolled_back_is_none(lake: Path) -> None:
    found = looked(lake / "evolved", notNull=("number",), within="moment")
    assert {each.state for each in found.values()} == {State.PASS}
    assert found[lake_by_spark.LAST_THREE[2]].rows == {"numbers": 101}


def test_rows_that_are_deleted_by_a_value_make_a_doubt_of_their_day_alone(lake: Path) -> None:
    found = looked(lake / "by_value")
    doubtful = {key: each for key, each in found.items() if each.state is not State.PASS}
    assert list(doubtful) == [lake_by_spark.FIRST]
    assert [(each.state, each.sentence) for each in doubtful[lake_by_spark.FIRST].findings] == [
        (State.WARN, "100 rows at most: from 1 of 1 files rows are deleted that only reading them counts")
    ]

"""The program that asks a tenant's data, by Spark itself, as it runs in the one pod of its application."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from apps.jobs.checks.conditions import TABLE
from components import versions
from components.releases import RELEASES
from tests.support import distributions
from workspace.paths import ROOT

pytestmark = [pytest.mark.spark, pytest.mark.timeout(900)]

START: Final = datetime(2026, 11, 20, tzinfo=UTC)
WORDS: Final = {
    "start": START.isoformat(),
    "end": (START + timedelta(days=1)).isoformat(),
    "key": "2026-11-20",
}
RUN: Final = (
    "import sys, pathlib; from apps.sql_check.sql_check import main; "
    "main(sys.argv[1], pathlib.Path(sys.argv[2]))"
)

LONGEST_MESSAGE: Final = 4096
"""Bytes of a container's termination message (kubelet)."""

ROWS: Final = 1000
HOLDING: Final = {
    "amount >= 0": "amount >= 0",
    "amount >= 0 OR country = 'DE'": "amount >= 0 OR country = 'DE'",
    "amount >= 0 OR country = 'DE' -- or it's a refund": "amount >= 0 OR country = 'DE'",
    "moment >= :interval_start AND moment < :interval_end": (
        "moment >= TIMESTAMPTZ '2026-11-20 00:00:00+00' AND moment < TIMESTAMPTZ '2026-11-21 00:00:00+00'"
    ),
    "day = :interval_key": "day = '2026-11-20'",
    "day <> :interval_key": "day <> '2026-11-20'",
    "country IN ('DE', 'FR', ';')": "country IN ('DE', 'FR', ';')",
    "amount IS NOT NULL": "amount IS NOT NULL",
}
"""Conditions of Spark's, each as DuckDB has it."""

CAST: Final = "CAST(country AS INT) > 0"
REFUSED: Final = {
    "amont >= 0": "UNRESOLVED_COLUMN.WITH_SUGGESTION",
    "amount": "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
    "sum(amount) > 0": "NESTED_AGGREGATE_FUNCTION",
    "true)) FROM output; DROP TABLE output --": "PARSE_SYNTAX_ERROR",
    "amount > 0) OR (true": "PARSE_SYNTAX_ERROR",
    "moment >= :begin": "UNBOUND_SQL_PARAMETER",
    CAST: "CAST_INVALID_INPUT",
}
"""Conditions that nobody can answer, and Spark's name of why."""


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A day in two files: some rows have no amount, a negative one, or are of the day after."""
    folder = tmp_path_factory.mktemp("lake") / "orders" / "day=2026-11-20"
    folder.mkdir(parents=True)
    numbers = range(ROWS)
    table = pa.table(
        {
            "id": list(numbers),
            "amount": [None if n % 3 == 0 else n % 50 - 4 for n in numbers],
            "country": [("DE", "FR", None, "it's")[n % 4] for n in numbers],
            "moment": pa.array(
                [START + timedelta(seconds=90 * n) for n in numbers], pa.timestamp("us", tz="UTC")
            ),
        }
    )
    pq.write_table(table.slice(0, 400), folder / "part-0.parquet")
    pq.write_table(table.slice(400), folder / "part-1.parquet")
    (folder / "_SUCCESS").write_text("")
    return folder


def answered(version: str, folder: Path, *asked: tuple[Path, str]) -> list[Any]:
    """What the program says, in a driver that has no executor and no API server."""
    spark = distributions.unpacked(version).brief
    told = {"asked": [{"output": str(place), "sql": sql} for place, sql in asked], "words": WORDS}
    message = folder / "message"
    options = {
        "spark.kubernetes.driver.master": "local[1]",
        "spark.submit.deployMode": "client",
        "spark.dynamicAllocation.enabled": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "1",
        "spark.ui.enabled": "false",
        "spark.sql.warehouse.dir": str(folder),
    }
    confs = " ".join(f"--conf {key}={value}" for key, value in options.items())
    subprocess.run(
        [sys.executable, "-c", RUN, json.dumps(told), str(message)],
        env={
            **spark,
            "PYTHONPATH": os.pathsep.join([spark["PYTHONPATH"], str(ROOT)]),
            "PYSPARK_SUBMIT_ARGS": f"--master k8s://https://127.0.0.1:1 {confs} pyspark-shell",
        },
        cwd=folder,
        check=True,
        capture_output=True,
    )
    said: Mapping[str, list[Any]] = json.loads(message.read_text())
    return said["answer"]


def test_the_conditions_that_the_page_shows_are_among_them() -> None:
    shown = re.findall(r'^ +sql: "(.+)"$', (ROOT / "docs" / "jobs.md").read_text(), re.MULTILINE)
    assert len(shown) == 2
    assert set(shown) <= HOLDING.keys()


def by_duckdb(folder: Path, condition: str) -> list[int]:
    query = (
        f"SELECT count(*), count(*) FILTER (NOT ({condition})), count(*) FILTER (({condition}) IS NULL) "  # noqa: S608
        f"FROM read_parquet('{folder}/*.parquet', hive_partitioning = true)"
    )
    found = duckdb.sql(query)
    assert found is not None
    return list(found.fetchall()[0])


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(each, marks=[] if each == versions.SPARK else [pytest.mark.soak])
        for each in sorted(RELEASES)
    ],
)
def release(request: pytest.FixtureRequest) -> str:
    """A release of Spark."""
    return str(request.param)


@pytest.fixture(scope="module")
def said(release: str, orders: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """What one run of the program says: of all conditions, of a table, and of a folder that is not there."""
    folder = tmp_path_factory.mktemp("asked")
    table = folder / "table"
    (table / "metadata").mkdir(parents=True)
    asked = [*((orders, each) for each in (*HOLDING, *REFUSED)), (table, "true"), (folder / "no", "true")]
    return answered(release, folder, *asked)


def test_spark_counts_as_duckdb_does(said: list[Any], orders: Path) -> None:
    found = dict(zip(HOLDING, said[: len(HOLDING)], strict=True))
    assert found == {condition: by_duckdb(orders, same) for condition, same in HOLDING.items()}
    assert {broken + unknown > 0 for _, broken, unknown in found.values()} == {True, False}


def test_what_can_not_be_answered_says_why_and_keeps_no_other_from_it(said: list[Any], release: str) -> None:
    found = dict(zip([*REFUSED, "a table", "a folder that is not there"], said[len(HOLDING) :], strict=True))
    if release.startswith("3."):
        # Without ANSI mode what can not be cast is NULL, and so nobody knows whether it holds.
        assert found.pop(CAST) == [ROWS, 0, ROWS]
    wanted = {**REFUSED, "a table": TABLE, "a folder that is not there": "PATH_NOT_FOUND"}
    assert {name: each["error"] for name, each in found.items()} == {name: wanted[name] for name in found}


def test_nothing_of_a_row_is_in_what_it_says(said: list[Any]) -> None:
    assert "it's" not in json.dumps(said), "Spark's own message of a cast quotes the value"


def test_what_it_says_of_many_conditions_fits_into_a_message(said: list[Any]) -> None:
    message = json.dumps({"answer": said}, separators=(",", ":"))
    assert len(message) < LONGEST_MESSAGE / 5

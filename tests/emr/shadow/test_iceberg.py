"""An Iceberg table is what its metadata says, whatever else lies in its folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyiceberg.catalog.memory import InMemoryCatalog

from emr.shadow.compare import compare
from emr.shadow.fingerprint import Fingerprint, Options
from emr.shadow.local_tables import fingerprint
from emr.shadow.places import Store, open_place
from tests.emr.shadow import outputs

BY_DAY = Options(by=("day",), left_out=("written_at",))


def of(folder: Path) -> Fingerprint:
    return fingerprint(open_place(str(folder), Store()), options=BY_DAY)


@pytest.fixture
def table(tmp_path: Path) -> Any:
    """The rows of `outputs` in one table."""
    catalog = InMemoryCatalog("test", warehouse=f"file://{tmp_path}/warehouse")
    catalog.create_namespace("lake")
    schema = pa.schema([*outputs.SCHEMA, ("day", pa.string())])
    made = catalog.create_table("lake.sales", schema)
    lines = [{**row, "day": day} for day, rows in outputs.rows().items() for row in rows]
    made.append(pa.Table.from_pylist(lines, schema))
    return made


def folder(table: Any) -> Path:
    return Path(table.location().removeprefix("file://"))


def test_a_table_is_compared_with_the_folder_that_it_was_made_of(table: Any, tmp_path: Path) -> None:
    emr = outputs.write(tmp_path / "emr", outputs.rows("17:30"))
    assert compare(of(emr), of(folder(table))) == ()


def test_rows_that_were_deleted_are_not_counted_though_their_file_is_there(
    table: Any, tmp_path: Path
) -> None:
    table.delete("day = '2026-01-02' AND id = 39")
    files = list(folder(table).rglob("*.parquet"))
    assert len(files) > 1
    emr = outputs.write(tmp_path / "emr", outputs.rows())
    first = compare(of(emr), of(folder(table)))[0]
    assert (first.what, first.partition) == ("rows", "day=2026-01-02")


def test_a_snapshot_more_is_the_newest_one(table: Any) -> None:
    before = of(folder(table))
    table.append(table.scan(limit=1).to_arrow())
    assert of(folder(table)).rows == before.rows + 1

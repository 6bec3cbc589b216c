"""A whole export: each table once, files before views, and nothing left out."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import Loader
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from emr.catalog import command, report
from emr.catalog.classify import classify
from emr.catalog.export import Table, Unreadable, read
from emr.catalog.order import order
from spark_on_eks import emr

PARQUET = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"


def files(name: str, location: str = "s3://lake/x", database: str = "sales") -> dict[str, Any]:
    storage = {"Location": location, "SerdeInfo": {"SerializationLibrary": PARQUET}}
    return {
        "Name": name,
        "DatabaseName": database,
        "TableType": "EXTERNAL_TABLE",
        "StorageDescriptor": storage,
    }


def view(name: str, text: str, database: str = "sales") -> dict[str, Any]:
    return {"Name": name, "DatabaseName": database, "TableType": "VIRTUAL_VIEW", "ViewOriginalText": text}


def presto(sql: str) -> str:
    return f"/* Presto View: {base64.b64encode(json.dumps({'originalSql': sql}).encode()).decode()} */"


def export(tmp_path: Path, *tables: Any, name: str = "sales.json") -> Path:
    path = tmp_path / name
    path.write_text(json.dumps({"TableList": tables}))
    return path


def names(*tables: dict[str, Any]) -> list[str]:
    found = [each for each in read("x", json.dumps({"TableList": tables})) if isinstance(each, Table)]
    return [move.what.table.full_name for move in order(map(classify, found))]


def test_files_come_before_views_and_a_view_after_the_views_that_it_reads() -> None:
    assert names(
        view("a_top", "SELECT * FROM sales.b_middle JOIN other.t"),
        view("b_middle", presto('SELECT x FROM "awsdatacatalog"."sales"."z_files"')),
        files("z_files"),
    ) == ["sales.z_files", "sales.b_middle", "sales.a_top"]


def test_a_name_without_a_database_is_one_of_the_views_own(tmp_path: Path) -> None:
    path = export(tmp_path, view("v", "select t.a from t"), files("t"), files("t", database="other"))
    moves, _ = command.plan([path])
    assert next(move.needs for move in moves if move.what.table.name == "v") == ("sales.t",)


def test_a_view_of_a_blocked_table_waits_for_it(tmp_path: Path) -> None:
    path = export(tmp_path, view("v", "SELECT * FROM old"), files("old", "hdfs://nn/old"))
    moves, _ = command.plan([path])
    assert [(move.what.table.name, move.held_up_by) for move in moves] == [("v", ("sales.old",)), ("old", ())]


def test_views_that_name_each_other_are_all_there() -> None:
    assert sorted(names(view("a", "SELECT b FROM t"), view("b", "SELECT a FROM t"))) == ["sales.a", "sales.b"]


def test_a_link_comes_after_its_target() -> None:
    link = {
        "Name": "a_link",
        "DatabaseName": "sales",
        "TargetTable": {"DatabaseName": "sales", "Name": "z_view"},
    }
    assert names(link, view("z_view", "SELECT 1")) == ["sales.z_view", "sales.a_link"]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"TableList": [files("a"), files("b")], "NextToken": "x"}),
        json.dumps([{"TableList": [files("a")]}, {"TableList": [files("b")]}]),
        json.dumps([files("a"), files("b")]),
        json.dumps({"TableList": [files("a")]}) + "\n\n" + json.dumps({"TableList": [files("b")]}) + "\n",
        json.dumps([{"Table": files("a")}, {"Table": files("b")}]),
    ],
)
def test_an_export_is_read_in_every_form_that_people_keep(text: str) -> None:
    found = list(read("x.json", text))
    assert [each.full_name for each in found if isinstance(each, Table)] == ["sales.a", "sales.b"]
    assert len(found) == 2


def test_what_is_no_table_is_told_with_its_place(tmp_path: Path) -> None:
    path = export(tmp_path, files("a"), {"DatabaseName": "x"}, 7, files("A"))
    moves, unreadable = command.plan([path])
    assert len(moves) == 1
    assert [(each.at, each.why.partition(":")[0]) for each in unreadable] == [
        ("sales.json/TableList/1", "has no Name"),
        ("sales.json/TableList/2", "is int, where a table is expected"),
        ("sales.json/TableList/3", "is sales.A again, which is at sales.json/TableList/0"),
    ]


def _strategy(shape: str, shapes: dict[str, Any], depth: int = 0) -> st.SearchStrategy[Any]:
    """Values of a shape of Glue's API, with the words that decide among them."""
    of = shapes[shape]
    if depth > 3:
        return st.none()
    if of["type"] == "structure":
        members = {name: _strategy(each["shape"], shapes, depth + 1) for name, each in of["members"].items()}
        return st.fixed_dictionaries({}, optional=members)
    if of["type"] == "list":
        return st.lists(_strategy(of["member"]["shape"], shapes, depth + 1), max_size=2)
    if of["type"] == "map":
        keys = [
            "table_type",
            "transactional",
            "projection.enabled",
            "classification",
            "storage_handler",
            "path",
        ]
        values = ["true", "ICEBERG", "kafka", "mysql", "", "s3://x/y"]
        return st.dictionaries(st.sampled_from(keys), st.sampled_from(values), max_size=3)
    texts = st.one_of(
        st.sampled_from(["GOVERNED", "VIRTUAL_VIEW", PARQUET, "s3://a/b", "/x"]), st.text(max_size=8)
    )
    simple = {
        "boolean": st.booleans(),
        "integer": st.integers(-1, 9),
        "long": st.integers(0, 9),
        "double": st.floats(0, 1),
        "timestamp": st.just("2026-01-01T00:00:00+00:00"),
    }
    return simple.get(of["type"], texts)


_SHAPES = Loader().load_service_model("glue", "service-2")["shapes"]  # type: ignore[no-untyped-call]
_TABLES = _strategy("Table", _SHAPES).map(lambda table: {"Name": "t", **table})


@given(st.lists(_TABLES, max_size=6))
def test_whatever_glue_may_answer_each_table_is_classified_once_or_reported(
    tables: list[dict[str, Any]],
) -> None:
    text = json.dumps({"TableList": tables})
    found = list(read("x", text))
    known = [each for each in found if isinstance(each, Table)]
    assert len(found) == len(tables)
    moves = order(map(classify, known))
    assert sorted(move.what.table.at for move in moves) == sorted(each.at for each in known)
    unreadable = [each for each in found if isinstance(each, Unreadable)]
    document = json.loads(report.document(moves, unreadable))
    assert len(document["tables"]) + len(document["unreadable"]) == len(tables)
    assert report.text(moves, unreadable) == report.text(order(map(classify, reversed(known))), unreadable)


def test_a_person_reads_each_table_with_what_to_do(tmp_path: Path) -> None:
    path = export(tmp_path, files("orders"), files("old", "hdfs://nn/old"), view("v", "SELECT * FROM old"))
    done = CliRunner().invoke(emr.app, ["catalog", str(path)])
    assert done.exit_code == 0
    lines = done.output.splitlines()
    assert lines[0] == "3 tables: 2 changed, 1 blocked"
    assert "     1 sales.orders  parquet, changed  s3://lake/x" in lines
    assert "       waits for sales.old, which is blocked" in lines
    assert "Blocked: nothing reads them here as they are" in lines


def test_a_program_reads_the_same(tmp_path: Path) -> None:
    document = json.loads(
        CliRunner().invoke(emr.app, ["catalog", str(export(tmp_path, files("a"))), "--json"]).output
    )
    (only,) = document["tables"]
    assert (only["class"], only["level"], only["order"]) == ("parquet", "changed", 1)
    assert [each["code"] for each in only["traits"]] == ["scheme"]


def test_a_file_that_is_no_export_is_refused_with_the_command_that_makes_one(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("<html>")
    done = CliRunner().invoke(emr.app, ["catalog", str(tmp_path / "x.json")])
    assert "aws glue get-tables" in str(done.exception)

"""`make generated` writes each page and file anew, as it is committed."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from components.observability import runbook_index
from components.observability.dashboard_files import FOLDER
from components.observability.dashboards import generate
from components.records import table
from components.settings import schema
from components.spark import job_fields
from components.versions import SPARK_OPERATOR


@pytest.mark.parametrize(
    ("module", "place"),
    [
        (runbook_index, "FILE"),
        (table, "PAGE"),
        (schema, "SCHEMA_FILE"),
        (schema, "DOCUMENTATION_FILE"),
    ],
    ids=["runbooks", "services", "schema", "settings"],
)
def test_a_page_is_written_as_it_is_committed(
    module: ModuleType, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    committed: Path = getattr(module, place)
    for other in ("FILE", "PAGE", "SCHEMA_FILE", "DOCUMENTATION_FILE"):
        if hasattr(module, other):
            monkeypatch.setattr(module, other, tmp_path / getattr(module, other).name)
    (tmp_path / committed.name).write_text("what was there before")
    module.main()
    assert (tmp_path / committed.name).read_text() == committed.read_text(), "run `make generated`"


def test_the_schemas_folder_need_not_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in ("SCHEMA_FILE", "DOCUMENTATION_FILE"):
        monkeypatch.setattr(schema, place, tmp_path / "new" / place)
    schema.main()
    assert (tmp_path / "new" / "SCHEMA_FILE").is_file()


@pytest.mark.parametrize("there", [True, False], ids=["again", "in a fresh checkout"])
def test_dashboards_are_written_as_they_are_committed_and_those_that_are_gone_removed(
    there: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    committed, folder = FOLDER, tmp_path / "generated"
    monkeypatch.setattr(generate, "FOLDER", folder)
    if there:
        folder.mkdir()
        for name in ("spark-gone.json", "spark-run.json", "notes.txt"):
            (folder / name).write_text("old")
    generate.main()
    written = {path.name: path.read_text() for path in folder.glob("*.json")}
    assert written == {path.name: path.read_text() for path in committed.glob("*.json")}
    assert (folder / "notes.txt").exists() == there, "only what is a dashboard is removed"


def test_the_page_of_all_fields_of_a_job_is_what_becomes_of_them() -> None:
    assert job_fields.PAGE.read_text() == job_fields.documentation(SPARK_OPERATOR), "run `make generated`"

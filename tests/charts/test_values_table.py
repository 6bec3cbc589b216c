"""The table of values in a chart's README comes from values.yaml, and is never out of date."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from workspace.paths import ROOT

CHARTS = sorted(path.parent for path in (ROOT / "charts").glob("*/Chart.yaml"))


@pytest.fixture(scope="module")
def values_table() -> ModuleType:
    spec = importlib.util.spec_from_file_location("values_table", ROOT / "charts" / "values_table.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("chart", CHARTS, ids=lambda path: path.name)
def test_every_readme_shows_the_values_that_the_chart_has(values_table: ModuleType, chart: Path) -> None:
    assert values_table.main(["--check", str(chart)]) == 0, f"run python charts/values_table.py {chart}"


def test_a_readme_that_is_out_of_date_is_noticed_and_mended(
    values_table: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "values.yaml").write_text("# -- How many.\ncount: 3\n")
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{values_table.BEGIN}\nold\n{values_table.END}\nafter\n")
    assert values_table.main(["--check", str(tmp_path)]) == 1
    assert "is out of date: run python charts/values_table.py" in capsys.readouterr().err
    assert values_table.main([str(tmp_path)]) == 0
    assert values_table.main(["--check", str(tmp_path)]) == 0
    text = readme.read_text()
    assert "| `count` | `3` | How many. |" in text
    assert "old" not in text
    assert text.startswith("before\n")
    assert text.endswith("after\n")


def test_groups_are_walked_through_and_empty_maps_are_values(values_table: ModuleType) -> None:
    text = "group:\n  # -- First,\n  # over two lines.\n  one: a\n  # -- Second.\n  two: {}\n"
    found = [(each.key, each.default, each.description) for each in values_table.values(text)]
    assert found == [("group.one", '"a"', "First, over two lines."), ("group.two", "{}", "Second.")]


def test_a_value_without_a_description_is_refused_by_name(values_table: ModuleType) -> None:
    with pytest.raises(ValueError, match=r"values without a comment that starts with '# --': b\.c, d"):
        values_table.values("# -- Here.\na: 1\nb:\n  # not this\n  c: 2\nd: 3\n")


def test_a_readme_without_the_marks_is_refused(values_table: ModuleType) -> None:
    with pytest.raises(ValueError, match="the README lacks the lines"):
        values_table.with_table("no marks", [])

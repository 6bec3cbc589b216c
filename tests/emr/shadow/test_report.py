"""What a person reads of a comparison, and what a script."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from emr.shadow import report
from emr.shadow.compare import Difference
from emr.shadow.fingerprint import EMPTY, Fingerprint
from spark_on_eks import emr
from tests.emr.shadow import outputs

Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    def invoke(*arguments: object) -> Result:
        return CliRunner().invoke(emr.app, [str(each) for each in arguments])

    return invoke


@pytest.fixture
def left(tmp_path: Path) -> Path:
    return outputs.write(tmp_path / "left", outputs.rows(), marker=b"")


def test_equal_outputs_are_one_sentence_and_status_0(run: Run, left: Path, tmp_path: Path) -> None:
    right = outputs.write(tmp_path / "right", outputs.rows("17:30"), files=3)
    done = run("shadow", left, right, "--ignore", "written_at")
    assert done.exit_code == 0
    first, *sides = done.output.splitlines()
    assert first == "EQUAL: 120 rows in 3 partitions, 12 columns, without written_at"
    assert "3 files of" in sides[0]
    assert sides[0].endswith("_SUCCESS empty")
    assert "9 files of" in sides[1]
    assert sides[1].endswith("_SUCCESS by an S3A committer")


def test_a_difference_is_status_1_and_says_where(run: Run, left: Path, tmp_path: Path) -> None:
    right = outputs.write(tmp_path / "right", outputs.lose(outputs.rows()))
    done = run("shadow", left, right)
    assert done.exit_code == 1
    assert done.output.startswith("DIFFERENT in 1 of 3 partitions\n")
    assert "  day=2026-01-02: 40 rows on the left, 39 on the right (-1)" in done.output


def test_programs_get_every_difference_as_json(run: Run, left: Path, tmp_path: Path) -> None:
    right = outputs.write(tmp_path / "right", outputs.empty(outputs.rows()))
    document = json.loads(run("shadow", left, right, "--json").output)
    assert document["equal"] is False
    assert document["right"]["rows"] == 80
    assert [each["partition"] for each in document["differences"]] == ["day=2026-01-01"]


def test_what_cannot_be_compared_is_status_2(run: Run, left: Path, tmp_path: Path) -> None:
    done = run("shadow", left, tmp_path / "nothing")
    assert done.exit_code == 2
    assert "does not exist" in done.stderr


@pytest.mark.parametrize("tolerance", ["much", "-1", "nan"])
def test_a_tolerance_that_is_none_is_refused(run: Run, left: Path, tolerance: str) -> None:
    done = run("shadow", left, left, f"--tolerance={tolerance}")
    assert done.exit_code == 2
    assert "such as 0.01" in done.stderr or "write it as 0.01" in done.stderr


def test_figures_that_were_kept_take_the_place_of_an_output(run: Run, left: Path, tmp_path: Path) -> None:
    kept = tmp_path / "left.json"
    assert run("shadow-fingerprint", left, kept).exit_code == 0
    assert run("shadow", kept, left).output.startswith("EQUAL: 120 rows")
    other = outputs.write(tmp_path / "right", outputs.change(outputs.rows()))
    assert run("shadow", kept, other).exit_code == 1


def test_another_file_is_no_output_and_no_figures(run: Run, left: Path) -> None:
    done = run("shadow", left / "_SUCCESS", left)
    assert done.exit_code == 2
    assert "an output is named by its folder" in done.stderr


def test_two_empty_outputs_are_equal_and_said_to_be_empty(run: Run, tmp_path: Path) -> None:
    for side in ("left", "right"):
        (tmp_path / side).mkdir()
    done = run("shadow", tmp_path / "left", tmp_path / "right")
    assert done.exit_code == 0
    assert "BOTH ARE EMPTY" in done.output


def test_a_thousand_differences_fit_one_screen() -> None:
    names = [f"day={number}" for number in range(1000)]
    side = Fingerprint("s3a://b/t", "parquet", {"a": "int"}, ("day",), dict.fromkeys(names, EMPTY))
    same_column = [Difference("values", f"column a: in {name}", name, "a") for name in names]
    many_columns = [Difference("values", "x", "day=1", f"c{number}") for number in range(500)]
    assert len(report.text(side, side, same_column).splitlines()) == 4
    assert "(and 999 more partitions)" in report.text(side, side, same_column)
    shown = report.text(side, side, many_columns).splitlines()
    assert len(shown) <= 24
    assert shown[-1] == "and 483 lines more; --json has them all"


def test_the_kit_ends_as_spark_wants_it(run: Run, tmp_path: Path) -> None:
    done = run("shadow-kit", tmp_path / "kit.tar")
    assert done.exit_code == 2
    assert "end it in .zip" in done.stderr

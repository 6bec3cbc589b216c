"""`make test` itself: that nothing is skipped over, miscounted or left behind."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from rich.console import Console

from local import testing
from local.errors import LocalError
from local.testing import Step, Totals


def shown(console: Console) -> str:
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=100)


def step(name: str, code: int) -> Step:
    return Step(name=name, command=(sys.executable, "-c", f"raise SystemExit({code})"))


def test_a_failed_step_does_not_keep_the_next_from_running(console: Console) -> None:
    with pytest.raises(LocalError, match="failed: first"):
        testing.run([step("first", 1), step("second", 0)], console)
    assert "second" in shown(console), "the second step must run too"


def test_the_machine_is_put_back_even_after_a_failure(console: Console) -> None:
    left: list[str] = []
    with pytest.raises(LocalError):
        testing.run([step("first", 1)], console, leave=lambda: left.append("back"))
    assert left == ["back"]


def test_a_step_whose_preparation_fails_counts_as_failed(console: Console) -> None:
    def refuse() -> None:
        raise LocalError("no cluster here")

    broken = Step(name="nodes", command=(sys.executable, "-c", ""), before=refuse)
    with pytest.raises(LocalError, match="failed: nodes"):
        testing.run([broken], console)
    assert "no cluster here" in shown(console)


def test_the_sum_counts_errors_as_failures(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text('<testsuites><testsuite tests="10" failures="1" errors="2" skipped="3"/></testsuites>')
    totals = Totals()
    totals.add(report)
    assert (totals.passed, totals.failed, totals.skipped) == (4, 3, 3)


def test_the_last_line_is_the_sum(console: Console) -> None:
    testing.run([step("only", 0)], console)
    assert shown(console).strip().splitlines()[-1] == "0 passed, 0 failed, 0 skipped"

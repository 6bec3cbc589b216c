"""The table of docs/aws.md says which faults were put back, and each can be: seconds, and no fault is put."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.faults.table import FAULTS, Fault
from tests.support.stacks import ROOT

PAGE = (ROOT / "docs" / "aws.md").read_text()


def _functions(file: Path) -> set[str]:
    return {each.name for each in ast.walk(ast.parse(file.read_text())) if isinstance(each, ast.FunctionDef)}


@pytest.mark.parametrize("fault", FAULTS, ids=[each.fault for each in FAULTS])
def test_a_fault_has_its_one_place_and_its_test(fault: Fault) -> None:
    assert (ROOT / fault.file).read_text().count(fault.was) == 1, "the fault would be put nowhere, or twice"
    assert fault.put != fault.was
    file, _, name = fault.test.partition("::")
    assert name in _functions(ROOT / "tests" / file), f"{fault.test} is not there"


def test_the_page_tells_the_faults_that_are_put_back_and_no_others() -> None:
    told = re.findall(r"^\| ([^|]+?) \| `([^`|]+::[^`|]+)` \|$", PAGE, re.MULTILINE)
    assert told == [(each.fault, each.test) for each in FAULTS]


def test_every_test_that_a_check_names_is_there() -> None:
    checks = PAGE.partition("## What was checked without an account")[2]
    named = [
        name
        for row in re.findall(r"^\|.*\|$", checks, re.MULTILINE)
        for name in re.findall(r"`(tests/[\w/.]+)`", row)
    ]
    assert len(named) > 20
    assert [name for name in named if not (ROOT / name).exists()] == []

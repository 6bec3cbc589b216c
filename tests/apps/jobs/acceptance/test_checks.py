"""The list of acceptance checks names tests that there are."""

from __future__ import annotations

import ast

import pytest

from tests.apps.jobs.acceptance.checks import CHECKS, Check
from workspace.paths import ROOT

NOT_HERE = {19: "Airflow, Connect and Kyuubi"}


def test_every_check_is_answered_or_said_to_be_open() -> None:
    assert {each.number for each in CHECKS} | set(NOT_HERE) == set(range(1, 20))
    assert all(each.tests or each.node for each in CHECKS)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: str(check.number))
def test_the_tests_of_a_check_exist(check: Check) -> None:
    for name in check.tests:
        file, _, function = name.partition("::")
        functions = {
            each.name
            for each in ast.parse((ROOT / file).read_text()).body
            if isinstance(each, ast.FunctionDef)
        }
        assert function in functions, f"{file} has no {function}"

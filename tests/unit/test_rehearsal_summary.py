"""What a run of the rehearsals prints at its end."""

from __future__ import annotations

from rehearsal.preview import Plan, Step
from tests.rehearsal.summary import CHANGE, STACK, text, what_happens


def _step(op: str, name: str, replacing: tuple[str, ...] = ()) -> Step:
    return Step(op=op, urn=f"urn:pulumi:prod::project::type::{name}", replacing=replacing)


def test_a_replacement_is_told_once_with_what_forces_it() -> None:
    steps = (
        _step("same", "vpc"),
        _step("update", "group"),
        _step("create-replacement", "log"),
        _step("replace", "log", ("trafficType",)),
        _step("delete-replaced", "log"),
    )
    assert what_happens(Plan(steps=steps, seconds=1.0)) == {
        "update": ["group"],
        "replace": ["log (trafficType)"],
    }, "what stays the same is not worth a line"


def test_what_several_tests_saw_of_a_stack_is_one_line() -> None:
    shown = text(
        [
            (STACK, {"stack": "prod", "preview": "7.1 s"}),
            (STACK, {"stack": "prod", "resources": 310, "no-op": "9.0 s"}),
            ("something else", 1),
        ]
    )
    (line,) = [line for line in shown.splitlines() if "prod" in line]
    assert [cell.strip() for cell in line.split("│")[1:-1]] == ["prod", "310", "7.1 s", "", "9.0 s", ""]


def test_replacements_stand_out_and_long_lists_are_cut() -> None:
    does = {"update": [f"subnet-{number}" for number in range(9)], "replace": ["log (trafficType)"]}
    shown = text([(CHANGE, {"what": "record all traffic", "path": "a.b", "value": "all", "does": does})])
    assert "REPLACE 1: log (trafficType)" in shown
    assert "update 9: subnet-0, subnet-1, subnet-2, subnet-3 and 5 more" in shown


def test_a_run_without_rehearsals_prints_nothing() -> None:
    assert text([]) == ""

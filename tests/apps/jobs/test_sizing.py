"""A heap that is never full could be smaller; nothing is said of what nobody measured."""

from __future__ import annotations

from typing import Any

import pytest

from apps.jobs.cost.sizing import Advice, advice, difference

MIB = 1024**2
SPEC: dict[str, Any] = {
    "type": "Python",
    "driver": {"memory": "1g"},
    "executor": {"memory": "8g", "instances": 4},
}
RUNS = [{"driver": 900 * MIB, "1": each * MIB, "2": 700 * MIB} for each in (900, 1500, 1200)]
"""Heaps in use of three good runs."""


def fields(found: list[Advice]) -> dict[str, str]:
    return {f"{each.section}.{each.field}": each.after for each in found}


def test_a_heap_that_is_never_half_full_gets_the_largest_that_was_seen_and_half_as_much_again() -> None:
    found = advice(SPEC, RUNS)
    assert fields(found)["executor.memory"] == "2304m"
    assert "at most 1500 MiB of heap were in use in the last 3 runs" in found[0].reason


def test_what_lies_beside_the_heap_does_not_shrink_with_it() -> None:
    """0.4 of 8 GiB, as Spark gives a Python program."""
    assert fields(advice(SPEC, RUNS))["executor.memoryOverhead"] == "3276m"
    named = {**SPEC, "executor": {"memory": "8g", "memoryOverhead": "1g"}}
    assert "executor.memoryOverhead" not in fields(advice(named, RUNS))


def test_a_heap_that_is_used_stays() -> None:
    assert "driver.memory" not in fields(advice(SPEC, RUNS))
    full = [{"1": 7 * 1024 * MIB}] * 3
    assert advice(SPEC, full) == []


@pytest.mark.parametrize("runs", [RUNS[:2], [], [{}, {}, {}], [*RUNS[:2], {"driver": 900 * MIB}]])
def test_two_runs_or_runs_without_a_measure_are_not_enough(runs: list[dict[str, int]]) -> None:
    assert advice(SPEC, runs) == []


def test_a_size_that_the_platform_gives_is_not_the_jobs_to_change() -> None:
    assert advice({**SPEC, "executor": {"instances": 4}}, RUNS) == []


def test_no_heap_is_advised_that_spark_refuses() -> None:
    tiny = [{"1": 20 * MIB}] * 3
    assert fields(advice(SPEC, tiny))["executor.memory"] == "512m"


def test_it_is_a_difference_that_can_be_committed() -> None:
    lines = difference(SPEC, advice(SPEC, RUNS), "orders.yaml").splitlines()
    assert lines[:2] == ["--- a/orders.yaml", "+++ b/orders.yaml"]
    assert [each for each in lines[2:] if each[0] in "+-"] == [
        "-  memory: 8g",
        "+  memory: 2304m",
        "+  memoryOverhead: 3276m",
    ]
    assert SPEC["executor"]["memory"] == "8g"

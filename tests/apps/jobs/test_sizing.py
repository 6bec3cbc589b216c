"""A heap that is never full could be smaller; nothing is said of what nobody measured."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from apps.jobs.cost.sizing import Advice, advice, difference
from apps.jobs.definitions.documents import documents
from apps.jobs.definitions.written import written

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


def test_a_size_that_spark_would_not_read_is_left_to_its_run() -> None:
    assert advice({**SPEC, "executor": {"memory": "8Gi"}}, RUNS) == []


def test_no_heap_is_advised_that_spark_refuses() -> None:
    tiny = [{"1": 20 * MIB}] * 3
    assert fields(advice(SPEC, tiny))["executor.memory"] == "512m"


BLOCK = """\
# The orders of a day.
apiVersion: sparkoperator.k8s.io/v1beta2
kind: SparkApplication
metadata: {name: orders, namespace: data-dev}
spec:
  type: Python
  driver:
    memory: 4g
    cores: 1
  executor:
    cores: 2  # two are enough
    memory: "8g"  # for the join
    instances: 4
"""
SCHEDULED = """\
kind: ScheduledSparkApplication
metadata: {name: orders, namespace: data-dev}
spec:
  schedule: "@daily"
  template:
    type: Python
    driver: {cores: 1, memory: 4g}
    executor: {memory: 8g, instances: 4}
"""


def patch(text: str, runs: list[dict[str, int]] = RUNS) -> str:
    """The patch of a file that is advised."""
    (document,) = documents(text)
    place: tuple[str, ...] = ("spec", "template") if "template" in document.data["spec"] else ("spec",)
    spec = document.data["spec"].get("template", document.data["spec"])
    return difference(advice(spec, runs), written(document, place), "jobs/orders.yaml")


@pytest.mark.parametrize("text", [BLOCK, SCHEDULED, BLOCK.removesuffix("    instances: 4\n")])
def test_git_takes_the_difference_and_the_definition_is_as_advised(text: str, tmp_path: Path) -> None:
    file = tmp_path / "jobs" / "orders.yaml"
    file.parent.mkdir()
    file.write_text(text)
    subprocess.run(
        ["git", "apply", "-"], input=patch(text), text=True, cwd=tmp_path, check=True, capture_output=True
    )
    changed = yaml.safe_load(file.read_text())["spec"]
    spec = changed.get("template", changed)
    had = yaml.safe_load(text)["spec"]
    had = had.get("template", had)
    assert spec == {
        **had,
        "driver": {**had["driver"], "memory": "1536m", "memoryOverhead": "1638m"},
        "executor": {**had["executor"], "memory": "2304m", "memoryOverhead": "3276m"},
    }
    assert file.read_text().count("#") == text.count("#"), "what people wrote beside it stays"


@pytest.mark.parametrize(
    "text",
    [
        BLOCK.replace('memory: "8g"  # for the join', "memory: >-\n      8g"),
        "kind: SparkApplication\nspec: {type: Python, driver: {memory: 4g}, executor: {memory: 8g}}\n",
    ],
)
def test_what_is_written_in_no_way_that_is_understood_is_no_difference(text: str) -> None:
    assert patch(text) == ""


def test_of_a_definition_whose_lines_nobody_kept_there_is_no_difference() -> None:
    assert difference(advice(SPEC, RUNS), None, "orders.yaml") == ""

"""What a run held, and which tasks it waited for: from the history server's answers to numbers."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from apps.history_exporter.cores import DRIVER_CORES, core_seconds
from apps.history_exporter.listing import Ended, UnusableError
from apps.history_exporter.runs import age
from apps.history_exporter.tails import LEAST_TASKS, LOOKED_AT, Heaviest, Stage, Tail, tail
from tests.apps.history_exporter.test_ledger import DAY, ETL, START, Clock, end, opened, run, shown

RUN = Ended(run="a", namespace="data-dev", name="etl", started=START, ended=START + 100)
"""A run of 100 seconds from 2001-09-09 01:46:40 on."""

BEFORE = "2001-09-09T01:46:00.000GMT"
AT_10 = "2001-09-09T01:46:50.000GMT"
AT_60 = "2001-09-09T01:47:40.000GMT"


def executor(name: str, cores: Any, came: Any = AT_10, went: Any = None) -> dict[str, Any]:
    return {"id": name, "totalCores": cores, "addTime": came, "removeTime": went}


def held(*executors: Any, **properties: str) -> float:
    return core_seconds(executors, RUN, {DRIVER_CORES: properties["cores"]} if properties else {})


def test_an_executor_costs_from_when_it_came_until_it_went_or_the_run_ended() -> None:
    assert held(executor("1", 4, AT_10, AT_60)) == 4 * 50
    assert held(executor("1", 4, AT_10)) == 4 * 90


def test_nothing_is_held_before_the_run_began() -> None:
    assert held(executor("1", 2, BEFORE)) == 2 * 100


def test_a_driver_has_the_cores_of_its_pod_and_one_if_nobody_said_how_many() -> None:
    driver = executor("driver", 0, BEFORE)
    assert held(driver) == 100
    assert held(driver, cores="3") == 300
    assert held(driver, cores="many") == 100
    assert held(executor("driver", 2, BEFORE)) == 200, "in local mode it has those of its tasks"


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (None, "shape"),
        (executor("1", -1), "figures"),
        (executor("1", "2"), "figures"),
        (executor("1", 1e9), "figures"),
        (executor("1", 10**6), "figures"),
        (executor("1", 2, "yesterday"), "time"),
        (executor("1", 2, AT_10, 7), "time"),
    ],
)
def test_an_executor_that_can_not_be_drops_the_run(wrong: Any, reason: str) -> None:
    with pytest.raises(UnusableError, match=reason):
        held(executor("1", 2), wrong)


def stage(number: int, milliseconds: Any, tasks: Any = LEAST_TASKS) -> dict[str, Any]:
    return {
        "stageId": number,
        "attemptId": 0,
        "executorRunTime": milliseconds,
        "numCompleteTasks": tasks,
    }


def watched(*stages: Any) -> list[Stage]:
    heaviest = Heaviest()
    assert list(heaviest.watched(stages)) == list(stages), "each goes on as it came"
    return heaviest.stages


def test_the_stages_with_most_task_time_are_looked_at_and_no_more() -> None:
    found = watched(*(stage(number, number * 100) for number in (5, 1, 9, 7, 3)))
    assert [each.stage for each in found] == [9, 7, 5]
    assert len(found) == LOOKED_AT


def test_a_stage_of_few_tasks_is_not_looked_at() -> None:
    assert watched(stage(1, 100, LEAST_TASKS - 1)) == []


@pytest.mark.parametrize(
    "wrong", [None, {}, stage(1, -1), stage(1, "9"), stage(1, 10**400), stage(1, 9, None)]
)
def test_a_stage_that_can_not_be_is_passed_on_and_not_looked_at(wrong: Any) -> None:
    assert watched(wrong) == []


def test_the_tail_is_that_of_the_stage_whose_slowest_task_was_waited_for_longest() -> None:
    summaries: list[dict[str, Any]] = [{"duration": [9000, 9000, 9500]}, {"duration": [100.0, 900.0, 5000.0]}]
    assert tail(summaries) == Tail(median=0.1, most=0.9, slowest=5.0)


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        {},
        {"duration": None},
        {"duration": [1, 2]},
        {"duration": [1, 2, float("nan")]},
        {"duration": "123"},
    ],
)
def test_what_says_nothing_of_tasks_is_no_tail(wrong: Any) -> None:
    summaries: list[Any] = [wrong]
    assert tail(summaries) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("26h", 93600),
        ("90s", 90),
        ("15m", 900),
        ("2d", 172800),
        ("2", None),
        ("", None),
        (None, None),
        ("-1h", None),
    ],
)
def test_an_age_is_a_whole_number_and_a_unit(text: str | None, seconds: float | None) -> None:
    assert age(text) == seconds


def test_the_newest_run_says_how_its_tasks_were_and_a_late_listed_older_one_does_not(tmp_path: Path) -> None:
    clock = Clock()
    ledger = opened(tmp_path / "ledger.json", clock)
    for at, slowest in ((START + 60, 9.0), (START, 5.0)):
        ledger.add(end(f"app-{at}", at), replace(run(at), tail=Tail(0.1, 1.0, slowest), core_seconds=10.0))
    found = shown(ledger, clock)
    assert {v for k, v in found.items() if "task_quantile" in k and "'1'" in k} == {9.0}
    assert {v for k, v in found.items() if "core_seconds" in k} == {20}


def test_times_are_kept_in_sparks_milliseconds_and_shown_in_seconds(tmp_path: Path) -> None:
    clock = Clock()
    ledger = opened(tmp_path / "ledger.json", clock)
    ledger.add(end("a", START), replace(run(START), counted={**run(START).counted, "gc_seconds": 1500}))
    assert {v for k, v in shown(ledger, clock).items() if "gc_seconds_total" in k} == {1.5}


def test_a_file_of_an_earlier_release_counts_on_and_knows_nothing_of_what_it_did_not_count(
    tmp_path: Path,
) -> None:
    clock, path = Clock(), tmp_path / "ledger.json"
    ledger = opened(path, clock)
    ledger.add(end("a", START), run(START))
    ledger.save()
    content = json.loads(path.read_text())
    (entry,) = content["accounts"]
    for name in ("core_seconds", "last_seconds", "last_tail", "data_max_age"):
        del entry["account"][name]
    del entry["account"]["counted"]["gc_seconds"]
    path.write_text(json.dumps(content))
    clock.now += DAY / 2
    again = opened(path, clock).accounts[ETL]
    assert (again.counted["gc_seconds"], again.counted["input_records"], again.core_seconds) == (0, 100, 0)

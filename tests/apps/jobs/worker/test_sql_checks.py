"""The data of a run that went well is asked once, wherever its worker is killed, and the answer is kept."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from apps.jobs.checks.asking import ANSWER, ASKED, LABEL, Answer
from apps.jobs.ledger.store import Entry
from apps.jobs.runs.outcome import CHECKS, COST, Checks
from apps.jobs.worker.sql_checks import LATE, LONGEST
from tests.apps.jobs.worker.mortal import Story
from tests.apps.jobs.worlds import (
    NAMESPACE,
    Worker,
    World,
    application,
    daily,
    ran,
    running,
)
from tests.store.judge.proxy import Judge
from tests.walls.server import ApiServer

pytestmark = [pytest.mark.apiserver, pytest.mark.store]

BEFORE = datetime(2026, 11, 21, 4, 30, tzinfo=UTC)
AFTER = datetime(2026, 11, 21, 5, 5, tzinfo=UTC)
"""Before and after the end of an interval, and of what `worlds.ran` says."""

COUNTED = json.dumps({"answer": [[200, 3, 1]]})


def definition(name: str, sql: str = "amount >= 0") -> str:
    """A job of every day with a condition."""
    schedule = daily(name).replace("@daily", "0 5 * * *")
    return (
        f"{schedule}---\napiVersion: jobs.spark-on-eks/v1\nkind: SparkJob\n"
        f"metadata: {{name: {name}, namespace: {NAMESPACE}}}\n"
        "spec: {checks: [{name: rows, output: 's3a://data/data-dev/orders/day={{ interval.key }}', "
        f'sql: "{sql}"}}]}}\n'
    )


@pytest.fixture
def well(world: World) -> tuple[World, Worker, str]:
    """A run that went well, its worker, and the name of what asks its data."""
    worker = started(world, definition("orders"))
    (entry,) = world.entries()
    ends(world, entry.record.application)
    worker.go()
    return world, worker, entry.record.run.sql_check


def started(world: World, text: str) -> Worker:
    """A worker that has made the first run of a definition."""
    world.folder.put(orders=text)
    world.clock = BEFORE
    worker = world.worker()
    worker.go()
    world.clock = AFTER
    worker.go()
    return worker


def ends(world: World, name: str, status: Any = None, state: str = "COMPLETED") -> None:
    """An application's driver ends, and the operator says so."""
    world.driver(name, status or ran(0))
    world.operator_says(name, state)


def said(world: World) -> Answer:
    (entry,) = world.entries()
    content = world.ledger.beside(entry.record.run, ANSWER)
    assert content is not None, f"only {entry.beside} is there"
    return Answer.model_validate_json(content)


def test_after_a_run_that_went_well_its_data_is_asked_by_the_same_account(
    well: tuple[World, Worker, str],
) -> None:
    world, worker, name = well
    worker.go(3)
    assert world.made[name] == 1
    made = world.live().applications[NAMESPACE, name]
    assert made["metadata"]["labels"][LABEL] == "sql"
    assert made["spec"]["driver"]["cores"] == 1
    (entry,) = world.entries()
    assert entry.status["phase"] == "succeeded"
    assert world.marks == [("orders", "schedule")], "the run is put away when its answer is there"


def test_what_spark_counted_is_kept_beside_the_run_and_its_pod_is_in_the_runs_cost(
    well: tuple[World, Worker, str],
) -> None:
    world, worker, name = well
    bound = {"type": "PodScheduled", "status": "True", "lastTransitionTime": "2026-11-21T05:01:00Z"}
    world.driver(name, {**running(), "conditions": [bound]})
    worker.go()
    ends(world, name, {**ran(0, message=COUNTED), "conditions": [bound]})
    worker.go(2)
    count = said(world).counts["rows"]
    assert (count.rows, count.broken, count.unknown, count.error) == (200, 3, 1, "")
    assert count.question.output == "s3a://data/data-dev/orders/day=2026-11-20T05-00Z"
    (entry,) = world.entries()
    checks = world.ledger.beside(entry.record.run, CHECKS)
    cost = world.ledger.beside(entry.record.run, COST)
    assert checks is not None
    assert Checks.model_validate_json(checks).failed == 1
    assert cost is not None
    assert [each["name"] for each in json.loads(cost)["pods"]] == [f"{name}-driver"]
    assert world.marks == []


def test_it_is_no_run_and_holds_up_none(well: tuple[World, Worker, str]) -> None:
    world, worker, _ = well
    assert not worker.tracking.is_active((NAMESPACE, "orders"))
    world.clock += timedelta(days=1)
    worker.go()
    assert [entry.record.interval for entry in world.entries()] == [
        "2026-11-20T05-00Z",
        "2026-11-21T05-00Z",
    ]
    assert {entry.record.cause for entry in world.entries()} == {"schedule"}


def test_an_application_that_only_says_that_it_asks_is_somebodys_run(world: World) -> None:
    worker = started(world, definition("orders"))
    (entry,) = world.entries()
    hidden = application("hidden")
    hidden["metadata"]["labels"] = {**entry.record.manifest["metadata"]["labels"], LABEL: "sql"}
    world.cluster.create(hidden)
    worker.go()
    assert "external" in {each.record.cause for each in world.entries()}


def test_without_a_condition_nothing_is_asked(world: World) -> None:
    worker = started(world, definition("orders", sql=""))
    (entry,) = world.entries()
    ends(world, entry.record.application)
    worker.go()
    (entry,) = world.entries()
    assert world.names() == [entry.record.application]
    assert ASKED not in entry.beside
    assert world.marks == []


def test_what_failed_is_a_doubt_with_its_verdict(well: tuple[World, Worker, str]) -> None:
    world, worker, name = well
    words = "pyspark.errors.exceptions.captured.ArithmeticException: [DIVIDE_BY_ZERO] x SQLSTATE: 22012"
    status = ran(1, message=words)
    ends(world, name, status, "FAILED")
    worker.go()
    assert said(world).counts == {}
    assert said(world).code == "DATA_ERROR"
    assert world.marks == []
    assert world.made[name] == 1, "it is not tried again"


@pytest.mark.parametrize(
    ("message", "later"), [("", LATE + timedelta(seconds=1)), ("no answer", LATE + timedelta(seconds=1))]
)
def test_a_driver_without_an_answer_is_waited_for_a_moment_and_is_a_doubt_then(
    well: tuple[World, Worker, str], message: str, later: timedelta
) -> None:
    world, worker, name = well
    ends(world, name, ran(0, message=message))
    worker.go()
    assert world.marks != []
    world.clock += later
    worker.go()
    assert "does not have its answer" in said(world).sentence


def test_what_never_ends_is_given_up_and_taken_away(well: tuple[World, Worker, str]) -> None:
    world, worker, name = well
    world.driver(name, running())
    world.operator_says(name, "RUNNING")
    world.clock += LONGEST + timedelta(seconds=1)
    worker.go()
    assert "had not ended after an hour" in said(world).sentence
    assert name not in world.names()


def test_what_somebody_deletes_is_not_made_again(well: tuple[World, Worker, str]) -> None:
    world, worker, name = well
    worker.go()
    world.deletes(name)
    worker.go()
    assert said(world).sentence
    assert world.made[name] == 1


def live_on(world: World) -> None:
    """All that was made goes well, and what asks has an answer."""
    world.clock = AFTER
    for (_, name), each in world.live().applications.items():
        if not each.get("status", {}).get("applicationState"):
            asks = LABEL in each["metadata"]["labels"]
            ends(world, name, ran(0, message=COUNTED if asks else ""))


def check_that_it_was_asked_once(world: World) -> None:
    entry: Entry
    (entry,) = world.entries()
    run = entry.record.run
    assert entry.status["phase"] == "succeeded"
    assert world.made == {run.application: 1, run.sql_check: 1}
    assert said(world).counts["rows"].broken == 3
    assert {ASKED, ANSWER, CHECKS, COST} <= set(entry.beside)
    assert world.marks == []


STORY = Story(
    orders=definition("orders"),
    passes=8,
    live_on=live_on,
    check=check_that_it_was_asked_once,
    begins=BEFORE,
)


@pytest.mark.parametrize("after", [False, True], ids=["before-it", "after-it"])
def test_a_worker_killed_at_every_tenth_step_asks_once_and_loses_no_answer(
    cluster: ApiServer, store: Any, tmp_path: Path, after: bool
) -> None:
    assert STORY.killed_at_each(cluster, store, tmp_path, 10, after=after) >= 3


@pytest.mark.soak
@pytest.mark.parametrize("after", [False, True], ids=["before-it", "after-it"])
def test_a_worker_killed_at_every_step_asks_once_and_loses_no_answer(
    cluster: ApiServer, store: Any, tmp_path: Path, after: bool
) -> None:
    assert STORY.killed_at_each(cluster, store, tmp_path, 1, after=after) >= 30


def test_to_ask_a_worker_needs_no_more_than_its_role_on_aws(
    cluster: ApiServer, judge: Judge, tmp_path: Path
) -> None:
    STORY.judged(cluster, judge, tmp_path)

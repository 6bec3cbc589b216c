"""After a run with too little memory its one step is shown: what grew, what speaks for it, and both costs."""

from __future__ import annotations

import json
from dataclasses import asdict
from decimal import Decimal
from typing import Any

import pytest

from apps.jobs.cli.showing import why_lines
from apps.jobs.ledger.record import Cause
from apps.jobs.runs.outcome import Cost, Failure
from apps.jobs.runs.phase import Phase
from apps.jobs.runs.run import Run
from apps.jobs.verdict.judging import Quote
from apps.jobs.verdict.memory import STEP, Step
from tests.apps.jobs.web.world import DATA, World, known, run

WITH_MORE = Step(
    section="executor",
    field="memoryOverhead",
    before=819,
    after=1280,
    pod_before=2867,
    pod_after=3328,
    pods=5,
    evidence=(Quote(source="container", text="OOMKilled, exit 137", about="orders-exec-3"),),
)


def cost(dollars: str, *, final: bool = True) -> Cost:
    return Cost(
        core_hours=0.2, gib_hours=0.5, dollars=Decimal(dollars), emr_dollars=Decimal("1"), final=final
    )


def retry(phase: Phase, **more: Any) -> Run:
    return run(19, phase, n=2, cause=Cause.RETRY, parent=1, key="retry:1", **more)


def shown(second: Run, n: int, *, step: Step | None = WITH_MORE) -> tuple[Any, str]:
    """The page of an attempt, as JSON and as people see it."""
    first = run(19, Phase.FAILED, cost=cost("0.40"))
    world = World(runs=[first, second], jobs=[known()])
    if step:
        world.keep(second, STEP, asdict(step))
    client, place = world.client(), f"/runs/{DATA}/orders/2026-11-19/{n}"
    return client.get(place, headers={"Accept": "application/json"}).json(), client.get(place).text


@pytest.mark.parametrize("n", [1, 2])
def test_both_attempts_show_the_step_with_its_evidence_and_both_costs(n: int) -> None:
    said, text = shown(retry(Phase.RUNNING, cost=cost("0.55", final=False)), n)
    stepped = said["stepped"]
    assert (stepped["step"]["before"], stepped["step"]["after"]) == (819, 1280)
    assert stepped["gib_more"] == pytest.approx(461 * 5 / 1024)
    assert [stepped[which]["cost"]["dollars"] for which in ("first", "second")] == ["0.40", "0.55"]
    for words in ("One step of memory", "executor.memoryOverhead", "OOMKilled, exit 137", "so far"):
        assert words in text


def test_what_nobody_has_counted_yet_is_a_dash() -> None:
    said, _ = shown(retry(Phase.QUEUED, cost=None), 2)
    lines = why_lines(said)
    assert "  cost: run 1 $0.40, run 2 -" in lines
    assert (
        "  one step of memory: run 2 got executor.memoryOverhead 819 -> 1280 MiB, 2.25 GiB more in all"
        in lines
    )


def test_an_attempt_of_the_same_size_shows_no_step() -> None:
    said, text = shown(retry(Phase.RUNNING), 2, step=None)
    assert said["stepped"] is None
    assert "One step of memory" not in text
    assert not [line for line in why_lines(said) if "step of memory" in line]


def test_what_a_worker_keeps_is_read_as_it_is_written() -> None:
    said, _ = shown(retry(Phase.SUCCEEDED, cost=cost("0.55")), 2)
    assert said["stepped"]["step"] == json.loads(json.dumps(asdict(WITH_MORE)))


def test_why_a_run_is_not_tried_again_stands_beside_its_verdict() -> None:
    failure = Failure(
        code="DATA_ERROR",
        sentence="A value can not be read.",
        confidence="certain",
        advice="Mend the data.",
        no_more="another attempt ends the same way (DATA_ERROR)",
    )
    failed = run(19, Phase.FAILED, failure=failure)
    client, place = World(runs=[failed], jobs=[known()]).client(), f"/runs/{DATA}/orders/2026-11-19/1"
    words = "not tried again: another attempt ends the same way (DATA_ERROR)"
    assert words in client.get(place).text
    said = client.get(place, headers={"Accept": "application/json"}).json()
    assert f"  {words}" in why_lines(said)

"""What is said of runs is what their pods, their recorded failures and their nodes say."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

import pytest

from apps.jobs.ledger.identity import Series
from apps.jobs.ledger.record import Cause, Wanted
from apps.jobs.ledger.requests import RunRequest
from apps.jobs.runs.objects import Json
from tests.apps.jobs.corpus import cases
from tests.apps.jobs.worker.pods import HOUR, at, ends, machines, pod
from tests.apps.jobs.worlds import NAMESPACE, World, application, ran, running

pytestmark = [pytest.mark.apiserver, pytest.mark.store]


def _ask(world: World, job: str) -> None:
    wanted = Wanted(
        series=Series(namespace=NAMESPACE, job=job),
        key=f"request:{job}",
        cause=Cause.MANUAL,
        manifest=application(job),
    )
    world.requests.ask(RunRequest(wanted=wanted), job)


def _waits() -> Json:
    condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "no node"}
    return {"phase": "Pending", "conditions": [condition]}


TRUTHS: Mapping[str, tuple[Json, str]] = {
    "succeeded": (ran(0), "RUNNING"),
    "failed": (ran(1), "RUNNING"),
    "running": (running(), "SUBMITTED"),
    "queued": (_waits(), "SUBMITTED"),
    "orphaned": (running(), "FAILED"),
}
"""Phase -> what the driver's pod says, and what the operator does, which is late or wrong."""


@pytest.mark.parametrize("runs", [20, pytest.param(200, marks=pytest.mark.soak)])
def test_09_runs_that_nobody_watched_are_what_their_pods_say(world: World, runs: int) -> None:
    for number in range(runs):
        _ask(world, f"job-{number}")
    world.worker().go()
    chance = random.Random(9)
    expected: dict[str, str] = {}
    for name in world.names():
        expected[name] = chance.choice(sorted(TRUTHS))
        says, state = TRUTHS[expected[name]]
        world.driver(name, says)
        world.operator_says(name, state)
    # Nobody looked while all of that came about.
    world.worker().go(2)
    found = {
        entry.record.application: str(entry.status["phase"])
        for entry in world.entries()
        if entry.record.application in expected
    }
    assert len(expected) == runs
    assert set(expected.values()) == set(TRUTHS)
    wrong = {name: (found[name], expected[name]) for name in expected if found[name] != expected[name]}
    assert not wrong


def test_11_the_corpus_gets_the_codes_that_it_is_recorded_under(capsys: pytest.CaptureFixture[str]) -> None:
    matrix = Counter((case.code, case.verdict.code) for case in cases())
    with capsys.disabled():
        lines = (f"  {number:3}  {code} -> {said}" for (code, said), number in sorted(matrix.items()))
        print(f"\nrecorded failures and their verdicts, {matrix.total()}:", *lines, sep="\n")
    assert all(code == said for code, said in matrix)
    unknown = sum(number for (_, said), number in matrix.items() if said == "UNKNOWN")
    assert unknown < 0.05 * matrix.total()


def _hours(pods: list[Json], resource: str) -> Decimal:
    """Cores or GiB by hours, from the pods themselves, by arithmetic of its own."""
    total = Decimal(0)
    for each in pods:
        status = each["status"]
        begin = next(c["lastTransitionTime"] for c in status["conditions"] if c["type"] == "PodScheduled")
        end = status["containerStatuses"][0]["state"]["terminated"]["finishedAt"]
        seconds = (datetime.fromisoformat(end) - datetime.fromisoformat(begin)).total_seconds()
        asked = each["spec"]["containers"][0]["resources"]["requests"][resource]
        total += Decimal(str(seconds)) / 3600 * Decimal(asked.removesuffix("Gi"))
    return total


def test_18_runs_and_what_is_idle_are_together_what_the_nodes_cost(world: World) -> None:
    """A node for two hours, four runs on it that come and go."""
    world.prices, world.clock = HOUR, at(-1)
    machines(world)
    for number in range(4):
        _ask(world, f"job-{number}")
    worker = world.worker()
    worker.go()
    chance = random.Random(18)
    for name in world.names():
        begin = chance.randint(0, 20)
        pod(world, name, begin=begin)
        for number in range(1, chance.randint(2, 5)):
            ends(world, pod(world, name, number, begin=begin + number), begin + 10 + 7 * number)
        ends(world, f"{name}-driver", chance.randint(60, 110))
        world.operator_says(name, "COMPLETED")
    world.clock = at(120)
    pods = world.pods()
    worker.go()
    kept = [world.ledger.beside(entry.record.run, "cost.json") or b"{}" for entry in world.entries()]
    runs = sum((Decimal(json.loads(each)["dollars"]) for each in kept), Decimal(0))
    # The node's price split by 7.46 to 1, as OpenCost does, here once more and by hand.
    ratio = Decimal("0.031611") / Decimal("0.004237")
    gib = Decimal("0.24") / (4 * ratio + 16)
    cores, memory = _hours(pods, "cpu"), _hours(pods, "memory")
    idle = (2 * 4 - cores) * gib * ratio + (2 * 16 - memory) * gib
    node = 2 * Decimal("0.24")
    assert abs(runs + idle - node) < node / 100
    assert runs > node / 10, "or the sum says nothing of the runs"

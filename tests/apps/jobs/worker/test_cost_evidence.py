"""What a run took is counted while its pods are there, and kept beside its record at its end."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from apps.jobs.index.rebuilding import runs_of
from apps.jobs.runs.run import Run
from apps.jobs.worker.cluster import PODS
from tests.apps.jobs.worker.pods import HOUR, at, bound, ends, machines, pod, says
from tests.apps.jobs.worlds import NAMESPACE, World, lost_node, once

pytestmark = [pytest.mark.apiserver, pytest.mark.store]


@pytest.fixture
def priced(world: World) -> World:
    """Nodes that have a price, one that has none, and one that says nothing of itself."""
    world.prices, world.clock = HOUR, at(-1)
    machines(world)
    return world


def begun(world: World) -> tuple[Any, str]:
    """A worker that has made a run."""
    world.folder.put(orders=once("orders"))
    worker = world.worker()
    worker.go()
    (name,) = world.names()
    return worker, name


def over(world: World, name: str, minute: int) -> None:
    ends(world, f"{name}-driver", minute)
    world.operator_says(name, "COMPLETED")
    world.clock = at(minute)


def the_run(world: World) -> Run:
    (run,) = runs_of(world.ledger)
    return run


def cents(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else round(amount, 6)


def test_an_ended_run_costs_what_its_driver_and_executors_asked_for_while_they_did(priced: World) -> None:
    worker, name = begun(priced)
    pod(priced, name)
    first, second = (pod(priced, name, each) for each in (1, 2))
    ends(priced, first, 30)
    ends(priced, second, 15)
    over(priced, name, 60)
    worker.go()
    run = the_run(priced)
    assert run.cost is not None
    assert (cents(run.cost.dollars), run.cost.final, run.cost.unknown) == (Decimal("0.21"), True, "")
    assert (run.cost.core_hours, run.cost.gib_hours) == (3.5, 14.0)
    kept = json.loads(priced.ledger.beside(run.run, "cost.json") or b"{}")
    assert [(each["name"], each["type"], each["cores"]) for each in kept["pods"]] == [
        (each, "m5.xlarge", 2.0) for each in (f"{name}-driver", first, second)
    ]
    assert priced.marks == []


def test_what_a_run_has_cost_so_far_stands_in_its_status_and_grows(priced: World) -> None:
    worker, name = begun(priced)
    pod(priced, name)
    sums = []
    for minute in (10, 30):
        priced.clock = at(minute)
        worker.go(2)
        cost = the_run(priced).cost
        assert cost is not None
        sums.append((cents(cost.dollars), cost.final))
    assert sums == [(Decimal("0.02"), False), (Decimal("0.06"), False)]


def test_what_it_has_cost_so_far_is_written_once_a_minute_at_most(priced: World) -> None:
    worker, name = begun(priced)
    pod(priced, name)
    priced.clock = at(10)
    worker.go()
    (entry,) = priced.entries()
    priced.clock += timedelta(seconds=30)
    worker.go(3)
    assert priced.entries()[0].status == entry.status
    priced.clock += timedelta(seconds=30)
    worker.go()
    assert priced.entries()[0].status != entry.status


@pytest.mark.parametrize(
    ("node", "words"),
    [("strange", "there is no price for x9.huge"), ("silent", "nodes that do not say their type")],
)
def test_a_run_on_a_node_without_a_price_has_no_cost_and_says_why(
    priced: World, node: str, words: str
) -> None:
    worker, name = begun(priced)
    pod(priced, name)
    ends(priced, pod(priced, name, 1, node=node), 30)
    over(priced, name, 60)
    worker.go()
    cost = the_run(priced).cost
    assert cost is not None
    assert (cost.dollars, cost.emr_dollars, cost.core_hours) == (None, None, 3.0)
    assert words in cost.unknown


def test_a_run_that_never_had_a_pod_has_no_cost_rather_than_none_to_pay(priced: World) -> None:
    worker, name = begun(priced)
    priced.operator_says(name, "SUBMISSION_FAILED", "no such file")
    worker.go()
    cost = the_run(priced).cost
    assert cost is not None
    assert (cost.dollars, cost.core_hours, cost.unknown) == (None, None, "nobody saw a pod of its driver")


def test_an_executor_that_was_deleted_counts_until_then_also_for_the_next_worker(priced: World) -> None:
    worker, name = begun(priced)
    pod(priced, name)
    gone = pod(priced, name, 1)
    worker.go()
    priced.client.delete(PODS, gone, namespace=NAMESPACE, grace_period=0)
    priced.clock = at(30)
    worker.go()
    over(priced, name, 60)
    priced.worker().go()
    cost = the_run(priced).cost
    assert cost is not None
    assert (cents(cost.dollars), cost.core_hours) == (Decimal("0.18"), 3.0)


def test_an_executor_that_is_deleted_at_its_end_leaves_how_it_ended(priced: World) -> None:
    worker, name = begun(priced)
    pod(priced, name)
    brief = pod(priced, name, 1)
    ends(priced, brief, 1, code=137)
    worker.go()
    priced.client.delete(PODS, brief, namespace=NAMESPACE, grace_period=0)
    worker.go()
    over(priced, name, 60)
    worker.go()
    kept = json.loads(priced.ledger.beside(the_run(priced).run, "cost.json") or b"{}")
    assert [(each["name"], each["end"]) for each in kept["pods"]] == [
        (f"{name}-driver", "exit 0"),
        (brief, "exit 137"),
    ]


def test_executors_that_came_and_went_while_no_worker_looked_leave_the_cost_unknown(priced: World) -> None:
    _, name = begun(priced)
    pod(priced, name)
    ends(priced, pod(priced, name, 3), 30)
    priced.clock = at(45)
    late = priced.worker()
    over(priced, name, 60)
    late.go()
    cost = the_run(priced).cost
    assert cost is not None
    assert (cost.dollars, cost.core_hours) == (None, None)
    assert cost.unknown == "executors came and went while nobody looked: 1, 2"


def test_executors_that_end_after_their_driver_are_waited_for_and_counted(priced: World) -> None:
    worker, name = begun(priced)
    pod(priced, name)
    late = pod(priced, name, 1)
    over(priced, name, 60)
    worker.go()
    cost = the_run(priced).cost
    assert cost is None or not cost.final
    assert the_run(priced).phase == "succeeded"
    assert priced.marks
    ends(priced, late, 61)
    worker.go()
    cost = the_run(priced).cost
    assert cost is not None
    assert (round(cost.core_hours or 0, 4), cost.final, priced.marks) == (4.0333, True, [])


def test_a_worker_that_dies_between_a_runs_end_and_its_cost_is_followed_by_one_that_counts_it(
    priced: World,
) -> None:
    worker, name = begun(priced)
    pod(priced, name)
    late = pod(priced, name, 1)
    over(priced, name, 60)
    worker.go()
    ends(priced, late, 61)
    priced.worker().go()
    cost = the_run(priced).cost
    assert cost is not None
    assert (round(cost.core_hours or 0, 4), cost.final, priced.marks) == (4.0333, True, [])


def test_each_attempt_has_its_own_cost(priced: World) -> None:
    worker, name = begun(priced)
    pod(priced, name)
    lost = lost_node()
    both = [*bound(0)["conditions"], *lost["conditions"]]
    says(priced, f"{name}-driver", {**lost, "conditions": both})
    priced.operator_says(name, "FAILED", "driver pod failed")
    worker.go(2)
    (second,) = set(priced.names()) - {name}
    pod(priced, second, begin=10)
    over(priced, second, 40)
    worker.go(2)
    runs = list(runs_of(priced.ledger))
    assert [run.phase.value for run in runs] == ["failed", "succeeded"]
    assert [cents(run.cost.dollars) if run.cost else None for run in runs] == [
        Decimal("0.008"),
        Decimal("0.06"),
    ]

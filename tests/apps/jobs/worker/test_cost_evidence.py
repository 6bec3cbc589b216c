"""What a run took is counted while its pods are there, and kept beside its record at its end."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from apps.jobs.cost.prices import Prices
from apps.jobs.index.rebuilding import runs_of
from apps.jobs.runs.objects import Json
from apps.jobs.runs.run import Run
from apps.jobs.worker.cluster import PODS
from tests.apps.jobs.worlds import NAMESPACE, World, lost_node, once

pytestmark = [pytest.mark.apiserver, pytest.mark.store]

START = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
HOUR = Prices(own={"m5.xlarge": Decimal("0.24")})
"""A node with 4 cores and 16 GiB: a pod that asks for half of it costs 0.12 an hour."""

_PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"


@pytest.fixture
def priced(world: World) -> World:
    """Nodes that have a price, one that has none, and one that says nothing of itself."""
    world.prices = HOUR
    world.clock = START - timedelta(minutes=1)
    nodes = {"large": "m5.xlarge", "strange": "x9.huge", "silent": ""}
    for name, kind in nodes.items():
        labels = {"node.kubernetes.io/instance-type": kind} if kind else {}
        node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}}
        world.server.call("POST", "/api/v1/nodes", node)
        capacity = {"status": {"capacity": {"cpu": "4", "memory": "16Gi"}}}
        answer = world.server.call(
            "PATCH", f"/api/v1/nodes/{name}/status", capacity, content="application/merge-patch+json"
        )
        assert not answer.refusal, answer.refusal
    return world


def pod(world: World, run: str, number: int | None = None, *, node: str = "large", begin: int = 0) -> str:
    """A driver, or an executor, that asks for half a node and runs from a minute on; gives its name."""
    name = f"{run}-driver" if number is None else f"{run}-exec-{number}"
    role = {"spark-role": "driver" if number is None else "executor"}
    labels = {**role, "spark-app-selector": f"spark-{run}", "sparkoperator.k8s.io/app-name": run}
    if number is not None:
        labels["spark-exec-id"] = str(number)
    inside = "spark-kubernetes-driver" if number is None else "spark-kubernetes-executor"
    container = {
        "name": inside,
        "image": "spark:4",
        "resources": {"requests": {"cpu": "2", "memory": "8Gi"}},
    }
    body = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": labels},
        "spec": {"containers": [container], "nodeName": node},
    }
    answer = world.server.call("POST", _PODS, body)
    assert not answer.refusal, answer.refusal
    _says(world, name, {"phase": "Running", **_bound(begin), **_container(inside, _runs(begin))})
    return name


def ends(world: World, name: str, minute: int, *, code: int = 0) -> None:
    """A pod's container ends."""
    container = "spark-kubernetes-driver" if name.endswith("-driver") else "spark-kubernetes-executor"
    ended = {"exitCode": code, "startedAt": _at(0), "finishedAt": _at(minute)}
    status = {
        "phase": "Failed" if code else "Succeeded",
        **_container(container, {"running": None, "terminated": ended}),
    }
    _says(world, name, status)


def _says(world: World, name: str, status: Json) -> None:
    patch = "application/merge-patch+json"
    answer = world.server.call("PATCH", f"{_PODS}/{name}/status", {"status": status}, content=patch)
    assert not answer.refusal, answer.refusal


def _bound(minute: int) -> Json:
    at = _at(minute)
    return {"conditions": [{"type": "PodScheduled", "status": "True", "lastTransitionTime": at}]}


def _runs(minute: int) -> Json:
    return {"running": {"startedAt": _at(minute)}}


def _container(name: str, state: Json) -> Json:
    said = {"name": name, "image": "spark:4", "imageID": "", "ready": False, "restartCount": 0}
    return {"containerStatuses": [{**said, "state": state}]}


def _at(minute: int) -> str:
    return f"{START + timedelta(minutes=minute):%Y-%m-%dT%H:%M:%SZ}"


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
    world.clock = START + timedelta(minutes=minute)


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
        priced.clock = START + timedelta(minutes=minute)
        worker.go(2)
        cost = the_run(priced).cost
        assert cost is not None
        sums.append((cents(cost.dollars), cost.final))
    assert sums == [(Decimal("0.02"), False), (Decimal("0.06"), False)]


def test_what_it_has_cost_so_far_is_written_once_a_minute_at_most(priced: World) -> None:
    worker, name = begun(priced)
    pod(priced, name)
    priced.clock = START + timedelta(minutes=10)
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
    priced.clock = START + timedelta(minutes=30)
    worker.go()
    over(priced, name, 60)
    priced.worker().go()
    cost = the_run(priced).cost
    assert cost is not None
    assert (cents(cost.dollars), cost.core_hours) == (Decimal("0.18"), 3.0)


def test_executors_that_came_and_went_while_no_worker_looked_leave_the_cost_unknown(priced: World) -> None:
    _, name = begun(priced)
    pod(priced, name)
    ends(priced, pod(priced, name, 3), 30)
    priced.clock = START + timedelta(minutes=45)
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
    both = [*_bound(0)["conditions"], *lost["conditions"]]
    _says(priced, f"{name}-driver", {**lost, "conditions": both})
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

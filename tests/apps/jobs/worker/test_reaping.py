"""Executors that wait for a node hold no quota for a driver that has ended; no other pod is touched."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final

import pytest

from apps.jobs.ledger.audit import latest
from apps.jobs.ledger.bucket import Bucket
from apps.jobs.runs import objects
from apps.jobs.runs.objects import Json
from apps.jobs.worker.cluster import View
from apps.jobs.worker.reaping import AT_ONCE, PATIENCE, Reaping
from apps.jobs.worker.watching import by_run
from tests.apps.jobs.web.memory import MemoryS3
from tests.apps.jobs.worker.pods import says
from tests.apps.jobs.worlds import NAMESPACE, World, ran, running

pytestmark = [pytest.mark.apiserver, pytest.mark.store]

_PODS: Final = f"/api/v1/namespaces/{NAMESPACE}/pods"
WAITS: Final = {"phase": "Pending"}


@pytest.fixture
def reaping(world: World) -> Reaping:
    bucket = Bucket(world.store, world.bucket)
    return Reaping(world.cluster, bucket, [NAMESPACE], lambda: world.clock)


def driver(world: World, name: str, status: Json) -> Json:
    world.driver(name, status)
    return next(each for each in world.pods() if objects.name(each) == f"{name}-driver")


def executor(world: World, owner: Json, number: int, status: Json, *, owned: bool = True) -> str:
    """An executor as Spark makes it, for a driver's pod."""
    name = f"{objects.name(owner)}-exec-{number}"
    labels = {
        "spark-role": "executor",
        "spark-app-selector": objects.labels(owner)["spark-app-selector"],
        "spark-exec-id": str(number),
    }
    reference = {
        "apiVersion": "v1",
        "kind": "Pod",
        "name": objects.name(owner),
        "uid": objects.uid(owner),
        "controller": True,
    }
    body: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": labels, "ownerReferences": [reference] if owned else []},
        "spec": {"containers": [{"name": "spark-kubernetes-executor", "image": "spark:4"}]},
    }
    answer = world.server.call("POST", _PODS, body)
    assert not answer.refusal, answer.refusal
    says(world, name, status)
    return name


def names(world: World) -> set[str]:
    return {objects.name(each) for each in world.pods() if "exec" in objects.name(each)}


def later(world: World, reaping: Reaping, wait: timedelta = PATIENCE) -> None:
    """Look, wait, and look again."""
    reaping.run(world.live())
    world.clock += wait
    reaping.run(world.live())


@pytest.mark.parametrize(
    "ended",
    [ran(137), ran(0), {"phase": "Failed", "reason": "Evicted"}, {**ran(1), "phase": "Running"}],
    ids=["killed", "ended well", "evicted", "beside a sidecar that goes on"],
)
def test_those_of_a_driver_that_has_ended_go_after_a_minute(
    world: World, reaping: Reaping, ended: Json
) -> None:
    dead = driver(world, "dead", ended)
    waiting = {executor(world, dead, number, WAITS) for number in (1, 2)}
    reaping.run(world.live())
    world.clock += PATIENCE - timedelta(seconds=1)
    reaping.run(world.live())
    assert names(world) == waiting
    world.clock += timedelta(seconds=1)
    reaping.run(world.live())
    assert names(world) == set()
    assert reaping.taken == {NAMESPACE: 2}


def test_what_runs_what_has_ended_and_what_is_somebody_elses_stays(world: World, reaping: Reaping) -> None:
    dead, alive = driver(world, "dead", ran(137)), driver(world, "alive", running())
    left = {
        executor(world, dead, 1, {"phase": "Running"}),
        executor(world, dead, 2, {"phase": "Failed"}),
        executor(world, dead, 3, WAITS, owned=False),
        executor(world, alive, 1, WAITS),
    }
    executor(world, dead, 4, WAITS)
    later(world, reaping)
    assert names(world) == left
    assert {objects.name(each) for each in world.pods()} - left == {"dead-driver", "alive-driver"}


def test_each_driver_is_in_the_audit_once_before_anything_goes(world: World, reaping: Reaping) -> None:
    dead = driver(world, "dead", ran(137))
    for number in range(AT_ONCE + 1):
        executor(world, dead, number, WAITS)
    later(world, reaping)
    assert len(names(world)) == 1, "a pass takes no more than so many"
    reaping.run(world.live())
    assert names(world) == set()
    (entry,) = latest(Bucket(world.store, world.bucket), {NAMESPACE}, 10)
    assert (entry.viewer, entry.action, entry.namespace, entry.about) == (
        "jobs-worker",
        "reap",
        NAMESPACE,
        "dead-driver",
    )
    assert entry.detail.startswith(f"{AT_ONCE + 1} executors")
    assert reaping.taken == {NAMESPACE: AT_ONCE + 1}


def test_one_that_somebody_else_deleted_is_not_counted(world: World, reaping: Reaping) -> None:
    dead = driver(world, "dead", ran(137))
    name = executor(world, dead, 1, WAITS)
    reaping.run(world.live())
    world.clock += PATIENCE
    seen = world.live()
    world.server.call("DELETE", f"{_PODS}/{name}?gracePeriodSeconds=0")
    reaping.run(seen)
    assert reaping.taken == {NAMESPACE: 0}


def test_nobodys_thousands_keep_another_teams_quota_waiting() -> None:
    """Pure: two namespaces of the one API server would say the same more slowly."""

    class Pods:
        deleted: ClassVar[list[str]] = []

        def delete_pod(self, place: tuple[str, str]) -> bool:
            """Delete one."""
            self.deleted.append(place[0])
            return True

    def pod(namespace: str, name: str, role: str, **status: Any) -> Json:
        owners = [{"uid": f"{namespace}-driver"}] if role == "executor" else []
        labels = {"spark-role": role, "spark-app-selector": f"spark-{namespace}"}
        own = {"name": name, "namespace": namespace, "uid": f"{namespace}-{name}", "labels": labels}
        return {"metadata": {**own, "ownerReferences": owners}, "spec": {}, "status": status}

    def left_by(namespace: str, executors: int) -> tuple[Json, list[Json]]:
        waiting = [pod(namespace, f"exec-{n}", "executor", **WAITS) for n in range(executors)]
        return pod(namespace, "driver", "driver", **ran(137)), waiting

    many, few = left_by("a-many", AT_ONCE * 3), left_by("b-few", 3)
    view = View(
        drivers={(name, "driver"): each[0] for name, each in (("a-many", many), ("b-few", few))},
        pods=by_run([*many[1], *few[1]]),
    )
    now = [datetime(2026, 11, 20, tzinfo=UTC)]
    reaping = Reaping(Pods(), Bucket(MemoryS3(), "records"), [], lambda: now[0])
    reaping.run(view)
    now[0] += PATIENCE
    reaping.run(view)
    assert Counter(Pods.deleted) == {"a-many": AT_ONCE - 3, "b-few": 3}

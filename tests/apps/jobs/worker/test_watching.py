"""What was deleted is told with how it ended, also to a worker that was away meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from apps.jobs.runs import objects
from apps.jobs.worker.cluster import APPLICATIONS, PODS, View
from apps.jobs.worker.watching import Heard, Watching
from tests.apps.jobs.worlds import NAMESPACE, World, application, ran, running

pytestmark = [pytest.mark.apiserver, pytest.mark.store]

PATIENCE_SECONDS = 60


def _until(what: str, ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not ready():
        assert time.monotonic() < deadline, f"{what}: not within {PATIENCE_SECONDS} s"
        time.sleep(0.05)


def _watching(world: World, heard: Heard | None = None) -> Watching:
    made = Watching(world.client, [NAMESPACE], heard)
    made.start()
    _until("the lists", lambda: made.is_complete)
    return made


def _gone(view: View) -> dict[str, object]:
    """Exit codes of pods that were deleted."""
    return {
        objects.name(pod): objects.container(pod).get("terminated", {}).get("exitCode")
        for pods in view.gone.values()
        for pod in pods
    }


def _fails_and_goes(world: World, name: str) -> None:
    world.driver(name, ran(1))
    world.client.delete(PODS, f"{name}-driver", namespace=NAMESPACE, grace_period=0)


def test_a_driver_that_is_deleted_as_it_fails_is_told_until_somebody_has_done_with_it(world: World) -> None:
    watching = _watching(world)
    world.driver("raw", running(), labels={"spark-app-name": "raw"})
    _fails_and_goes(world, "raw")
    _until("the deletion", lambda: _gone(watching.view()) == {"raw-driver": 1})
    assert _gone(watching.view()) == {"raw-driver": 1}, "a pass that failed sees it again"
    watching.done()
    assert _gone(watching.view()) == {}


def test_what_was_deleted_while_no_worker_ran_is_told_to_the_next_one(world: World) -> None:
    before = _watching(world)
    world.driver("raw", running(), labels={"spark-app-name": "raw"})
    world.cluster.create(application("by-hand"))
    _until("both", lambda: len(before.view().drivers) == len(before.view().applications) == 1)
    before.view()
    before.done()
    _fails_and_goes(world, "raw")
    # It came and went, and no list ever had it.
    world.driver("quick", running(), labels={"spark-app-name": "quick"})
    _fails_and_goes(world, "quick")
    world.client.delete(APPLICATIONS, "by-hand", namespace=NAMESPACE)
    view = _watching(world, before.settled).view()
    assert _gone(view) == {"raw-driver": 1, "quick-driver": 1}
    assert list(view.deleted) == [(NAMESPACE, "by-hand")]
    assert view.drivers == view.applications == {}


def test_an_object_that_was_made_again_is_not_taken_for_the_one_that_was_deleted(world: World) -> None:
    world.cluster.create(application("by-hand"))
    before = _watching(world)
    before.view()
    before.done()
    world.client.delete(APPLICATIONS, "by-hand", namespace=NAMESPACE)
    world.cluster.create(application("by-hand"))
    world.operator_says("by-hand", "RUNNING")
    view = _watching(world, before.settled).view()
    (there,) = view.applications.values()
    assert objects.state(there) == "RUNNING"
    assert list(view.deleted) == [(NAMESPACE, "by-hand")]


def test_a_past_that_the_api_server_has_forgotten_is_replaced_by_a_list(world: World) -> None:
    world.cluster.create(application("by-hand"))
    ages_ago = {f"{NAMESPACE}/{each.__name__}": "1" for each in (APPLICATIONS, PODS)}
    watching = Watching(world.client, [NAMESPACE], ages_ago)
    watching.start()
    _until("the list", lambda: len(watching.view().applications) == 1)
    world.operator_says("by-hand", "RUNNING")
    _until(
        "what comes after it",
        lambda: [objects.state(each) for each in watching.view().applications.values()] == ["RUNNING"],
    )


def test_runs_that_were_over_before_anybody_looked_are_in_the_list_with_their_end(world: World) -> None:
    """Whatever came another way, ended, and was deleted between two views."""
    watching = _watching(world)
    for name, labels in {"raw": {"spark-app-name": "raw"}, "by-hand": None}.items():
        if labels is None:
            world.cluster.create(application(name))
        world.driver(name, running(), labels=labels)
        _fails_and_goes(world, name)
    world.client.delete(APPLICATIONS, "by-hand", namespace=NAMESPACE)
    _until("the deletions", lambda: len(_gone(watching.view())) == 2 and len(watching.view().deleted) == 1)
    worker = world.worker()
    worker.passing.run(watching.view())
    assert {entry.record.job: entry.status["phase"] for entry in world.entries()} == {
        "raw": "failed",
        "by-hand": "failed",
    }

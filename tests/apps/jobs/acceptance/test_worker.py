"""From a commit in a real repository to one run, and never to a second one."""

from __future__ import annotations

from pathlib import Path

import pytest

from apps.jobs.sync.repository import Remote, Repository
from tests.apps.jobs.repositories import Pushed
from tests.apps.jobs.worlds import World, once, ran

pytestmark = [pytest.mark.apiserver, pytest.mark.store]


@pytest.fixture
def pushed(world: World, tmp_path: Path) -> Pushed:
    """A repository that the world's workers follow."""
    origin = Pushed(tmp_path / "origin")
    origin.commit({"README.md": "jobs"})
    world.repository = Repository(Remote(url=origin.url), tmp_path / "copy")
    return origin


def test_01_a_commit_is_one_run_whatever_comes_after_it(world: World, pushed: Pushed) -> None:
    before = pushed.commit({"README.md": "all jobs"})
    first = pushed.commit({"orders.yaml": once("orders")})
    worker, other = world.worker(), world.worker()
    for each in (worker, other):
        each.go()
    (name,) = world.names()
    worker.go(20)
    world.driver(name, ran(0))
    world.operator_says(name, "COMPLETED")
    worker.go()
    # Its time to live is over; then workers come and go, and the branch is moved back and on again.
    world.deletes(name)
    world.worker().go(2)
    pushed.commit({"other.md": "by force"}, after=before)
    world.worker().go(2)
    pushed.commit({"orders.yaml": once("orders")}, after=before)
    for each in (worker, other, world.worker()):
        each.go(2)
    assert world.made == {name: 1}
    changed = pushed.commit({"orders.yaml": once("orders", arguments="b")})
    other.go()
    (second,) = world.names()
    world.driver(second, ran(0))
    world.operator_says(second, "COMPLETED")
    other.go()
    pushed.commit({"orders.yaml": once("orders")})
    for each in (worker, other, world.worker()):
        each.go(2)
    assert world.made == {name: 1, second: 1}, "a revert is the revision that ran before"
    assert [entry.record.commit for entry in world.entries()] == [first, changed]


def test_03_a_bad_file_stops_no_other_and_all_its_errors_are_said(world: World, pushed: Pushed) -> None:
    wrong = once("wrong", arguments="'{{ interval.begin }}'").replace("data-dev", "kube-system")
    pushed.commit({"a.yaml": once("first"), "b.yaml": "kind: [", "c.yaml": wrong, "d.yaml": once("last")})
    worker = world.worker()
    worker.go()
    assert sorted(entry.record.job for entry in world.entries()) == ["first", "last"]
    said = {(fault.path, fault.line) for fault in worker.following.state.faults}
    assert {path for path, _ in said} == {"b.yaml", "c.yaml"}
    assert len([path for path, _ in said if path == "c.yaml"]) >= 2, "all errors of a file at once"
    assert all(line for _, line in said)

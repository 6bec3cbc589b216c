"""A run is made once and followed to its end, wherever its worker is killed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from apps.jobs.ledger.record import LABELS
from tests.apps.jobs.worker.mortal import Story
from tests.apps.jobs.worlds import World, keys, lost_node, once, ran
from tests.store.judge.proxy import Judge
from tests.walls.server import ApiServer

pytestmark = [pytest.mark.apiserver, pytest.mark.store]

NODE_LOST = "NODE_LOST"


def live_on(world: World) -> None:
    """First attempts lose their node, and second ones go well."""
    for each in world.live().applications.values():
        name = each["metadata"]["name"]
        if each.get("status", {}).get("applicationState"):
            continue
        if each["metadata"]["labels"][f"{LABELS}/attempt"] == "1":
            world.driver(name, lost_node())
            world.operator_says(name, "FAILED", "driver pod failed")
        else:
            world.driver(name, ran(0))
            world.operator_says(name, "COMPLETED")


def check_that_nothing_is_lost_or_doubled(world: World) -> None:
    assert keys(world.entries()) == [
        ("orders", 1, f"git:{world.entries()[0].record.revision}", "failed"),
        ("orders", 2, "retry:1", "succeeded"),
    ]
    first, second = world.entries()
    assert world.made == {first.record.application: 1, second.record.application: 1}
    assert first.verdict is not None
    assert first.verdict["code"] == NODE_LOST
    assert second.record.attempt == 2
    assert world.marks == []


STORY = Story(orders=once("orders"), passes=10, live_on=live_on, check=check_that_nothing_is_lost_or_doubled)


@pytest.mark.parametrize("after", [False, True], ids=["before-it", "after-it"])
def test_a_worker_killed_at_every_tenth_step_loses_and_doubles_nothing(
    cluster: ApiServer, store: Any, tmp_path: Path, after: bool
) -> None:
    assert STORY.killed_at_each(cluster, store, tmp_path, 10, after=after) >= 4


def test_a_worker_needs_no_more_than_its_role_on_aws(
    cluster: ApiServer, judge: Judge, tmp_path: Path
) -> None:
    STORY.judged(cluster, judge, tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize("after", [False, True], ids=["before-it", "after-it"])
def test_a_worker_killed_at_every_step_loses_and_doubles_nothing(
    cluster: ApiServer, store: Any, tmp_path: Path, after: bool
) -> None:
    assert STORY.killed_at_each(cluster, store, tmp_path, 1, after=after) >= 40

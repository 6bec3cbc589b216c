"""The database on RDS is made, changed, protected, destroyed and made again, by the real engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rehearsal.harness import Rehearsal
from rehearsal.standin.database_rules import INSTANCE, SNAPSHOT
from tests.rehearsal.handling import import_state
from tests.support.applied import Applied

pytestmark = pytest.mark.rehearsal

PROGRAM = Path(__file__).parent / "database"
SETTINGS = "rehearsal-database:settings"


def make(folder: Path, **settings: Any) -> Rehearsal:
    """A stack of the program that nothing was done to yet."""
    return Rehearsal(project=PROGRAM, folder=folder, stack="sample", config={SETTINGS: settings})


@pytest.fixture
def stack(applied: Applied, tmp_path: Path) -> Rehearsal:
    """A copy of the applied one."""
    return applied.get("sample-database", make).copy(tmp_path / "rehearsal")


def test_it_goes_with_a_snapshot_of_its_own_in_each_life_and_comes_back_from_one(stack: Rehearsal) -> None:
    assert stack.unchanged().changes == ()
    shown = stack.outputs()
    assert shown["host"].startswith("spark-database.")
    assert shown["resourceId"].startswith("db-")
    stack.destroy()
    (first,) = stack.cloud.of_type(SNAPSHOT)
    assert [each.type for each in stack.cloud.resources()] == [SNAPSHOT], "nothing else stays"
    stack.set(f"{SETTINGS}.snapshot", first.id)
    stack.up()
    stack.cloud.clear_log()
    stack.set(f"{SETTINGS}.snapshot", None)
    stack.up()
    assert stack.cloud.operations("create", "delete") == [], "a line less in the file replaces nothing"
    stack.destroy()
    assert len(stack.cloud.of_type(SNAPSHOT)) == 2, "the second did not need the first one's name"


def test_protected_it_is_there_after_a_destroy_that_was_not_meant(stack: Rehearsal) -> None:
    stack.set(f"{SETTINGS}.protect", True)
    stack.up()
    assert "protect" in stack.destroy(fails=True).text
    assert len(stack.cloud.of_type(INSTANCE)) == 1
    # The state may be told to let go of it; AWS still does not.
    import_state(
        stack, json.loads(json.dumps(stack.exported()).replace('"protect": true', '"protect": false'))
    )
    assert "has deletion protection" in stack.destroy(fails=True).text
    assert len(stack.cloud.of_type(INSTANCE)) == 1


def test_what_can_change_changes_in_place(stack: Rehearsal) -> None:
    stack.set(f"{SETTINGS}.instanceClass", "db.m7g.large")
    stack.set(f"{SETTINGS}.storageGib", 50)
    stack.cloud.clear_log()
    stack.up()
    changed = {each.name for each in stack.cloud.operations("update")}
    assert changed == {"database-instance"}
    assert stack.cloud.operations("create", "delete") == []


def test_one_zone_is_refused_before_the_instance_is_tried(tmp_path: Path) -> None:
    stack = make(tmp_path / "rehearsal", zones="a")
    assert "DBSubnetGroupDoesNotCoverEnoughAZs" in stack.up(fails=True).text
    assert stack.cloud.of_type(INSTANCE) == []

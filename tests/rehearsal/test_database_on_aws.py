"""A stack on AWS gets jobs with their index in RDS, and goes again: by the real engine."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from rehearsal.harness import Rehearsal
from rehearsal.standin.database_rules import INSTANCE
from tests.support.applied import Applied
from tests.support.database_on_aws import with_database
from workspace.stack_files import SETTINGS

pytestmark = [pytest.mark.rehearsal, pytest.mark.soak]

LAST = (
    ("jobs-worker", "database-job"),
    ("database-job", "foundation-identities-database-roles*"),
    ("database-job", "foundation-database-instance"),
    ("foundation-database-instance", "foundation-database-subnets"),
    ("foundation-database-instance", "foundation-database-group"),
    ("foundation-database-group", "foundation-network-vpc"),
)
"""What goes -> what it needs while it goes."""


@pytest.fixture
def stack(applied: Applied, tmp_path: Path) -> Rehearsal:
    """A copy of dev, which was applied without jobs."""
    made = applied.stack("dev").copy(tmp_path / "rehearsal")
    values = with_database("dev", multiAz=False)
    made.set(f"{SETTINGS}.jobs", values["jobs"])
    made.set(f"{SETTINGS}.database", values["database"])
    return made


def test_jobs_and_their_database_are_added_and_go_before_what_they_stand_on(stack: Rehearsal) -> None:
    stack.cloud.clear_log()
    stack.up()
    assert stack.cloud.operations("refused", "delete") == []
    (instance,) = stack.cloud.of_type(INSTANCE)
    (connect,) = [
        each.inputs["policy"]
        for each in stack.cloud.of_type("aws:iam/rolePolicy:RolePolicy")
        if each.name == "foundation-identities-jobs-worker-role-database"
    ]
    assert f"dbuser:{instance.outputs['resourceId']}/jobs" in connect, "this instance and no other"
    assert stack.unchanged().changes == ()
    stack.cloud.clear_log()
    stack.destroy()
    assert stack.cloud.resources() == [], "dev keeps nothing, no snapshot either"
    assert stack.cloud.operations("refused", "cascade") == []
    order = [operation.name for operation in stack.cloud.operations("delete")]
    for first, later in LAST:
        last = max(place for place, name in enumerate(order) if fnmatchcase(name, first))
        start = min(place for place, name in enumerate(order) if fnmatchcase(name, later))
        assert last < start, f"{first} needs {later} while it goes"

"""A stack on AWS gets a login in front of its pages, and goes again: by the real engine."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from components.settings import CLIENT_SECRET
from rehearsal.harness import Rehearsal
from tests.rehearsal.handling import set_secret
from tests.support.applied import Applied
from tests.support.pages_on_aws import SECRET, with_login
from workspace.stack_files import SETTINGS

pytestmark = [pytest.mark.rehearsal, pytest.mark.soak]

LAST = (
    ("foundation-pages-https", "foundation-pages-balancer"),
    ("foundation-pages-balancer", "foundation-pages-group"),
    ("foundation-pages-attachment", "foundation-system-group"),
    ("foundation-pages-balancer", "foundation-network-public-out"),
    ("foundation-pages-group", "foundation-network-vpc"),
)
"""What goes -> what it needs while it goes: the load balancer's addresses hold subnets and gateway."""


@pytest.fixture
def stack(applied: Applied, tmp_path: Path) -> Rehearsal:
    """A copy of dev, which was applied without a login."""
    made = applied.stack("dev").copy(tmp_path / "rehearsal")
    made.set(f"{SETTINGS}.foundation", with_login("dev")["foundation"])
    set_secret(made, f"spark-on-eks:{CLIENT_SECRET}", SECRET)
    return made


def test_a_login_is_added_without_touching_jobs_and_goes_before_what_it_stands_on(stack: Rehearsal) -> None:
    stack.cloud.clear_log()
    stack.up()
    assert stack.cloud.operations("refused") == []
    gone = {each.name for each in stack.cloud.operations("delete")}
    assert gone == set(), "an address is added, and nothing is made anew for it"
    changed = {each.name for each in stack.cloud.operations("update") if each.name.startswith("tenant-")}
    assert changed == {f"tenant-{name}-defaults" for name in ("data-dev", "science-dev", "spark-canary")}, (
        "the history server's links to logs, for jobs to come"
    )
    assert stack.unchanged().changes == ()
    shown = stack.outputs()
    assert shown["pagesUrl"] == "https://spark.example.com"
    assert shown["pagesTarget"].endswith(".eu-central-1.elb.amazonaws.com")
    assert SECRET not in str(stack.exported()), "encrypted in the state"
    stack.cloud.clear_log()
    stack.destroy()
    assert stack.cloud.resources() == []
    assert stack.cloud.operations("refused", "cascade") == []
    order = [operation.name for operation in stack.cloud.operations("delete")]
    for first, later in LAST:
        last = max(place for place, name in enumerate(order) if fnmatchcase(name, first))
        start = min(place for place, name in enumerate(order) if fnmatchcase(name, later))
        assert last < start, f"{first} needs {later} while it goes"

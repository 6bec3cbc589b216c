"""The stack of one machine, all of it, against the stand-in: what an API server would say of every object."""

from __future__ import annotations

from pathlib import Path

import pytest

from rehearsal.harness import Rehearsal
from rehearsal.preview import Plan
from tests.support.applied import Applied
from workspace import pulumi_log

pytestmark = pytest.mark.rehearsal


@pytest.fixture
def local(applied: Applied, tmp_path: Path) -> Rehearsal:
    """A copy of the local stack, applied to a cluster that is only a kubeconfig and a folder."""
    return applied.stack("local").copy(tmp_path / "rehearsal")


def test_every_object_has_the_properties_of_its_kind_and_comes_in_order(local: Rehearsal) -> None:
    assert local.cloud.operations("refused") == [], "no namespace, definition or name was missing or taken"
    kinds = {resource.type.rpartition(":")[2] for resource in local.cloud.resources()}
    assert {"Namespace", "ResourceQuota", "NetworkPolicy", "CustomResourceDefinition"} <= kinds, (
        "all is there"
    )


@pytest.fixture(scope="module")
def unchanged(applied: Applied, tmp_path_factory: pytest.TempPathFactory) -> tuple[Rehearsal, Plan]:
    """A copy in which nothing was changed, and what a preview of it found to do."""
    stack = applied.stack("local").copy(tmp_path_factory.mktemp("unchanged") / "rehearsal")
    return stack, stack.preview("--expect-no-changes")


def test_an_applied_platform_has_nothing_left_to_do(unchanged: tuple[Rehearsal, Plan]) -> None:
    _, plan = unchanged
    assert plan.by_op() == {}, "`make up` run twice does nothing the second time"


def test_pulumi_logs_nothing_of_what_it_sees(unchanged: tuple[Rehearsal, Plan]) -> None:
    stack, _ = unchanged
    assert (stack.pulumi_home / "logs").read_text() == pulumi_log.NOTE, "no folder in its place, so no log"
    written = sum(file.stat().st_size for file in stack.folder.joinpath("home").rglob("*") if file.is_file())
    assert written < 1_000_000, "nor elsewhere: a log of one preview has tens of millions of bytes"


def test_a_new_tenant_changes_no_other_one(local: Rehearsal) -> None:
    tenants = local.config["spark-on-eks:settings"]["tenants"]
    local.set("spark-on-eks:settings.tenants", [*tenants, {"team": "growth"}])
    touched = [step for step in local.preview().changes if step.op != "create"]
    others = [step.name for step in touched if step.name.startswith(("tenant-data", "tenant-science"))]
    assert others == [], "tenants know nothing of each other"
    replaced = [step.name for step in touched if step.op == "replace" and "Namespace" in step.type]
    assert replaced == [], "and a namespace that is replaced loses what is in it"


def test_destroy_takes_objects_before_what_they_live_in(local: Rehearsal) -> None:
    local.cloud.clear_log()
    local.destroy()
    assert local.cloud.resources() == [], "an empty cluster"
    assert local.cloud.operations("cascade", "refused") == [], "nothing vanished with its namespace"

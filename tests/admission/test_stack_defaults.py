"""What a stack's own properties say counts for a job that says nothing, and the job's word before it."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from components.tenants.namespace import admission_policies
from tests.admission.jobs import HOOK, conf, sized
from tests.walls.world import ADMISSION, SETTLE_SECONDS, World

pytestmark = pytest.mark.apiserver

HOOKED = sized(executor={"lifecycle": HOOK})
RELATIVE = conf(sql__warehouse__dir="team-dev/tables")
PROPERTIES = {"spark.decommission.enabled": "False", "spark.hadoop.fs.defaultFS": "s3a://data"}


def land(world: World, defaults: dict[str, str], *, taken: bool) -> None:
    """Have the rules of a stack with some properties, and wait until they act."""
    for each in admission_policies(pools=False, defaults=defaults):
        if each.subject in {"fields", "places"}:
            body = {
                "apiVersion": "admissionregistration.k8s.io/v1",
                "kind": "ValidatingAdmissionPolicy",
                "metadata": {"name": each.name},
                "spec": each.spec(),
            }
            path = f"{ADMISSION}/validatingadmissionpolicies/{each.name}"
            assert world.server.apply(path, body).refusal == ""
    deadline = time.monotonic() + SETTLE_SECONDS
    while any((world.create(each).refusal == "") != taken for each in (HOOKED, RELATIVE)):
        assert time.monotonic() < deadline, [world.create(each).refusal for each in (HOOKED, RELATIVE)]
        time.sleep(0.2)


@pytest.fixture(scope="module")
def stack(world: World) -> Iterator[World]:
    """A stack whose executors hand on nothing, and whose default file system is a bucket."""
    land(world, PROPERTIES, taken=True)
    yield world
    land(world, {}, taken=False)


def test_a_hook_is_refused_where_the_job_has_its_executors_hand_on_blocks(stack: World) -> None:
    on = sized(executor={"lifecycle": HOOK}, sparkConf={"spark.decommission.enabled": "true"})
    assert "spec.executor.lifecycle can not be used" in stack.create(on).refusal


def test_a_relative_folder_is_refused_where_the_job_names_a_disk(stack: World) -> None:
    disk = conf(sql__warehouse__dir="team-dev/tables", hadoop__fs__defaultFS="file:///")
    assert "must be an s3a:// address" in stack.create(disk).refusal

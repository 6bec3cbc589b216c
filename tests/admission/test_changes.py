"""What was there before a rule was can still be labelled and go; what it says is changed to what may be."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from components.naming import TENANT_LABEL
from tests.admission.jobs import MOUNT, sized
from tests.walls.server import Answer
from tests.walls.world import SETTLE_SECONDS, World

pytestmark = pytest.mark.apiserver

MERGE = "application/merge-patch+json"


def until(world: World, manifest: dict[str, Any], *, taken: bool) -> None:
    """Wait until a definition is taken, or refused: the API server learns of a namespace's labels late."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while (world.create(manifest).refusal == "") != taken:
        assert time.monotonic() < deadline, f"the rules {'hold' if taken else 'do not hold'} all the time"
        time.sleep(0.1)


@pytest.fixture
def older(world: World) -> Iterator[str]:
    """Path of a job with a mount of a volume that it lacks, made while no rule held in its namespace."""
    manifest = sized(driver={"volumeMounts": MOUNT})
    namespace = f"/api/v1/namespaces/{world.tenant.namespace}"

    def labelled(value: str | None) -> None:
        patch = {"metadata": {"labels": {TENANT_LABEL: value}}}
        assert world.server.call("PATCH", namespace, patch, content=MERGE).refusal == ""

    known = world.server.call("GET", namespace).body["metadata"]["labels"][TENANT_LABEL]
    labelled(None)
    try:
        until(world, manifest, taken=True)
        assert world.create(manifest, dry_run=False).refusal == ""
    finally:
        labelled(known)
    until(world, manifest, taken=False)
    group = f"/apis/{manifest['apiVersion']}/namespaces/{world.tenant.namespace}/sparkapplications"
    path = f"{group}/{manifest['metadata']['name']}"
    yield path
    changed(world, path, {"metadata": {"finalizers": None}})
    world.server.call("DELETE", path)


def changed(world: World, path: str, patch: dict[str, Any]) -> Answer:
    return world.server.call("PATCH", path, patch, content=MERGE)


def test_it_can_be_labelled_and_loses_its_finalizers(world: World, older: str) -> None:
    assert changed(world, older, {"metadata": {"labels": {"seen": "yes"}}}).refusal == ""
    held = {"metadata": {"finalizers": ["foregroundDeletion"]}}
    assert changed(world, older, held).refusal == "", "so does who deletes it with all that it has made"


def test_what_it_says_is_changed_to_what_may_be(world: World, older: str) -> None:
    said = changed(world, older, {"spec": {"arguments": ["2"]}}).refusal
    assert "setting" in said, "the mount is still without a volume"
    assert changed(world, older, {"spec": {"driver": {"volumeMounts": None}}}).refusal == ""

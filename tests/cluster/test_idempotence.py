"""Applied twice, the program does nothing; what was changed by hand it finds and mends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.naming import DRIVER_ACCOUNT
from local import flights, pulumi_cli
from local.kubectl import Kubectl
from local.platform import Target

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]

SETTINGS = "spark-on-eks:settings"


def said(done: Any) -> str:
    """The end of what Pulumi printed, for a failure."""
    return f"{done.stdout[-3000:]}\n{done.stderr[-2000:]}"


def running(kubectl: Kubectl) -> set[str]:
    """Uids of the platform's pods."""
    places = ("spark-operator", "spark-history", "object-store")
    return {pod["metadata"]["uid"] for place in places for pod in kubectl.list("pods", place)}


def test_a_second_up_changes_nothing_and_restarts_nothing(where: Target, kubectl: Kubectl) -> None:
    before = running(kubectl)
    done = pulumi_cli.up(where.stack, "--expect-no-changes", capture=True)
    assert done.returncode == 0, f"`pulumi up` found something to do:\n{said(done)}"
    assert running(kubectl) == before, "pods were replaced although nothing changed"


def test_a_refresh_finds_nothing_that_the_program_did_not_want(where: Target) -> None:
    done = pulumi_cli.preview(where.stack, "--refresh", "--expect-no-changes", capture=True)
    assert done.returncode == 0, f"what the API server fills in counts as a change:\n{said(done)}"


@dataclass(frozen=True)
class Drift:
    """A cluster in which somebody has deleted a Role and raised a quota by hand.

    Args:
        role: the Role as it was.
        quota: hard limits as they were.
        preview: what `pulumi preview --refresh` ended with.
    """

    role: dict[str, Any]
    quota: dict[str, str]
    preview: Any


@pytest.fixture(scope="module")
def drift(where: Target, kubectl: Kubectl, mine: flights.Platform) -> Iterator[Drift]:
    """Two things changed by hand; put back at the end if Pulumi did not."""
    role = kubectl.get("role", DRIVER_ACCOUNT, mine.namespace)
    quota = kubectl.get("resourcequota", "quota", mine.namespace)
    assert role is not None, "without its Role there is nothing to delete"
    assert quota is not None, "without the quota there is nothing to raise"
    raised = json.dumps({"spec": {"hard": {"pods": "1000"}}})
    kubectl.delete("role", DRIVER_ACCOUNT, mine.namespace)
    kubectl.run(
        "patch",
        "resourcequota",
        "quota",
        f"--namespace={mine.namespace}",
        "--type=merge",
        f"--patch={raised}",
    )
    preview = pulumi_cli.preview(where.stack, "--refresh", "--expect-no-changes", "--diff", capture=True)
    yield Drift(role, quota["spec"]["hard"], preview)
    if kubectl.get("role", DRIVER_ACCOUNT, mine.namespace) is None:
        pulumi_cli.up(where.stack, "--refresh", capture=True)


def test_what_was_changed_by_hand_shows_in_a_preview(drift: Drift, mine: flights.Platform) -> None:
    assert drift.preview.returncode != 0, "a Role is gone and a quota raised, and the preview saw no change"
    output = drift.preview.stdout
    for wanted in (f"tenant-{mine.namespace}-{DRIVER_ACCOUNT}-role", f"tenant-{mine.namespace}-quota"):
        assert wanted in output, f"the preview does not name {wanted}:\n{said(drift.preview)}"


def test_up_puts_back_what_was_changed_by_hand(
    drift: Drift, where: Target, kubectl: Kubectl, mine: flights.Platform
) -> None:
    done = pulumi_cli.up(where.stack, "--refresh", capture=True)
    assert done.returncode == 0, said(done)
    role = kubectl.get("role", DRIVER_ACCOUNT, mine.namespace)
    quota = kubectl.get("resourcequota", "quota", mine.namespace)
    assert role is not None, "the deleted Role is still missing: no new job could start executors"
    assert role["rules"] == drift.role["rules"], "the Role came back with other rights"
    assert quota is not None, "the quota is gone"
    assert quota["spec"]["hard"] == drift.quota, "the raised quota was not lowered again"


def test_one_changed_setting_changes_one_object(where: Target, tmp_path: Path) -> None:
    stack_file = yaml.safe_load(where.stack.config_file.read_text())
    changed = deepcopy(stack_file)
    changed["config"][SETTINGS]["tenants"][0]["quota"]["pods"] += 1
    file = tmp_path / where.stack.config_file.name
    file.write_text(yaml.safe_dump(changed))
    done = pulumi_cli.run(
        where.stack,
        ["preview", "--json", "--stack", where.stack.name, "--config-file", str(file)],
        capture=True,
    )
    assert done.returncode == 0, said(done)
    steps = [(step["op"], step["urn"]) for step in json.loads(done.stdout)["steps"] if step["op"] != "same"]
    assert [op for op, _ in steps] == ["update"], f"one number changed, and Pulumi would: {steps}"
    assert steps[0][1].endswith("-quota"), f"a quota changed, and Pulumi would update {steps[0][1]}"

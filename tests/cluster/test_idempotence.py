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

import flights
from components.naming import DRIVER_ACCOUNT
from local.platform import Target
from toolchain import pulumi_cli
from toolchain.kubectl import Kubectl

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]

SETTINGS = "spark-on-eks:settings"

TAKE_BACK = ("PULUMI_K8S_ENABLE_PATCH_FORCE", "true")
"""What kubectl has set is kubectl's by server-side apply: Pulumi takes it back only when it is told to."""


def said(done: Any) -> str:
    """The end of what Pulumi printed, for a failure."""
    return f"{done.stdout[-3000:]}\n{done.stderr[-2000:]}"


def running(kubectl: Kubectl) -> set[str]:
    """Uids of the platform's pods."""
    places = ("spark-operator", "spark-history", "object-store", "spark-database", "spark-jobs")
    return {pod["metadata"]["uid"] for place in places for pod in kubectl.list("pods", place)}


def test_a_second_up_changes_nothing_and_restarts_nothing(where: Target, kubectl: Kubectl) -> None:
    before = running(kubectl)
    # With a refresh it also sees what the API server itself has filled in: none of it may count as a change.
    done = pulumi_cli.up(where.stack, "--refresh", "--expect-no-changes", capture=True)
    assert done.returncode == 0, f"`pulumi up` found something to do:\n{said(done)}"
    assert running(kubectl) == before, "pods were replaced although nothing changed"


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
    kubectl.delete("role", DRIVER_ACCOUNT, mine.namespace)
    set_pods(kubectl, mine.namespace, "1000")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(*TAKE_BACK)
        preview = pulumi_cli.preview(where.stack, "--refresh", "--expect-no-changes", capture=True)
        yield Drift(role, quota["spec"]["hard"], preview)
    set_pods(kubectl, mine.namespace, quota["spec"]["hard"]["pods"])
    if kubectl.get("role", DRIVER_ACCOUNT, mine.namespace) is None:
        kubectl.apply({key: role[key] for key in ("apiVersion", "kind", "rules")} | {"metadata": plain(role)})


def set_pods(kubectl: Kubectl, namespace: str, pods: str) -> None:
    """Change the number of pods in a quota, as somebody with kubectl does."""
    patch = json.dumps({"spec": {"hard": {"pods": pods}}})
    kubectl.run(
        *("patch", "resourcequota", "quota", f"--namespace={namespace}"),
        *("--type=merge", f"--patch={patch}"),
    )


def plain(manifest: dict[str, Any]) -> dict[str, Any]:
    """Metadata of an object without what the API server adds."""
    return {key: manifest["metadata"][key] for key in ("name", "namespace", "labels")}


def test_a_deleted_object_shows_in_a_preview(drift: Drift, mine: flights.Platform) -> None:
    assert drift.preview.returncode != 0, "a Role is gone, and the preview saw no change"
    wanted = f"tenant-{mine.namespace}-{DRIVER_ACCOUNT}-role create"
    assert wanted in drift.preview.stdout, f"the preview lacks {wanted!r}:\n{said(drift.preview)}"


def test_an_object_that_was_changed_by_hand_shows_in_a_preview(drift: Drift, mine: flights.Platform) -> None:
    wanted = f"tenant-{mine.namespace}-quota update"
    assert wanted in drift.preview.stdout, f"the preview lacks {wanted!r}:\n{said(drift.preview)}"


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


def test_one_changed_setting_changes_what_counts_it_and_nothing_else(
    where: Target, mine: flights.Platform, tmp_path: Path
) -> None:
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
    steps = {
        (step["op"], step["urn"].rpartition("::")[2])
        for step in json.loads(done.stdout)["steps"]
        if step["op"] != "same"
    }
    # Pods, and the definitions of jobs that would make them, are counted by a quota each.
    quotas = {f"tenant-{mine.namespace}-quota", f"job-counts-{mine.namespace}"}
    assert steps == {("update", quota) for quota in quotas}

"""What makes pods without the namespace's class is refused itself, and does not wait without a pod."""

from __future__ import annotations

from typing import Any

import pytest

from components.naming import SUBMITTER_ACCOUNT
from components.spark.pod_labels import SUBMITTER
from tests.walls.attack import RANKED, pod
from tests.walls.world import World

pytestmark = pytest.mark.apiserver

KINDS = ("Job", "CronJob", "Deployment", "StatefulSet", "DaemonSet")


def workload(kind: str, **changes: Any) -> dict[str, Any]:
    """An object of a kind that makes pods, with fields of theirs changed."""
    made = pod({"app": "walls"}, **changes)
    if kind not in ("Job", "CronJob"):
        made["spec"]["restartPolicy"] = "Always"
    template = {"metadata": {"labels": made["metadata"]["labels"]}, "spec": made["spec"]}
    spec: dict[str, Any] = {"template": template}
    if kind == "CronJob":
        spec = {"schedule": "0 5 * * *", "jobTemplate": {"spec": spec}}
    elif kind != "Job":
        spec["selector"] = {"matchLabels": {"app": "walls"}}
    if kind == "StatefulSet":
        spec["serviceName"] = "walls"
    group = "batch" if kind in ("Job", "CronJob") else "apps"
    return {"apiVersion": f"{group}/v1", "kind": kind, "metadata": {"name": "walls"}, "spec": spec}


def labels_of(made: dict[str, Any]) -> dict[str, str]:
    """Labels of the pods that an object makes."""
    spec = made["spec"]["jobTemplate"]["spec"] if made["kind"] == "CronJob" else made["spec"]
    labels: dict[str, str] = spec["template"]["metadata"]["labels"]
    return labels


@pytest.mark.parametrize("given", [None, "spark-high"], ids=["none", "another"])
@pytest.mark.parametrize("kind", KINDS)
def test_it_is_refused_without_the_namespaces_class(world: World, kind: str, given: str | None) -> None:
    where = "spec.jobTemplate.spec.template.spec" if kind == "CronJob" else "spec.template.spec"
    refusal = world.create(workload(kind, priorityClassName=given)).refusal
    assert f"{where}.priorityClassName must be {RANKED}, the class of this namespace" in refusal


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_taken_with_that_class(world: World, kind: str) -> None:
    assert world.create(workload(kind)).refusal == ""


@pytest.mark.parametrize("label", [None, "spark"], ids=["none", "another"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_submits_is_refused_without_the_label_that_opens_the_api_server(
    world: World, kind: str, label: str | None
) -> None:
    made = workload(kind, serviceAccountName=SUBMITTER_ACCOUNT)
    where = "spec.jobTemplate.spec.template" if kind == "CronJob" else "spec.template"
    if label is not None:
        labels_of(made)["app.kubernetes.io/component"] = label
    refusal = world.create(made).refusal
    assert f"{where}.metadata.labels must have app.kubernetes.io/component: spark-submit" in refusal


@pytest.mark.parametrize("kind", KINDS)
def test_what_submits_is_taken_with_that_label(world: World, kind: str) -> None:
    made = workload(kind, serviceAccountName=SUBMITTER_ACCOUNT)
    labels_of(made).update(SUBMITTER)
    assert world.create(made).refusal == ""

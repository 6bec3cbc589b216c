"""What makes pods without the namespace's class is refused itself, and does not wait without a pod."""

from __future__ import annotations

from typing import Any

import pytest

from components.naming import DRIVER_ACCOUNT, SUBMITTER_ACCOUNT
from components.spark.pod_labels import DRIVER, SUBMITTER
from tests.walls.attack import RANKED, pod
from tests.walls.world import World

pytestmark = pytest.mark.apiserver

KINDS = (
    "Job",
    "CronJob",
    "Deployment",
    "ReplicaSet",
    "ReplicationController",
    "StatefulSet",
    "DaemonSet",
)


def workload(kind: str, **changes: Any) -> dict[str, Any]:
    """An object of a kind that makes pods, with fields of theirs changed."""
    made = pod({"app": "walls"}, **changes)
    if kind not in ("Job", "CronJob"):
        made["spec"]["restartPolicy"] = "Always"
    template = {"metadata": {"labels": made["metadata"]["labels"]}, "spec": made["spec"]}
    spec: dict[str, Any] = {"template": template}
    if kind == "CronJob":
        spec = {"schedule": "0 5 * * *", "jobTemplate": {"spec": spec}}
    elif kind == "ReplicationController":
        return {"apiVersion": "v1", "kind": kind, "metadata": {"name": "walls"}, "spec": spec}
    elif kind != "Job":
        spec["selector"] = {"matchLabels": {"app": "walls"}}
    if kind == "StatefulSet":
        spec["serviceName"] = "walls"
    group = "batch" if kind in ("Job", "CronJob") else "apps"
    return {"apiVersion": f"{group}/v1", "kind": kind, "metadata": {"name": "walls"}, "spec": spec}


def labels_of(made: dict[str, Any]) -> dict[str, str]:
    """Labels of the pods that an object makes, or its own if it is one."""
    if made["kind"] == "Pod":
        own: dict[str, str] = made["metadata"]["labels"]
        return own
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


PLACES = {
    **dict.fromkeys(KINDS, "spec.template.metadata.labels"),
    "CronJob": "spec.jobTemplate.spec.template.metadata.labels",
    "Pod": "metadata.labels",
}
"""Kind -> where its pods' labels are."""

MASTER = "--master=k8s://https://kubernetes.default.svc"


def made_of(kind: str, **changes: Any) -> dict[str, Any]:
    """A pod, or an object of a kind that makes pods."""
    return pod({"app": "walls"}, **changes) if kind == "Pod" else workload(kind, **changes)


def running(**words: Any) -> list[dict[str, Any]]:
    """The containers of a pod, of which the first has these words."""
    return [{**pod()["spec"]["containers"][0], **words}]


@pytest.mark.parametrize("label", [None, "spark"], ids=["none", "another"])
@pytest.mark.parametrize("kind", PLACES)
def test_what_submits_is_refused_without_the_label_that_opens_the_api_server(
    world: World, kind: str, label: str | None
) -> None:
    made = made_of(kind, serviceAccountName=SUBMITTER_ACCOUNT)
    if label is not None:
        labels_of(made)["app.kubernetes.io/component"] = label
    said = f"{PLACES[kind]} must have app.kubernetes.io/component: spark-submit beside the account"
    assert f"{said} spark-submitter" in world.create(made).refusal


@pytest.mark.parametrize(
    "words",
    [
        {"args": ["/opt/spark/bin/spark-submit", MASTER, "local:///a.py"]},
        {"command": ["sh", "-c", f"exec spark-submit {MASTER} local:///a.py"]},
        {"env": [{"name": "OTHER"}, {"name": "SPARK_MASTER", "value": "k8s://https://10.0.0.1"}]},
    ],
    ids=["arguments", "a shell's line", "the environment"],
)
@pytest.mark.parametrize("kind", ["Pod", "CronJob"])
def test_so_is_what_names_the_api_server_as_its_master(
    world: World, kind: str, words: dict[str, Any]
) -> None:
    refusal = world.create(made_of(kind, containers=running(**words))).refusal
    assert f"{PLACES[kind]} must have app.kubernetes.io/component: spark-submit beside k8s://" in refusal
    assert "in client mode, has spark-role: driver and the account spark-driver" in refusal


@pytest.mark.parametrize("labels", [SUBMITTER, DRIVER], ids=["spark-submit", "a driver of its own"])
@pytest.mark.parametrize("kind", PLACES)
def test_what_submits_is_taken_with_a_label_that_opens_it(
    world: World, kind: str, labels: dict[str, str]
) -> None:
    made = made_of(kind, serviceAccountName=SUBMITTER_ACCOUNT, containers=running(args=[MASTER]))
    labels_of(made).update(labels)
    assert world.create(made).refusal == ""


@pytest.mark.parametrize(
    "changes",
    [
        {"serviceAccountName": DRIVER_ACCOUNT, "containers": running(command=["python3", "/app/job.py"])},
        {"containers": running(args=["spark-submit", "--master=local[2]", "local:///a.py"])},
        {"serviceAccountName": SUBMITTER_ACCOUNT, "automountServiceAccountToken": False},
    ],
    ids=["a program of Python", "a master of its own", "no token"],
)
@pytest.mark.parametrize("kind", ["Pod", "Job"])
def test_what_needs_no_api_server_needs_no_label(world: World, kind: str, changes: dict[str, Any]) -> None:
    assert world.create(made_of(kind, **changes)).refusal == ""

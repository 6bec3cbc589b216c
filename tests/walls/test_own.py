"""What of a namespace is the platform's own stays so, and a tenant's own things stay the tenant's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from components.naming import DEFAULTS_CONFIG_MAP, DRIVER_ACCOUNT, SUBMITTER_ACCOUNT, tenant_labels
from tests.support.access_table import account_user
from tests.walls.attack import Object, config_map, job, pod, with_metadata
from tests.walls.server import Answer
from tests.walls.world import World

pytestmark = pytest.mark.apiserver

OPERATOR = "system:serviceaccount:spark-operator:spark-operator-controller"
MERGE = "application/merge-patch+json"
CHANGE = {"data": {"spark-defaults.conf": "spark.plugins Evil"}}
REFUSED = "is the platform's own, and no account of a tenant may change or remove it"


def _path(world: World, name: str = "") -> str:
    return f"/api/v1/namespaces/{world.tenant.namespace}/configmaps/{name}".rstrip("/")


def _as(world: World, account: str, method: str, path: str, body: Object | None = None) -> Answer:
    user = account_user(world.tenant.namespace, account)
    return world.server.call(method, path, body, user=user, group="system:serviceaccounts", content=MERGE)


@pytest.fixture(params=[DEFAULTS_CONFIG_MAP, "kube-root-ca.crt"])
def kept(world: World, request: pytest.FixtureRequest) -> Iterator[str]:
    """A ConfigMap that the platform or the cluster keeps in the namespace."""
    name: str = request.param
    labels = tenant_labels(world.tenant) if name == DEFAULTS_CONFIG_MAP else {}
    made = world.server.call("POST", _path(world), config_map(name=name, labels=labels))
    assert made.refusal == ""
    yield name
    assert world.server.call("DELETE", _path(world, name)).refusal == "", "who sets it up may remove it"


def test_an_account_of_the_tenant_changes_none_of_the_platforms_config_maps(world: World, kept: str) -> None:
    assert (
        f"the ConfigMap {kept} {REFUSED}"
        in _as(world, SUBMITTER_ACCOUNT, "PATCH", _path(world, kept), CHANGE).refusal
    )
    assert (
        f"the ConfigMap {kept} {REFUSED}"
        in _as(world, SUBMITTER_ACCOUNT, "DELETE", _path(world, kept)).refusal
    )
    assert REFUSED in _as(world, DRIVER_ACCOUNT, "DELETE", _path(world)).refusal
    changed = world.server.call("PATCH", _path(world, kept), CHANGE, content=MERGE)
    assert changed.refusal == "", "who sets it up may change it"


def test_a_job_still_changes_and_removes_its_own_config_maps(world: World) -> None:
    made = world.server.call("POST", _path(world), config_map(labels={"spark-app-selector": "spark-1"}))
    assert made.refusal == ""
    assert _as(world, SUBMITTER_ACCOUNT, "PATCH", _path(world, "walls"), CHANGE).refusal == ""
    own = f"{_path(world)}?labelSelector=spark-app-selector%3Dspark-1"
    assert _as(world, DRIVER_ACCOUNT, "DELETE", own).refusal == ""
    assert world.server.call("GET", _path(world, "walls")).status == 404


def test_the_operator_labels_the_runs_of_a_schedule(world: World) -> None:
    labels = {"sparkoperator.k8s.io/scheduled-app-name": "nightly"}
    path = f"/apis/sparkoperator.k8s.io/v1beta2/namespaces/{world.tenant.namespace}/sparkapplications"
    run = {**job(), "metadata": {"name": "nightly-1", "labels": labels}}
    made = world.server.call("POST", path, run, user=OPERATOR, group="system:masters")
    assert made.refusal == ""
    note = {"metadata": {"annotations": {"seen": "yes"}}}
    changed = world.server.call("PATCH", f"{path}/nightly-1", note, content=MERGE)
    assert changed.refusal == "", "others may change what is not the label"
    gone = {"metadata": {"labels": {"sparkoperator.k8s.io/scheduled-app-name": "hourly"}}}
    changed = world.server.call("PATCH", f"{path}/nightly-1", gone, content=MERGE)
    assert "metadata.labels must not begin with sparkoperator.k8s.io/" in changed.refusal
    assert world.server.call("DELETE", f"{path}/nightly-1").refusal == ""


def test_what_a_job_says_becomes_no_label_of_the_platforms_by_way_of_the_operator(world: World) -> None:
    labelled = config_map(labels={"spark-on-eks/tenant": "data-dev"})
    made = world.server.call("POST", _path(world), labelled, user=OPERATOR, group="system:masters")
    assert "metadata.labels must not begin with spark-on-eks/: spark-on-eks/tenant" in made.refusal


WORKER = "system:serviceaccount:spark-jobs:jobs-worker"


@pytest.mark.parametrize(
    ("labels", "phase", "may"),
    [
        ({"spark-role": "executor"}, "Pending", True),
        ({"spark-role": "executor"}, "Running", False),
        ({"spark-role": "driver"}, "Pending", False),
        ({}, "Pending", False),
    ],
    ids=["an executor that waits", "an executor that runs", "a driver", "no pod of Spark's"],
)
def test_the_worker_of_the_jobs_deletes_executors_that_wait_and_no_other_pod(
    world: World, labels: dict[str, str], phase: str, may: bool
) -> None:
    path = f"/api/v1/namespaces/{world.tenant.namespace}/pods"
    made = world.server.call("POST", path, with_metadata(pod(labels), name="reaped"))
    assert made.refusal == ""
    status = {"status": {"phase": phase}}
    assert world.server.call("PATCH", f"{path}/reaped/status", status, content=MERGE).refusal == ""
    answer = world.server.call("DELETE", f"{path}/reaped", user=WORKER, group="system:masters")
    assert ("may delete executors that are Pending alone" in answer.refusal) is not may
    world.server.call("DELETE", f"{path}/reaped?gracePeriodSeconds=0")
    assert world.server.call("GET", f"{path}/reaped").status == 404

"""A run is made once and followed to its end, wherever its worker is killed.

The object store and the API server are the real ones. Nobody runs pods here: what operator and kubelet say is
written as they write it.
"""

from __future__ import annotations

import gzip
import json
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from apps.jobs.ledger.identity import RunId, Series
from apps.jobs.ledger.record import LABELS, Cause, Wanted
from apps.jobs.ledger.requests import RunRequest, StopRequest
from apps.jobs.runs.run import Run
from apps.jobs.worker.cluster import APPLICATIONS
from components.object_store.policies import ADMIN_ACCOUNT
from tests.apps.jobs.worlds import (
    EVENTS,
    NAMESPACE,
    Fate,
    Folder,
    KilledError,
    World,
    application,
    daily,
    keys,
    lost_node,
    once,
    ran,
    running,
)
from tests.binaries import binary
from tests.store.conftest import judge
from tests.store.gateway import Gateway
from tests.store.judge.proxy import Judge
from tests.store.judge.roles import BUCKETS
from tests.walls.conftest import definitions, server
from tests.walls.server import ApiServer
from tests.walls.world import PATHS, SETTLE_SECONDS

__all__ = ["definitions", "judge", "server"]

pytestmark = [pytest.mark.apiserver, pytest.mark.store]

NODE_LOST = "NODE_LOST"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    gateway = Gateway(binary=binary("versitygw"), folder=tmp_path_factory.mktemp("store") / "volume")
    gateway.start()
    client = gateway.client(ADMIN_ACCOUNT)
    client.create_bucket(Bucket=EVENTS)
    yield client
    gateway.kill()


@pytest.fixture(scope="module")
def cluster(server: ApiServer, definitions: list[dict[str, Any]]) -> ApiServer:
    for each in definitions:
        if each["kind"] == "CustomResourceDefinition":
            path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
            answer = server.apply(f"{path}/{each['metadata']['name']}", each)
            assert not answer.refusal, answer.refusal
    server.apply(
        f"/api/v1/namespaces/{NAMESPACE}",
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
    )
    deadline = time.monotonic() + SETTLE_SECONDS
    while server.call("GET", PATHS["SparkApplication"].format(NAMESPACE)).refusal:
        assert time.monotonic() < deadline, f"the operator's kinds are not served after {SETTLE_SECONDS} s"
        time.sleep(0.1)
    return server


@pytest.fixture
def world(cluster: ApiServer, store: Any, tmp_path: Path) -> Iterator[World]:
    made = new_world(cluster, store, tmp_path)
    yield made
    made.clean()


def new_world(cluster: ApiServer, store: Any, folder: Path) -> World:
    bucket = f"records-{uuid.uuid4().hex[:12]}"
    store.create_bucket(Bucket=bucket)
    folder.mkdir(exist_ok=True)
    return World(server=cluster, store=store, bucket=bucket, folder=Folder(folder))


def live_on(world: World) -> None:
    """First attempts lose their node, and second ones go well."""
    for each in world.live().applications.values():
        name = each["metadata"]["name"]
        if each.get("status", {}).get("applicationState"):
            continue
        if each["metadata"]["labels"][f"{LABELS}/attempt"] == "1":
            world.driver(name, lost_node())
            world.operator_says(name, "FAILED", "driver pod failed")
        else:
            world.driver(name, ran(0))
            world.operator_says(name, "COMPLETED")


def go_on(world: World, fate: Fate) -> int:
    """Pass until all is done; a worker that dies is followed by another. Gives the steps of the first."""
    worker, died = None, 0
    for _ in range(10):
        try:
            worker = worker or world.worker(fate)
            worker.go()
        except KilledError:
            died += 1
            worker = None
            continue
        live_on(world)
    assert died == (fate.at is not None and fate.steps >= fate.at)
    return fate.steps


def check_that_nothing_is_lost_or_doubled(world: World) -> None:
    assert keys(world.entries()) == [
        ("orders", 1, f"git:{world.entries()[0].record.revision}", "failed"),
        ("orders", 2, "retry:1", "succeeded"),
    ]
    first, second = world.entries()
    assert world.made == {first.record.application: 1, second.record.application: 1}
    assert first.verdict is not None
    assert first.verdict["code"] == NODE_LOST
    assert second.record.attempt == 2
    assert world.marks == []


def killed_at_each(cluster: ApiServer, store: Any, folder: Path, every: int, *, after: bool) -> int:
    """Do it all, killed at one step after another; gives how many deaths there were."""
    at, deaths = 1, 0
    while True:
        world = new_world(cluster, store, folder / f"{after}-{at}")
        world.folder.put(orders=once("orders"))
        try:
            fate = Fate(at=at, after=after)
            if go_on(world, fate) < at:
                return deaths
            check_that_nothing_is_lost_or_doubled(world)
        finally:
            world.clean()
        deaths += 1
        at += every


@pytest.mark.parametrize("after", [False, True], ids=["before-it", "after-it"])
def test_a_worker_killed_at_every_tenth_step_loses_and_doubles_nothing(
    cluster: ApiServer, store: Any, tmp_path: Path, after: bool
) -> None:
    assert killed_at_each(cluster, store, tmp_path, 10, after=after) >= 4


def test_a_worker_needs_no_more_than_its_role_on_aws(
    cluster: ApiServer, judge: Judge, tmp_path: Path
) -> None:
    world = World(
        server=cluster,
        store=judge.client("jobs-worker"),
        bucket=BUCKETS.artifacts,
        folder=Folder(tmp_path),
        events=BUCKETS.events,
    )
    world.folder.put(orders=once("orders"))
    try:
        go_on(world, Fate())
        check_that_nothing_is_lost_or_doubled(world)
    finally:
        world.clean()
    assert judge.refused == []
    assert judge.not_judged == []


@pytest.mark.soak
@pytest.mark.parametrize("after", [False, True], ids=["before-it", "after-it"])
def test_a_worker_killed_at_every_step_loses_and_doubles_nothing(
    cluster: ApiServer, store: Any, tmp_path: Path, after: bool
) -> None:
    assert killed_at_each(cluster, store, tmp_path, 1, after=after) >= 40


def test_a_definition_runs_once_whatever_becomes_of_worker_application_and_history(world: World) -> None:
    world.folder.put(orders=once("orders"))
    worker = world.worker()
    worker.go(5)
    (name,) = world.names()
    world.driver(name, ran(0))
    world.operator_says(name, "COMPLETED")
    worker.go(2)
    # Its time to live is over, another worker comes, commits change nothing, change it, take it back.
    world.deletes(name)
    other = world.worker()
    worker.go()
    other.go()
    first = (world.folder.folder / "orders.yaml").read_text()
    world.folder.put(orders=f"# a comment\n{first}")
    other.go(2)
    assert world.made == {name: 1}
    world.folder.put(orders=once("orders", arguments="b"))
    other.go(2)
    assert len(world.made) == 2
    for left in world.names():
        world.operator_says(left, "COMPLETED")
    other.go()
    world.folder.put(orders=first)
    other.go(2)
    world.worker().go(2)
    assert len(world.made) == 2
    assert {entry.status["phase"] for entry in world.entries()} == {"succeeded"}


def test_two_workers_at_once_make_one_run(world: World) -> None:
    world.folder.put(orders=once("orders"))
    workers = [world.worker(), world.worker()]
    for _ in range(3):
        for worker in workers:
            worker.go()
    (name,) = world.names()
    world.driver(name, ran(0))
    world.operator_says(name, "COMPLETED")
    for worker in workers:
        worker.go(2)
    assert world.made == {name: 1}
    assert [entry.status["phase"] for entry in world.entries()] == ["succeeded"]


def test_an_edit_while_a_run_is_under_way_waits_and_touches_nothing(world: World) -> None:
    world.folder.put(orders=once("orders"))
    worker = world.worker()
    worker.go()
    (name,) = world.names()
    world.driver(name, running())
    world.folder.put(orders=once("orders", arguments="b"))
    worker.go(3)
    assert world.names() == [name]
    world.driver(name, ran(0))
    world.operator_says(name, "COMPLETED")
    worker.go(2)
    assert len(world.names()) == 2


def test_a_cluster_that_is_rebuilt_from_git_and_bucket_reruns_nothing(world: World) -> None:
    world.folder.put(orders=once("orders"), nightly=daily("nightly"))
    world.worker().go()
    world.clock += timedelta(days=1)
    worker = world.worker()
    worker.go(2)
    for name in world.names():
        world.operator_says(name, "COMPLETED")
    worker.go(2)
    made = dict(world.made)
    world.clean()
    world.worker().go(3)
    assert world.made == made
    assert len(made) == 2


def test_a_schedule_runs_each_interval_once_with_its_own_dates(world: World) -> None:
    text = daily("nightly", arguments="'{{ interval.key }}', '{{ run.id }}'")
    world.folder.put(nightly=text)
    world.worker().go()
    assert world.entries() == []
    for day in (22, 23):
        world.clock = datetime(2026, 11, day, 0, 1, tzinfo=UTC)
        # Each minute another worker: what one has made the next one finds.
        world.worker().go(2)
        (name,) = [each for each in world.names() if world.made[each] and f"202611{day - 1}" in each]
        spec = world.live().applications[NAMESPACE, name]["spec"]
        assert spec["arguments"] == [f"2026-11-{day - 1}", name]
        world.operator_says(name, "COMPLETED")
        world.worker().go()
    assert [(each.record.interval, each.status["phase"]) for each in world.entries()] == [
        ("2026-11-21", "succeeded"),
        ("2026-11-22", "succeeded"),
    ]


def test_intervals_that_were_missed_are_in_the_list_with_their_reason(world: World) -> None:
    world.folder.put(nightly=daily("nightly"))
    world.worker().go()
    world.clock += timedelta(days=3)
    world.worker().go()
    runs = [Run.of(each.record, each.status) for each in world.entries()]
    assert [(run.interval, run.phase.value) for run in runs] == [
        ("2026-11-21", "skipped"),
        ("2026-11-22", "skipped"),
        ("2026-11-23", "queued"),
    ]
    assert "a later interval is run" in runs[0].reason


def test_what_came_by_kubectl_and_by_spark_submit_is_in_the_list_too(world: World) -> None:
    body = application("by-hand")
    body["spec"]["driver"]["env"] = [{"name": "API_TOKEN", "value": "canary-in-env"}]
    world.cluster.create(body)
    world.driver("raw", running(), labels={"spark-app-name": "Spark.Pi"})
    worker = world.worker()
    worker.go(2)
    world.driver("raw", ran(1, message="ValueError: a bad day"))
    world.operator_says("by-hand", "COMPLETED")
    worker.go(2)
    found = {each.record.job: each for each in world.entries()}
    assert set(found) == {"by-hand", "spark-pi"}
    assert {each.record.cause for each in found.values()} == {Cause.EXTERNAL}
    assert (found["by-hand"].status["phase"], found["spark-pi"].status["phase"]) == ("succeeded", "failed")
    assert found["spark-pi"].verdict is not None
    # Of the same name again it is another run; and a worker that comes later makes none of what has ended.
    world.client.delete(APPLICATIONS, "by-hand", namespace=NAMESPACE)
    world.cluster.create(body)
    world.worker().go(2)
    assert [each.record.job for each in world.entries()].count("by-hand") == 2
    assert "canary" not in everything(world)


def everything(world: World) -> str:
    """All that is stored, as one text."""
    texts = []
    for page in world.store.get_paginator("list_objects_v2").paginate(Bucket=world.bucket):
        for each in page.get("Contents", ()):
            content = world.store.get_object(Bucket=world.bucket, Key=each["Key"])["Body"].read()
            texts.append(
                gzip.decompress(content).decode() if each["Key"].endswith(".gz") else content.decode()
            )
    return "\n".join(texts)


def test_a_person_who_asks_twice_for_a_run_gets_one_and_can_stop_it(world: World) -> None:
    wanted = Wanted(
        series=Series(namespace=NAMESPACE, job="orders"),
        key="request:1",
        cause=Cause.MANUAL,
        requester="ada",
        manifest=application("orders"),
    )
    for _ in range(2):
        world.requests.ask(RunRequest(wanted=wanted), "1")
        world.worker().go()
    (name,) = world.names()
    world.driver(name, running())
    worker = world.worker()
    worker.go()
    stop = StopRequest(namespace=NAMESPACE, job="orders", interval="once", n=1, by="grace", at=world.clock)
    world.requests.ask(stop)
    worker.go()
    world.driver(name, ran(143))
    worker.go(2)
    (entry,) = world.entries()
    run = Run.of(entry.record, entry.status)
    assert (run.phase.value, run.stopped_by, run.requester) == ("cancelled", "grace", "ada")
    assert (world.names(), list(world.requests.all()), world.made) == ([], [], {name: 1})


def test_an_orphan_is_followed_and_never_run_twice(world: World) -> None:
    """The operator was killed inside of the submission, and calls its own driver another's."""
    world.folder.put(orders=once("orders"))
    worker = world.worker()
    worker.go()
    (name,) = world.names()
    world.driver(name, running())
    world.operator_says(name, "FAILED", f'pods "{name}-driver" already exists')
    worker.go(3)
    (entry,) = world.entries()
    assert (entry.status["phase"], entry.verdict) == ("orphaned", None)
    world.driver(name, ran(0))
    worker.go()
    (entry,) = world.entries()
    assert (entry.status["phase"], world.made) == ("succeeded", {name: 1})


def test_a_data_error_is_never_tried_again(world: World) -> None:
    world.folder.put(orders=once("orders"))
    worker = world.worker()
    worker.go()
    (name,) = world.names()
    words = (
        "Traceback (most recent call last):\n"
        '  File "/opt/spark/work-dir/orders.py", line 7, in <module>\n'
        "pyspark.errors.exceptions.captured.NumberFormatException: [CAST_INVALID_INPUT] The value 'x' of the"
        ' type "STRING" cannot be cast to "INT". SQLSTATE: 22018\n'
    )
    world.driver(name, ran(1, message=words))
    world.operator_says(name, "FAILED", "driver container failed")
    worker.go(3)
    (entry,) = world.entries()
    assert entry.verdict is not None
    assert (entry.verdict["code"], entry.verdict["retry"]) == ("DATA_ERROR", "never")


def test_after_too_little_memory_there_is_one_attempt_with_more_and_its_reason_beside_it(
    world: World,
) -> None:
    spec = once("orders").replace("driver: {}", "driver: {memory: 1g}")
    world.folder.put(orders=spec)
    worker = world.worker()
    worker.go()
    for number in (1, 2):
        (name,) = [
            each for each in world.names() if world.live().applications[NAMESPACE, each].get("status") is None
        ]
        killed = ran(137)
        killed["containerStatuses"][0]["state"]["terminated"]["reason"] = "OOMKilled"
        world.driver(name, killed)
        world.operator_says(name, "FAILED", "driver container failed")
        worker.go(2)
        assert len(world.entries()) == 2, f"after attempt {number}"
    first, second = world.entries()
    assert first.verdict is not None
    assert first.verdict["code"] == "DRIVER_OOM_KILLED"
    assert first.record.manifest["spec"]["driver"] == {"memory": "1g"}
    assert second.record.manifest["spec"]["driver"] == {"memory": "1g", "memoryOverhead": "768m"}
    said = json.loads(world.ledger.beside(second.record.run, "step.json") or b"{}")
    assert (said["before"], said["after"], bool(said["evidence"])) == (512, 768, True)


def test_a_run_that_takes_too_long_is_ended(world: World) -> None:
    beside = (
        "\n---\napiVersion: jobs.spark-on-eks/v1\nkind: SparkJob\n"
        "metadata: {name: orders, namespace: data-dev}\nspec: {timeout: 1h}\n"
    )
    world.folder.put(orders=once("orders") + beside)
    worker = world.worker()
    worker.go()
    (name,) = world.names()
    world.driver(name, running())
    worker.go()
    assert world.names() == [name]
    world.clock += timedelta(hours=2)
    worker.go()
    (entry,) = world.entries()
    assert entry.verdict is not None
    assert (entry.status["phase"], entry.verdict["code"], world.names()) == ("failed", "TIMEOUT", [])


def test_an_application_that_somebody_deleted_is_cancelled_and_not_made_again(world: World) -> None:
    world.folder.put(orders=once("orders"))
    worker = world.worker()
    worker.go()
    (name,) = world.names()
    world.operator_says(name, "RUNNING")
    worker.go()
    world.deletes(name)
    worker.go(2)
    world.worker().go(2)
    (entry,) = world.entries()
    assert (entry.status["phase"], world.made) == ("cancelled", {name: 1})


def test_a_name_that_is_taken_fails_the_run_and_leaves_the_other_alone(world: World) -> None:
    run = RunId(series=Series(namespace=NAMESPACE, job="orders"), n=1)
    other = application(run.application)
    other["spec"]["arguments"] = ["another's"]
    world.cluster.create(other)
    world.folder.put(orders=once("orders"))
    world.worker().go(2)
    (mine,) = [each for each in world.entries() if each.record.job == "orders"]
    assert (mine.status["phase"], mine.verdict is not None) == ("failed", True)
    assert world.live().applications[NAMESPACE, run.application]["spec"]["arguments"] == ["another's"]


def test_what_is_wrong_in_one_file_is_said_and_the_other_runs(world: World) -> None:
    world.folder.put(orders=once("orders"), wrong=once("wrong").replace("data-dev", "kube-system"))
    worker = world.worker()
    worker.go()
    assert [each.record.job for each in world.entries()] == ["orders"]
    (fault,) = worker.following.state.faults
    assert (fault.path, fault.line, "must be one of data-dev" in fault.message) == ("wrong.yaml", 3, True)

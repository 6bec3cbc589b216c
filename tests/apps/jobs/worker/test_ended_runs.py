"""What became of a run: seen, judged, kept, and tried again where that is good for anything."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta

import pytest

from apps.jobs.ledger.record import Cause
from apps.jobs.runs.outcome import NO_EVENT_LOG
from apps.jobs.verdict.snapshots import SNAPSHOT
from apps.jobs.worker.cluster import APPLICATIONS
from tests.apps.jobs.test_snapshots import FOLDER
from tests.apps.jobs.worlds import (
    EVENTS,
    NAMESPACE,
    World,
    application,
    once,
    ran,
    running,
)

pytestmark = [pytest.mark.apiserver, pytest.mark.store]


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
    assert entry.verdict["no_more"] == "another attempt ends the same way (DATA_ERROR)"


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
    assert second.verdict is not None
    assert first.verdict["code"] == "DRIVER_OOM_KILLED"
    whys = [entry.verdict["no_more"] for entry in (first, second) if entry.verdict]
    assert whys == ["", "it had one step of memory already; a second is its owner's to give"]
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


def test_what_a_run_ran_with_and_did_is_kept_at_its_end(world: World) -> None:
    world.folder.put(measured=once("measured").replace("executor: {}", "executor: {memory: 2g}"))
    worker = world.worker()
    worker.go()
    (name,) = world.names()
    world.driver(name, running())
    worker.go()
    (entry,) = world.entries()
    events = (FOLDER / "green.jsonl").read_bytes()
    key = f"spark/{NAMESPACE}/eventlog_v2_{entry.status['spark']}/events_1_x"
    world.store.put_object(Bucket=EVENTS, Key=key, Body=events)
    world.driver(name, ran(0))
    world.operator_says(name, "COMPLETED")
    worker.go()
    kept = json.loads(world.ledger.beside(entry.record.run, SNAPSHOT) or b"{}")
    assert (kept["commit"], kept["sizes"]) == (world.folder.head, {"executor.memory": "2g"})
    assert (kept["input_bytes"], kept["stages"], kept["heaps"]) == (6088, [2, 1, 2, 1], {"driver": 77696960})


@pytest.mark.parametrize(
    ("name", "log", "without"),
    [
        ("parts", "eventlog_v2_{}/appstatus_{}.inprogress", False),
        ("whole", "{}.zstd", False),
        ("other", "eventlog_v2_spark-others/events_1_x", True),
        ("none", None, True),
    ],
    ids=["a log in parts", "a log in one file", "another run's log", "no log"],
)
def test_a_raw_run_that_left_no_event_log_is_marked_so(
    world: World, name: str, log: str | None, without: bool
) -> None:
    world.driver(name, running(), labels={"spark-app-name": name})
    worker = world.worker()
    worker.go(2)
    (entry,) = world.entries()
    assert NO_EVENT_LOG not in entry.beside, "while it runs nobody knows"
    if log is not None:
        key = f"spark/{NAMESPACE}/{log.replace('{}', entry.status['spark'])}"
        world.store.put_object(Bucket=EVENTS, Key=key, Body=b"")
    world.driver(name, ran(0))
    worker.go(2)
    (entry,) = world.entries()
    assert entry.status["phase"] == "succeeded"
    assert (NO_EVENT_LOG in entry.beside) == without

"""Where a run is follows from its record, its application and its driver's pod, also where they disagree."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.jobs.ledger.identity import Series
from apps.jobs.ledger.record import Cause, Record, Wanted
from apps.jobs.runs import external
from apps.jobs.runs.deriving import Live, derive
from apps.jobs.runs.phase import Phase
from apps.jobs.runs.run import Run
from apps.jobs.runs.status import Status, Times

NOW = datetime(2026, 11, 21, 5, 10, tzinfo=UTC)
CREATED = "2026-11-21T05:00:00Z"


def application(
    state: str = "", *, message: str = "", suspend: bool = False, **labels: str
) -> dict[str, Any]:
    status: dict[str, Any] = {"applicationState": {"state": state, "errorMessage": message}} if state else {}
    return {
        "kind": "SparkApplication",
        "metadata": {
            "name": "orders-once-0a1b2c3d",
            "namespace": "data-dev",
            "uid": "app-uid",
            "creationTimestamp": CREATED,
        },
        "spec": {"suspend": suspend},
        "status": {**status, "sparkApplicationId": "spark-0123"} if status else {},
    }


def driver(state: dict[str, Any] | None = None, *, phase: str = "Pending", **fields: Any) -> dict[str, Any]:
    statuses = [{"name": "spark-kubernetes-driver", "state": state}] if state else []
    return {
        "metadata": {
            "name": "orders-once-0a1b2c3d-driver",
            "namespace": "data-dev",
            "uid": "pod-uid",
            "creationTimestamp": "2026-11-21T05:00:20Z",
            "labels": {
                "spark-role": "driver",
                "spark-app-selector": "spark-0123",
                "sparkoperator.k8s.io/app-name": "orders-once-0a1b2c3d",
            },
        },
        "spec": {"nodeName": "node-1"},
        "status": {"phase": phase, "containerStatuses": statuses, **fields},
    }


RUNNING = {"running": {"startedAt": "2026-11-21T05:01:00Z"}}


def ended(code: int) -> dict[str, Any]:
    return {
        "terminated": {
            "exitCode": code,
            "startedAt": "2026-11-21T05:01:00Z",
            "finishedAt": "2026-11-21T05:04:00Z",
        }
    }


def phase(seen: Status | None = None, *, stopped_by: str = "", **live: Any) -> Phase:
    return derive(seen or Status(), Live(**live), NOW, stopped_by=stopped_by).phase


@pytest.mark.parametrize("code", [137, 143])
def test_a_driver_that_dies_by_a_signal_after_its_application_went_was_taken_along(code: int) -> None:
    seen = derive(Status(), Live(driver=driver(RUNNING)), NOW)
    assert seen.phase is Phase.ORPHANED
    assert phase(seen, driver=driver(ended(code), phase="Failed")) is Phase.CANCELLED
    assert phase(seen) is Phase.CANCELLED, "its pod may be gone before anybody looks"


def test_a_driver_that_fails_by_itself_failed_though_its_application_is_gone() -> None:
    assert phase(driver=driver(ended(1), phase="Failed")) is Phase.FAILED
    oom = ended(137)
    oom["terminated"]["reason"] = "OOMKilled"
    assert phase(driver=driver(oom, phase="Failed")) is Phase.FAILED
    raw = driver(ended(143), phase="Failed")
    del raw["metadata"]["labels"]["sparkoperator.k8s.io/app-name"]
    assert phase(driver=raw) is Phase.FAILED, "a raw spark-submit has no application that could go"


def test_a_claim_without_an_application_is_planned() -> None:
    assert phase() is Phase.PLANNED


@pytest.mark.parametrize("state", ["", "NEW", "SUBMITTED", "PENDING_SUBMISSION"])
def test_an_application_without_a_driver_is_queued(state: str) -> None:
    assert phase(application=application(state)) is Phase.QUEUED


def test_a_suspended_application_is_held() -> None:
    assert phase(application=application("SUSPENDED", suspend=True)) is Phase.HELD


def test_a_driver_without_a_node_is_queued_in_the_schedulers_words() -> None:
    pod = driver(conditions=[{"type": "PodScheduled", "status": "False", "message": "0/1 nodes: 1 too full"}])
    status = derive(Status(), Live(application=application("SUBMITTED"), driver=pod), NOW)
    assert (status.phase, status.reason) == (Phase.QUEUED, "no node yet: 0/1 nodes: 1 too full")


def test_a_driver_whose_image_is_missing_is_queued_in_the_kubelets_words() -> None:
    pod = driver({"waiting": {"reason": "ImagePullBackOff", "message": "not found"}})
    status = derive(Status(), Live(application=application("SUBMITTED"), driver=pod), NOW)
    assert status.reason == "spark-kubernetes-driver: ImagePullBackOff not found"


def test_a_driver_that_runs_is_running_whatever_the_operator_has_not_seen_yet() -> None:
    status = derive(Status(), Live(application=application("SUBMITTED"), driver=driver(RUNNING)), NOW)
    assert status.phase is Phase.RUNNING
    assert status.times.started == datetime(2026, 11, 21, 5, 1, tzinfo=UTC)
    assert (status.driver, status.node, status.spark) == (
        "orders-once-0a1b2c3d-driver",
        "node-1",
        "spark-0123",
    )


@pytest.mark.parametrize(("code", "expected"), [(0, Phase.SUCCEEDED), (1, Phase.FAILED), (143, Phase.FAILED)])
def test_a_driver_that_ended_wins_over_an_operator_that_says_running(code: int, expected: Phase) -> None:
    """Its sidecar may keep the pod running."""
    pod = driver(ended(code), phase="Running")
    status = derive(Status(), Live(application=application("RUNNING"), driver=pod), NOW)
    assert status.phase is expected
    assert status.times.ended == datetime(2026, 11, 21, 5, 4, tzinfo=UTC)


def test_a_failed_application_whose_driver_runs_is_orphaned() -> None:
    app = application("FAILED", message='pods "orders-driver" already exists')
    assert phase(application=app, driver=driver(RUNNING)) is Phase.ORPHANED


def test_a_driver_that_outlives_its_application_is_orphaned() -> None:
    assert phase(driver=driver(RUNNING)) is Phase.ORPHANED


def test_an_orphan_that_ends_well_has_succeeded() -> None:
    seen = Status(phase=Phase.ORPHANED)
    assert phase(seen, application=application("FAILED"), driver=driver(ended(0))) is Phase.SUCCEEDED


@pytest.mark.parametrize("state", ["FAILED", "SUBMISSION_FAILED"])
def test_without_a_driver_the_operators_word_counts(state: str) -> None:
    assert phase(application=application(state)) is Phase.FAILED
    assert phase(application=application("COMPLETED")) is Phase.SUCCEEDED


def test_a_pod_that_was_evicted_before_its_container_began_has_failed() -> None:
    assert phase(application=application("SUBMITTED"), driver=driver(phase="Failed")) is Phase.FAILED


def test_a_deleted_application_is_cancelled_and_an_ended_one_stays_what_it_was() -> None:
    begun = Status(phase=Phase.RUNNING, times=Times(created=NOW, started=NOW))
    assert phase(begun, application=application("RUNNING"), deleted=True) is Phase.CANCELLED
    assert phase(begun, application=application("COMPLETED"), deleted=True) is Phase.SUCCEEDED
    gone = phase(begun, application=application("RUNNING"), driver=driver(ended(143)), deleted=True)
    assert gone is Phase.CANCELLED


def test_what_somebody_stopped_is_cancelled_by_name_unless_it_was_done() -> None:
    live = Live(application=application("RUNNING"), driver=driver(ended(143)))
    status = derive(Status(), live, NOW, stopped_by="ada")
    assert (status.phase, status.stopped_by) == (Phase.CANCELLED, "ada")
    assert phase(application=application(), driver=driver(ended(0)), stopped_by="ada") is Phase.SUCCEEDED


def test_when_nothing_is_left_and_nobody_saw_the_end_it_is_lost() -> None:
    status = derive(Status(phase=Phase.RUNNING, times=Times(created=NOW)), Live(), NOW)
    assert (status.phase, status.times.ended) == (Phase.LOST, NOW)


def test_what_ended_while_nobody_watched_is_read_from_what_is_left() -> None:
    """The worker was away from the claim to long after the end."""
    live = Live(application=application("COMPLETED"), driver=driver(ended(0), phase="Succeeded"))
    status = derive(Status(), live, NOW)
    assert status.phase is Phase.SUCCEEDED
    assert status.times == Times(
        created=datetime(2026, 11, 21, 5, tzinfo=UTC),
        submitted=datetime(2026, 11, 21, 5, 0, 20, tzinfo=UTC),
        started=datetime(2026, 11, 21, 5, 1, tzinfo=UTC),
        ended=datetime(2026, 11, 21, 5, 4, tzinfo=UTC),
    )


def test_a_program_that_failed_by_itself_has_failed_though_its_application_was_deleted_at_once() -> None:
    begun = Status(phase=Phase.RUNNING, times=Times(created=NOW, started=NOW))
    gone = phase(begun, application=application("RUNNING"), driver=driver(ended(1)), deleted=True)
    assert gone is Phase.FAILED


@pytest.mark.parametrize("over", [Phase.SUCCEEDED, Phase.CANCELLED, Phase.SKIPPED, Phase.LOST])
def test_what_was_seen_of_an_end_is_never_taken_back(over: Phase) -> None:
    assert phase(Status(phase=over), application=application("FAILED"), driver=driver(RUNNING)) is over


def test_a_driver_that_vanished_keeps_its_phase_until_the_operator_says_what_became_of_it() -> None:
    seen = Status(phase=Phase.RUNNING, times=Times(created=NOW, started=NOW))
    assert phase(seen, application=application("RUNNING")) is Phase.RUNNING


def test_a_raw_spark_submit_follows_its_pod_alone() -> None:
    pod = driver(RUNNING)
    del pod["metadata"]["labels"]["sparkoperator.k8s.io/app-name"]
    assert external.is_raw(pod)
    assert not external.is_raw(driver(RUNNING))
    assert phase(driver=pod) is Phase.RUNNING
    pod["status"] = driver(ended(0))["status"]
    assert phase(driver=pod) is Phase.SUCCEEDED


def test_a_raw_spark_submit_is_of_the_job_that_its_driver_is_labelled_with() -> None:
    pod = driver(RUNNING)
    pod["metadata"]["labels"] = {"spark-role": "driver", "spark-app-name": "orders-2026-11-20"}
    assert external.of_driver(pod).series.job == "orders-2026-11-20"
    pod["metadata"]["labels"]["jobs.spark-on-eks/job"] = "orders"
    assert external.of_driver(pod).series.job == "orders"


def record_of(wanted: Wanted) -> Record:
    return wanted.as_run(1, "token", NOW)


def test_a_run_of_the_operators_schedule_belongs_to_that_schedules_job() -> None:
    app = application()
    app["metadata"]["labels"] = {"sparkoperator.k8s.io/scheduled-app-name": "nightly"}
    record = record_of(external.of_application(app))
    assert (record.cause, record.job, record.application) == (
        Cause.EXTERNAL,
        "nightly",
        "orders-once-0a1b2c3d",
    )
    assert (record.interval, record.start, record.key) == ("2026-11-21T05-00-00Z", None, "external:app-uid")


@pytest.mark.parametrize(
    ("labels", "driver", "job"),
    [
        (
            {
                "jobs.spark-on-eks/job": "orders",
                "sparkoperator.k8s.io/scheduled-app-name": "nightly",
                "dag_id": "d",
                "task_id": "t",
            },
            {},
            "orders",
        ),
        ({"sparkoperator.k8s.io/scheduled-app-name": "nightly"}, {"dag_id": "d", "task_id": "t"}, "nightly"),
        ({}, {"dag_id": "Daily_Report", "task_id": "load.orders"}, "daily-report-load-orders"),
        ({"dag_id": "daily", "task_id": "load"}, {}, "daily-load"),
        ({}, {"dag_id": "daily"}, "orders-once-0a1b2c3d"),
        ({}, {}, "orders-once-0a1b2c3d"),
    ],
    ids=["label", "schedule", "airflow", "airflow-of-all", "half-of-airflow", "nothing"],
)
def test_a_run_that_came_another_way_is_of_the_job_that_its_labels_name(
    labels: dict[str, str], driver: dict[str, str], job: str
) -> None:
    app = application()
    app["metadata"]["labels"] = labels
    app["spec"] = {**app.get("spec", {}), "driver": {"labels": driver}}
    assert record_of(external.of_application(app)).job == job


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Spark Pi", "spark-pi"),
        ("2026 report", "job-2026-report"),
        ("flights_v2.py", "flights-v2-py"),
        ("x" * 70, "x" * 63),
    ],
)
def test_whatever_a_raw_submission_calls_itself_becomes_a_jobs_name(text: str, name: str) -> None:
    assert external.job_name(text) == name
    Series(namespace="data-dev", job=name)


def test_the_record_of_what_came_another_way_has_no_secret() -> None:
    app = application()
    app["spec"] = {
        "sparkConf": {"spark.hadoop.fs.s3a.secret.key": "canary-of-conf"},
        "driver": {"env": [{"name": "DB_PASSWORD", "value": "canary-of-env"}]},
        "arguments": ["--token=canary-of-arguments", "--day", "2026-11-20"],
    }
    text = record_of(external.of_application(app)).model_dump_json()
    assert "canary" not in text
    assert '"2026-11-20"' in text


def test_a_run_says_what_its_record_status_and_verdict_say() -> None:
    wanted = Wanted(
        series=Series(namespace="data-dev", job="orders"),
        key="git:0123456789",
        cause=Cause.GIT,
        revision="0123456789",
        owner="data",
        manifest={"kind": "SparkApplication", "metadata": {}, "spec": {}},
    )
    record = record_of(wanted)
    planned = Run.of(record, {})
    assert (planned.phase, planned.run, planned.waited(NOW + timedelta(minutes=1))) == (
        Phase.PLANNED,
        record.run,
        timedelta(minutes=1),
    )
    status = derive(Status(), Live(application=application("RUNNING"), driver=driver(ended(1))), NOW)
    verdict = {
        "code": "DATA_ERROR",
        "sentence": "Bad value.",
        "confidence": "certain",
        "of_a_later_release": 1,
    }
    run = Run.of(record, status.model_dump(mode="json"), verdict=verdict, kept=("verdict.json",))
    assert (run.phase, run.owner, run.ran(NOW)) == (Phase.FAILED, "data", timedelta(minutes=3))
    assert run.failure
    assert run.failure.code == "DATA_ERROR"


def test_an_interval_that_was_let_go_says_why_and_waits_for_nothing() -> None:
    start = datetime(2026, 11, 20, tzinfo=UTC)
    wanted = Wanted(
        series=Series(namespace="data-dev", job="orders", interval="2026-11-20"),
        key="schedule",
        cause=Cause.SCHEDULE,
        start=start,
        end=start + timedelta(days=1),
        skipped="missed by 2 d (catch-up none)",
        manifest={},
    )
    run = Run.of(record_of(wanted), {})
    assert (run.phase, run.reason, run.waited(NOW)) == (Phase.SKIPPED, "missed by 2 d (catch-up none)", None)

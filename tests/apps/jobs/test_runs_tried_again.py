"""A run that the operator tries again by itself ends once, with what came of it at last."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from apps.jobs.runs import external
from apps.jobs.runs.deriving import Live, derive
from apps.jobs.runs.phase import Phase
from apps.jobs.runs.status import Status, Times
from apps.jobs.worker.cluster import View
from apps.jobs.worker.matching import parts_of
from tests.apps.jobs.test_runs import NOW, RUNNING, application, driver, ended, phase, record_of


def tried(state: str, *, submissions: int = 1) -> dict[str, Any]:
    """An application that the operator tries again once, after so many submissions."""
    app = application(state)
    retries = {"onFailureRetries": 1, "onSubmissionFailureRetries": 1}
    app["spec"]["restartPolicy"] = {"type": "OnFailure", **retries}
    app["status"]["submissionAttempts"] = submissions
    return app


@pytest.mark.parametrize(
    "live",
    [
        Live(application=tried("RUNNING"), driver=driver(ended(1), phase="Failed")),
        Live(application=tried("FAILING"), driver=driver(phase="Failed")),
        Live(application=tried("FAILING")),
        Live(application=tried("PENDING_RERUN")),
        Live(application=tried("SUBMISSION_FAILED"), driver=driver(ended(1), phase="Failed")),
    ],
    ids=["failed", "evicted", "its-pod-gone", "about-to-be-submitted", "not-submitted-at-first"],
)
def test_a_driver_that_the_operator_replaces_ends_no_run(live: Live) -> None:
    seen = Status(phase=Phase.RUNNING, times=Times(created=NOW, started=NOW))
    status = derive(seen, live, NOW)
    assert (status.phase, status.times.ended) == (Phase.QUEUED, None)
    assert status.reason == "its driver failed, and the operator submits it again, or says that it does not"
    second = Live(application=tried("SUBMITTED"), driver=driver(RUNNING))
    assert derive(status, second, NOW).phase is Phase.RUNNING
    assert phase(status, application=tried("RUNNING"), driver=driver(ended(0))) is Phase.SUCCEEDED


@pytest.mark.parametrize(
    "live",
    [
        Live(application=tried("FAILED")),
        Live(application=tried("FAILED"), driver=driver(ended(1), phase="Failed")),
        Live(application=tried("FAILING"), driver=driver(ended(1), phase="Failed"), deleted=True),
    ],
    ids=["without-its-driver", "with-it", "deleted-in-between"],
)
def test_a_run_that_the_operator_tries_again_has_failed_when_the_operator_says_so(live: Live) -> None:
    assert derive(Status(phase=Phase.RUNNING), live, NOW).phase is Phase.FAILED


@pytest.mark.parametrize("deleted", [False, True])
def test_a_first_attempts_driver_that_is_still_seen_takes_nothing_from_the_second_ones_success(
    deleted: bool,
) -> None:
    """Pods and applications are heard of by ways of their own."""
    first = driver(ended(1), phase="Failed")
    assert phase(application=tried("COMPLETED"), driver=first, deleted=deleted) is Phase.SUCCEEDED


def test_a_run_that_is_deleted_between_two_attempts_is_cancelled() -> None:
    assert phase(application=tried("PENDING_RERUN"), deleted=True) is Phase.CANCELLED


def test_a_submission_that_the_operator_repeats_is_queued_and_failed_after_the_last() -> None:
    again = derive(Status(), Live(application=tried("SUBMISSION_FAILED")), NOW)
    assert (again.phase, again.reason) == (
        Phase.QUEUED,
        "it could not be submitted, and the operator tries again",
    )
    assert phase(application=tried("SUBMISSION_FAILED", submissions=2)) is Phase.FAILED


def test_of_two_drivers_that_are_gone_the_second_ones_end_counts() -> None:
    app = tried("COMPLETED")
    first, second = driver(ended(143), phase="Failed"), driver(ended(0), phase="Succeeded")
    second["metadata"]["uid"] = "second-uid"
    place = ("data-dev", "orders-once-0a1b2c3d")
    view = View(deleted={place: app}, gone={("data-dev", "spark-0123"): [first, second]})
    live = parts_of(record_of(external.of_application(app)), "app-uid", view)
    assert live.driver == second
    assert derive(Status(phase=Phase.RUNNING), live, NOW).phase is Phase.SUCCEEDED


def test_a_run_that_is_tried_again_has_lasted_since_its_first_driver_started() -> None:
    began = NOW - timedelta(hours=1)
    seen = Status(phase=Phase.QUEUED, times=Times(created=began, submitted=began, started=began))
    second = Live(application=tried("RUNNING"), driver=driver(RUNNING))
    times = derive(seen, second, NOW).times
    assert (times.submitted, times.started) == (began, began), "both are of one driver"

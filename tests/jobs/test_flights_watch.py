"""Following a run: what is printed, when it gives up, and what a failure says."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kubernetes.client.exceptions import ApiException
from rich.console import Console

import flights
from flights import watch
from flights.sight import Sight
from tests.jobs.test_flights_sight import application, ended, executor, pod, running
from workspace.errors import ReportedError

RUN = flights.Submission("flights-1", "data-dev", flights.Kind.OPERATOR)
STUCK = pod({"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}})


class Script:
    """A cluster that shows one sight after the other, the last for ever; exceptions are raised."""

    def __init__(self, *sights: Sight | Exception) -> None:
        self.sights = list(sights)
        self.schedules: list[dict[str, Any]] = []

    def sight(self, *_: object) -> Sight:
        sight = self.sights.pop(0) if len(self.sights) > 1 else self.sights[0]
        if isinstance(sight, Exception):
            raise sight
        return sight

    def schedule(self, *_: object) -> dict[str, Any]:
        return self.schedules.pop(0) if len(self.schedules) > 1 else self.schedules[0]


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Logs that kubectl finds, by what it is asked for."""
    logs: dict[str, str] = {}

    class Kubectl:
        def __init__(self, _: Path) -> None: ...

        def logs(self, name: str, *_: str) -> str:
            if name not in logs:
                raise ReportedError("container is waiting to start")
            return logs[name]

    monkeypatch.setattr(watch, "Kubectl", Kubectl)
    monkeypatch.setattr(watch, "POLL_SECONDS", 0)
    return logs


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look at the clock is ten seconds later."""
    ticks: Iterator[int] = iter(range(0, 1_000_000, 10))
    monkeypatch.setattr("time.monotonic", lambda: float(next(ticks)))


def follow(
    monkeypatch: pytest.MonkeyPatch,
    script: Script,
    submission: flights.Submission = RUN,
    timeout: float = 900,
) -> tuple[flights.Outcome, str]:
    monkeypatch.setattr(watch, "Cluster", lambda _: script)
    console = Console(record=True, file=io.StringIO(), width=200)
    return watch.wait(submission, Path("unused"), console, timeout=timeout), console.export_text()


def test_a_good_run_prints_each_phase_once_and_gives_its_times(
    monkeypatch: pytest.MonkeyPatch, log: dict[str, str]
) -> None:
    busy = Sight(application(), running(), [executor("2026-11-21T10:00:21Z")])
    script = Script(
        Sight(application("")),
        Sight(application("")),
        Sight(application(), running()),
        busy,
        busy,
        Sight(application(), ended(0)),
    )
    outcome, text = follow(monkeypatch, script)

    assert outcome.run == "flights-1"
    assert outcome.times.seconds(outcome.times.driver, outcome.times.executor) == 12, "seen while it lived"
    assert [line.split("s  ")[1].strip() for line in text.splitlines()] == [
        "waiting for the driver's pod",
        "the driver runs and waits for executors",
        "the job runs",
        "succeeded",
    ], "a line for each phase, none twice"


def test_a_failed_driver_is_told_with_reason_log_and_what_to_look_at(
    monkeypatch: pytest.MonkeyPatch, log: dict[str, str]
) -> None:
    log["flights-1-driver"] = "noise\nflights: s3a://data/x does not exist. Upload it.\n"
    with pytest.raises(ReportedError) as caught:
        follow(monkeypatch, Script(Sight(application(), ended(3))))
    text = str(caught.value)

    assert "run flights-1 failed: the driver ended with exit status 3 (Error)" in text, (
        "the reason comes first"
    )
    assert "flights: s3a://data/x does not exist. Upload it." in text, "then the end of the log"
    assert "kubectl describe pod -n data-dev flights-1-driver" in text, "then what to do"


def test_a_refused_submission_is_told_with_the_operators_words(
    monkeypatch: pytest.MonkeyPatch, log: dict[str, str]
) -> None:
    refused = Sight(application("SUBMISSION_FAILED", "pods is forbidden: exceeded quota: tenant"))
    with pytest.raises(ReportedError, match="could not submit it: pods is forbidden: exceeded quota: tenant"):
        follow(monkeypatch, Script(refused))


def test_a_failed_spark_submit_shows_the_submitting_pods_log(
    monkeypatch: pytest.MonkeyPatch, log: dict[str, str]
) -> None:
    log["job/flights-1"] = "Exception: pods is forbidden"
    job = {
        "metadata": {},
        "status": {"conditions": [{"type": "Failed", "status": "True", "message": "backoff"}]},
    }
    submission = flights.Submission("flights-1", "data-dev", flights.Kind.SPARK_SUBMIT)
    with pytest.raises(
        ReportedError, match="The end of the log of job/flights-1:\nException: pods is forbidden"
    ):
        follow(monkeypatch, Script(Sight(job)), submission)


def test_a_driver_that_vanishes_is_a_failure_not_a_wait(
    monkeypatch: pytest.MonkeyPatch, log: dict[str, str]
) -> None:
    with pytest.raises(ReportedError, match="the driver's pod was deleted while the job ran"):
        follow(monkeypatch, Script(Sight(application(), running()), Sight(application("RUNNING"))))


@pytest.mark.usefixtures("clock")
def test_an_image_that_can_not_be_had_is_given_up_after_a_while(
    monkeypatch: pytest.MonkeyPatch, log: dict[str, str]
) -> None:
    with pytest.raises(ReportedError, match="the driver waits: ImagePullBackOff: no such image") as caught:
        follow(monkeypatch, Script(Sight(application(), STUCK)), timeout=100_000)
    assert "The end of the log" not in str(caught.value), "a container that never ran has none"


@pytest.mark.usefixtures("clock")
def test_an_image_that_comes_late_is_waited_for(monkeypatch: pytest.MonkeyPatch, log: dict[str, str]) -> None:
    script = Script(
        Sight(application(), STUCK), Sight(application(), running()), Sight(application(), ended(0))
    )

    assert follow(monkeypatch, script)[0].run == "flights-1", "what passes by itself is no failure"


@pytest.mark.usefixtures("clock")
def test_a_run_that_takes_too_long_is_given_up_with_what_it_waits_for(
    monkeypatch: pytest.MonkeyPatch, log: dict[str, str]
) -> None:
    full = {
        "status": {"conditions": [{"type": "PodScheduled", "status": "False", "message": "0/1 nodes: cpu"}]}
    }
    with pytest.raises(
        ReportedError, match=r"given up after \d+ s. the driver has no node yet: 0/1 nodes: cpu"
    ):
        follow(monkeypatch, Script(Sight(application(), full)), timeout=300)


def test_an_api_server_that_restarts_does_not_end_the_wait(
    monkeypatch: pytest.MonkeyPatch, log: dict[str, str]
) -> None:
    script = Script(
        Sight(application(), running()), ConnectionError("refused"), Sight(application(), ended(0))
    )

    assert follow(monkeypatch, script)[0].run == "flights-1", "the run goes on meanwhile"


@pytest.mark.usefixtures("clock")
def test_an_api_server_that_stays_away_does(monkeypatch: pytest.MonkeyPatch, log: dict[str, str]) -> None:
    with pytest.raises(ReportedError, match="the API server has not answered for 60 s"):
        follow(monkeypatch, Script(ApiException(status=503)), timeout=100_000)


def test_a_schedule_is_followed_to_its_next_run(monkeypatch: pytest.MonkeyPatch, log: dict[str, str]) -> None:
    script = Script(Sight(application(), ended(0)))
    script.schedules = [
        {},
        {"status": {"scheduleState": "Scheduled"}},
        {"status": {"lastRunName": "flights-1-17"}},
    ]
    submission = flights.Submission("flights-1", "data-dev", flights.Kind.SCHEDULE)

    assert follow(monkeypatch, script, submission)[0].run == "flights-1-17", "the run has a name of its own"


def test_a_schedule_that_is_not_valid_is_told_at_once(
    monkeypatch: pytest.MonkeyPatch, log: dict[str, str]
) -> None:
    script = Script(Sight(application()))
    script.schedules = [{"status": {"scheduleState": "FailedValidation", "reason": "expected 5 fields"}}]
    submission = flights.Submission("flights-1", "data-dev", flights.Kind.SCHEDULE)
    with pytest.raises(ReportedError, match="is not valid: expected 5 fields"):
        follow(monkeypatch, script, submission)

"""Which link of the chain a look finds broken: one test for each link, and one for each way to be wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.canary_checker.verdict import (
    SHOWN_SECONDS,
    UNSEEN_SECONDS,
    WAIT_SECONDS,
    Outcome,
    Phase,
    Run,
    Sight,
    judge,
)

NOW = 1_800_000_000.0
INTERVAL = 300.0


def run(number: int = 1, *, age: float = 120.0, phase: Phase = Phase.COMPLETED, **more: Any) -> Run:
    """A run that was created `age` seconds ago; one that completed ended a minute later."""
    made = Run(name=f"spark-pi-{number}", phase=phase, created=NOW - age, app_id=f"spark-{number}")
    if phase is Phase.COMPLETED:
        made = replace(made, ended=NOW - age + 60)
    return replace(made, **more)


def sight(*runs: Run, **more: Any) -> Sight:
    """A look at a chain whose completed runs the history server shows, unless it is said otherwise."""
    shown = frozenset(each.app_id for each in runs if each.phase is Phase.COMPLETED)
    made = Sight(now=NOW, interval=INTERVAL, started=NOW - 86_400, runs=runs, shown=shown)
    return replace(made, **more)


def outcome(*runs: Run, **more: Any) -> Outcome:
    return judge(sight(*runs, **more)).outcome


def test_a_run_that_the_history_server_shows_whole_is_a_success_at_its_end() -> None:
    verdict = judge(sight(run(age=120)))
    assert (verdict.outcome, verdict.success) == (Outcome.OK, NOW - 60)


def test_the_last_success_stays_known_while_a_link_is_broken() -> None:
    broken = judge(sight(run(age=120), problems={Outcome.HISTORY: "refused"}))
    assert (broken.outcome, broken.success) == (Outcome.HISTORY, NOW - 60)


def test_a_platform_that_has_had_no_time_for_a_run_is_not_broken() -> None:
    assert outcome(started=NOW - 60) is Outcome.WAITING


def test_the_operator_is_down_when_no_run_is_created() -> None:
    late = 2 * INTERVAL + UNSEEN_SECONDS + 1
    assert outcome(run(age=late)) is Outcome.OPERATOR
    assert outcome(started=NOW - late) is Outcome.OPERATOR


def test_the_operator_is_down_when_it_does_not_touch_a_run() -> None:
    assert outcome(run(phase=Phase.NEW, age=UNSEEN_SECONDS + 1)) is Outcome.OPERATOR


def test_a_run_that_was_only_just_created_says_nothing_and_the_one_before_it_does() -> None:
    new = run(2, phase=Phase.NEW, age=5)
    assert outcome(new, run(1, age=305)) is Outcome.OK
    assert outcome(new, run(1, phase=Phase.FAILED, age=305)) is Outcome.RUN


def test_the_store_is_down_when_it_does_not_answer() -> None:
    assert outcome(run(), problems={Outcome.STORE: "connection refused"}) is Outcome.STORE


@pytest.mark.parametrize(
    "words",
    [
        "java.net.ConnectException: ... on object-store: org.apache.hadoop.fs.s3a.AWSClientIOException",
        "software.amazon.awssdk.services.s3.model.S3Exception: Access Denied (Status Code: 403)",
        "java.io.FileNotFoundException: No such file or directory: s3a://events/spark",
    ],
)
def test_the_store_is_blamed_for_a_driver_that_failed_there(words: str) -> None:
    assert outcome(run(phase=Phase.FAILED, words=words)) is Outcome.STORE


def test_the_history_server_is_down_when_it_does_not_answer() -> None:
    assert outcome(run(), problems={Outcome.HISTORY: "timed out"}) is Outcome.HISTORY


def test_a_store_that_is_down_is_blamed_before_the_history_server_that_reads_from_it() -> None:
    problems = {Outcome.HISTORY: "answers 500", Outcome.STORE: "refused"}
    assert outcome(run(), problems=problems) is Outcome.STORE


def test_a_refused_driver_means_a_full_quota() -> None:
    words = 'pods "spark-pi-1-driver" is forbidden: exceeded quota: quota, requested: pods=1'
    assert outcome(run(phase=Phase.FAILED, words=words)) is Outcome.QUOTA


def test_executors_that_never_come_mean_a_full_quota_if_it_is_full() -> None:
    stuck = run(phase=Phase.RUNNING, age=WAIT_SECONDS + 1)
    assert outcome(stuck, quota=("pods", 1.0)) is Outcome.QUOTA
    assert outcome(stuck, quota=("pods", 0.7)) is Outcome.RUN


def test_a_driver_that_does_not_start_waits_for_a_node_or_an_image() -> None:
    assert outcome(run(phase=Phase.PENDING, age=WAIT_SECONDS + 1)) is Outcome.PODS


def test_a_run_that_ended_and_is_not_shown_has_lost_its_event_log() -> None:
    ended = run(age=SHOWN_SECONDS + 120)
    assert outcome(ended, shown=frozenset()) is Outcome.EVENT_LOG


def test_the_history_server_gets_the_time_that_it_needs() -> None:
    assert outcome(run(age=70), shown=frozenset()) is Outcome.WAITING


def test_a_job_that_fails_by_itself_is_a_failed_run() -> None:
    verdict = judge(sight(run(phase=Phase.FAILED, words="ExitCode: 1, Reason: Error")))
    assert verdict.outcome is Outcome.RUN
    assert "ExitCode: 1" in verdict.reason


def test_without_the_api_server_nothing_else_is_known() -> None:
    assert outcome(problems={Outcome.API_SERVER: "timed out"}) is Outcome.API_SERVER


runs = st.builds(
    run,
    st.integers(1, 5),
    age=st.floats(0, 10_000),
    phase=st.sampled_from(Phase),
    words=st.text(max_size=20),
)


@given(st.lists(runs, max_size=4), st.floats(0, 1))
def test_a_look_at_anything_gives_a_verdict_with_a_reason(found: list[Run], used: float) -> None:
    newest_first = sorted(found, key=lambda each: each.created, reverse=True)
    verdict = judge(sight(*newest_first, quota=("pods", used)))
    assert verdict.reason
    assert verdict.outcome is not Outcome.OK or verdict.success is not None, "a success has a time"

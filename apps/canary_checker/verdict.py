"""What a look at the chain means: which link is broken, if any. Pure.

Causes come before symptoms: without its store the history server shows no new run either, and it is the store
that somebody has to look at.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

MINUTE: Final = 60

UNSEEN_SECONDS: Final = 2 * MINUTE
"""Age at which a run that the operator has not touched means that nobody does."""

WAIT_SECONDS: Final = 5 * MINUTE
"""Longest time from a run's creation to its end on a platform that is well: a node may have to be started."""

SHOWN_SECONDS: Final = 2 * MINUTE
"""Longest time from a run's end until the history server shows it: several of its looks at the logs."""

STORE_WORDS: Final = ("s3a", "S3Exception", "AmazonS3", "SdkClientException", "eventlog", "event log")
"""What a driver's last words hold when it failed at the object store (S3A, the SDK, event log)."""

QUOTA_WORDS: Final = ("exceeded quota",)
"""What the API server's refusal holds (Kubernetes, admission plugin ResourceQuota)."""

FULL: Final = 0.999
"""Part of a quota in use from which on it is full: quantities are compared as decimals."""


class Outcome(StrEnum):
    """What a check found: that all is well, that it is too early to say, or the link that broke."""

    OK = "ok"
    WAITING = "waiting"
    API_SERVER = "api-server"
    STORE = "store"
    HISTORY = "history"
    OPERATOR = "operator"
    QUOTA = "quota"
    PODS = "pods"
    RUN = "run"
    EVENT_LOG = "event-log"


class Phase(StrEnum):
    """What became of a run so far."""

    NEW = "new"
    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run of the canary.

    Args:
        name: its name.
        phase: what became of it.
        created: when it was created, in seconds since 1970.
        ended: when its driver ended; None while it hasn't.
        app_id: Spark's id of it; empty before its driver ran.
        words: what was said about its failure: by the operator, and by the driver at its end.
    """

    name: str
    phase: Phase
    created: float
    ended: float | None = None
    app_id: str = ""
    words: str = ""


@dataclass(frozen=True, kw_only=True)
class Sight:
    """A look at the chain.

    Args:
        now: when, in seconds since 1970.
        interval: seconds from one run to the next.
        started: since when runs are to be expected: when the schedule was made.
        runs: the runs that there are, the newest first.
        problems: what could not be reached, with the reason: the API server, the store, the history server.
        shown: runs, by application id, that the history server shows whole: finished, and no job failed.
        quota: the fullest resource of the quota and the part of it in use, such as ("pods", 1.0).
    """

    now: float
    interval: float
    started: float
    runs: tuple[Run, ...] = ()
    problems: dict[Outcome, str] = field(default_factory=dict)
    shown: frozenset[str] = frozenset()
    quota: tuple[str, float] = ("", 0.0)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a look means.

    Args:
        outcome: the link that broke, or that none did.
        reason: a sentence for the log.
        success: end of the newest run that is known to have gone through, in seconds since 1970.
    """

    outcome: Outcome
    reason: str
    success: float | None = None


def judge(sight: Sight) -> Verdict:
    """Say which link is broken.

    Args:
        sight: a look at the chain.
    """
    success = max(
        (run.ended for run in sight.runs if run.ended is not None and run.app_id in sight.shown), default=None
    )
    for link in (Outcome.API_SERVER, Outcome.STORE, Outcome.HISTORY):
        if link in sight.problems:
            return Verdict(outcome=link, reason=sight.problems[link], success=success)
    outcome, reason = _of_runs(sight)
    return Verdict(outcome=outcome, reason=reason, success=success)


def _of_runs(sight: Sight) -> tuple[Outcome, str]:
    newest = max((run.created for run in sight.runs), default=sight.started)
    if sight.now - newest > 2 * sight.interval + UNSEEN_SECONDS:
        since = int(sight.now - newest)
        return Outcome.OPERATOR, f"no run was created for {since} s: the schedule is not served"
    for run in sight.runs:
        outcome, reason = _of_run(run, sight)
        if outcome is not Outcome.WAITING:
            return outcome, reason
    return Outcome.WAITING, "no run has come to its end yet"


def _of_run(run: Run, sight: Sight) -> tuple[Outcome, str]:
    """What one run says; waiting if it is too early, and the run before it has to say."""
    age = sight.now - run.created
    if run.phase is Phase.NEW:
        if age > UNSEEN_SECONDS:
            return Outcome.OPERATOR, f"{run.name} was created {int(age)} s ago, and the operator did nothing"
        return Outcome.WAITING, ""
    if run.phase is Phase.FAILED:
        return _of_failure(run)
    if run.phase is Phase.COMPLETED:
        return _of_end(run, sight)
    if age <= WAIT_SECONDS:
        return Outcome.WAITING, ""
    return _of_delay(run, sight, age)


def _of_failure(run: Run) -> tuple[Outcome, str]:
    if any(word in run.words for word in QUOTA_WORDS):
        return Outcome.QUOTA, f"{run.name} was refused: {run.words}"
    if any(word.lower() in run.words.lower() for word in STORE_WORDS):
        return Outcome.STORE, f"{run.name} failed at the object store: {run.words}"
    return Outcome.RUN, f"{run.name} failed: {run.words or 'nothing was said'}"


def _of_delay(run: Run, sight: Sight, age: float) -> tuple[Outcome, str]:
    resource, used = sight.quota
    if used >= FULL:
        return Outcome.QUOTA, f"{run.name} waits for {int(age)} s, and the quota of {resource} is full"
    if run.phase is Phase.PENDING:
        return Outcome.PODS, f"{run.name} has no running driver after {int(age)} s"
    return Outcome.RUN, f"{run.name} still runs after {int(age)} s: no executor came, or it hangs"


def _of_end(run: Run, sight: Sight) -> tuple[Outcome, str]:
    if run.app_id in sight.shown:
        return Outcome.OK, f"{run.name} went through"
    ended = run.created if run.ended is None else run.ended
    if sight.now - ended <= SHOWN_SECONDS:
        return Outcome.WAITING, ""
    return Outcome.EVENT_LOG, (
        f"{run.name} ended {int(sight.now - ended)} s ago, and the history server does not show it as "
        f"completed: its event log ({run.app_id or 'without an id'}) is missing or cut short"
    )

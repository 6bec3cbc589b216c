"""What the index answers. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from apps.jobs.runs.phase import Phase
from apps.jobs.runs.run import Run


class By(StrEnum):
    """What runs are counted by; a job as `namespace/job`: two teams may name one alike."""

    PHASE = "phase"
    CODE = "code"
    CAUSE = "cause"
    NAMESPACE = "namespace"
    JOB = "job"
    OWNER = "owner"


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some runs of a list.

    Args:
        runs: in the list's order.
        next: mark of the page after it; empty if there is none.
    """

    runs: tuple[Run, ...]
    next: str


@dataclass(frozen=True, kw_only=True)
class Count:
    """Runs that have something in common.

    Args:
        value: what; empty for runs of which nobody has said it, such as the code of one that did not fail.
        runs: how many.
        priced: of how many of them the price is known.
        dollars: what these cost; None if it is known of none.
        core_hours: cores that they reserved, by the hours; None if it is known of none.
        emr_dollars: what those would have cost on EMR of which that is known; None if it is of none.
        wasted: what those cost that failed or were lost; None if it is known of none.
    """

    value: str
    runs: int
    priced: int
    dollars: Decimal | None
    core_hours: Decimal | None
    emr_dollars: Decimal | None
    wasted: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Failures:
    """Equal failures.

    Args:
        fingerprint: what they have in common.
        times: how many there were.
        jobs: of how many jobs.
        first: the first run that failed so: "14 times since commit X" is its commit.
        last: the last one.
    """

    fingerprint: str
    times: int
    jobs: int
    first: Run
    last: Run


@dataclass(frozen=True, kw_only=True)
class Cell:
    """What became of a job's interval: its last run.

    Args:
        namespace: the tenant's.
        job: the job's name.
        interval: the interval's key.
        start: its begin.
        end: its end.
        n: number of the last run.
        runs: how many runs it had.
        phase: of the last run.
        code: of its verdict; empty if it did not fail, or nobody has said why.
        revision: of its definition.
        checks_passed: checks of its data that held; None if there were none, or nobody has said yet.
        checks_warned: those with a doubt.
        checks_failed: those that did not hold.
    """

    namespace: str
    job: str
    interval: str
    start: datetime
    end: datetime
    n: int
    runs: int
    phase: Phase
    code: str
    revision: str
    checks_passed: int | None
    checks_warned: int | None
    checks_failed: int | None


@dataclass(frozen=True, kw_only=True)
class JobSummary:
    """A job by its runs.

    Args:
        namespace: the tenant's.
        job: the job's name.
        last: its last run of all.
        runs: runs that were claimed in the time that was asked for.
        succeeded: those of them that did.
        failed: those of them that failed.
        median: half of those that succeeded ran no longer; None if none did.
        slow: 95 of 100 of them ran no longer.
        priced: of how many runs the price is known.
        dollars: what these cost; None if it is known of none.
        emr_dollars: what those would have cost on EMR of which that is known; None if it is of none.
        wasted: what those cost that failed or were lost; None if it is known of none.
    """

    namespace: str
    job: str
    last: Run
    runs: int
    succeeded: int
    failed: int
    median: timedelta | None
    slow: timedelta | None
    priced: int
    dollars: Decimal | None
    emr_dollars: Decimal | None
    wasted: Decimal | None

"""A run as everybody sees it: its record, where it is, and what became of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict

from apps.jobs.ledger.identity import RunId, Series
from apps.jobs.ledger.record import Cause, Record

from .agreed import agreed
from .outcome import NO_EVENT_LOG, Checks, Cost, Failure
from .phase import ENDED, Phase
from .status import Status

OF_RECORD: Final = (
    *("namespace", "job", "interval", "n", "application", "key", "cause", "start", "end", "revision"),
    *("commit", "path", "owner", "requester", "parent", "attempt", "claimed"),
)
"""Fields that a run has from its record, under the same names."""


class Run(BaseModel):
    """One run.

    Args:
        namespace: the tenant's.
        job: the job's name; of a run that came another way, what it says its job is.
        interval: the interval's key, or `once`; of an external run the moment at which it came.
        n: number of the run in its series.
        application: name of its SparkApplication; of a raw spark-submit its driver's pod.
        key: what it is run for, see `ledger.record`.
        cause: what it comes from.
        start: begin of the interval; None for a run without.
        end: end of the interval, which is not part of it.
        revision: hash of the canonical definition.
        commit: the last commit that touched it.
        path: the definition's file in the repository.
        owner: who answers for the job.
        requester: who asked for the run.
        parent: number of the run in the same series that it repeats.
        attempt: 1 for a first attempt, one more for each retry of it.
        claimed: when its record was written; of an external run, when it was first seen.
        phase: where it is.
        reason: why it waits, was let go or stopped, in a sentence.
        created: its SparkApplication was made.
        submitted: its driver's pod was made.
        started: its driver's container started.
        ended: it ended.
        due: when it has to be done, by the time that it agreed on; None if it agreed on none, and while it is
            held.
        uid: of its SparkApplication, or of the driver's pod where there is none.
        driver: name of the driver's pod; empty before there is one.
        node: the driver's node.
        spark: Spark's name of it, which event log and history server go by; empty before it has one.
        executors: executors that run, or ran last; None if nobody saw.
        stopped_by: who stopped it.
        failure: why it failed; None if it did not, or nobody has said yet.
        cost: what it took; None if nobody has said yet.
        checks: what the checks of its data said; None if there are none, or nobody has said yet.
        kept: names of what lies beside its record, such as `driver.log.gz`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    namespace: str
    job: str
    interval: str
    n: int
    application: str
    key: str
    cause: Cause
    start: AwareDatetime | None = None
    end: AwareDatetime | None = None
    revision: str = ""
    commit: str = ""
    path: str = ""
    owner: str = ""
    requester: str = ""
    parent: int | None = None
    attempt: int = 1
    claimed: AwareDatetime
    phase: Phase
    reason: str = ""
    created: AwareDatetime | None = None
    submitted: AwareDatetime | None = None
    started: AwareDatetime | None = None
    ended: AwareDatetime | None = None
    due: AwareDatetime | None = None
    uid: str = ""
    driver: str = ""
    node: str = ""
    spark: str = ""
    executors: int | None = None
    stopped_by: str = ""
    failure: Failure | None = None
    cost: Cost | None = None
    checks: Checks | None = None
    kept: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        record: Record,
        status: Mapping[str, Any],
        *,
        verdict: Mapping[str, Any] | None = None,
        cost: Mapping[str, Any] | None = None,
        checks: Mapping[str, Any] | None = None,
        kept: tuple[str, ...] = (),
    ) -> Self:
        """A run of what the ledger has of it.

        Args:
            record: its record.
            status: `status.json`; empty before the worker wrote one.
            verdict: `verdict.json`; None if there is none.
            cost: `cost.json`; None if there is none, and the status says what it has taken so far.
            checks: `checks.json`; None if there is none.
            kept: names of all that lies beside the record.
        """
        seen = Status.model_validate(status) if status else Status(phase=_first(record))
        reason = seen.reason or record.skipped
        return cls(
            **{name: getattr(record, name) for name in OF_RECORD},
            **seen.model_dump(exclude={"times", "reason", "cost"}),
            **seen.times.model_dump(exclude={"asked", "unheld", "released"}),
            reason=reason,
            due=_due(agreed(record.manifest.get("metadata") or {}), seen),
            failure=None if verdict is None else Failure.model_validate(verdict),
            cost=seen.cost if cost is None else Cost.model_validate(cost),
            checks=None if checks is None else Checks.model_validate(checks),
            kept=kept,
        )

    @property
    def run(self) -> RunId:
        """Which run it is."""
        series = Series(namespace=self.namespace, job=self.job, interval=self.interval)
        return RunId(series=series, n=self.n)

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.phase in ENDED

    @property
    def is_without_log(self) -> bool:
        """Whether it has ended and left no event log: the history server has no page of it."""
        return NO_EVENT_LOG in self.kept

    def waited(self, now: datetime) -> timedelta | None:
        """From its claim, or its making where it came another way, until its driver ran, or until now.

        Args:
            now: the time.
        """
        if self.phase is Phase.SKIPPED:
            return None
        since = self.created if self.cause is Cause.EXTERNAL and self.created else self.claimed
        until = self.started or self.ended or now
        return max(until - since, timedelta())

    def ran(self, now: datetime) -> timedelta | None:
        """From its driver's start to its end, or until now; None if it did not start.

        Args:
            now: the time.
        """
        if self.started is None:
            return None
        return max((self.ended or now) - self.started, timedelta())


def _first(record: Record) -> Phase:
    """Where a run is before anybody has written where it is."""
    return Phase.SKIPPED if record.skipped else Phase.PLANNED


def _due(within: timedelta | None, seen: Status) -> datetime | None:
    """Say when it has to be done. What was held has all of its time from when it was let begin."""
    times = seen.times
    if within is None or times.created is None:
        return None
    for span in times.unheld:
        if span.until > span.since + within:
            return span.since + within  # it was late already, and stays so
    if seen.phase is Phase.HELD:
        return None
    return (times.released or times.created) + within

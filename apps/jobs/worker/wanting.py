"""Which runs the definitions ask for now. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from apps.jobs.definitions.checking import GROUP, ONCE_KIND
from apps.jobs.ledger.identity import Series
from apps.jobs.ledger.record import Cause, Wanted
from apps.jobs.schedule.due import Concurrency, Plan, due
from apps.jobs.schedule.intervals import Interval, ended
from apps.jobs.sync.known import Known

SCHEDULE_KEY: Final = "schedule"
"""Key of the run that a schedule makes for an interval."""

LOOKED_AHEAD: Final = 1000
"""Intervals that are looked at to see up to where all is settled."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a job asks for.

    Args:
        runs: runs to start, and intervals to let go (`skipped`), in their order.
        replace: whether the runs under way are to be stopped first.
        waiting: how many intervals wait for the run under way.
        more: whether further intervals are left for the next pass.
        missed: how many are let go because nobody started them in time.
    """

    runs: tuple[Wanted, ...] = ()
    replace: bool = False
    waiting: int = 0
    more: bool = False
    missed: int = 0


def once(job: Known, *, active: bool) -> Wanted | None:
    """The run of a job that runs once for each revision; None while another revision's is under way.

    Args:
        job: the job.
        active: whether a run of the job is under way.
    """
    if active or job.suspended:
        return None
    return _wanted(job, Series(namespace=job.namespace, job=job.name), f"git:{job.revision}", Cause.GIT)


def scheduled(
    job: Known, now: datetime, *, settled: Collection[str], active: bool, punctual: timedelta
) -> Asked:
    """The runs of a job on a schedule.

    Args:
        job: the job.
        now: the time.
        settled: keys of intervals that were claimed or let go before.
        active: whether a run of the job is under way.
        punctual: how long after its end an interval is not missed yet.
    """
    schedule = job.when
    if schedule is None:
        return Asked()
    beside = job.beside
    plan = Plan(
        schedule=schedule,
        since=job.since,
        concurrency=job.concurrency or Concurrency.FORBID,
        catch_up=beside.catch_up,
        deadline=beside.deadline,
        punctual=punctual,
        suspended=job.suspended,
    )
    found = due(plan, now, settled=settled, active=active)
    skipped = [(each.interval, each.reason) for each in found.skipped]
    started = [(each, "") for each in found.run]
    return Asked(
        runs=tuple(_of_interval(job, each, reason) for each, reason in [*skipped, *started]),
        replace=found.replace,
        waiting=len(found.waiting),
        more=found.more,
        missed=found.missed,
    )


def settled_until(job: Known, now: datetime, settled: Collection[str]) -> datetime:
    """Up to which moment all intervals of a job are claimed or let go.

    Args:
        job: the job.
        now: the time.
        settled: keys of intervals that were.
    """
    until = job.since
    if job.when is None:
        return until
    for number, each in enumerate(ended(job.when, job.since, now)):
        if each.key not in settled or number == LOOKED_AHEAD:
            break
        until = each.end
    return until


def _of_interval(job: Known, interval: Interval, reason: str) -> Wanted:
    series = Series(namespace=job.namespace, job=job.name, interval=interval.key)
    return _wanted(
        job, series, SCHEDULE_KEY, Cause.SCHEDULE, start=interval.start, end=interval.end, skipped=reason
    )


def _wanted(job: Known, series: Series, key: str, cause: Cause, **more: Any) -> Wanted:
    return Wanted(
        **more,
        series=series,
        key=key,
        cause=cause,
        revision=job.revision,
        commit=job.commit,
        path=job.path,
        owner=job.beside.owner,
        manifest={
            "apiVersion": GROUP,
            "kind": ONCE_KIND,
            "metadata": dict(job.metadata),
            "spec": {**job.spec, "restartPolicy": {"type": "Never"}},
        },
    )

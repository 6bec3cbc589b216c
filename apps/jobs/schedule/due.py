"""Which intervals to run now, which to let go and why, and which have to wait. Pure.

Nothing is dropped without a word: each interval that ended is run, waits, or is skipped with a reason. What
the operator does by itself (release 2.5.2) is said beside each choice.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from .cron import Schedule
from .intervals import Interval, ended

MOST: Final = 1000
"""Intervals of one job that one pass looks at: a schedule of every minute that was away for a day has more,
and the next pass goes on with them."""


class Concurrency(StrEnum):
    """`spec.concurrencyPolicy`: what becomes of an interval while a run of the job is under way."""

    ALLOW = "Allow"
    FORBID = "Forbid"
    REPLACE = "Replace"


class CatchUp(StrEnum):
    """What becomes of intervals that ended while nobody was there."""

    NONE = "none"
    """They are skipped."""
    LATEST = "latest"
    """The latest is run, the others are skipped; the operator's way, who does not say which it was for."""
    ALL = "all"
    """All are run, the earliest first."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a job says of its schedule.

    Args:
        schedule: when it is due.
        since: intervals that end later than this are its own: when it was defined, or was resumed.
        concurrency: what becomes of an interval while a run is under way.
        catch_up: what becomes of intervals that were missed.
        deadline: how long after its end an interval may still start; None for always.
        punctual: how long after its end an interval is not missed yet: a few passes of the worker.
        suspended: whether nothing starts.
        most: intervals that one pass looks at.
    """

    schedule: Schedule
    since: datetime
    concurrency: Concurrency
    catch_up: CatchUp = CatchUp.LATEST
    deadline: timedelta | None = None
    punctual: timedelta = timedelta(minutes=15)
    suspended: bool = False
    most: int = MOST


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """An interval that is let go.

    Args:
        interval: which.
        reason: a sentence.
    """

    interval: Interval
    reason: str


@dataclass(frozen=True, kw_only=True)
class Due:
    """What to do now.

    Args:
        run: intervals to start, the earliest first.
        skipped: intervals to let go.
        waiting: intervals that start when the run under way has ended.
        replace: whether the runs under way are to be stopped first.
        more: whether further intervals are left for the next pass.
        missed: how many are let go because nobody started them in time.
    """

    run: tuple[Interval, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    waiting: tuple[Interval, ...] = ()
    replace: bool = False
    more: bool = False
    missed: int = 0


@dataclass
class _Sorted:
    """Intervals that are still to be run, and those that are let go."""

    todo: list[Interval] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def due(plan: Plan, now: datetime, *, settled: Collection[str], active: bool) -> Due:
    """What to do with the intervals that have ended.

    Args:
        plan: what the job says.
        now: the time.
        settled: keys of intervals that were claimed or skipped before.
        active: whether a run of the job is under way.
    """
    if plan.suspended:
        return Due()
    found: list[Interval] = []
    more = False
    for each in ended(plan.schedule, plan.since, now):
        if each.key in settled:
            continue
        if len(found) == plan.most:
            more = True
            break
        found.append(each)
    kept = _kept(plan, now, found, more)
    return _started(plan, kept, active, more)


def _kept(plan: Plan, now: datetime, found: list[Interval], more: bool) -> _Sorted:
    """Let go what is too late, and what is not to be caught up."""
    kept = _Sorted()
    for number, each in enumerate(found):
        late = now - each.end
        newest = number == len(found) - 1 and not more
        if plan.deadline is not None and late > plan.deadline:
            kept.skipped.append(
                Skipped(interval=each, reason=f"{_words(late)} late; it may be {_words(plan.deadline)}")
            )
        elif plan.catch_up is CatchUp.ALL or (
            newest and (plan.catch_up is CatchUp.LATEST or late <= plan.punctual)
        ):
            kept.todo.append(each)
        elif plan.catch_up is CatchUp.LATEST:
            kept.skipped.append(
                Skipped(interval=each, reason="missed, and a later interval is run (catch-up latest)")
            )
        else:
            kept.skipped.append(Skipped(interval=each, reason=f"missed by {_words(late)} (catch-up none)"))
    return kept


def _started(plan: Plan, kept: _Sorted, active: bool, more: bool) -> Due:
    todo, skipped = kept.todo, tuple(kept.skipped)
    missed = len(skipped)
    if plan.concurrency is Concurrency.ALLOW:
        return Due(run=tuple(todo), skipped=skipped, more=more, missed=missed)
    if plan.concurrency is Concurrency.FORBID:
        start = [] if active else todo[:1]
        waiting = tuple(todo[len(start) :])
        return Due(run=tuple(start), skipped=skipped, waiting=waiting, more=more, missed=missed)
    # Replace: the last one stops those before it, so those are not started at all.
    passed = tuple(
        Skipped(interval=each, reason="a later interval takes its place (Replace)") for each in todo[:-1]
    )
    return Due(
        run=tuple(todo[-1:]),
        skipped=skipped + passed,
        replace=bool(todo) and active,
        more=more,
        missed=missed,
    )


def _words(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"

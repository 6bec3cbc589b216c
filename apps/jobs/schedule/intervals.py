"""Intervals of a job: what a run is for, and the key that names it for ever. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time

from .cron import Schedule


@dataclass(frozen=True, kw_only=True, order=True)
class Interval:
    """From one tick of a schedule to the next, its end not in it; a run for it is due at its end.

    Args:
        start: begin, in UTC.
        end: end, in UTC.
        key: names it in its job: the day for one that begins with a day of the schedule's zone, otherwise the
            moment at which it begins.
    """

    start: datetime
    end: datetime
    key: str


def interval(schedule: Schedule, start: datetime, end: datetime) -> Interval:
    """The interval between two ticks.

    Args:
        schedule: whose time zone says what a day is.
        start: a tick.
        end: the next one.
    """
    local = start.astimezone(schedule.local)
    # A zone whose clock is put back at midnight has that moment twice: only the first is the day.
    whole_day = local.time() == time() and not local.fold
    key = f"{local:%Y-%m-%d}" if whole_day else f"{start.astimezone(UTC):%Y-%m-%dT%H-%M}Z"
    if not whole_day and start.second:
        key = f"{start.astimezone(UTC):%Y-%m-%dT%H-%M-%S}Z"
    return Interval(start=start, end=end, key=key)


def ended(schedule: Schedule, after: datetime, until: datetime) -> Iterator[Interval]:
    """Intervals that end after a moment and not later than another, the earliest first.

    Args:
        schedule: the job's.
        after: they end after this.
        until: and not after this.
    """
    start: datetime | None = None
    for tick in schedule.ticks(after):
        if tick > until:
            return
        yield interval(schedule, schedule.before(tick) if start is None else start, tick)
        start = tick


def between(schedule: Schedule, first: datetime, last: datetime) -> Iterator[Interval]:
    """Intervals that begin at or after a moment and before another: those of a backfill.

    Args:
        schedule: the job's.
        first: the earliest begin.
        last: begins are before this.
    """
    ticks = schedule.ticks(first.astimezone(UTC) - (first - schedule.before(first)))
    start = schedule.before(first)
    for tick in ticks:
        if start >= last:
            return
        if start >= first:
            yield interval(schedule, start, tick)
        start = tick

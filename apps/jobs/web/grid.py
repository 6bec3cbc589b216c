"""A job's intervals as a grid: a line for each month or day, in each cell what became of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from apps.jobs.checks.judging import Checked
from apps.jobs.index.answers import Cell
from apps.jobs.schedule.cron import Schedule
from apps.jobs.schedule.intervals import Interval, between
from apps.jobs.sync.known import Known

MOST: Final = 400
"""Intervals of a grid: what a person looks over."""


@dataclass(frozen=True, kw_only=True)
class Square:
    """One interval.

    Args:
        key: the interval's.
        label: in the cell.
        state: of its last run; `missing` where there is none and one was due.
        code: of its verdict; empty if it did not fail.
        n: number of its last run; 0 for none.
        runs: how many it had.
        checked: what its checks say; None if nobody looked.
        current: whether its last run was of the definition as it is.
    """

    key: str
    label: str
    state: str
    code: str
    n: int
    runs: int
    checked: Checked | None
    current: bool


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of the grid.

    Args:
        name: the month, or the day.
        squares: its intervals.
    """

    name: str
    squares: tuple[Square, ...]


def intervals(schedule: Schedule, now: datetime, most: int = MOST) -> list[Interval]:
    """The latest intervals that have ended, the earliest first.

    Args:
        schedule: the job's.
        now: the time.
        most: so many.
    """
    found: list[Interval] = []
    days = 2.0
    while days < 20 * 365:
        found = [each for each in between(schedule, now - timedelta(days=days), now) if each.end <= now]
        if len(found) >= most:
            break
        days *= 4
    return found[-most:]


def lines(
    job: Known,
    schedule: Schedule,
    every: Sequence[Interval],
    cells: Iterable[Cell],
    checked: Mapping[str, Checked],
) -> tuple[Line, ...]:
    """The grid, the latest line first.

    Args:
        job: whose.
        schedule: its schedule.
        every: its intervals.
        cells: what became of them.
        checked: what their checks say, by key.
    """
    known = {cell.interval: cell for cell in cells}
    # What was before the job, and has no run, is no part of its picture.
    first = next((n for n, each in enumerate(every) if each.key in known or each.end > job.since), len(every))
    every = every[first:]
    hourly = any("T" in each.key for each in every)
    rows: dict[str, list[Square]] = {}
    for each in every:
        local = each.start.astimezone(schedule.local)
        name, label = (f"{local:%Y-%m-%d}", f"{local:%H:%M}") if hourly else (f"{local:%Y-%m}", f"{local:%d}")
        cell = known.get(each.key)
        rows.setdefault(name, []).append(_square(job, each, label, cell, checked.get(each.key)))
    return tuple(Line(name=name, squares=tuple(squares)) for name, squares in reversed(rows.items()))


def _square(job: Known, each: Interval, label: str, cell: Cell | None, checked: Checked | None) -> Square:
    if cell is None:
        # What ended before the job was its own is not missed: nobody ever wanted it.
        state = "missing" if each.end > job.since else "before"
        return Square(
            key=each.key, label=label, state=state, code="", n=0, runs=0, checked=checked, current=True
        )
    return Square(
        key=each.key,
        label=label,
        state=cell.phase.value,
        code=cell.code,
        n=cell.n,
        runs=cell.runs,
        checked=checked,
        current=cell.revision == job.revision,
    )

"""A run's time as a picture: where it waited, when its driver and its executors ran. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from apps.jobs.cost.pods import PodUse
from apps.jobs.runs.run import Run

WIDTH: Final = 1000
LEFT: Final = 190
RIGHT: Final = 40
ROW: Final = 22
LEAST_BAR: Final = 2.0

MOST_PODS: Final = 40
"""Executors that have a line of their own: the picture stays one that people look at."""

STEPS: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400, 604800)
"""Seconds between two marks of the axis."""

MOST_MARKS: Final = 8


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A length of time on a line.

    Args:
        kind: of which sort, for its colour and pattern.
        label: what is said of it.
        x: left end.
        width: how long.
    """

    kind: str
    label: str
    x: float
    width: float


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the picture.

    Args:
        name: in front of it.
        y: its middle.
        bars: what is on it.
    """

    name: str
    y: float
    bars: tuple[Bar, ...]


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A mark of the axis.

    Args:
        x: where.
        label: time since the begin.
    """

    x: float
    label: str


@dataclass(frozen=True, kw_only=True)
class Picture:
    """All of it.

    Args:
        width: of the picture.
        height: of the picture.
        lines: from the top down.
        marks: of the axis.
        words: the same in words, for whoever does not see it.
        left_out: executors without a line.
    """

    width: int
    height: int
    lines: tuple[Line, ...]
    marks: tuple[Mark, ...]
    words: str
    left_out: int


def picture(run: Run, pods: Sequence[PodUse], now: datetime) -> Picture | None:
    """Draw a run; None for one that never began.

    Args:
        run: which.
        pods: its pods, as far as they are known.
        now: the time.
    """
    begin = min(each for each in (run.claimed, run.created) if each)
    end = run.ended or now
    if end <= begin:
        return None
    scale = (WIDTH - LEFT - RIGHT) / (end - begin).total_seconds()

    def bar(kind: str, label: str, start: datetime, stop: datetime) -> Bar:
        start, stop = max(start, begin), min(max(stop, start), end)
        length = (stop - start).total_seconds()
        return Bar(
            kind=kind,
            label=f"{label}: {_words(stop - start)}",
            x=round(LEFT + (start - begin).total_seconds() * scale, 1),
            width=round(max(length * scale, LEAST_BAR), 1),
        )

    phases = [bar(*part) for part in _phases(run, end)]
    rows: list[tuple[str, tuple[Bar, ...]]] = [("run", tuple(phases))]
    shown = [pod for pod in pods if pod.bound and pod.role == "executor"][:MOST_PODS]
    rows += [
        (_short(pod.name), (bar("executor", pod.name, pod.bound, pod.ended or end),))
        for pod in shown
        if pod.bound
    ]
    executors = sum(pod.role == "executor" for pod in pods)
    return Picture(
        width=WIDTH,
        height=ROW * (len(rows) + 1) + 6,
        lines=tuple(Line(name=name, y=ROW * (n + 1), bars=bars) for n, (name, bars) in enumerate(rows)),
        marks=tuple(_marks(end - begin, scale)),
        words="; ".join(each.label for each in phases),
        left_out=executors - len(shown),
    )


def _phases(run: Run, end: datetime) -> Iterator[tuple[str, str, datetime, datetime]]:
    """From what it waited for to what: only what it reached."""
    moments = [
        (
            "planned",
            "waited to be made",
            run.claimed if run.created is None else min(run.claimed, run.created),
        ),
        ("submitting", "waited to be submitted", run.created),
        ("queued", "waited for its driver", run.submitted),
        ("running", "driver ran", run.started),
    ]
    reached = [(kind, label, start) for kind, label, start in moments if start is not None]
    for (kind, label, start), (_, _, stop) in pairwise([*reached, ("", "", end)]):
        if stop > start:
            yield kind, label, start, stop


def _marks(span: timedelta, scale: float) -> Iterator[Mark]:
    seconds = span.total_seconds()
    step = next((each for each in STEPS if seconds / each <= MOST_MARKS), STEPS[-1])
    at = 0
    while at <= seconds:
        yield Mark(x=round(LEFT + at * scale, 1), label=_words(timedelta(seconds=at)))
        at += step


def _words(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    days, rest = divmod(seconds, 86400)
    hours, minutes, left = rest // 3600, rest % 3600 // 60, rest % 60
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (left, "s")]
    shown = [f"{value} {unit}" for value, unit in parts if value]
    return " ".join(shown[:2]) or "0 s"


def _short(name: str) -> str:
    return name if "-exec-" not in name else f"executor {name.rpartition('-')[2]}"

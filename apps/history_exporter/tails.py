"""Which tasks a run waited for: the slowest of its longest stages against their median. Pure.

A stage ends with its slowest task. Where one task has most of the data, the others' executors wait for it,
and more of them make nothing faster.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

LOOKED_AT: Final = 3
"""Stages of a run whose tasks are looked at, those with most task time: a question to the server for each."""

LEAST_TASKS: Final = 4
"""A stage of fewer tasks has no median that the others could be measured by."""

QUANTILES: Final = (0.5, 0.99, 1.0)
"""Of 200 tasks the 99th percentile is the last but one (Spark sorts, and takes the place 0.99 x 200): a
single hot key shows in the slowest alone."""

LARGEST: Final = 2**53
"""More than any run has of anything; whole numbers up to it are exact."""


@dataclass(frozen=True, order=True)
class Stage:
    """An attempt of a stage.

    Args:
        milliseconds: time of all its tasks.
        stage: its id.
        attempt: the attempt's.
    """

    milliseconds: int
    stage: int
    attempt: int


@dataclass(frozen=True)
class Tail:
    """How long tasks of one stage took.

    Args:
        median: seconds.
        most: seconds within which 99 of 100 were done.
        slowest: seconds.
    """

    median: float
    most: float
    slowest: float


class Heaviest:
    """Memory of the longest stages of those that pass by."""

    def __init__(self) -> None:
        self._kept: list[Stage] = []

    def watched(self, stages: Iterable[Any]) -> Iterator[Any]:
        """Hand stages on, and remember the longest.

        Args:
            stages: as the history server lists them.
        """
        for each in stages:
            if (found := _stage(each)) is not None:
                self._kept = heapq.nlargest(LOOKED_AT, [*self._kept, found])
            yield each

    @property
    def stages(self) -> list[Stage]:
        """The longest, the longest first."""
        return list(self._kept)


def tail(summaries: Iterable[Mapping[str, Any]]) -> Tail | None:
    """The tail that a run waited for most; None if none can be read.

    Args:
        summaries: what the history server says of the tasks of each stage (TaskMetricDistributions).
    """
    found = [each for each in map(_tail, summaries) if each is not None]
    return max(found, key=lambda each: each.slowest - each.median, default=None)


def _tail(summary: Any) -> Tail | None:
    times: Any = summary.get("duration") if isinstance(summary, Mapping) else None
    if not isinstance(times, Sequence) or len(times) != len(QUANTILES) or not all(map(_is_time, times)):
        return None
    return Tail(*(each / 1000 for each in times))


def _is_time(value: Any) -> bool:
    return isinstance(value, (int, float)) and 0 <= value <= LARGEST


def _stage(found: Any) -> Stage | None:
    if not isinstance(found, Mapping):
        return None
    numbers = [found.get(key) for key in ("executorRunTime", "stageId", "attemptId", "numCompleteTasks")]
    if not all(isinstance(each, int) and 0 <= each <= LARGEST for each in numbers):
        return None
    milliseconds, stage, attempt, tasks = (int(each) for each in numbers if each is not None)
    return Stage(milliseconds, stage, attempt) if tasks >= LEAST_TASKS else None

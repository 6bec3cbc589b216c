"""Samples and what is said of them."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Samples:
    """Repeated measurements of one thing.

    Args:
        name: what was measured.
        seconds: one figure for each repetition.
    """

    name: str
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle figure."""
        return statistics.median(self.seconds)

    def cells(self) -> list[str]:
        """Minimum, median and maximum, and how many they are from."""
        shown = [min(self.seconds), self.median, max(self.seconds)]
        return [*(f"{value:.1f}" for value in shown), str(len(self.seconds))]


@dataclass(frozen=True, kw_only=True)
class Goal:
    """What one of the things compared is to keep.

    Args:
        name: of its samples.
        ratio: of its median to that of the first samples, at most.
    """

    name: str
    ratio: float


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two or more things measured in turns within one run.

    Args:
        title: the question that it answers.
        samples: the first is what the others are compared with.
        note: how it was measured.
        goal: if there is one.
    """

    title: str
    samples: tuple[Samples, ...]
    note: str
    goal: Goal | None = None

    def verdict(self) -> str:
        """Say whether the goal is kept, in a sentence; nothing without a goal."""
        if self.goal is None:
            return ""
        [median] = [each.median for each in self.samples if each.name == self.goal.name]
        ratio = median / self.samples[0].median
        return (
            f'The goal for "{self.goal.name}" is a ratio of {self.goal.ratio:.2f} at most: '
            f"{'kept' if ratio <= self.goal.ratio else 'missed'}, with {ratio:.3f}."
        )

    def rows(self) -> list[list[str]]:
        """One row for each: name, minimum, median, maximum, count, and the ratio of medians to the first."""
        base = self.samples[0].median
        return [
            [each.name, *each.cells(), f"{each.median / base:.2f}" if base else "-"] for each in self.samples
        ]


def in_turns(names: Sequence[str], measured: Sequence[Sequence[float]]) -> tuple[Samples, ...]:
    """Samples from rounds, each of which measured every thing once.

    Args:
        names: the things, in the order of a round.
        measured: the rounds.
    """
    columns = zip(*measured, strict=True)
    return tuple(
        Samples(name=name, seconds=tuple(column)) for name, column in zip(names, columns, strict=True)
    )

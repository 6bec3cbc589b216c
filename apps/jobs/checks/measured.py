"""What an output's files say of its data, without being read. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Column:
    """What is known of a column; None for what a file does not say.

    Args:
        nulls: rows without a value.
        least: its smallest value.
        most: its largest.
    """

    nulls: int | None = None
    least: Any = None
    most: Any = None


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What is there.

    Args:
        of: the interval, where the place is one for all of them.
        files: data files.
        rows: rows in them; None if one of them does not say.
        bytes: size of all files.
        newest: when the last of them was written; None without any.
        columns: of those that were asked for, by name; one that no file has is not here.
        unsure: the same of files that also have rows of other intervals, or rows that were deleted since.
        broken: files that can not be read, with why.
        doubts: why there may be fewer rows; none if they are exact.
    """

    of: str = ""
    files: int = 0
    rows: int | None = 0
    bytes: int = 0
    newest: datetime | None = None
    columns: dict[str, Column] | None = None
    unsure: dict[str, Column] | None = None
    broken: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


@dataclass
class Sum:
    """What several files say of a column together.

    Args:
        nulls: how many rows have no value; None if one of the files does not say it.
        least: the least value; None if there is none yet.
        most: the greatest.
        bounded: whether each file that has values says between which they lie.
    """

    nulls: int | None = 0
    least: Any = None
    most: Any = None
    bounded: bool = True

    def add(self, column: Column, rows: int) -> None:
        """Add a file, or a part of one.

        Args:
            column: what it says.
            rows: that it has.
        """
        self.nulls = None if self.nulls is None or column.nulls is None else self.nulls + column.nulls
        if column.least is None or column.most is None:
            # A file of nulls alone has no bounds, and needs none.
            self.bounded = self.bounded and column.nulls == rows
            return
        self.least = column.least if self.least is None else min(self.least, column.least)
        self.most = column.most if self.most is None else max(self.most, column.most)

    def column(self) -> Column:
        """What all of them say."""
        if not self.bounded:
            return Column(nulls=self.nulls)
        return Column(nulls=self.nulls, least=self.least, most=self.most)

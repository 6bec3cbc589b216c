"""What the footers of an output's files say of its data. Pure."""

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
        files: data files.
        rows: rows in them; None if one of them does not say.
        bytes: size of all files.
        newest: when the last of them was written; None without any.
        columns: of those that were asked for, by name; one that no file has is not here.
        broken: files that can not be read, with why.
    """

    files: int = 0
    rows: int | None = 0
    bytes: int = 0
    newest: datetime | None = None
    columns: dict[str, Column] | None = None
    broken: tuple[str, ...] = ()

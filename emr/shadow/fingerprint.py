"""What is remembered of one output: a few figures for each partition. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

VERSION: Final = 1
"""Of the JSON form: figures of another version can't be compared."""


@dataclass(frozen=True)
class Options:
    """How figures were computed; two fingerprints are comparable only if these are equal.

    Args:
        by: columns whose values divide the rows, for tables whose folders don't.
        left_out: columns that differ between any two runs, such as the time of writing.
        approximate: columns of floating point whose last digits depend on the order of additions: compared by
            nulls, bounds and sum, within the tolerance, and no part of a row's hash.
    """

    by: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    approximate: tuple[str, ...] = ()


@dataclass(frozen=True)
class ColumnFigures:
    """One column in one partition.

    Args:
        nulls: rows without a value.
        low: the smallest value as text; None if there is none, or the type has no order.
        high: the largest.
        total: the sum as text, exact for whole numbers and decimals; None for other types and for overflows.
        digest: sum of the hashes of all values, the same in any order; None for an approximate column.
    """

    nulls: int
    low: str | None = None
    high: str | None = None
    total: str | None = None
    digest: str | None = None


@dataclass(frozen=True)
class PartitionFigures:
    """One partition.

    Args:
        rows: how many.
        digest: sum of the rows' hashes: sees values that moved from one row to another.
        columns: figures by name.
        files: data files of the partition's folder; None where the format doesn't say.
        size: their bytes.
    """

    rows: int
    digest: str
    columns: Mapping[str, ColumnFigures] = field(default_factory=dict)
    files: int | None = None
    size: int | None = None


EMPTY: Final = PartitionFigures(rows=0, digest="0")
"""A partition without rows."""


@dataclass(frozen=True)
class Fingerprint:
    """One output.

    Args:
        place: where it lies.
        format: one of `folders.FORMATS`; None for a folder without files.
        schema: name -> type in Spark's words, in order, without the columns of the folders.
        partitioned_by: the columns that divide it.
        partitions: figures by name, such as `day=2026-01-01/country=fr`; `` for a table that nothing divides.
        options: how the figures were computed.
        marker: bytes of `_SUCCESS`; None if it is absent.
    """

    place: str
    format: str | None
    schema: Mapping[str, str]
    partitioned_by: tuple[str, ...]
    partitions: Mapping[str, PartitionFigures]
    options: Options = Options()
    marker: int | None = None

    @property
    def rows(self) -> int:
        """Of all partitions."""
        return sum(each.rows for each in self.partitions.values())

    @property
    def files(self) -> int:
        """Of all partitions that say so."""
        return sum(each.files or 0 for each in self.partitions.values())

    @property
    def size(self) -> int:
        """Bytes of those files."""
        return sum(each.size or 0 for each in self.partitions.values())


def to_json(fingerprint: Fingerprint) -> str:
    """The form that is kept: computed where one output lies, compared where the other does.

    Args:
        fingerprint: of one output.
    """
    return json.dumps({"version": VERSION, **asdict(fingerprint)}, indent=1, sort_keys=False) + "\n"


def from_json(text: str) -> Fingerprint:
    """The opposite of `to_json`.

    Args:
        text: JSON.

    Raises:
        ValueError: the text is something else, or of another version.
    """
    try:
        document: dict[str, Any] = json.loads(text)
        version = document.pop("version")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError("it is no fingerprint: it is not the JSON that --fingerprint writes") from error
    if version != VERSION:
        raise ValueError(f"its version is {version}, this program's is {VERSION}: compute it again")
    partitions = {
        name: PartitionFigures(
            **{**each, "columns": {column: ColumnFigures(**of) for column, of in each["columns"].items()}}
        )
        for name, each in document["partitions"].items()
    }
    options = Options(**{name: tuple(value) for name, value in document["options"].items()})
    by = tuple(document["partitioned_by"])
    return Fingerprint(**{**document, "partitions": partitions, "options": options, "partitioned_by": by})

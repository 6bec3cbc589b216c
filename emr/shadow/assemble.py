"""From the rows that an engine gives back to a fingerprint. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from emr.shadow.expressions import Dialect, figures, key, quoted
from emr.shadow.fingerprint import EMPTY, ColumnFigures, Fingerprint, Options, PartitionFigures
from emr.shadow.folders import Layout, name
from emr.shadow.kinds import TIMES, Kind

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class UnknownColumnError(ValueError):
    """A column was named that the table doesn't have."""


def query(
    table: str, schema: Mapping[str, Kind], by: Sequence[str], options: Options, dialect: Dialect
) -> str:
    """SQL with one row for each partition: `k0`.. its values, and the aliases of `expressions.figures`.

    Args:
        table: name of what is read.
        schema: all its columns.
        by: columns that divide it.
        options: which columns to treat how.
        dialect: whose SQL.

    Raises:
        UnknownColumnError: an option names a column that is not there.
    """
    named = {*by, *options.left_out, *options.approximate}
    if missing := sorted(named - set(schema)):
        raise UnknownColumnError(f"it has no column {', '.join(missing)}; it has {', '.join(schema)}")
    aggregates = figures(compared(schema, by, options), options.approximate, dialect)
    keys = {f"k{at}": key(column, dialect) for at, column in enumerate(by)}
    selected = ", ".join(
        f"{value} AS {quoted(alias, dialect)}" for alias, value in {**keys, **aggregates}.items()
    )
    grouped = f" GROUP BY {', '.join(keys.values())}" if keys else ""
    return f"SELECT {selected} FROM {table}{grouped}"  # noqa: S608 - names are quoted, nothing else is anybody's


def compared(schema: Mapping[str, Kind], by: Sequence[str], options: Options) -> dict[str, Kind]:
    """The columns that are looked at: neither the partition's nor left out.

    Args:
        schema: all columns, with their types.
        by: columns of the partition.
        options: name those that are left out.
    """
    return {column: kind for column, kind in schema.items() if column not in {*by, *options.left_out}}


def fingerprint(
    place: str,
    format_: str | None,
    schema: Mapping[str, Kind],
    by: Sequence[str],
    options: Options,
    answers: Iterable[Mapping[str, Any]],
    layout: Layout,
) -> Fingerprint:
    """Put figures and files together.

    Args:
        place: where the table lies.
        format_: of its files.
        schema: all its columns.
        by: columns that divide it.
        options: which columns were treated how.
        answers: the query's rows, by alias.
        layout: the table's files; partitions that are there without a row are found there.
    """
    columns = compared(schema, by, options)
    partitions: dict[str, PartitionFigures] = {}
    for answer in answers:
        if not by and not answer["rows"]:
            continue
        key_ = name({column: str(answer[f"k{at}"]) for at, column in enumerate(by)})
        partitions[key_] = _partition(answer, columns)
    if tuple(by) == layout.partitioned_by:
        for key_, files in layout.files.items():
            known = partitions.get(key_, EMPTY)
            partitions[key_] = PartitionFigures(
                known.rows, known.digest, known.columns, len(files), sum(file.size for file in files)
            )
    return Fingerprint(
        place=place,
        format=format_,
        schema={column: kind.text for column, kind in schema.items() if column not in by},
        partitioned_by=tuple(by),
        partitions=dict(sorted(partitions.items())),
        options=options,
        marker=layout.marker,
    )


def _partition(answer: Mapping[str, Any], columns: Mapping[str, Kind]) -> PartitionFigures:
    return PartitionFigures(
        rows=int(answer["rows"]),
        digest=str(answer["digest"]),
        columns={
            column: ColumnFigures(
                nulls=int(answer[f"n{at}"]),
                low=_text(answer.get(f"l{at}"), kind),
                high=_text(answer.get(f"h{at}"), kind),
                total=_text(answer.get(f"t{at}"), kind),
                digest=_text(answer.get(f"d{at}"), None),
            )
            for at, (column, kind) in enumerate(columns.items())
        },
    )


def _text(value: Any, kind: Kind | None) -> str | None:
    if value is None:
        return None
    if kind and kind.name in TIMES:
        try:
            return (_EPOCH + timedelta(microseconds=int(value))).replace(tzinfo=None).isoformat(" ")
        except OverflowError:
            return f"{value} microseconds"
    return str(value)

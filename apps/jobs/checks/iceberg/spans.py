"""Which of a table's rows are an interval's: those whose value of one column lies in it. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from pyiceberg.expressions import And, BooleanExpression, GreaterThanOrEqual, LessThan
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.transforms import IdentityTransform, TimeTransform
from pyiceberg.types import DateType, IcebergType, NestedField, StringType, TimestampType, TimestamptzType

from apps.jobs.schedule.intervals import Interval


class NoColumnError(Exception):
    """Nobody can say which of a table's rows are an interval's."""


@dataclass(frozen=True)
class Span:
    """Values of a column, from `least` on and before `below`.

    Args:
        least: the first value.
        below: the first that is none of them any more.
    """

    least: Any
    below: Any

    def rows(self, column: str) -> BooleanExpression:
        """The rows with such a value.

        Args:
            column: its name.
        """
        return And(
            GreaterThanOrEqual(term=column, value=_written(self.least)),
            LessThan(term=column, value=_written(self.below)),
        )

    def with_(self, other: Span) -> Span:
        """One that has the values of both, and what lies between them.

        Args:
            other: the other one.
        """
        return Span(min(self.least, other.least), max(self.below, other.below))


@dataclass(frozen=True, kw_only=True)
class IntervalColumn:
    """The column that says which interval a row belongs to.

    Args:
        field: the column.
        name: its name, with those of the structures that it is in.
        span: gives its values for an interval.
    """

    field: NestedField
    name: str
    span: Callable[[Interval], Span]


def interval_column(metadata: TableMetadata, named: str, within: str, zone: ZoneInfo) -> IntervalColumn:
    """The column that says which interval a row belongs to.

    Args:
        metadata: the table's.
        named: the column's name; empty for that of the partitions.
        within: preferred where the partitions are of several.
        zone: of the job's schedule: what a day is.

    Raises:
        NoColumnError: there is none, or more than one, or its type is none of a time.
    """
    schema = metadata.schema()
    of_partitions = _of_partitions(metadata)
    name = named or (within if within in of_partitions else "")
    if not name:
        if len(of_partitions) != 1:
            found = " and ".join(of_partitions) or "no time"
            raise NoColumnError(
                f"its partitions are of {found}: name the column by which a row belongs to an interval, "
                "as intervalColumn"
            )
        name = of_partitions[0]
    try:
        field = schema.find_field(name)
    except ValueError:
        raise NoColumnError(f"it has no column {name}, which intervalColumn names") from None
    span = _SPANS.get(type(field.field_type))
    if span is None:
        raise NoColumnError(
            f"{name} is of type {field.field_type}: intervalColumn has to be a date, time or text"
        )
    return IntervalColumn(field=field, name=name, span=lambda each: span(each, zone))


def _of_partitions(metadata: TableMetadata) -> list[str]:
    """Columns of a time that its newest partitions are of; of texts, where there is none."""
    schema = metadata.schema()
    times, texts = [], []
    for part in metadata.spec().fields:
        kind = type(_type(metadata, part.source_id))
        if isinstance(part.transform, TimeTransform) or (
            isinstance(part.transform, IdentityTransform) and kind in _SPANS and kind is not StringType
        ):
            times.append(schema.find_column_name(part.source_id) or "")
        elif isinstance(part.transform, IdentityTransform) and kind is StringType:
            texts.append(schema.find_column_name(part.source_id) or "")
    return list(dict.fromkeys(times or texts))


def _type(metadata: TableMetadata, field_id: int) -> IcebergType:
    return metadata.schema().find_field(field_id).field_type


def _moments(each: Interval, _: ZoneInfo) -> Span:
    return Span(each.start.astimezone(UTC), each.end.astimezone(UTC))


def _moments_without_zone(each: Interval, _: ZoneInfo) -> Span:
    """In UTC, as those that footers have."""
    return Span(
        each.start.astimezone(UTC).replace(tzinfo=None), each.end.astimezone(UTC).replace(tzinfo=None)
    )


def _days(each: Interval, zone: ZoneInfo) -> Span:
    last = (each.end - timedelta(microseconds=1)).astimezone(zone).date()
    return Span(each.start.astimezone(zone).date(), last + timedelta(days=1))


def _text(each: Interval, _: ZoneInfo) -> Span:
    # The next text in any order by bytes: none lies between.
    return Span(each.key, f"{each.key}\0")


_SPANS: Final[dict[type[IcebergType], Callable[[Interval, ZoneInfo], Span]]] = {
    TimestampType: _moments_without_zone,
    TimestamptzType: _moments,
    DateType: _days,
    StringType: _text,
}


def _written(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)

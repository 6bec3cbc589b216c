"""Two fingerprints, and where they differ. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import combinations
from typing import Final

from emr.shadow.fingerprint import EMPTY, ColumnFigures, Fingerprint, PartitionFigures
from emr.shadow.kinds import FLOATS

RELATIVE: Final = 1e-9
"""By how much two sums or bounds of floating point may differ: the order of additions changes last digits."""


class NotComparableError(ValueError):
    """The figures were not computed in the same way."""


@dataclass(frozen=True)
class Difference:
    """One thing that is not the same.

    Args:
        what: a stable word for programs: `schema`, `order`, `partitioning`, `partition`, `rows`, `values`,
            `moved`, `swapped` or `unfinished`.
        text: the sentence for people.
        partition: where, if it is one partition's.
        column: which, if it is one column's.
    """

    what: str
    text: str
    partition: str | None = None
    column: str | None = None


def compare(left: Fingerprint, right: Fingerprint, tolerance: Decimal = Decimal(0)) -> tuple[Difference, ...]:
    """Everything that differs, the schema first, then partition by partition.

    Args:
        left: what is right, such as EMR's output.
        right: what is judged by it.
        tolerance: by how much sums and bounds of approximate columns may differ, besides RELATIVE.

    Raises:
        NotComparableError: the two were computed with different options.
    """
    if left.options != right.options:
        raise NotComparableError(
            f"{left.place} was computed with {left.options}, {right.place} with {right.options}: "
            "compute both with the same options"
        )
    found = [*_marker(left, right), *_schema(left, right)]
    names = [*left.partitions, *(name for name in right.partitions if name not in left.partitions)]
    for name in names:
        pair = (left.partitions.get(name, EMPTY), right.partitions.get(name, EMPTY))
        if not pair[0].rows or not pair[1].rows:
            found += _one_sided(name, *pair)
        else:
            found += _partition(name, *pair, left.schema, left.options.approximate, tolerance)
    return tuple(found)


def _marker(left: Fingerprint, right: Fingerprint) -> Iterator[Difference]:
    if left.marker is not None and right.marker is None and right.format != "iceberg":
        yield Difference(
            "unfinished", "the right has no _SUCCESS: its writer did not finish, or was told to write none"
        )


def _schema(left: Fingerprint, right: Fingerprint) -> Iterator[Difference]:
    if not left.schema or not right.schema:
        return  # a side without files has none, and each of its partitions is reported
    if left.partitioned_by != right.partitioned_by:
        by = [", ".join(each.partitioned_by) or "nothing" for each in (left, right)]
        yield Difference("partitioning", f"divided by {by[0]} on the left, by {by[1]} on the right")
    for name, of in left.schema.items():
        if name not in right.schema:
            alike = next((each for each in right.schema if each.lower() == name.lower()), None)
            text = f"is named {alike} on the right" if alike else "is missing on the right"
            yield Difference("schema", f"column {name} {text}", column=name)
        elif right.schema[name] != of:
            text = f"column {name} is {of} on the left, {right.schema[name]} on the right"
            yield Difference("schema", text, column=name)
    lower = {name.lower() for name in left.schema}
    for name in right.schema:
        if name.lower() not in lower:
            yield Difference("schema", f"column {name} is on the right alone", column=name)
    if list(left.schema) != list(right.schema) and set(left.schema) == set(right.schema):
        at = next(name for name, other in zip(left.schema, right.schema, strict=True) if name != other)
        yield Difference("order", f"the columns stand in another order from {at} on")


def _one_sided(name: str, left: PartitionFigures, right: PartitionFigures) -> Iterator[Difference]:
    if left.rows:
        there = "is empty" if right.files else "is missing"
        yield Difference("partition", f"{there} on the right; the left has {left.rows:,} rows", name)
    elif right.rows:
        there = "is empty" if left.files else "is missing"
        yield Difference("partition", f"{there} on the left; the right has {right.rows:,} rows", name)
    elif (left.files is None) != (right.files is None):
        side = "left" if left.files is None else "right"
        yield Difference("partition", f"has no folder on the {side}, and no row on either side", name)


def _partition(
    name: str,
    left: PartitionFigures,
    right: PartitionFigures,
    schema: Mapping[str, str],
    approximate: tuple[str, ...],
    tolerance: Decimal,
) -> Iterator[Difference]:
    if left.rows != right.rows:
        more = right.rows - left.rows
        text = f"{left.rows:,} rows on the left, {right.rows:,} on the right ({more:+,})"
        yield Difference("rows", text, name)
    both = [column for column in left.columns if column in right.columns]
    swapped = list(_swapped(both, left.columns, right.columns))
    for first, second in swapped:
        yield Difference("swapped", f"columns {first} and {second} are swapped", name, first)
    aside = {column for pair in swapped for column in pair}
    differing = set(aside)
    for column in both:
        slack = tolerance if column in approximate else Decimal(0)
        texts = _column(left.columns[column], right.columns[column], schema[column], slack)
        if texts and column not in aside:
            differing.add(column)
            yield Difference("values", f"column {column}: {', '.join(texts)}", name, column)
    same_columns = set(left.columns) == set(right.columns)
    if left.rows == right.rows and left.digest != right.digest and not differing and same_columns:
        text = "each column has the same values, but they stand together in other rows"
        yield Difference("moved", text, name)


def _swapped(
    columns: list[str], left: Mapping[str, ColumnFigures], right: Mapping[str, ColumnFigures]
) -> Iterator[tuple[str, str]]:
    changed = [name for name in columns if left[name].digest != right[name].digest and left[name].digest]
    for first, second in combinations(changed, 2):
        if left[first].digest == right[second].digest and left[second].digest == right[first].digest:
            yield first, second


def _column(left: ColumnFigures, right: ColumnFigures, kind: str, slack: Decimal) -> list[str]:
    """What differs, in words: the hash only if nothing else says it."""
    found = [f"{left.nulls:,} nulls -> {right.nulls:,}"] if left.nulls != right.nulls else []
    relative = RELATIVE if kind in FLOATS else 0.0
    found += [
        f"{word} {_short(one)} -> {_short(other)}{_by(one, other)}"
        for word, one, other in (
            ("min", left.low, right.low),
            ("max", left.high, right.high),
            ("sum", left.total, right.total),
        )
        if not _near(one, other, relative, slack)
    ]
    if not found and left.digest != right.digest:
        hint = "; --approximate it, if its last digits depend on an order" if kind in FLOATS else ""
        found.append(f"values differ, though nulls, min, max and sum do not{hint}")
    return found


def _near(left: str | None, right: str | None, relative: float, slack: Decimal) -> bool:
    if left == right:
        return True
    if left is None or right is None:
        return False
    try:
        one, other = Decimal(left), Decimal(right)
        if not (one.is_finite() and other.is_finite()):
            return False
        if abs(one - other) <= slack:
            return True
    except InvalidOperation:
        return False
    return bool(relative) and math.isclose(one, other, rel_tol=relative)


def _by(left: str | None, right: str | None) -> str:
    """How far two numbers are apart, where they are numbers."""
    try:
        apart = Decimal(str(right)) - Decimal(str(left))
    except InvalidOperation:
        return ""
    return f" ({apart:+})" if apart.is_finite() else ""


def _short(value: str | None) -> str:
    if value is None:
        return "none"
    return value if len(value) <= 40 else f"{value[:37]}..."

"""What a table has of each interval."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any
from zoneinfo import ZoneInfo

from pyiceberg.expressions import AlwaysTrue, BooleanExpression
from pyiceberg.expressions.visitors import expression_evaluator, inclusive_projection, residual_evaluator_of
from pyiceberg.schema import Schema

from apps.jobs.checks.measured import Column, Measured, Sum
from apps.jobs.schedule.intervals import Interval

from .deletes import Partition
from .manifests import File, listed
from .spans import Span, interval_column
from .table import Table


@dataclass(frozen=True, kw_only=True)
class _Found:
    """A file with rows of an interval; whether it has rows of others; what is deleted from it."""

    file: File
    deleted: int
    is_shared: bool
    is_cut: bool

    @property
    def is_exact(self) -> bool:
        """Whether all that the file says is of rows of the interval that are there."""
        return not (self.deleted or self.is_shared or self.is_cut)


class Intervals:
    """A table's rows by interval.

    Its manifests are read once for all of them.

    Args:
        table: the table.
        intervals: which.
        zone: of the job's schedule.
        columns: those to look at.
        by: column by which a row belongs to an interval; empty for that of the partitions.
        within: preferred where the partitions are of several columns.

    Raises:
        NoColumnError: nobody can say which rows are an interval's.
        TooManyFilesError: the intervals have too many files.
        OSError: the store does not answer, or refuses.
        ValueError: a file is not what it has to be.
    """

    def __init__(
        self,
        table: Table,
        intervals: Sequence[Interval],
        zone: ZoneInfo,
        columns: Collection[str],
        *,
        by: str = "",
        within: str = "",
    ) -> None:
        self._table = table
        self._column = interval_column(table.metadata, by, within, zone)
        self._asked = frozenset(columns)
        whole = reduce(Span.with_, map(self._column.span, intervals))
        every = {*columns, self._column.name}
        self._listed = listed(table, whole.rows(self._column.name), every)
        self._deleted = self._listed.deletes.counted()

    def measure(self, interval: Interval) -> Measured:
        """What there is of an interval.

        Args:
            interval: one of those that it was made for.
        """
        found = list(self._of(self._column.span(interval)))
        return Measured(
            of=interval.key,
            files=len(found),
            rows=sum(each.file.rows - each.deleted for each in found),
            bytes=sum(each.file.bytes for each in found),
            newest=max((each.file.written for each in found), default=None),
            columns=self._columns(each.file for each in found if each.is_exact),
            unsure=self._columns(each.file for each in found if not each.is_exact),
            doubts=tuple(self._doubts(found)),
        )

    def _of(self, span: Span) -> Iterator[_Found]:
        """Files with rows of a span that are there still."""
        partitions = _Partitions(self._table, span.rows(self._column.name))
        for each in self._listed.files:
            column, deleted = each.columns[self._column.name], self._deleted[each.path]
            if each.rows <= deleted or not partitions.have(each.partition) or _is_apart(column, span):
                continue
            yield _Found(
                file=each,
                deleted=deleted,
                is_shared=not partitions.are_whole(each.partition) and not _is_inside(column, span),
                is_cut=self._listed.deletes.are_uncounted(each.partition, each.sequence),
            )

    def _doubts(self, found: Sequence[_Found]) -> Iterator[str]:
        if found and self._table.doubt:
            yield self._table.doubt
        if shared := sum(each.is_shared for each in found):
            yield f"{shared:,} of {len(found):,} files may have rows of other intervals"
        if cut := sum(each.is_cut for each in found):
            yield f"from {cut:,} of {len(found):,} files rows are deleted that only reading them counts"

    def _columns(self, files: Iterable[File]) -> dict[str, Column]:
        sums: dict[str, Sum] = {}
        for each in files:
            for name in self._asked & each.columns.keys():
                sums.setdefault(name, Sum()).add(each.columns[name], each.rows)
        return {name: total.column() for name, total in sums.items()}


class _Partitions:
    """Which partitions have some of the rows, and which nothing else."""

    def __init__(self, table: Table, rows: BooleanExpression) -> None:
        self._metadata = table.metadata
        self._rows = rows
        self._known: dict[tuple[int, Any], tuple[bool, bool]] = {}

    def have(self, each: Partition) -> bool:
        """Whether some of the rows may be in it."""
        return self._answers(each)[0]

    def are_whole(self, each: Partition) -> bool:
        """Whether all that is in it is some of the rows."""
        return self._answers(each)[1]

    def _answers(self, each: Partition) -> tuple[bool, bool]:
        key = (each.spec, each.values)
        if key not in self._known:
            spec, schema = self._metadata.specs()[each.spec], self._metadata.schema()
            fields = Schema(*spec.partition_type(schema).fields)
            may = expression_evaluator(fields, inclusive_projection(schema, spec)(self._rows), True)
            rest = residual_evaluator_of(spec, self._rows, True, schema).residual_for(each.values)
            self._known[key] = (may(each.values), rest == AlwaysTrue())
        return self._known[key]


def _is_apart(column: Column, span: Span) -> bool:
    if column.least is None or column.most is None:
        return False
    return bool(column.most < span.least or column.least >= span.below)


def _is_inside(column: Column, span: Span) -> bool:
    if column.least is None or column.most is None or column.nulls != 0:
        return False
    return bool(column.least >= span.least and column.most < span.below)

"""Reads what a table's manifests say of its data files and of what was deleted from them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from pyiceberg.conversions import from_bytes
from pyiceberg.expressions import BooleanExpression
from pyiceberg.expressions.visitors import expression_evaluator, inclusive_projection, manifest_evaluator
from pyiceberg.manifest import (
    DataFile,
    DataFileContent,
    ManifestEntry,
    ManifestFile,
    clear_manifest_cache,
)
from pyiceberg.schema import Schema
from pyiceberg.table.snapshots import Snapshot
from pyiceberg.types import DateType, NestedField, PrimitiveType, TimestampType, TimestamptzType
from pyiceberg.utils.datetime import days_to_date, micros_to_timestamp, micros_to_timestamptz

from apps.jobs.checks.measured import Column
from apps.jobs.checks.parquet import MOST_FILES, TooManyFilesError

from .deletes import Deletes, Partition
from .table import Table

_READ: Final[dict[type, Callable[[int], Any]]] = {
    DateType: days_to_date,
    TimestampType: micros_to_timestamp,
    TimestamptzType: micros_to_timestamptz,
}


@dataclass(frozen=True, kw_only=True)
class File:
    """A data file of the current snapshot.

    Args:
        path: as the metadata names it.
        partition: where it lies.
        sequence: of the commit that its rows are of: later deletes apply to it.
        rows: that it was written with.
        bytes: its size.
        written: when the snapshot that it came by was made; of one that has expired, at the latest when the
            oldest was that has not.
        columns: those that were asked for, by name.
    """

    path: str
    partition: Partition
    sequence: int
    rows: int
    bytes: int
    written: datetime
    columns: dict[str, Column]


@dataclass
class Listed:
    """What the manifests say.

    Args:
        deletes: what was deleted from the files.
        files: data files.
    """

    deletes: Deletes
    files: list[File] = field(default_factory=list)


def listed(table: Table, rows: BooleanExpression, columns: Collection[str]) -> Listed:
    """The files of a table's current snapshot that may have some of the rows.

    Args:
        table: the table.
        rows: which rows.
        columns: those to look at.

    Raises:
        TooManyFilesError: they are more than `MOST_FILES`.
        OSError: the store does not answer, or refuses.
        ValueError: a file is not what it has to be.
    """
    snapshot = table.metadata.current_snapshot()
    return Listed(Deletes(table.store)) if snapshot is None else _Reader(table, rows, columns).read(snapshot)


class _Reader:
    def __init__(self, table: Table, rows: BooleanExpression, columns: Collection[str]) -> None:
        self._table = table
        self._metadata = table.metadata
        self._rows = rows
        self._fields = {
            name: found for name in columns if (found := _field(self._metadata.schema(), name)) is not None
        }
        self._snapshots = {each.snapshot_id: each for each in self._metadata.snapshots}
        self._oldest = min(self._metadata.snapshots, key=lambda each: each.timestamp_ms)
        self._found = Listed(Deletes(table.store))

    def read(self, snapshot: Snapshot) -> Listed:
        # pyiceberg keeps manifests by path, as any list describes them; one tenant's is no word on another's.
        clear_manifest_cache()
        for manifest in snapshot.manifests(self._table.store):
            self._read(manifest)
        return self._found

    def _read(self, manifest: ManifestFile) -> None:
        spec, schema = self._metadata.specs()[manifest.partition_spec_id], self._metadata.schema()
        partitions = inclusive_projection(schema, spec)(self._rows)
        if not manifest_evaluator(spec, schema, partitions)(manifest):
            return
        may_have = expression_evaluator(Schema(*spec.partition_type(schema).fields), partitions, True)
        for entry in manifest.fetch_manifest_entry(self._table.store):
            if not may_have(entry.data_file.partition):
                continue
            if entry.data_file.content == DataFileContent.DATA:
                self._add(entry)
            else:
                self._found.deletes.add(entry, everywhere=spec.is_unpartitioned())

    def _add(self, entry: ManifestEntry) -> None:
        data = entry.data_file
        if len(self._found.files) == MOST_FILES:
            raise TooManyFilesError(f"these intervals have more than {MOST_FILES:,} files")
        schema = self._written_with(entry)
        self._found.files.append(
            File(
                path=data.file_path,
                partition=Partition(spec=data.spec_id, values=data.partition),
                sequence=entry.sequence_number or 0,
                rows=data.record_count,
                bytes=data.file_size_in_bytes,
                written=self._written(entry),
                columns={name: _column(data, each, schema) for name, each in self._fields.items()},
            )
        )

    def _written(self, entry: ManifestEntry) -> datetime:
        made = self._snapshots.get(entry.snapshot_id or 0) or self._oldest
        return datetime.fromtimestamp(made.timestamp_ms / 1000, UTC)

    def _written_with(self, entry: ManifestEntry) -> Schema | None:
        """The table's columns when a file was added; None if nobody knows any more."""
        made = self._snapshots.get(entry.snapshot_id or 0)
        return None if made is None or made.schema_id is None else self._metadata.schema_by_id(made.schema_id)


def _field(schema: Schema, name: str) -> NestedField | None:
    try:
        return schema.find_field(name)
    except ValueError:
        return None


def _column(data: DataFile, of: NestedField, schema: Schema | None) -> Column:
    """What a file says of a column, which it knows by its id: names change."""
    number = of.field_id
    nulls = (data.null_value_counts or {}).get(number)
    if nulls is None and schema is not None and schema.find_column_name(number) is None:
        # The file is older than the column: all of its rows have no value there.
        nulls = data.record_count
    return Column(
        nulls=nulls,
        least=_bound(of, (data.lower_bounds or {}).get(number)),
        most=_bound(of, (data.upper_bounds or {}).get(number)),
    )


def _bound(of: NestedField, value: bytes | None) -> Any:
    if value is None or not isinstance(of.field_type, PrimitiveType):
        return None
    found: Any = from_bytes(of.field_type, value)
    read = _READ.get(type(of.field_type))
    return read(found) if read else found

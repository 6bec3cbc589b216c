"""What was deleted from a table's files: counted where that can be, and known to be there where not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.manifest import DataFile, DataFileContent, FileFormat, ManifestEntry
from pyiceberg.table.puffin import PuffinFile
from pyiceberg.typedef import Record

from .store import TableStore


@dataclass(frozen=True, kw_only=True)
class Partition:
    """Where a file lies.

    Args:
        spec: the partition spec that it was written by.
        values: its partition's.
    """

    spec: int
    values: Record


@dataclass(frozen=True, kw_only=True)
class Uncounted:
    """A file of deletes of which only reading the data tells how many rows they are of.

    Args:
        partition: where it applies; None for everywhere.
        before: it applies to files of commits before this one.
    """

    partition: Partition | None
    before: int


class Deletes:
    """All deletes that may be of some rows.

    Args:
        store: the table's files.
    """

    def __init__(self, store: TableStore) -> None:
        self._store = store
        self._positions: list[pa.Table] = []
        self._vectors: dict[str, int] = {}
        self._seen: set[str] = set()
        self._uncounted: list[Uncounted] = []

    def add(self, entry: ManifestEntry, *, everywhere: bool) -> None:
        """Add a file of deletes.

        Args:
            entry: what its manifest says.
            everywhere: whether it has no partition, so that values in it are deleted from all of them.

        Raises:
            OSError: it can not be read.
        """
        data = entry.data_file
        by_positions = data.content == DataFileContent.POSITION_DELETES
        if by_positions and data.file_format in (FileFormat.PARQUET, FileFormat.PUFFIN):
            if data.file_path not in self._seen:
                self._seen.add(data.file_path)
                self._read(data)
            return
        # Those by positions apply to files of their own commit too, those by values to earlier ones alone.
        partition = None if everywhere else Partition(spec=data.spec_id, values=data.partition)
        before = (entry.sequence_number or 0) + by_positions
        self._uncounted.append(Uncounted(partition=partition, before=before))

    def counted(self) -> Counter[str]:
        """Rows that are deleted by positions, by file: each once, though several files delete it."""
        found = Counter(self._vectors)
        if self._positions:
            every = pa.concat_tables(self._positions, promote_options="permissive")
            for each in every.group_by("file_path").aggregate([("pos", "count_distinct")]).to_pylist():
                path, rows = each["file_path"], each["pos_count_distinct"]
                # A vector has what older files of positions had.
                found[path] = max(found[path], rows)
        return found

    def are_uncounted(self, partition: Partition, sequence: int) -> bool:
        """Say whether a file may have rows that are deleted, and nobody counted them.

        Args:
            partition: where it lies.
            sequence: of the commit that its rows are of.
        """
        return any(sequence < each.before and each.partition in (None, partition) for each in self._uncounted)

    def _read(self, data: DataFile) -> None:
        with self._store.opened(data.file_path) as source:
            if data.file_format == FileFormat.PARQUET:
                self._positions.append(pq.read_table(source, columns=["file_path", "pos"]))
                return
            blobs: list[Any] = PuffinFile(source.read()).footer.blobs
        for each in blobs:
            path, rows = each.properties["referenced-data-file"], int(each.properties["cardinality"])
            # A newer vector has all that an older one had, and the older may still lie in another's file.
            self._vectors[path] = max(self._vectors.get(path, 0), rows)

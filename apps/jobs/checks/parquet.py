"""Reads footers of Parquet files below a folder: a few kilobytes of each, no data, no Spark."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.fs as pafs
import pyarrow.parquet as pq

from .measured import Column, Measured, Sum

READERS: Final = 16
"""Footers that are read at once: a store answers each in some milliseconds, and waits for nothing."""

MOST_FILES: Final = 20_000
"""Files of one interval: more are a fault of their own, and nobody waits for their footers."""

_SHOWN: Final = 120


class TooManyFilesError(Exception):
    """An output of more files than anybody reads footers of."""


@dataclass
class _File:
    """What one file says."""

    rows: int = 0
    columns: dict[str, Column] = field(default_factory=dict)
    broken: str = ""


def s3(endpoint: str = "", region: str = "") -> Any:
    """An S3 store, with the credentials of its environment.

    Args:
        endpoint: address of the store; empty for AWS.
        region: that requests are signed for.
    """
    given: dict[str, Any] = {"endpoint_override": endpoint} if endpoint else {}
    return pafs.S3FileSystem(region=region or None, connect_timeout=5, request_timeout=20, **given)


def place(output: str) -> str:
    """A folder as the store names it: without `s3a://`.

    Args:
        output: as the definition names it.
    """
    return output.partition("://")[2].rstrip("/") if "://" in output else output.rstrip("/")


def measure(store: Any, folder: str, columns: Collection[str] = ()) -> Measured:
    """Read the footers of all Parquet files below a folder.

    Files and folders whose names begin with `_` or `.` are none of the data, as for Spark.

    Args:
        store: a file system of pyarrow.
        folder: bucket and folder.
        columns: those to look at; also one that is only in the folders' names (`day=2026-11-20`).

    Raises:
        TooManyFilesError: it has more than `MOST_FILES`.
        OSError: the store does not answer, or refuses.
    """
    found = [
        each
        for each in store.get_file_info(pafs.FileSelector(folder, recursive=True, allow_not_found=True))
        if each.type == pafs.FileType.File and not _hidden(each.path, folder)
    ]
    if len(found) > MOST_FILES:
        raise TooManyFilesError(f"{folder} has {len(found):,} files, more than {MOST_FILES:,}")
    if not found:
        return Measured(columns={})
    with ThreadPoolExecutor(READERS) as pool:
        files = list(pool.map(lambda each: _read(store, each.path, folder, columns), found))
    broken = tuple(each.broken for each in files if each.broken)
    return Measured(
        files=len(found),
        rows=None if broken else sum(each.rows for each in files),
        bytes=sum(each.size for each in found),
        newest=max(each.mtime for each in found),
        columns=_together(files),
        broken=broken,
    )


def _hidden(path: str, folder: str) -> bool:
    return any(part.startswith(("_", ".")) for part in PurePosixPath(path).relative_to(folder).parts)


def _read(store: Any, path: str, folder: str, columns: Collection[str]) -> _File:
    name = path.removeprefix(f"{folder}/")
    try:
        with store.open_input_file(path) as source:
            footer = pq.read_metadata(source)
    except (pa.ArrowInvalid, OSError) as error:
        return _File(broken=f"{name}: {str(error)[:_SHOWN]}")
    rows = footer.num_rows
    of_folders = dict(_of_folders(path, folder))
    positions = {footer.schema.column(number).path: number for number in range(len(footer.schema))}
    found = {name: _column(footer, positions[name]) for name in columns if name in positions}
    for each in columns:
        if each not in positions and each in of_folders:
            value = of_folders[each]
            found[each] = Column(nulls=rows if value is None else 0, least=value, most=value)
    return _File(rows=rows, columns=found)


def _of_folders(path: str, folder: str) -> Sequence[tuple[str, str | None]]:
    """Columns that are in folders' names alone (Hive's way, which Spark writes)."""
    parts = (part.partition("=") for part in PurePosixPath(path).parent.parts if "=" in part)
    none = "__HIVE_DEFAULT_PARTITION__"
    return [(name, None if value == none else unquote(value)) for name, _, value in parts]


def _column(footer: Any, number: int) -> Column:
    total = Sum()
    for group in range(footer.num_row_groups):
        row_group = footer.row_group(group)
        said = row_group.column(number).statistics
        if said is None:
            total.add(Column(), row_group.num_rows)
            continue
        total.add(
            Column(
                nulls=said.null_count if said.has_null_count else None,
                least=said.min if said.has_min_max else None,
                most=said.max if said.has_min_max else None,
            ),
            row_group.num_rows,
        )
    return total.column()


def _together(files: Sequence[_File]) -> dict[str, Column]:
    """Columns of all files; one that a file lacks has nulls in all of its rows (Spark reads it so)."""
    names = {name for each in files for name in each.columns}
    sums = {name: Sum() for name in names}
    for each in files:
        if each.broken:
            continue
        for name, total in sums.items():
            total.add(each.columns.get(name) or Column(nulls=each.rows), each.rows)
    return {name: total.column() for name, total in sums.items()}

"""What files say of a table without being opened: partitions, format, whether the writer finished. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

FORMATS: Final = ("parquet", "orc", "csv", "json", "iceberg")

MARKER: Final = "_SUCCESS"
"""What Spark writes last."""

_COMPRESSIONS: Final = frozenset({"gz", "gzip", "bz2", "snappy", "zst", "zstd", "lz4", "deflate"})

_FOREIGN: Final = {"_delta_log": "Delta", ".hoodie": "Hudi"}
"""Folders of formats whose data files are not all part of the table -> their names."""


@dataclass(frozen=True)
class File:
    """A file of a table.

    Args:
        path: below the table's place, with slashes.
        size: bytes.
    """

    path: str
    size: int


@dataclass(frozen=True)
class Layout:
    """How a table lies in its folder.

    Args:
        partitioned_by: columns of the folders, outermost first.
        files: the data files by partition name.
        format: one of FORMATS, as far as the names say; None if they don't.
        marker: bytes of `_SUCCESS`; None if it is absent.
    """

    partitioned_by: tuple[str, ...]
    files: Mapping[str, tuple[File, ...]]
    format: str | None
    marker: int | None

    @property
    def data(self) -> list[File]:
        """All data files."""
        return [file for files in self.files.values() for file in files]


def layout(found: Iterable[File]) -> Layout:
    """Read what files lie below a table's place.

    Args:
        found: all of them, in any order.

    Raises:
        ValueError: they are of a format whose folder can't be read file by file, or their folders contradict
            each other.
    """
    files = sorted(found, key=lambda file: file.path)
    for file in files:
        for folder in file.path.split("/")[:-1]:
            if folder in _FOREIGN:
                raise ValueError(
                    f"it is a {_FOREIGN[folder]} table ({folder}), whose folder also holds files that are no "
                    "longer part of it: export it as Parquet on both sides, and compare those"
                )
    marker = next((file.size for file in files if file.path == MARKER), None)
    if any(_is_iceberg(file.path) for file in files):
        return Layout((), {}, "iceberg", marker)
    partitions: dict[str, list[File]] = {}
    columns: dict[tuple[str, ...], str] = {}
    for file in (file for file in files if _is_data(file.path)):
        values = partition(file.path)
        columns.setdefault(tuple(values), file.path)
        partitions.setdefault(name(values), []).append(file)
    if len(columns) > 1:
        first, second = list(columns.items())[:2]
        raise ValueError(
            "its folders contradict each other: "
            f"{first[1]} is divided by {', '.join(first[0]) or 'nothing'}, "
            f"{second[1]} by {', '.join(second[0]) or 'nothing'}; name the folder of one table"
        )
    return Layout(
        partitioned_by=next(iter(columns), ()),
        files={key: tuple(value) for key, value in partitions.items()},
        format=_format(file.path for value in partitions.values() for file in value),
        marker=marker,
    )


def partition(path: str) -> dict[str, str]:
    """Columns and values that the folders of a file say, as Hive escapes them.

    Args:
        path: of a file, below the output.
    """
    pairs = (folder.partition("=") for folder in path.split("/")[:-1] if "=" in folder)
    return {unquote(column): unquote(value) for column, _, value in pairs}


def name(values: Mapping[str, str]) -> str:
    """A partition's name, for people and as a key.

    Args:
        values: by the partition's columns, in their order.
    """
    return "/".join(f"{column}={value}" for column, value in values.items())


def _is_data(path: str) -> bool:
    """Whether Spark reads it: what begins with a dot or an underscore is a writer's own, but for a column."""
    return not any(part.startswith((".", "_")) and "=" not in part for part in path.split("/"))


def _is_iceberg(path: str) -> bool:
    return path.startswith("metadata/") and path.endswith(".metadata.json")


def _format(paths: Iterable[str]) -> str | None:
    endings = {_ending(path) for path in paths}
    return endings.pop() if len(endings) == 1 else None


def _ending(path: str) -> str | None:
    """The first ending of a file's name that is a format, from the back, compressions left aside."""
    parts = path.rpartition("/")[2].split(".")[1:]
    while parts and parts[-1] in _COMPRESSIONS:
        parts.pop()
    return parts[-1] if parts and parts[-1] in FORMATS else None


def unknown(layout: Layout) -> str:
    """What to say of a table whose format its files' names don't tell.

    Args:
        layout: the table's files.
    """
    names = ", ".join(file.path for file in layout.data[:3]) or "none"
    return f"its files' names tell no format or several ({names}): give --format {'|'.join(FORMATS)}"

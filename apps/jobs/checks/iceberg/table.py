"""A table as its newest metadata file has it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import pyarrow.fs as pafs
from pyiceberg.serializers import FromInputFile
from pyiceberg.table.metadata import TableMetadata

from .store import TableStore

_VERSION: Final = re.compile(r"^v?(\d+)[^/]*\.metadata\.json$")


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table.

    Args:
        metadata: what it is at present.
        store: its files.
        doubt: why this may be another state of it than its catalog's; empty if nothing speaks for that.
    """

    metadata: TableMetadata
    store: TableStore
    doubt: str = ""


def find(store: Any, folder: str) -> Table | None:
    """The table of a folder; None if there is none.

    A catalog says which metadata file is the table, and none is asked here: the one of the highest version is
    taken, as a Hadoop catalog does. A rollback writes a file of its own, so it counts.

    Args:
        store: a file system of pyarrow.
        folder: bucket and folder.

    Raises:
        OSError: the store does not answer, or refuses.
        ValueError: the file is no metadata of a table.
    """
    listed = store.get_file_info(pafs.FileSelector(f"{folder}/metadata", allow_not_found=True))
    versions = [
        (int(match[1]), each.mtime, each.path)
        for each in listed
        if each.type == pafs.FileType.File and (match := _VERSION.match(each.base_name))
    ]
    if not versions:
        return None
    version, _, newest = max(versions)
    alike = [path for number, _, path in versions if number == version]
    doubt = f"metadata/ has {len(alike)} files of version {version}, and only the catalog knows which counts"
    files = TableStore(store, folder)
    metadata = FromInputFile.table_metadata(files.new_input(newest))
    return Table(metadata=metadata, store=files, doubt=doubt if len(alike) > 1 else "")

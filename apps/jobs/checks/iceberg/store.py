"""Gives pyiceberg what lies below one table's folder, to read; it writes and deletes nothing."""

from __future__ import annotations

import re
from typing import Any, Final, Never

from pyiceberg.io import FileIO, InputFile

MOST_FILE_BYTES: Final = 16 * 2**20
"""Bytes of one file, which is held as a whole: manifests have 8 MiB (`commit.manifest.target-size-bytes`)."""

MOST_BYTES: Final = 512 * 2**20
"""Bytes of all files that are read of a table in one look."""

_SCHEME: Final = re.compile(r"^[a-z][a-z0-9]*:(//)?")


class OutsideError(OSError):
    """Metadata names a file that is none of its table's."""


class TooMuchMetadataError(OSError):
    """A table of more metadata than anybody reads for a check."""


class TableStore(FileIO):
    """The files of one table.

    Whoever writes a table writes the paths in its metadata too, and this account reads the data of all
    tenants: only what lies below the table's own folder is opened.

    Args:
        store: a file system of pyarrow.
        folder: the table's, as the store names it.
    """

    def __init__(self, store: Any, folder: str) -> None:
        super().__init__()
        self._store = store
        self._folder = folder
        self._read = 0

    def new_input(self, location: str) -> InputFile:
        """A file of the table.

        Args:
            location: as metadata names it.

        Raises:
            OutsideError: it is elsewhere.
        """
        return _Input(self, location)

    def opened(self, location: str) -> Any:
        """Open a file of the table.

        Args:
            location: as metadata names it.

        Raises:
            OutsideError: it is elsewhere.
            TooMuchMetadataError: it has more than `MOST_FILE_BYTES`, or all together more than `MOST_BYTES`.
        """
        path = _SCHEME.sub("", location)
        if not path.startswith(f"{self._folder}/") or ".." in path.split("/"):
            raise OutsideError(f"metadata names a file outside of its table's folder: {location}")
        source = self._store.open_input_file(path)
        self._read += source.size()
        for bytes_, most in ((source.size(), MOST_FILE_BYTES), (self._read, MOST_BYTES)):
            if bytes_ > most:
                source.close()
                raise TooMuchMetadataError(
                    f"{bytes_ / 2**20:,.0f} MiB of metadata, more than {most / 2**20:,.0f}: "
                    f"rewrite its manifests or its deletes ({location})"
                )
        return source

    def new_output(self, location: str) -> Never:
        """Refused: tables are their jobs' own.

        Args:
            location: URL of the file.

        Raises:
            PermissionError: always.
        """
        raise PermissionError(f"{location} is not written: tables are only read here")

    def delete(self, location: Any) -> Never:
        """Refused: tables are their jobs' own.

        Args:
            location: of the file.

        Raises:
            PermissionError: always.
        """
        raise PermissionError(f"{location} is not deleted: tables are only read here")


class _Input(InputFile):
    def __init__(self, store: TableStore, location: str) -> None:
        super().__init__(location)
        self._store = store

    def __len__(self) -> int:
        with self.open() as source:
            return int(source.size())

    def exists(self) -> bool:
        try:
            self.open().close()
        except FileNotFoundError:
            return False
        return True

    def open(self, seekable: bool = True) -> Any:
        del seekable  # what the store opens can be sought in
        return self._store.opened(self.location)

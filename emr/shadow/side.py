"""One side of a comparison: an output that is read, or figures that were kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from emr.shadow import local_tables
from emr.shadow.fingerprint import Fingerprint, Options, from_json
from emr.shadow.places import Store, open_place


@dataclass(frozen=True)
class Reading:
    """How files are read.

    Args:
        format: one of `folders.FORMATS`; None to tell it by the files' names.
        header: whether CSV files begin with their columns.
        delimiter: of CSV.
    """

    format: str | None = None
    header: bool = True
    delimiter: str = local_tables.CSV_DELIMITER


def figures(name: str, options: Options, reading: Reading, endpoint: str | None = None) -> Fingerprint:
    """The figures of a side.

    Args:
        name: a file of kept figures, or where an output lies.
        options: which columns to treat how; kept figures have their own.
        reading: how files are read.
        endpoint: the S3 server's URL; None for the AWS SDKs' variables, else AWS.

    Raises:
        ValueError: it can't be read.
    """
    if Path(name).is_file():
        try:
            return from_json(Path(name).read_text())
        except ValueError as error:
            raise ValueError(f"{name} is a file, and {error}; an output is named by its folder") from error
    store = Store.of_environment()
    if endpoint:
        store = replace(store, endpoint=endpoint)
    return local_tables.fingerprint(
        open_place(name, store),
        format=reading.format,
        options=options,
        header=reading.header,
        delimiter=reading.delimiter,
    )

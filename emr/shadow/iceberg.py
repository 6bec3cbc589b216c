"""The current rows of an Iceberg table, by its own metadata: its folder also holds files of the past."""

from __future__ import annotations

import re
from typing import Any

from pyiceberg.table import StaticTable

from emr.shadow.folders import File
from emr.shadow.places import Place

_VERSION = re.compile(r"^metadata/v?(\d+)[^/]*\.metadata\.json$")


def read(place: Place, files: list[File]) -> Any:
    """The rows of the newest snapshot, batch by batch.

    Args:
        place: the table's folder.
        files: all files below it.

    Raises:
        ValueError: no metadata file has a version.
    """
    versions = {int(match[1]): file.path for file in files if (match := _VERSION.match(file.path))}
    if not versions:
        raise ValueError(f"{place.name} has no metadata/*.metadata.json: name the folder of an Iceberg table")
    table = StaticTable.from_metadata(f"{place.url}/{versions[max(versions)]}", place.iceberg_properties)
    return table.scan().to_arrow_batch_reader()

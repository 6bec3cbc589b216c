"""Reads what `aws glue get-tables` printed. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

LIST: Final = "TableList"
"""The key of Glue's answer, and of what the AWS CLI prints."""


@dataclass(frozen=True)
class Table:
    """One table of the export.

    Args:
        at: where it stands: file, and pointer in it.
        database: its database; `default` if the export doesn't say.
        name: its name.
        document: all that Glue says of it.
    """

    at: str
    database: str
    name: str
    document: Mapping[str, Any]

    @property
    def full_name(self) -> str:
        """As SQL names it."""
        return f"{self.database}.{self.name}"

    @property
    def parameters(self) -> Mapping[str, str]:
        """Its properties, with keys in small letters: engines write them in either."""
        return _texts(self.document.get("Parameters"))

    @property
    def storage(self) -> Mapping[str, Any]:
        """Its storage descriptor."""
        return _mapping(self.document.get("StorageDescriptor"))

    @property
    def serde(self) -> str:
        """The class that reads its rows."""
        return str(_mapping(self.storage.get("SerdeInfo")).get("SerializationLibrary") or "")

    @property
    def serde_parameters(self) -> Mapping[str, str]:
        """That class's properties, with keys in small letters."""
        return _texts(_mapping(self.storage.get("SerdeInfo")).get("Parameters"))

    @property
    def location(self) -> str:
        """Where its files lie.

        Spark's own tables keep that beside the location, which then is a placeholder that nobody may read.
        """
        location = str(self.storage.get("Location") or "")
        if "__PLACEHOLDER__" in location:
            return self.serde_parameters.get("path", "")
        return location

    @property
    def kind(self) -> str:
        """Glue's own word, such as EXTERNAL_TABLE."""
        return str(self.document.get("TableType") or "")


@dataclass(frozen=True)
class Unreadable:
    """An entry that is no table.

    Args:
        at: where it stands.
        why: what is wrong with it.
    """

    at: str
    why: str


def read(name: str, text: str) -> Iterator[Table | Unreadable]:
    """The tables of a file: one answer, a list of answers or of tables, or one of these a line.

    Args:
        name: the file's, for messages.
        text: what is in it.

    Raises:
        ValueError: it is not JSON.
    """
    for pointer, document in _documents(name, text):
        yield from _tables(f"{name}{pointer}", document)


def _documents(name: str, text: str) -> Iterator[tuple[str, Any]]:
    try:
        yield "", json.loads(text)
        return
    except ValueError as error:
        lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
        if len(lines) < 2:
            raise ValueError(_no_json(name, str(error))) from error
    try:
        yield from [(f":{number}", json.loads(line)) for number, line in lines]
    except ValueError as error:
        raise ValueError(_no_json(name, str(error))) from error


def _no_json(name: str, why: str) -> str:
    command = "aws glue get-tables --database-name NAME --output json"
    return f"{name} is not JSON ({why}): keep what `{command}` prints"


def _tables(at: str, document: Any) -> Iterator[Table | Unreadable]:
    if isinstance(document, list):
        for index, each in enumerate(document):
            yield from _tables(f"{at}/{index}", each)
    elif isinstance(document, dict) and LIST in document:
        yield from _entries(f"{at}/{LIST}", document[LIST])
    elif isinstance(document, dict) and isinstance(document.get("Table"), dict):  # get-table
        yield _table(f"{at}/Table", document["Table"])
    else:
        yield _table(at, document)


def _entries(at: str, entries: Any) -> Iterable[Table | Unreadable]:
    if not isinstance(entries, list):
        return [Unreadable(at, f"is {type(entries).__name__}, where a list of tables is expected")]
    return [_table(f"{at}/{index}", each) for index, each in enumerate(entries)]


def _table(at: str, document: Any) -> Table | Unreadable:
    if not isinstance(document, dict):
        return Unreadable(at, f"is {type(document).__name__}, where a table is expected")
    if not isinstance(document.get("Name"), str) or not document["Name"]:
        return Unreadable(at, "has no Name: it is no table of Glue's")
    return Table(at, str(document.get("DatabaseName") or "default"), document["Name"], document)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _texts(value: Any) -> Mapping[str, str]:
    return {str(key).lower(): str(each) for key, each in _mapping(value).items()}

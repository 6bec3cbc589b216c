"""Types of columns, as far as a comparison has to tell them apart. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

INTEGERS: Final = frozenset({"tinyint", "smallint", "int", "bigint"})
FLOATS: Final = frozenset({"float", "double"})
TIMES: Final = frozenset({"timestamp", "timestamp_ntz"})

_SPARK_NAMES: Final = {"byte": "tinyint", "short": "smallint", "integer": "int", "long": "bigint"}
"""Names in Spark's JSON form of a schema -> names in SQL, where they differ."""


@dataclass(frozen=True)
class Kind:
    """A type.

    Args:
        name: Spark's word for it, without arguments: `bigint`, `decimal`, `struct`.
        text: Spark's whole text for it: `decimal(10,2)`, `array<int>`.
        fields: parts of a nested one: `element` of an array, `key` and `value` of a map, a struct's by name.
    """

    name: str
    text: str
    fields: Mapping[str, Kind]

    @property
    def adds_up(self) -> bool:
        """Whether it has a sum."""
        return self.name in INTEGERS | FLOATS | {"decimal"}

    @property
    def is_ordered(self) -> bool:
        """Whether it has a smallest and a largest value that both engines find."""
        return self.adds_up or self.name in TIMES | {"date", "string"}


def plain(text: str) -> Kind:
    """A type that has no parts.

    Args:
        text: its name in Spark, with precision and scale if it has them.
    """
    return Kind(text.partition("(")[0], text, {})


def array(element: Kind) -> Kind:
    """A list of values.

    Args:
        element: type of the values.
    """
    return Kind("array", f"array<{element.text}>", {"element": element})


def mapping(key: Kind, value: Kind) -> Kind:
    """Values by key, in no order.

    Args:
        key: type of the keys.
        value: type of the values.
    """
    return Kind("map", f"map<{key.text},{value.text}>", {"key": key, "value": value})


def struct(fields: Mapping[str, Kind]) -> Kind:
    """Values by name.

    Args:
        fields: types by name, in their order.
    """
    inside = ",".join(f"{name}:{kind.text}" for name, kind in fields.items())
    return Kind("struct", f"struct<{inside}>", fields)


def of_spark(document: Any) -> Kind:
    """The type that `DataType.jsonValue()` describes.

    Args:
        document: a name, or a nested description.
    """
    if isinstance(document, str):
        return plain(_SPARK_NAMES.get(document, document))
    if document["type"] == "array":
        return array(of_spark(document["elementType"]))
    if document["type"] == "map":
        return mapping(of_spark(document["keyType"]), of_spark(document["valueType"]))
    if document["type"] == "struct":
        return struct({each["name"]: of_spark(each["type"]) for each in document["fields"]})
    return plain(str(document["type"]))  # a type of somebody's own

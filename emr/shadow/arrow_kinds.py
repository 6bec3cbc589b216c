"""Arrow's types in Spark's words. Pure."""

from __future__ import annotations

from typing import Any, Final

import pyarrow as pa
from pyarrow import types

from emr.shadow.kinds import Kind, array, mapping, plain, struct

_NAMES: Final = {
    "bool": "boolean",
    "int8": "tinyint",
    "int16": "smallint",
    "int32": "int",
    "int64": "bigint",
    # What Spark makes of Parquet's unsigned numbers.
    "uint8": "smallint",
    "uint16": "int",
    "uint32": "bigint",
    "uint64": "decimal(20,0)",
    "halffloat": "float",
    "float": "float",
    "double": "double",
    "date32[day]": "date",
    "date64[ms]": "date",
    "null": "void",
}


def of_arrow(of: Any) -> Kind:
    """The type that Spark would read from the same file.

    Args:
        of: an Arrow type.
    """
    if str(of) in _NAMES:
        return plain(_NAMES[str(of)])
    if types.is_dictionary(of):
        return of_arrow(of.value_type)
    if types.is_decimal(of):
        return plain(f"decimal({of.precision},{of.scale})")
    if types.is_timestamp(of):
        # ORC's and old Parquet's instants come without a zone, and Spark reads both as instants.
        return plain("timestamp")
    if types.is_struct(of):
        return struct({field.name: of_arrow(field.type) for field in of})
    if types.is_map(of):
        return mapping(of_arrow(of.key_type), of_arrow(of.item_type))
    if types.is_list(of) or types.is_large_list(of) or types.is_fixed_size_list(of):
        return array(of_arrow(of.value_type))
    return plain(_by_family(of))


def _by_family(of: pa.DataType) -> str:
    if types.is_string(of) or types.is_large_string(of) or types.is_string_view(of):
        return "string"
    if types.is_binary(of) or types.is_large_binary(of) or types.is_fixed_size_binary(of):
        return "binary"
    return str(of)

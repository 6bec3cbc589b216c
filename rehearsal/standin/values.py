"""Property values as the engine sends them: structs with secrets, unknowns and assets in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from google.protobuf import json_format, struct_pb2  # type: ignore[import-untyped]

UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""Stands for a value that is only known once something else exists (the protocol's own constant)."""

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
"""Key that marks a mapping as something special (the protocol's own constant)."""

SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105  it only says that a value is one
"""Signature of a secret; the value is under `value`."""

Properties = dict[str, Any]


def from_struct(message: struct_pb2.Struct) -> Properties:
    """The properties of a message as Python values; whole numbers as int.

    Args:
        message: of the engine.
    """
    decoded: Properties = json_format.MessageToDict(message)
    return {key: _whole(value) for key, value in decoded.items()}


def to_struct(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """Properties as a message.

    Args:
        properties: Python values; special ones as the protocol's mappings.
    """
    message = struct_pb2.Struct()
    json_format.ParseDict(dict(properties), message)
    return message


def _whole(value: Any) -> Any:
    """Numbers travel as doubles; 3.0 was a 3."""
    match value:
        case float() if value.is_integer():
            return int(value)
        case dict():
            return {key: _whole(item) for key, item in value.items()}
        case list():
            return [_whole(item) for item in value]
        case _:
            return value


def signature(value: object) -> str | None:
    """What a special mapping is, or None for plain values.

    Args:
        value: of any kind.
    """
    if isinstance(value, dict):
        found = value.get(SIGNATURE)
        return found if isinstance(found, str) else None
    return None


def reveal(value: Any) -> Any:
    """The value with all secrets unwrapped, at any depth.

    Args:
        value: of any kind.
    """
    if signature(value) == SECRET:
        return reveal(value["value"])
    if isinstance(value, dict):
        return {key: reveal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [reveal(item) for item in value]
    return value


def has_unknown(value: Any) -> bool:
    """True if anything in the value is not known yet."""
    return any(leaf == UNKNOWN for _, leaf in leaves(value))


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every plain value with its path, such as `vpcConfig.subnetIds[0]`.

    Args:
        value: of any kind.
        path: what it begins with.
    """
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from leaves(item, f"{path}[{place}]")
    else:
        yield path, value


def public(properties: Mapping[str, Any]) -> Properties:
    """Without the bookkeeping keys that begin with two underscores, and without nulls.

    Args:
        properties: of a resource.
    """
    return {k: v for k, v in properties.items() if not k.startswith("__") and v is not None}

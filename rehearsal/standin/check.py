"""Checks a resource's arguments against what its SDK says: names, types, what is missing; nested as well."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from rehearsal.standin import values
from rehearsal.standin.sdk import Description, Kind, Shape

_SHOWN: Final = 60
"""Characters of a value that a failure shows."""

_NAMES: Final = {"str": "a string", "int": "a whole number", "float": "a number", "bool": "true or false"}


@dataclass(frozen=True)
class Failure:
    """One thing that is wrong with the arguments.

    Args:
        path: where, such as `vpcConfig.subnetIds[0]`.
        reason: what, with what to write instead.
    """

    path: str
    reason: str


def check(properties: Mapping[str, Any], description: Description) -> list[Failure]:
    """Everything that is wrong with a resource's arguments, in their order; values not yet known pass.

    Args:
        properties: the arguments.
        description: what the typed SDK says of the type.
    """
    return _Checker(description.objects).shape(values.public(properties), description.inputs, "")


class _Checker:
    def __init__(self, objects: Mapping[str, Shape]) -> None:
        self._objects = objects

    def shape(self, given: Mapping[str, Any], shape: Shape, path: str) -> list[Failure]:
        prefix = f"{path}." if path else ""
        found = []
        for name, value in given.items():
            if name.startswith("__") or value is None:
                continue
            if name not in shape.properties:
                found.append(Failure(f"{prefix}{name}", _no_such(name, shape)))
            else:
                found += self.value(value, shape.properties[name], f"{prefix}{name}")
        present = {name for name, value in given.items() if value is not None}
        found += [Failure(f"{prefix}{name}", "is missing") for name in shape.required if name not in present]
        return found

    def value(self, value: Any, kind: Kind, path: str) -> list[Failure]:
        if values.signature(value) == values.SECRET:
            value = value["value"]
        if value == values.UNKNOWN or kind == "any" or values.signature(value) is not None:
            return []
        if isinstance(kind, str):
            return _plain(value, kind, path)
        if "list" in kind:
            return self._list(value, kind["list"], path)
        if "map" in kind:
            return self._map(value, kind["map"], path)
        if "enum" in kind:
            return _enum(value, kind["enum"], path)
        if "union" in kind:
            return self._union(value, kind["union"], path)
        return self._object(value, self._objects[kind["object"]], path)

    def _list(self, value: Any, kind: Kind, path: str) -> list[Failure]:
        if not isinstance(value, list):
            return [Failure(path, f"is {_shown(value)}; write a list")]
        return [
            failure
            for place, item in enumerate(value)
            for failure in self.value(item, kind, f"{path}[{place}]")
        ]

    def _map(self, value: Any, kind: Kind, path: str) -> list[Failure]:
        if not isinstance(value, dict):
            return [Failure(path, f"is {_shown(value)}; write a mapping")]
        return [
            failure
            for key, item in value.items()
            if item is not None and not str(key).startswith("__")
            for failure in self.value(item, kind, f'{path}["{key}"]')
        ]

    def _object(self, value: Any, shape: Shape, path: str) -> list[Failure]:
        if not isinstance(value, dict):
            return [Failure(path, f"is {_shown(value)}; write a mapping of {', '.join(shape.properties)}")]
        return self.shape(value, shape, path)

    def _union(self, value: Any, kinds: list[Kind], path: str) -> list[Failure]:
        attempts = [self.value(value, kind, path) for kind in kinds]
        if not all(attempts):
            return []
        # The alternative of the same form as the value is the one that was meant.
        same = [
            found
            for kind, found in zip(kinds, attempts, strict=True)
            if isinstance(value, dict) == (isinstance(kind, dict) and "object" in kind)
        ]
        return min(same or attempts, key=len)


def _plain(value: Any, kind: str, path: str) -> list[Failure]:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    fits = {
        "str": isinstance(value, str),
        "bool": isinstance(value, bool),
        "int": number and float(value).is_integer(),
        "float": number,
    }[kind]
    return [] if fits else [Failure(path, f"is {_shown(value)}; write {_NAMES[kind]}")]


def _enum(value: Any, known: list[Any], path: str) -> list[Failure]:
    if value in known:
        return []
    return [Failure(path, f"is {_shown(value)}; write one of {', '.join(map(str, known))}")]


def _no_such(name: str, shape: Shape) -> str:
    near = difflib.get_close_matches(name, shape.properties, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(sorted(shape.properties))}"
    return f"is not a property; {hint}"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."

"""Pydantic's findings in the words of someone who edits a stack file: the bound, and what to do next."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from pydantic_core import ErrorDetails

from components.settings.model import Settings
from components.settings.problems import Path

Schema = Mapping[str, Any]

_KINDS = {
    "string_type": "text, in quotes if it looks like something else",
    "int_type": "a whole number without quotes",
    "int_from_float": "a whole number",
    "float_type": "a number without quotes",
    "bool_type": "true or false, without quotes",
    "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
    "model_attributes_type": "a mapping of keys to values",
    "tuple_type": "a list",
    "list_type": "a list",
    "string_unicode": "text in UTF-8",
}

_MOVED: Mapping[Path, str] = {
    ("foundation", f"{page}NodePort"): "foundation.login.nodePort" for page in ("history", "logs", "signals")
}
"""Keys that were taken away -> what has their place."""


def message(error: ErrorDetails, path: Path) -> str:
    """Say what a key must be and what to do next.

    Args:
        error: one of pydantic's findings.
        path: where it stands in the file.
    """
    kind = error["type"]
    nodes = _nodes(path, error["loc"])
    if kind == "value_error":
        return str(error["ctx"]["error"])
    if kind in _KINDS:
        return f"must be {_KINDS[kind]} ({_purpose(nodes)})"
    if kind == "missing":
        return f"is missing; add it: {_purpose(nodes)}"
    if kind in ("extra_forbidden", "invalid_key"):
        known = _properties(_nodes(path[:-1], error["loc"]))
        return f"is not a key here; {_elsewhere(path) or _instead(path[-1:], known)}"
    if kind in ("literal_error", "enum"):
        return f"is not one of the choices; {_instead((error['input'],), _choices(nodes))}"
    return _bounds(nodes) or error["msg"]


def _elsewhere(path: Path) -> str | None:
    """What took the place of a key that there was, if it was one."""
    place = _MOVED.get(tuple(map(str, path)))
    return f"all pages have one address now, write {place}" if place else None


def _tag(node: Schema) -> str | None:
    """What a member of a tagged union calls itself."""
    kind = node.get("properties", {}).get("kind", {})
    return kind.get("const") if isinstance(kind, dict) else None


def meant(path: Path) -> Path:
    """The key that an unknown key was probably meant to be, or the key itself.

    Args:
        path: to a key that no setting has.
    """
    near = difflib.get_close_matches(str(path[-1]), _keys(path[:-1]), n=1) if path else []
    return (*path[:-1], near[0]) if near else path


def _purpose(nodes: Iterable[Schema]) -> str:
    texts = [str(node["description"]) for node in nodes if "description" in node]
    if not texts:
        return "see docs/configuration.md"
    text = texts[0].rstrip(".")
    return text if text[1].isupper() else text[0].lower() + text[1:]


def _instead(written: Iterable[object], known: list[str]) -> str:
    """What to write for a key or a choice; a number that looks like another is not near to it."""
    if not known:
        return "remove it"
    for near in (difflib.get_close_matches(each, known, n=1) for each in written if isinstance(each, str)):
        if near:
            return f"did you mean {near[0]}?"
    return f"write {'' if len(known) == 1 else 'one of '}{', '.join(known)}"


def _keys(path: Path) -> list[str]:
    return _properties(_nodes(path))


def _properties(nodes: Iterable[Schema]) -> list[str]:
    return sorted({key for node in nodes for key in node.get("properties", {})})


def _choices(nodes: Iterable[Schema]) -> list[str]:
    found = {
        each for node in nodes for each in (*node.get("enum", ()), node.get("const")) if each is not None
    }
    return [str(each) for each in sorted(found)]


def _bounds(nodes: Iterable[Schema]) -> str | None:
    for node in nodes:
        if "minimum" in node and "maximum" in node:
            return f"is out of bounds; write {node['minimum']} to {node['maximum']}"
        if "maxItems" in node:
            return f"must list {node.get('minItems', 0)} to {node['maxItems']} ({_purpose(nodes)})"
    return None


@cache
def _root() -> Schema:
    return Settings.model_json_schema(by_alias=True)


def _nodes(path: Path, chosen: Path = ()) -> list[Schema]:
    """Schemas that apply to the value at a path, outermost first; several if it is a union.

    Args:
        path: to the value.
        chosen: what pydantic chose of each tagged union on the way, by its tag, among other steps.
    """
    nodes = list(_opened([_root()]))
    for step in path:
        nodes = list(_opened(_below(nodes, step)))
        nodes = [node for node in nodes if _tag(node) in chosen] or nodes
    return nodes


def _below(nodes: Iterable[Schema], step: str | int) -> Iterator[Schema]:
    for node in nodes:
        if isinstance(step, int):
            if isinstance(node.get("items"), dict):
                yield node["items"]
        elif step in node.get("properties", {}):
            yield node["properties"][step]
        elif isinstance(node.get("additionalProperties"), dict):
            yield node["additionalProperties"]


def _opened(nodes: Iterable[Schema]) -> Iterator[Schema]:
    for node in nodes:
        yield node
        if "$ref" in node:
            yield from _opened([_root()["$defs"][node["$ref"].rsplit("/", 1)[-1]]])
        for union in ("anyOf", "oneOf", "allOf"):
            yield from _opened(node.get(union, ()))

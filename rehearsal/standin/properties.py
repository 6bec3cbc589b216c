"""Arithmetic of properties: what differs, what AWS fills in, what a preview can know."""

from __future__ import annotations

from typing import Any

from pulumi.runtime.proto import provider_pb2

from rehearsal.standin import values
from rehearsal.standin.behaviour import Template
from rehearsal.standin.values import UNKNOWN, Properties


def merged(winner: Any, other: Any) -> Any:
    """Two nested mappings as one; on conflict the first wins.

    Args:
        winner: a mapping, or a value that stays as it is.
        other: a mapping that adds what the first lacks.
    """
    if not isinstance(winner, dict) or not isinstance(other, dict) or values.signature(winner):
        return winner
    return {
        **other,
        **{key: merged(value, other[key]) if key in other else value for key, value in winner.items()},
    }


def unknown(template: Any) -> Any:
    """The form of a template with every value unknown; lists are unknown as a whole.

    Args:
        template: mappings in one another.
    """
    if isinstance(template, dict):
        return {key: unknown(item) for key, item in template.items()}
    return UNKNOWN


def filled_in(outputs: Properties, inputs: Properties) -> Properties:
    """The part of a resource's outputs that is not its arguments, at any depth.

    Args:
        outputs: all that the resource has.
        inputs: its arguments.
    """
    found = {}
    for key, value in outputs.items():
        given = inputs.get(key)
        if key not in inputs:
            found[key] = value
        elif isinstance(value, dict) and isinstance(given, dict) and not values.signature(value):
            found[key] = filled_in(value, given)
    return found


def plausible(name: str, kind: Any, template: Template) -> Any:
    """Something of the right kind for an output that the table says nothing about.

    Args:
        name: the output's.
        kind: its type by the SDK: "str", "int", "float", "bool", or a mapping for anything else.
        template: gives eight random hex digits.
    """
    if isinstance(kind, dict):
        return [] if "list" in kind else {} if "map" in kind else None
    return {"str": f"{name}-{template['hex8']}", "int": 0, "float": 0, "bool": False}.get(kind)


def detailed(
    before: Properties, after: Properties, changed: list[str], replaces: list[str]
) -> dict[str, provider_pb2.PropertyDiff]:
    """What the engine shows of each change, by path.

    Args:
        before: the old arguments.
        after: the new ones.
        changed: keys that differ.
        replaces: paths whose change makes a new resource.
    """
    found = {}
    for key in changed:
        if key == "tagsAll":
            found[key] = provider_pb2.PropertyDiff(kind=provider_pb2.PropertyDiff.UPDATE, inputDiff=False)
            continue
        old, new = dict(values.leaves(before.get(key), key)), dict(values.leaves(after.get(key), key))
        different = {path for path in old.keys() | new.keys() if old.get(path, _NONE) != new.get(path, _NONE)}
        for path in different or {key}:
            replacing = any(path == rule or path.startswith((f"{rule}.", f"{rule}[")) for rule in replaces)
            kind = _kind(path in old, path in new, replacing)
            found[path] = provider_pb2.PropertyDiff(kind=kind, inputDiff=True)
    return found


_NONE = object()


def _kind(was: bool, is_: bool, replacing: bool) -> Any:
    word = "UPDATE" if was == is_ else "DELETE" if was else "ADD"
    return provider_pb2.PropertyDiff.Kind.Value(f"{word}_REPLACE" if replacing else word)

"""An input as a tree whose leaves know where they stood. Pure.

A part of a text that is known only when it runs (a shell variable, an expression of Python) is a hole in it:
its name between two characters of Unicode's private use area, so that it survives every further parser.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias
from urllib.parse import quote, unquote

_OPEN, _CLOSE = "\ue000", "\ue001"
HOLE: Final = re.compile(f"{_OPEN}([^{_CLOSE}]*){_CLOSE}")
"""A hole, its name in the first group."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value that is no list and no mapping.

    Args:
        value: what stands there; of a text, with its holes.
        at: where: a JSON pointer (RFC 6901), or `line:column` in a text that is no JSON.
    """

    value: str | int | float | bool | None
    at: str

    @property
    def text(self) -> str:
        """The value as Spark and EMR write it."""
        if isinstance(self.value, bool):
            return "true" if self.value else "false"
        return "" if self.value is None else str(self.value)

    def with_text(self, text: str, part: str = "") -> Leaf:
        """Another text from the same place.

        Args:
            text: the other text.
            part: which part of the place it is from; empty for all of it.
        """
        return replace(self, value=text, at=f"{self.at}#{part}" if part else self.at)


Node: TypeAlias = "Leaf | dict[str, Node] | list[Node]"


def plant(value: Any, at: str = "") -> Node:
    """Make a tree of plain data.

    Args:
        value: mappings, sequences and scalars, as JSON or YAML gives them.
        at: where it stands.
    """
    if isinstance(value, Mapping):
        return {str(key): plant(part, f"{at}/{_escaped(str(key))}") for key, part in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [plant(part, f"{at}/{number}") for number, part in enumerate(value)]
    if isinstance(value, str | int | float | bool) or value is None:
        return Leaf(value, at)
    return Leaf(str(value), at)


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def leaves(node: Node | None) -> Iterator[Leaf]:
    """Every leaf of a tree.

    Args:
        node: None has none.
    """
    if isinstance(node, Leaf):
        yield node
    elif isinstance(node, dict):
        for part in node.values():
            yield from leaves(part)
    elif isinstance(node, list):
        for part in node:
            yield from leaves(part)


def named_leaves(node: Node | None, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Leaf]]:
    """Every leaf with the names on the way to it; an element of a list is named `*`.

    Args:
        node: None has none.
        path: names that lead to it.
    """
    if isinstance(node, Leaf):
        yield path, node
    elif isinstance(node, dict):
        for key, part in node.items():
            yield from named_leaves(part, (*path, key))
    elif isinstance(node, list):
        for part in node:
            yield from named_leaves(part, (*path, "*"))


def below(node: Node | None, *path: str) -> Node | None:
    """What stands at the end of some keys; None where one is missing.

    Args:
        node: where to begin.
        path: keys, from the outermost.
    """
    for key in path:
        node = node.get(key) if isinstance(node, dict) else None
    return node


def leaf(node: Node | None, *path: str) -> Leaf | None:
    """The leaf at the end of some keys; None where there is none.

    Args:
        node: where to begin.
        path: keys, from the outermost.
    """
    found = below(node, *path)
    return found if isinstance(found, Leaf) and found.value is not None else None


def items(node: Node | None, *path: str) -> list[Node]:
    """The list at the end of some keys; empty where there is none.

    Args:
        node: where to begin.
        path: keys, from the outermost.
    """
    found = below(node, *path)
    return found if isinstance(found, list) else []


def renamed(node: Node, rename: Callable[[str], str]) -> Node:
    """The same tree with other keys.

    Args:
        node: the tree.
        rename: key -> key.
    """
    if isinstance(node, dict):
        return {rename(key): renamed(part, rename) for key, part in node.items()}
    return [renamed(part, rename) for part in node] if isinstance(node, list) else node


def relocated(node: Node, place: Callable[[str], str]) -> Node:
    """The same tree at other places.

    Args:
        node: the tree.
        place: place -> place; leaves that have none keep none.
    """
    if isinstance(node, dict):
        return {key: relocated(part, place) for key, part in node.items()}
    if isinstance(node, list):
        return [relocated(part, place) for part in node]
    return replace(node, at=place(node.at)) if node.at else node


def hole(name: str) -> str:
    """A hole in a text.

    Args:
        name: what is known only when it runs.
    """
    # Its signs are escaped: quotes, commas and brackets mean something to the parsers that come after.
    return f"{_OPEN}{quote(name, safe='')}{_CLOSE}"


def holes(text: str) -> tuple[str, ...]:
    """Names of a text's holes.

    Args:
        text: of a leaf.
    """
    return tuple(unquote(name) for name in HOLE.findall(text))


def quoted_holes(text: str) -> str:
    """A text of JSON with its holes outside of texts in quotes, as a template may have them.

    Args:
        text: of JSON, but for its holes.
    """
    parts = re.split(r'("(?:\\.|[^"\\])*")', text)
    return "".join(part if number % 2 else HOLE.sub(r'"\g<0>"', part) for number, part in enumerate(parts))


def words(node: Node | None) -> list[Leaf]:
    """A list of words: one alone is a list of one, and what is no word is known only when it runs.

    Args:
        node: a list, as a rule.
    """
    parts = node if isinstance(node, list) else [] if node is None else [node]
    return [each if isinstance(each, Leaf) else _computed(each) for each in parts]


def _computed(node: Node) -> Leaf:
    first = next(leaves(node), None)
    return Leaf(hole("an expression"), first.at if first else "")


def shown(text: str) -> str:
    """A text as people write it, its holes as `${name}`.

    Args:
        text: of a leaf.
    """
    return HOLE.sub(lambda match: f"${{{unquote(match[1])}}}", text)


def filled(text: str, values: Mapping[str, str]) -> str:
    """A text with those of its holes filled in whose value is known.

    Args:
        text: of a leaf.
        values: by the hole's name; any other hole stays.
    """
    return HOLE.sub(lambda match: values.get(unquote(match[1]), match[0]), text)

"""Reads YAML as kubectl does, and remembers on which line each value stands. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import yaml
from yaml.constructor import ConstructorError, SafeConstructor
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from .problems import Key

LARGEST: Final = 1024**2
"""Bytes of a file: the API server takes objects of 1.5 MiB at most (etcd's limit)."""

MOST_NODES: Final = 50_000
"""Values of a document, aliases written out: a few lines of them can mean billions."""

_TIMESTAMP: Final = "tag:yaml.org,2002:timestamp"


@dataclass(kw_only=True)
class Document:
    """One document of a file.

    Args:
        data: what it says.
        line: where it begins.
        source: lines of the whole file.
        lines: line of each value, by its place.
        faults: what is wrong with its form: place and message.
    """

    data: Any
    line: int
    source: tuple[str, ...] = ()
    lines: dict[Key, int] = field(default_factory=dict)
    faults: list[tuple[Key, str]] = field(default_factory=list)

    def line_of(self, key: Key) -> int:
        """The line of a value, or of the nearest thing around it that is there.

        Args:
            key: where the value is, or would be.
        """
        while key and key not in self.lines:
            key = key[:-1]
        return self.lines.get(key, self.line)


class UnreadableError(Exception):
    """A text that is no YAML from some line on.

    Args:
        line: where.
        message: why.
    """

    def __init__(self, line: int, message: str) -> None:
        self.line = line
        super().__init__(message)


def documents(text: str) -> Iterator[Document]:
    """Read a file's documents, those that are empty left out.

    Args:
        text: the file.

    Raises:
        UnreadableError: it is no YAML; what came before has been given.
    """
    source = tuple(text.splitlines())
    try:
        for node in yaml.compose_all(text, Loader=yaml.SafeLoader):
            if node is None or node.tag == "tag:yaml.org,2002:null":
                continue
            document = Document(data=None, line=node.start_mark.line + 1, source=source)
            document.data = _Reading(document).value(node, ())
            yield document
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise UnreadableError(mark.line + 1 if mark else 1, error.problem or "is no YAML") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise UnreadableError(1, f"is no YAML: {error}") from error


class _Reading:
    """Nodes turned into values.

    Args:
        document: where lines and faults are noted.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self._left = MOST_NODES
        self._scalars = SafeConstructor()

    def value(self, node: Node, key: Key) -> Any:
        """What a node says."""
        self._left -= 1
        if self._left < 0:
            mark = node.start_mark
            raise yaml.MarkedYAMLError(problem=f"has more than {MOST_NODES} values", problem_mark=mark)
        self._document.lines[key] = node.start_mark.line + 1
        if isinstance(node, MappingNode):
            return self._mapping(node, key)
        if isinstance(node, SequenceNode):
            return [self.value(each, (*key, number)) for number, each in enumerate(node.value)]
        return self._scalar(node, key)

    def _mapping(self, node: MappingNode, key: Key) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name_node, node_of_value in node.value:
            name = str(name_node.value)
            place = (*key, name)
            if not isinstance(name_node, ScalarNode) or name == "<<":
                self._document.faults.append((key, "has a key that is no word: write each key out"))
                continue
            if name in found:
                self._document.faults.append((place, "stands twice: remove one; only the last would count"))
            found[name] = self.value(node_of_value, place)
            self._document.lines[place] = name_node.start_mark.line + 1
        return found

    def _scalar(self, node: Node, key: Key) -> Any:
        if node.tag == _TIMESTAMP:
            # Kubernetes knows no dates in YAML: they are texts.
            return str(node.value)
        try:
            return self._scalars.construct_object(node)
        except (ConstructorError, ValueError) as error:
            self._document.faults.append((key, f"can't be read: {error}"))
            return None

"""Reads YAML as Pulumi does, so that a stack file means the same to `make` and to `pulumi`.

PyYAML follows YAML 1.1 and takes the last of two equal keys without a word; Pulumi reads with yaml.v3, which
refuses those, and takes `yes`, `1:20` and `09` for something else. Its rules are in resolve.go of
gopkg.in/yaml.v3 3.0.1; a test compares what both make of the same file.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from datetime import datetime
from typing import Any, Final

import yaml

from workspace.errors import ReportedError

_PREFIX: Final = "tag:yaml.org,2002:"
_INTEGER: Final = re.compile(r"[-+]?(0[bB][01]+|0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|0|[1-9][0-9]*)")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_DATE: Final = re.compile(
    r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
    r"([Tt][0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(\.[0-9]+)?(Z|[-+][0-9]{2}:[0-9]{2})"
    r"| [0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(\.[0-9]+)?)?"
)
_WORDS: Final = {
    **dict.fromkeys(("true", "True", "TRUE", "false", "False", "FALSE"), "bool"),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), "null"),
    **dict.fromkeys((f"{sign}.{word}" for sign in ("", "+", "-") for word in ("inf", "Inf", "INF")), "float"),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), "float"),
    "<<": "merge",
}
_LARGEST: Final = 2**64 - 1
"""Go's uint64; a number beyond it is a fraction for yaml.v3."""

_WHOLE_FLOAT: Final = 1e21
"""Below it Go writes a fraction without a remainder as a whole number (encoding/json)."""


class _Loader(yaml.SafeLoader):
    """PyYAML's reader with the plain scalars of yaml.v3."""

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> Any:
        """Say the type of a node; of a plain scalar by yaml.v3's rules."""
        if kind is yaml.ScalarNode and implicit[0]:
            return _PREFIX + _type(value)
        later = (False, implicit[1]) if kind is yaml.ScalarNode else implicit
        untyped: Any = super()
        return untyped.resolve(kind, value, later)


def _type(text: str) -> str:
    if text in _WORDS:
        return _WORDS[text]
    if _DATE.fullmatch(text):
        return "timestamp"
    plain = text.replace("_", "") if text[:1] != "_" else text
    return "int" if _INTEGER.fullmatch(plain) or _FLOAT.fullmatch(plain) else "str"


def _number(loader: _Loader, node: yaml.ScalarNode) -> int | float:
    plain = str(loader.construct_scalar(node)).replace("_", "")
    if _INTEGER.fullmatch(plain):
        # A leading zero is octal for yaml.v3, and an error for Python.
        octal = re.fullmatch(r"[-+]?0[0-7]+", plain)
        number = int(plain, 8 if octal else 0)
        if abs(number) <= _LARGEST:
            return number
    fraction = float(plain)
    return int(fraction) if abs(fraction) < _WHOLE_FLOAT and fraction.is_integer() else fraction


def _date(loader: _Loader, node: yaml.ScalarNode) -> str:
    """Pulumi takes a date for one, and hands it on in Go's words."""
    found = loader.construct_yaml_timestamp(node)
    clock = f"{found:%H:%M:%S}" if isinstance(found, datetime) else "00:00:00"
    return f"{found:%Y-%m-%d} {clock} +0000 UTC"


_Loader.add_constructor(f"{_PREFIX}int", _number)
_Loader.add_constructor(f"{_PREFIX}timestamp", _date)


def load(text: str, *, source: str) -> Any:
    """Read one document.

    Args:
        text: the file's content.
        source: the file's name, for messages.

    Raises:
        ReportedError: it is no YAML, or holds a key twice; all such keys are named.
    """
    try:
        return _document(_Loader(text), source)
    except yaml.MarkedYAMLError as error:
        raise ReportedError(_said(error, text, source), hint="mend that line; nothing was changed") from None
    except (yaml.YAMLError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise ReportedError(
            f"{source} can't be read: {reason}", hint="save it as plain text in UTF-8"
        ) from None


def _document(loader: _Loader, source: str) -> Any:
    try:
        root = loader.get_single_node()
        if root is None:
            return None
        if twice := list(_keys_twice(root, "")):
            raise ReportedError(
                f"{source}: " + "; ".join(twice), hint="keep one of each; Pulumi refuses such a file as well"
            )
        return loader.construct_document(root)
    finally:
        loader.dispose()


def _keys_twice(node: yaml.Node, path: str, seen: frozenset[int] = frozenset()) -> Iterator[str]:
    """Say which keys stand twice, in the file's order; an alias inside of what it names ends the search."""
    if id(node) in seen:
        return
    inside = seen | {id(node)}
    if isinstance(node, yaml.SequenceNode):
        for number, each in enumerate(node.value):
            yield from _keys_twice(each, f"{path}[{number}]", inside)
    if not isinstance(node, yaml.MappingNode):
        return
    lines: dict[Hashable, int] = {}
    for key, value in node.value:
        name, line = str(key.value), key.start_mark.line + 1
        here = f"{path}.{name}" if path else name
        if name in lines and key.tag != f"{_PREFIX}merge":
            yield f"{here} is there twice, in lines {lines[name]} and {line}"
        lines.setdefault(name, line)
        yield from _keys_twice(value, here, inside)


def _said(error: yaml.MarkedYAMLError, text: str, source: str) -> str:
    """What is wrong with a file that is no YAML, in one sentence."""
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return f"{source} is no YAML: {error.problem}"
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return f"{source}, line {mark.line + 1}: a tab; YAML is indented with blanks"
    if line[mark.column : mark.column + 1] == "\t":
        # yaml.v3 takes one between a key and its value; the other reader of this file does not.
        return f"{source}, line {mark.line + 1}: a tab in the place of a blank; write a blank"
    reason = " ".join(part for part in (error.context, error.problem) if part)
    return f"{source}, line {mark.line + 1}: {reason}"

"""What Python makes of texts: `%`, `format`, and methods of `str`. Pure.

A value that is not known stays a hole in the text; a form that is not known makes the whole text one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from emr.model.tree import Leaf, Node, hole, holes

_PERCENT: Final = re.compile(r"%(?:\((\w+)\))?([sd%])|%")
_FIELD: Final = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")
_SPEC: Final = re.compile(r"[<>^]?0?\d{0,2}[sd]?|\.\d[f%]|,")
"""Forms of a number or a text that people write, such as `02d`."""


def of(value: Leaf) -> str:
    """A value as `str` writes it.

    Args:
        value: a leaf.
    """
    return value.text if isinstance(value.value, str) else str(value.value)


def formatted(value: Leaf, spec: str) -> str | None:
    """A value in a form; None if the form is none that is known.

    Args:
        value: what is written.
        spec: what stands behind the colon.
    """
    if not spec:
        return of(value)
    if holes(value.text) or not _SPEC.fullmatch(spec):
        return None
    try:
        return format(value.value, spec)
    except (ValueError, TypeError):
        return None


def percent(text: str, value: Node) -> str | None:
    """`text % value`; None if they do not fit.

    Args:
        text: with its marks.
        value: a list for a tuple, a mapping, or the only value.
    """
    values: Sequence[Node] = value if isinstance(value, list) else [value]
    number = 0
    wrong = False

    def fill(match: re.Match[str]) -> str:
        nonlocal number, wrong
        if match[2] == "%":
            return "%"
        if match[2] is None:
            wrong = True
            return ""
        found: Node | None
        if match[1]:
            found = value.get(match[1]) if isinstance(value, dict) else None
        else:
            found = values[number] if number < len(values) else None
            number += 1
        wrong = wrong or not isinstance(found, Leaf)
        return of(found) if isinstance(found, Leaf) else ""

    made = _PERCENT.sub(fill, text)
    return None if wrong or (number != len(values) and not isinstance(value, dict)) else made


def braces(text: str, numbered: Sequence[Node], named: Mapping[str, Node]) -> str:
    """`text.format(...)`.

    Args:
        text: with its fields.
        numbered: values by place.
        named: values by name.
    """
    counter = iter(range(len(numbered)))

    def fill(match: re.Match[str]) -> str:
        if match[0] in ("{{", "}}"):
            return match[0][0]
        name, _, spec = match[1].partition(":")
        found = named.get(name)
        if found is None and (not name or name.isdigit()):
            number = int(name) if name else next(counter, len(numbered))
            found = numbered[number] if number < len(numbered) else None
        made = formatted(found, spec) if isinstance(found, Leaf) else None
        return hole(match[1] or "?") if made is None else made

    return _FIELD.sub(fill, text)


def method(name: str, text: Leaf, arguments: Sequence[Node]) -> Node | None:
    """A method of `str`; None if it is none that is known, or what it is given is not.

    Args:
        name: of the method.
        text: whose it is.
        arguments: what it is given.
    """
    given = [each.value for each in arguments if isinstance(each, Leaf)]
    if len(given) < len(arguments) or any(not isinstance(each, str | int) for each in given):
        return None
    if any(holes(str(each)) for each in given):
        return None
    if name == "split":
        return _split(text, given)
    if holes(text.text) and name not in _WITH_HOLES:
        return None
    if name in _METHODS and len(given) in _METHODS[name] and all(isinstance(each, str) for each in given):
        return Leaf(getattr(text.text, name)(*given), text.at)
    return None


_METHODS: Final = {
    **dict.fromkeys(("strip", "lstrip", "rstrip"), (0, 1)),
    **dict.fromkeys(("upper", "lower", "title", "capitalize"), (0,)),
    **dict.fromkeys(("removeprefix", "removesuffix"), (1,)),
    "replace": (2,),
}
"""Method -> how many texts it may be given."""

_WITH_HOLES: Final = {"strip"}


def _split(text: Leaf, given: Sequence[object]) -> Node | None:
    separator = given[0] if given else None
    if len(given) > 1 or not (separator is None or (isinstance(separator, str) and separator)):
        return None
    words = text.text.split(separator)
    return [text.with_text(word, f"word {number}") for number, word in enumerate(words, start=1)]

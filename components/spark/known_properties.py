"""What Spark itself reads as the value of each of its properties. Pure.

known_properties.txt has a line for each: its name and its kind, as Spark 4.1.2's own converters tell it when
they are asked (`tests/data/generate.py known-properties`). A driver ends at its start, or at the first query,
over a value that they do not take; over a name that nobody reads it says nothing at all.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

_FILE: Final = Path(__file__).with_name("known_properties.txt")

_SHAPES: Final = {
    # ConfigHelpers.toBoolean and toNumber take blanks around, as JavaUtils.timeStringAs and byteStringAs do.
    "boolean": (r"(?i)\s*(true|false)\s*", "must be true or false"),
    "time": (
        r"(?i)\s*-?[0-9]+(us|ms|s|m|min|h|d)?\s*",
        "must be a time in whole units such as 500ms, 120s, 2min, 3h or 1d, without a blank inside",
    ),
    "size": (
        r"(?i)\s*-?[0-9]+([kmgtp]b?|b)?\s*",
        "must be a size in whole units such as 64k, 128m or 4g, without a blank inside",
    ),
    "whole": (r"\s*[+-]?[0-9]+\s*", "must be a whole number"),
    "number": (r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*", "must be a number such as 0.5"),
}
"""Pattern and words of each kind that is no list of choices."""

_OF: Final = " of "
_OVER: Final = "over 0"


@cache
def kinds() -> dict[str, str]:
    """Read the table: the name of each property, and its kind."""
    lines = _FILE.read_text(encoding="utf-8").splitlines()
    return {key: kind for key, _, kind in (line.partition(" ") for line in lines)}


def unreadable(key: str, value: str) -> str | None:
    """Say what Spark wants in the place of a value; None if it takes it, or the name is none of its own.

    Args:
        key: name of the property.
        value: its value.
    """
    kind = kinds().get(key, "text")
    if kind == "text":
        return None
    if _OF in kind:
        manner, _, words = kind.partition(_OF)
        choices = words.split(" ")
        folded = value.lower() in (each.lower() for each in choices)
        taken = value in choices or (manner == "any case" and folded)
        return None if taken else f"must be one of {', '.join(choices)}"
    shape, _, bound = kind.partition(" ")
    pattern, wanted = _SHAPES[shape]
    if re.fullmatch(pattern, value) and _is_within(value, bound):
        return None
    return f"{wanted}, {bound if bound in ('', _OVER) else f'{bound} or more'}".removesuffix(", ")


def _is_within(value: str, bound: str) -> bool:
    if bound == _OVER:
        return float(value) > 0
    return not bound or float(value) >= int(bound)


def misspelt(key: str) -> str | None:
    """Find the property that was meant by a name that Spark does not know: another case, or one letter off.

    Args:
        key: name of the property.
    """
    known = kinds()
    if key in known:
        return None
    for other in known:
        if key.lower() == other.lower() or (abs(len(key) - len(other)) < 2 and _one_off(key, other)):
            return other
    return None


def _one_off(one: str, other: str) -> bool:
    """Whether a letter more, less, else or two exchanged make one text of the other."""
    same = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if same is None:
        return True
    left, right = one[same:], other[same:]
    return (
        left[1:] == right[1:]
        or left[1:] == right
        or left == right[1:]
        or (left[1::-1] == right[:2] and left[2:] == right[2:])
    )

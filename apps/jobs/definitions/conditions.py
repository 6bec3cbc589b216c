"""What a condition in SQL may be, as far as that is seen without Spark: one expression, of one row. Pure.

Spark's own parser has the last word, when it is asked; what is said here is said with file and line. The
interval comes as parameters, whose values are handed to Spark beside the text and never put into it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

PARAMETERS: Final = ("interval_start", "interval_end", "interval_key")
"""Begin and end of the interval as moments, and its key as a text; written with a colon in front."""

LONGEST: Final = 2000
"""Characters of a condition: it is quoted in sentences."""

MOST: Final = 32
"""Conditions of a job: the answers to all have 4,096 bytes, and the longest takes 93 of them."""

LONGEST_OF_ALL: Final = 16_000
"""Characters of all conditions of a job: they are one argument of a program, which Linux bounds at 128 KiB
(MAX_ARG_STRLEN), and a character may take six bytes there."""

# Kinds of what stands in a text, in this order at each place; comments and quoted texts hide the rest.
_PART: Final = re.compile(
    r"""
      (?P<quoted>[rR]'[^']*'|[rR]"[^"]*"|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`[^`]*`|--[^\n]*|/\*.*?\*/|::)
    | (?P<unclosed>['"`]|/\*)
    | (?P<opening>\()
    | (?P<closing>\))
    | (?P<end>;)
    | (?P<mark>\{\{)
    | :(?P<parameter>[A-Za-z_]\w*)
    | (?P<word>\w+)
    | (?P<other>[^\s])
    """,
    re.VERBOSE | re.DOTALL,
)

_STATEMENT: Final = re.compile(
    r"\s*(?:select|with|insert|update|delete|merge|create|drop|alter|truncate)\s+"
    r"(?!(?:is|in|not|like|ilike|rlike|between|and|or|div)\b)[\w`*('\"]",
    re.IGNORECASE,
)


def faults(text: str) -> Iterator[str]:
    """What is wrong with a condition; nothing if Spark may be asked.

    Args:
        text: as it is written.
    """
    if len(text) > LONGEST:
        yield f"has {len(text)} characters, and a condition may have {LONGEST}: split it into several checks"
    if _STATEMENT.match(text):
        yield (
            "must be a condition for a row, such as amount >= 0, and no statement: Spark counts the rows for "
            "which it does not hold"
        )
    yield from _faults_of_parts(text)


def faults_of_all(texts: Sequence[str]) -> Iterator[str]:
    """What is wrong with all conditions of a job together; nothing if Spark may be asked.

    Args:
        texts: as they are written.
    """
    if len(texts) > MOST:
        yield f"have {len(texts)} conditions in SQL, and a job may have {MOST}: join some by AND"
    if (length := sum(map(len, texts))) > LONGEST_OF_ALL:
        yield (
            f"have {length} characters of conditions in SQL, and a job may have {LONGEST_OF_ALL}: shorten "
            "some"
        )


def _faults_of_parts(text: str) -> Iterator[str]:
    depth, lowest = 0, 0
    for part in _PART.finditer(text):
        kind = part.lastgroup
        depth += {"opening": 1, "closing": -1}.get(str(kind), 0)
        lowest = min(lowest, depth)
        if kind == "unclosed":
            yield f"has {part[0]} at character {part.start() + 1}, which nothing closes"
            return
        if kind == "end":
            yield "has a semicolon: a condition is one expression, and no statement"
        elif kind == "mark":
            yield f"has a mark: write {_named()}, which have the interval's values"
        elif kind == "parameter" and part["parameter"] not in PARAMETERS:
            yield f"has the parameter :{part['parameter']}, which is none: write {_named()}"
    if depth or lowest:
        yield "has parentheses that do not match"


def _named() -> str:
    return ", ".join(f":{name}" for name in PARAMETERS)

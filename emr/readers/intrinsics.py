"""Values of Step Functions: JSONPaths and intrinsic functions. Pure; what a run hands in is a hole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from emr.model.tree import hole

_LITERAL: Final = re.compile(r"'((?:\\.|[^'\\])*)'")
_CALL: Final = re.compile(r"(States\.\w+)\s*\(")
_PLAIN: Final = re.compile(r"-?\d+(?:\.\d+)?|true|false|null")
_MARK: Final = re.compile(r"\\(.)|(\{\})")
_DEEPEST: Final = 20


class _NoExpressionError(ValueError):
    """A text that the States Language does not know."""


def value(text: str) -> Any:
    """What a field whose key ends in `.$` holds: a text with holes, or a list of them.

    Args:
        text: a path such as `$.day`, or a call such as `States.Array('a', $.b)`.
    """
    try:
        found, rest = _expression(text.strip())
    except _NoExpressionError:
        return hole(text)
    return hole(text) if rest.strip() else found


def _expression(text: str, depth: int = 0) -> tuple[Any, str]:
    """An expression at the head of a text, and what follows it."""
    text = text.lstrip()
    if depth > _DEEPEST:
        raise _NoExpressionError(text)
    if match := _LITERAL.match(text):
        return match[1], text[match.end() :]
    if match := _CALL.match(text):
        arguments, rest = _arguments(text[match.end() :], depth)
        whole = text[: len(text) - len(rest)]
        return _called(match[1], arguments, whole), rest
    if text.startswith("$"):
        path = _path(text)
        return hole(path), text[len(path) :]
    if match := _PLAIN.match(text):
        return match[0], text[match.end() :]
    raise _NoExpressionError(text)


def _arguments(text: str, depth: int) -> tuple[list[Any], str]:
    found: list[Any] = []
    while True:
        text = text.lstrip()
        if text.startswith(")"):
            return found, text[1:]
        if found:
            if not text.startswith(","):
                raise _NoExpressionError(text)
            text = text[1:]
        part, text = _expression(text, depth + 1)
        found.append(part)


def _path(text: str) -> str:
    """A JSONPath: it ends at a comma, a blank or a parenthesis outside of its brackets."""
    depth = 0
    for number, sign in enumerate(text):
        if sign in "[(" and (depth or sign == "["):
            depth += 1
        elif sign in "])" and depth:
            depth -= 1
        elif not depth and sign in ",) \t\n":
            return text[:number]
    return text


def _called(name: str, arguments: list[Any], whole: str) -> Any:
    if name == "States.Array":
        return [_unescaped(each) if isinstance(each, str) else each for each in arguments]
    texts = [each for each in arguments if isinstance(each, str)]
    if name == "States.Format" and texts and len(texts) == len(arguments):
        return _formatted(texts[0], iter(texts[1:]), whole)
    return hole(whole)


def _formatted(template: str, values: Iterator[str], whole: str) -> str:
    """`States.Format`: each `{}` is the next value; a backslash takes the meaning of the sign behind it."""
    found: list[str] = []
    end = 0
    for match in _MARK.finditer(template):
        found.append(template[end : match.start()])
        end = match.end()
        if match[1] is not None:
            found.append(match[1])
            continue
        given = next(values, None)
        if given is None:
            return hole(whole)
        found.append(_unescaped(given))
    return "".join([*found, template[end:]])


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)

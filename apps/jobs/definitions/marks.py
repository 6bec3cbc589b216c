"""Marks in a definition that a run fills in: its interval and its name. Pure.

`{{ interval.start }}` and `{{ interval.end }}` are moments in UTC (`2026-11-20T00:00:00Z`), `{{
interval.key }}` names the interval (`2026-11-20`), `{{ run.id }}` is the SparkApplication's name. Nothing
else stands between such braces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from .problems import Key

MARKS: Final = ("interval.start", "interval.end", "interval.key", "run.id")

ALLOWED: Final = (("arguments",), ("sparkConf",), ("driver", "env"), ("executor", "env"))
"""Where marks may stand, below the spec of a SparkApplication: names and sizes are the same for all."""

_MARK: Final = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


def faults(spec: Mapping[str, Any]) -> Iterator[tuple[Key, str]]:
    """Marks that can't be filled in: place below the spec, and message.

    Args:
        spec: a SparkApplication's spec.
    """
    for key, text in _texts(spec, ()):
        for name in _MARK.findall(text):
            if name not in MARKS:
                yield key, f"has the mark {{{{ {name} }}}}, which is none: write {', '.join(MARKS)}"
            elif not any(key[: len(place)] == place for place in ALLOWED):
                places = ", ".join(".".join(place) for place in ALLOWED)
                yield key, f"can not differ from run to run: marks may stand in {places}"


def uses_interval(spec: Mapping[str, Any]) -> bool:
    """Say whether runs of different intervals differ: without a mark all would do the same.

    Args:
        spec: a SparkApplication's spec.
    """
    return any(name.startswith("interval.") for _, text in _texts(spec, ()) for name in _MARK.findall(text))


def filled(value: Any, words: Mapping[str, str]) -> Any:
    """A value with its marks filled in.

    Args:
        value: a spec, or a part of one.
        words: a word for each mark; one without stays as it is.
    """
    if isinstance(value, str):
        return _MARK.sub(lambda match: words.get(match[1], match[0]), value)
    if isinstance(value, Mapping):
        return {name: filled(part, words) for name, part in value.items()}
    return [filled(each, words) for each in value] if isinstance(value, list) else value


def _texts(value: Any, key: Key) -> Iterator[tuple[Key, str]]:
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, Mapping):
        for name, part in value.items():
            yield from _texts(part, (*key, name))
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from _texts(part, (*key, number))

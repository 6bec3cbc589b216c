"""Wrong stack files, generated: each is a right one with one mistake in it."""

from __future__ import annotations

import copy
import datetime
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from hypothesis import strategies as st

from components.settings.problems import Path

Contradiction = tuple[Path, Any, Path]
"""Key, the value it gets, and the key that is then named: right alone, and wrong together with the rest."""


def _paths(node: Any, path: Path = ()) -> Iterator[Path]:
    yield path
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _paths(value, (*path, key))
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from _paths(value, (*path, number))


def at(node: Any, path: Path) -> Any:
    """What stands at a path."""
    for step in path:
        node = node[step]
    return node


def put(values: Any, path: Path, value: Any) -> None:
    """Write a value at a path."""
    at(values, path[:-1])[path[-1]] = value


WRONG_EVERYWHERE: Final = st.sampled_from(
    [
        {"x": [1]},
        [{"x": 1}],
        {1: {2: 3}},
        [[[]]],
        "\n",
        "a\x00b",
        b"bytes",
        datetime.date(2026, 1, 1),
        datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
        {"set"},
        -1,
        -0.5,
        float("nan"),
        float("inf"),
        10**4000,
        "\ud800",
        " latest ",
    ]
)
"""Values that no key takes, among them what YAML makes of dates, binary data and sets."""

NEAR_MISSES: Final = st.text(alphabet="abcXYZ019 -_.:/\n", max_size=80) | st.sampled_from(
    ["1GB", "0", "-1Gi", "1e9", "4G ", "data", "kube", "latest", "true", "null", "9" * 400, "x" * 64]
)

JUNK: Final = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.binary(max_size=5)
    | st.dates()
    | WRONG_EVERYWHERE,
    lambda inside: (
        st.lists(inside, max_size=4)
        | st.dictionaries(st.text(max_size=8) | st.integers() | st.none() | st.booleans(), inside, max_size=4)
    ),
    max_leaves=8,
)


@dataclass(frozen=True, kw_only=True)
class RightFile:
    """A right stack file in which every key is written.

    Args:
        values: its content.
        free: keys below which nearly anything is right: Spark properties, tags.
        required: keys that can't be left out.
        contradictions: draws a key that is right alone and wrong together with the others.
    """

    values: Mapping[str, Any]
    free: tuple[Path, ...]
    required: tuple[Path, ...]
    contradictions: Callable[[st.DrawFn], Contradiction]

    @property
    def paths(self) -> list[Path]:
        """All keys whose values are checked."""
        return [path for path in _paths(dict(self.values)) if path and path[:-1] not in self.free]

    def malformed(self) -> st.SearchStrategy[tuple[Any, Path]]:
        """Files with one mistake, each with the key that it was made in."""
        return st.one_of(
            _wrong_value(self),
            _out_of_bounds(self),
            _bad_text(self),
            _unknown_key(self),
            _missing_key(self),
            _contradiction(self),
        )

    def copy(self) -> dict[str, Any]:
        """Its content, to write into."""
        return copy.deepcopy(dict(self.values))


@st.composite
def _wrong_value(draw: st.DrawFn, file: RightFile) -> tuple[Any, Path]:
    """A value of a kind that its key never takes."""
    values, path = file.copy(), draw(st.sampled_from(file.paths))
    put(values, path, copy.deepcopy(draw(WRONG_EVERYWHERE)))
    return values, path


@st.composite
def _out_of_bounds(draw: st.DrawFn, file: RightFile) -> tuple[Any, Path]:
    """A number beyond every bound."""
    values = file.copy()
    path = draw(st.sampled_from([path for path in file.paths if type(at(values, path)) is int]))
    put(values, path, draw(st.integers(max_value=-1) | st.integers(min_value=10**6)))
    return values, path


@st.composite
def _bad_text(draw: st.DrawFn, file: RightFile) -> tuple[Any, Path]:
    """Text with a character that nothing takes."""
    values = file.copy()
    path = draw(st.sampled_from([path for path in file.paths if isinstance(at(values, path), str)]))
    cut, text = draw(st.integers(0, 10)), at(values, path)
    put(values, path, text[:cut] + draw(st.sampled_from("\n\t\x00\u2028\ud800")) + text[cut:])
    return values, path


@st.composite
def _unknown_key(draw: st.DrawFn, file: RightFile) -> tuple[Any, Path]:
    """A key that isn't one, in any section, also one that is no text."""
    values = file.copy()
    sections = [
        path for path in _paths(values) if isinstance(at(values, path), dict) and path not in file.free
    ]
    section = draw(st.sampled_from(sections))
    known = at(values, section)
    keys = st.text(max_size=30).filter(lambda key: key not in known) | st.integers(2) | st.none()
    key = draw(keys)
    known[key] = draw(JUNK)
    return values, (*section, key if isinstance(key, str) else str(key))


@st.composite
def _missing_key(draw: st.DrawFn, file: RightFile) -> tuple[Any, Path]:
    """A required key left out."""
    values, path = file.copy(), draw(st.sampled_from(file.required))
    del at(values, path[:-1])[path[-1]]
    return values, path


@st.composite
def _contradiction(draw: st.DrawFn, file: RightFile) -> tuple[Any, Path]:
    """Keys that are right alone and wrong together."""
    values = file.copy()
    path, value, found = file.contradictions(draw)
    put(values, path, value)
    return values, found

"""What can be wrong with a definition, as a person reads it. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

Key = tuple[str | int, ...]
"""Keys and list positions from a document's root to a value."""

_SHOWN: Final = 60


@dataclass(frozen=True, kw_only=True, order=True)
class Problem:
    """One thing that is wrong.

    Args:
        path: the file, below the folder of definitions.
        line: where in it, from 1 on.
        key: the value's place in its document, such as `spec.driver.memory`; empty for all of it.
        message: what is wrong, the bound, what to write: the rest of a sentence that begins with the key.
    """

    path: str
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {f'{self.key} ' if self.key else ''}{self.message}"


def show_key(key: Sequence[str | int]) -> str:
    """A place as people write it, such as `spec.volumes[0].name`.

    Args:
        key: names and positions, from the outermost.
    """
    text = ""
    for step in key:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def show_value(value: object) -> str:
    """A value, shortened; a list or mapping by its size.

    Args:
        value: as YAML was read.
    """
    if isinstance(value, dict):
        return f"a mapping of {len(value)} keys"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def instead(name: str, known: Iterable[str]) -> str:
    """What to write in the place of a name that nobody knows: the end of a sentence that says so.

    Args:
        name: what was written.
        known: names that there are.
    """
    near = difflib.get_close_matches(name, list(known), n=1)
    return f": is {near[0]} meant?" if near else "; remove it"

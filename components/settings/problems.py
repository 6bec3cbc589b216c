"""What can be wrong with a stack file, and the one error that says all of it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi

Path = tuple[str | int, ...]
"""Keys and list positions from the settings' root to a value."""

ABSENT: Final = object()
"""Value of a key that is not there, or whose value is better not shown."""

_SHOWN: Final = 60
"""Characters of a value that an error message shows."""

_CREDENTIALS: Final = re.compile(r"(?<=://)[^/]*@")
"""What stands before the host of a URL: an error message ends up in logs."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that is wrong.

    Args:
        path: the key, from the settings' root.
        value: what is written there, or `ABSENT`.
        message: the bound and what to do next, as the rest of a sentence that begins with the key.
        read: other keys that the finding rests on; it is left out while one of them is wrong itself.
    """

    path: Path
    value: object
    message: str
    read: tuple[Path, ...] = ()


class SettingsError(pulumi.RunError):
    """A stack file that can't be used, with everything that is wrong with it.

    Pulumi prints a `RunError` of the program as its message alone, without a traceback.

    Args:
        problems: all findings, in the order to show them.
        source: the file's name, as the reader knows it.
    """

    def __init__(self, problems: Sequence[Problem], source: str) -> None:
        self.problems = tuple(problems)
        self.source = source
        super().__init__(self._text())

    def _text(self) -> str:
        number = len(self.problems)
        lines = [f"{self.source} has {number} error{'s' if number > 1 else ''}; nothing was changed."]
        for problem in self.problems:
            value = "" if problem.value is ABSENT else f" = {show_value(problem.value)}"
            lines += [f"  {show_path(problem.path)}{value}", f"      {problem.message}"]
        lines.append("docs/configuration.md lists every key with its type, default and bound.")
        return "\n".join(lines)


def show_path(path: Path) -> str:
    """Write a path as `pulumi config set --path` takes it, such as `tenants[0].quota.cpu`.

    Args:
        path: keys and positions, from the outermost.
    """
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{show_value(step)}]"
        elif step.replace("_", "").replace("-", "").isalnum():
            text += f".{step}" if text else step
        else:
            text += f"[{show_value(step)}]"
    return text or "settings"


def show_value(value: object) -> str:
    """Write a value as it would stand in YAML, shortened; a list or mapping only by its size.

    Args:
        value: as YAML was read.
    """
    if isinstance(value, str):
        text = _CREDENTIALS.sub("...@", value)
        cut = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
        return json.dumps(cut, ensure_ascii=False).encode(errors="backslashreplace").decode()
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, int):
        # Python refuses to print integers of thousands of digits.
        return str(value) if value.bit_length() < 4 * _SHOWN else "a huge number"
    if isinstance(value, float):
        return str(value)
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        return f"a mapping of {len(value)} keys"
    return f"a {type(value).__name__}"

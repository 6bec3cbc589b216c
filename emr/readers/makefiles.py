"""Reads a Makefile as the shell script that its recipes are. Pure."""

from __future__ import annotations

import re
from typing import Final

_ASSIGNMENT: Final = re.compile(r"(?:export\s+)?([\w.-]+)\s*(?:::?|\?|\+)?=\s*(.*)")
_REFERENCE: Final = re.compile(r"\$\$|\$\((\w[\w.-]*)\)|\$\{(\w[\w.-]*)\}|\$\(shell\s+")
_DEEPEST: Final = 10


def is_one(name: str) -> bool:
    """Say whether a file is a Makefile, by its name."""
    return re.search(r"(?i)(^|/)(gnu)?makefile$|\.mk$", name) is not None


def as_script(text: str) -> str:
    """The recipes, on their lines, with the variables that the file sets written out; the rest is blank.

    Make pastes a variable's text into the line before the shell reads it.

    Args:
        text: of the Makefile.
    """
    values: dict[str, str] = {}
    found: list[str] = []
    continued = recipe = False
    name = ""
    for line in text.split("\n"):
        recipe = recipe if continued else line.startswith("\t")
        if recipe:
            plain = line if continued else re.sub(r"^\t[@+-]*", "", line)
            found.append(_pasted(plain, values))
        else:
            found.append("")
            match = None if continued else _ASSIGNMENT.match(line)
            name = name if continued else match[1] if match else ""
            if name:
                said = match[2] if match else line
                before = values.get(name, "") if continued else ""
                values[name] = f"{before} {_value(said)}".strip()
        continued = line.endswith("\\")
    return "\n".join(found)


def _value(text: str) -> str:
    return text.partition(" #")[0].rstrip().removesuffix("\\").strip()


def _pasted(text: str, values: dict[str, str], depth: int = 0) -> str:
    def value(match: re.Match[str]) -> str:
        if match[0] == "$$":
            return "$"
        name = match[1] or match[2]
        if name is None:
            return "$("
        if name not in values or depth > _DEEPEST:
            return f"${{{name}}}" if re.fullmatch(r"\w+", name) else match[0]
        return _pasted(values[name], values, depth + 1)

    return _REFERENCE.sub(value, text)

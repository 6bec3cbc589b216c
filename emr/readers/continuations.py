"""Mends what people write between the lines of one command, without moving a sign. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_COMMENT: Final = re.compile(r"\s*#.*")
_AFTER: Final = re.compile(r"\\[ \t]+(#.*)?$")
_CARET: Final = re.compile(r"\^[ \t]*\r?\n")


@dataclass(frozen=True, kw_only=True)
class Mended:
    """A text whose commands are whole.

    Args:
        text: as long as it was: what is taken out is blanks.
        places: `line:column` of what a shell would have stumbled over.
    """

    text: str
    places: tuple[str, ...]


def mend(text: str) -> Mended:
    """Take comments, and blanks behind a backslash, out of continued lines.

    A shell ends the command there: what follows would be a command of its own. People who write it so mean
    one command, and have not run it in this form.

    Args:
        text: of a script.
    """
    lines = text.split("\n")
    places: list[str] = []
    continued = False
    for number, line in enumerate(lines):
        if continued and _COMMENT.fullmatch(line):
            places.append(f"{number + 1}:1")
            lines[number] = " " * (len(line) - 1) + "\\" if line else "\\"
            continue
        if match := _AFTER.search(line):
            places.append(f"{number + 1}:{match.start() + 1}")
            lines[number] = line[: match.start()] + " " * (len(line) - match.start() - 1) + "\\"
        continued = lines[number].rstrip("\r").endswith("\\") and not line.lstrip().startswith("#")
    return Mended(text="\n".join(lines), places=tuple(places))


def is_windows(text: str) -> bool:
    """Say whether a text is for the command prompt of Windows: lines go on after a caret."""
    return bool(_CARET.search(text)) and "spark-submit" in text


def windows_lines(text: str) -> list[tuple[int, list[str]]]:
    """Commands of a batch file as words, with the number of their first line.

    Double quotes protect, backslashes are parts of paths, `%NAME%` is a variable.

    Args:
        text: of the file.
    """
    found: list[tuple[int, list[str]]] = []
    pending, start = "", 1
    for number, line in enumerate(text.splitlines(), start=1):
        if not pending:
            start = number
        stripped = line.rstrip()
        if stripped.endswith("^"):
            pending += stripped[:-1] + " "
            continue
        if not stripped and pending:
            continue
        words = re.findall(r'(?:"[^"]*"|[^\s"])+', pending + stripped)
        pending = ""
        if words and not re.match(r"(?i)(rem|::|@?echo)$", words[0]):
            found.append((start, [word.replace('"', "") for word in words]))
    if pending:
        found.append((start, [w.replace('"', "") for w in re.findall(r'(?:"[^"]*"|[^\s"])+', pending)]))
    return found

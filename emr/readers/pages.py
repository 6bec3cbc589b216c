"""What a page of Markdown or reStructuredText shows: commands, programs, descriptions. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

SHELLS: Final = ("", "bash", "sh", "shell", "console", "zsh", "text")
PYTHONS: Final = ("python", "py", "python3")
HCL: Final = ("hcl", "terraform", "tf")
DATA: Final = (*HCL, "json", "jsonc", "yaml", "yml")

_FENCE: Final = re.compile(r"\s*(```+|~~~+)\s*\{?\.?(\w*)")
_DIRECTIVE: Final = re.compile(r"\s*\.\. (?:code-block|code|sourcecode)::\s*(\w*)")


@dataclass(frozen=True, kw_only=True)
class Block:
    """A piece of a page that is in another language.

    Args:
        language: as the page calls it, in small letters.
        line: number of its first line.
        text: of it.
    """

    language: str
    line: int
    text: str


def shown(text: str, languages: tuple[str, ...]) -> str:
    """What a page shows in some languages, on its lines; the rest of it is blank.

    Args:
        text: of the page.
        languages: their names; the empty one also stands for what is indented.
    """
    found = [""] * (text.count("\n") + 1)
    for block in blocks(text, languages):
        lines = block.text.split("\n")
        found[block.line - 1 : block.line - 1 + len(lines)] = lines
    return "\n".join(found)


def blocks(text: str, languages: tuple[str, ...]) -> Iterator[Block]:
    """The pieces of a page that are in some languages; what only looks like data is data.

    Args:
        text: of the page.
        languages: their names.
    """
    for block in _all(text):
        language = block.language
        if language in ("", "text") and block.text.lstrip().startswith(("{", "[")):
            language = "json"
        if language in languages:
            yield Block(language=language, line=block.line, text=block.text)


def _all(text: str) -> Iterator[Block]:
    lines = text.split("\n")
    number = 0
    while number < len(lines):
        if fence := _FENCE.match(lines[number]):
            end = _closed(lines, number + 1, fence[1])
            yield Block(language=fence[2].lower(), line=number + 2, text="\n".join(lines[number + 1 : end]))
            number = end + 1
            continue
        directive = _DIRECTIVE.match(lines[number])
        language = directive[1].lower() if directive else ""
        start = number + 1 if directive else number
        end = _indented(lines, start)
        if end > start:
            yield Block(language=language, line=start + 1, text="\n".join(lines[start:end]))
        number = max(end, number + 1)


def _closed(lines: list[str], start: int, fence: str) -> int:
    return next((n for n in range(start, len(lines)) if lines[n].strip().startswith(fence[:3])), len(lines))


def _indented(lines: list[str], start: int) -> int:
    """Where what is indented ends; blank lines may stand in it."""
    end = start
    for number in range(start, len(lines)):
        if lines[number].startswith(("    ", "\t")):
            end = number + 1
        elif lines[number].strip():
            break
    return end

"""Blocks of commands on a page, as somebody copies them. Pure."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

_INDENT = "    "
"""What Markdown takes for a block."""


def block(page: Path, having: str) -> list[str]:
    """The lines of the only block of a page that has some words in it.

    Args:
        page: the page, in Markdown.
        having: words of one of its lines.

    Raises:
        AssertionError: the page has no such block, or several.
    """
    blocks: list[list[str]] = [[]]
    for line in page.read_text().splitlines():
        if line.startswith(_INDENT):
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    found = [dedent("\n".join(each)).splitlines() for each in blocks if having in "\n".join(each)]
    assert len(found) == 1, f"{page} has {len(found)} blocks with {having!r}, not one"
    return found[0]

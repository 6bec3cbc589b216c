"""Which words are paths, and where they lead here. Pure.

On EMR a path without a scheme is HDFS, which all nodes share. Here it is the disk of one pod: the job would
write there, end well, and leave nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

S3: Final = re.compile(r"\bs3n?://")
_ELSEWHERE: Final = re.compile(
    r"(?:^|(?<=[=,;'\"\s(\[]))((?:hdfs|viewfs|webhdfs|file|maprfs):/[^\s,;'\"\])]*|emrfs://[^\s,;]*)"
)
_ABSOLUTE: Final = re.compile(
    r"(?:^|(?<=[=,;'\"(\[]))(/(?:[^\s,;'\"\])/=][^\s,;'\"\])]*)?)(?=$|[\s,;'\"\])])"
)
_OPTION: Final = re.compile(
    r"(?i)(^|[._-])(in(put)?|out(put)?|paths?|dirs?|directory|folders?|location|src|source|dest(ination)?|target|checkpoints?|warehouse|"
    r"prefix|files?|data)([._-]|$)"
)
_KEY: Final = re.compile(r"(?i)(^|[._-])(prefix(es)?|keys?)$")
"""What a bucket's objects are called by: such a word is no path of its own."""

_RELATIVE: Final = re.compile(r"\.{0,2}/?[\w.-]+(/[\w.*=-]+)+/?")
_PLACEHOLDER: Final = re.compile(
    r"<[A-Za-z][\w .:/-]*>|(?i:\bYOUR[-_][A-Z]\w*|\[your[ -][^\]]*\]|\bs3[an]?://(\.\.\.|xxx+)|\b(replace|change)[-_]?me\b|(?<![a-z0-9])x{4,}(?![a-z0-9])|"
    r"\bDOC-EXAMPLE-BUCKET\w*|\bamzn-s3-demo-[\w-]+|\bs3[an]?://(the[-_]?)?bucket[-_]?name\b)|"
    r"\bs3[an]?://(\{\w*\}|[A-Z][A-Z0-9_]*(?=/|$)|__\w+__)|__[A-Z][A-Z0-9_]+__"
)
"""Marks that somebody was meant to fill in; a bucket's name has no capitals and no braces."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """What of a word leads somewhere that is not S3.

    Args:
        text: the path.
        sure: False if it may be no path at all.
    """

    text: str
    sure: bool


def s3a(text: str) -> str:
    """A text with every `s3://` and `s3n://` as `s3a://`.

    Args:
        text: with any number of paths.
    """
    return S3.sub("s3a://", text)


def elsewhere(text: str, option: str = "") -> list[Place]:
    """Paths in a word that are not in S3.

    Args:
        text: the word.
        option: the option that it belongs to; empty for none.
    """
    found = [Place(text=match[1], sure=True) for match in _ELSEWHERE.finditer(text)]
    if not found:
        found = [Place(text=match[1], sure=True) for match in _ABSOLUTE.finditer(text)]
    if not found and _RELATIVE.fullmatch(text) and _OPTION.search(option) and not _KEY.search(option):
        found = [Place(text=text, sure=True)]
    return found


def mapped(text: str, option: str, path: Callable[[str], str | None]) -> tuple[str, list[str]]:
    """A word with its paths as people have mapped them, and those paths that nobody has.

    Args:
        text: the word.
        option: the option that it belongs to; empty for none.
        path: what a path is here; None if nobody has said.
    """
    missing: list[str] = []
    for place in elsewhere(text, option):
        target = path(place.text)
        if target is None:
            missing.append(place.text)
        else:
            text = text.replace(place.text, target)
    return text, missing


def placeholder(text: str) -> str:
    """A part of a text that a person was meant to fill in; empty for none.

    Args:
        text: of a leaf.
    """
    match = _PLACEHOLDER.search(text)
    return match[0] if match else ""

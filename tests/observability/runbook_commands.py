"""The commands of the runbooks, as somebody copies them, with their placeholders filled in. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from components.naming import RUNBOOKS

FOLDER: Final = Path(__file__).resolve().parents[2] / RUNBOOKS

PLACEHOLDERS: Final = ("NAMESPACE", "NAME", "APP", "POD", "NODE", "POOL", "RUN", "USER", "GROUP", "JOB.yaml")
"""What a person replaces: words that an alert's labels, or the command before, give."""

_PROGRAMS: Final = "kubectl|curl|pulumi|crictl|spark-jobs"
_INLINE: Final = re.compile(rf"`((?:{_PROGRAMS}) [^`]+)`")
_PLACEHOLDER: Final = re.compile(rf"(?<![\w.])({'|'.join(map(re.escape, PLACEHOLDERS))})(?![\w:])")
_BETWEEN: Final = {"|", "||", "&", "&&", ";"}
_INTO: Final = {">", ">>", "<"}


@dataclass(frozen=True)
class Command:
    """A command of a page.

    Args:
        page: name of the alert.
        text: as it stands there, on one line.
        look: whether it only looks, as all in blocks of their own do; those in sentences may change things.
    """

    page: str
    text: str
    look: bool

    def __str__(self) -> str:
        """For the name of a test."""
        return f"{self.page}: {self.text[:60]}"

    @property
    def eks_only(self) -> bool:
        """Whether it asks for what Karpenter makes."""
        return "nodepool" in self.text or "nodeclaim" in self.text or "karpenter" in self.text

    def filled(self, values: Mapping[str, str]) -> str:
        """The same with values for its placeholders.

        Args:
            values: placeholder -> what stands for it.

        Raises:
            KeyError: it has a placeholder without a value.
        """
        return _PLACEHOLDER.sub(lambda found: values[found[1]], self.text)


def commands() -> list[Command]:
    """List all of them, page by page."""
    return [each for path in sorted(FOLDER.glob("Spark*.md")) for each in _of_page(path)]


def _of_page(path: Path) -> Iterator[Command]:
    text = path.read_text()
    for line in re.findall(r"^    (\S.*)$", text, re.MULTILINE):
        yield Command(path.stem, line, look=True)
    for found in _INLINE.findall(text):
        yield Command(path.stem, " ".join(found.split()), look=False)


def simple_commands(text: str) -> list[list[str]]:
    """Words of each program that a line of a shell starts, redirections left out.

    Args:
        text: the line.
    """
    lexer = shlex.shlex(text, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    found: list[list[str]] = [[]]
    words = iter(lexer)
    for word in words:
        if word in _BETWEEN:
            found.append([])
        elif word in _INTO:
            next(words)
        else:
            found[-1].append(word)
    return [each for each in found if each]

"""The lines of a file in which a job's memory stands, so that a change of it can be told as a patch. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict

from .documents import Document
from .problems import Key

SECTIONS = ("driver", "executor")

MOST_LINES = 80
"""Lines between the two sections' memory, from which on nothing is kept: they are part of what pages read."""


class Written(BaseModel):
    """A part of a file.

    Args:
        line: number of its first line, from 1 on.
        lines: its lines, one before the first memory and one after the last among them.
        memory: number of the line with the memory, by section.
    """

    model_config = ConfigDict(frozen=True)

    line: int
    lines: tuple[str, ...]
    memory: Mapping[str, int]


def written(document: Document, place: Key) -> Written | None:
    """Where the memory of driver and executors stands; None where neither names one.

    Args:
        document: of the job.
        place: of the SparkApplication's spec in it.
    """
    keys = {section: (*place, section, "memory") for section in SECTIONS}
    memory = {section: document.lines[key] for section, key in keys.items() if key in document.lines}
    if not memory:
        return None
    first, last = max(min(memory.values()) - 1, 1), max(memory.values()) + 1
    if last - first > MOST_LINES:
        return None
    return Written(line=first, lines=document.source[first - 1 : last], memory=memory)

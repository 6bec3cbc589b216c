"""What Spark itself reads as the value of each of its properties. Pure.

known_properties.txt has a line for each: its name and its kind, as the converters of the newest release tell
it when they are asked, with the words that only an older one takes (`tests/data/generate.py`). A driver ends
at its start, or at the first query, over a value that they do not take; over a name that nobody reads it says
nothing at all. S3A's names are there too: for a switch that is none Hadoop takes its default.

The stack file is asked (components/settings/conf_value_rules.py), and each job at its submission:
apps/job_pods has this file by a link, and runs with Python's own library alone.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

_FILE: Final = Path(__file__).with_name("known_properties.txt")

_SHAPES: Final = {
    # ConfigHelpers.toBoolean and toNumber take blanks around, as JavaUtils.timeStringAs and byteStringAs do.
    "boolean": (r"(?i)\s*(true|false)\s*", "must be true or false"),
    "time": (
        r"(?i)\s*-?[0-9]+(us|ms|s|m|min|h|d)?\s*",
        "must be a time in whole units such as 500ms, 120s, 2min, 3h or 1d, without a blank inside",
    ),
    "size": (
        r"(?i)\s*-?[0-9]+([kmgtp]b?|b)?\s*",
        "must be a size in whole units such as 64k, 128m or 4g, without a blank inside",
    ),
    "whole": (r"\s*[+-]?[0-9]+\s*", "must be a whole number"),
    "number": (r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*", "must be a number such as 0.5"),
}
"""Pattern and words of each kind that is no list of choices."""

OVER: Final = "over 0"
"""The bound of what has no least number, and is more than 0."""

_OF: Final = " of "
_TO: Final = " to "

_S3A: Final = "spark.hadoop.fs.s3a."
_HADOOP: Final = "spark.hadoop."

_POSITIVE: Final = ("spark.executor.cores", "spark.task.cpus")
"""What Spark reads as any number, and divides by or compares with 0 later (SparkSubmitArguments and
ResourceUtils of 4.1.2): a driver ends over less than 1."""

_REFERENCE: Final = "${"
"""Begins the name of another property, in whose place Spark puts its value (ConfigReader)."""


class Kind(NamedTuple):
    """What a property reads that is neither any text nor one of some words.

    Args:
        pattern: of its values, as Python and RE2 read it.
        least: the least number: digits, "over 0", or "" for none.
        most: the greatest number, or "" for none.
        wanted: the same in words.
    """

    pattern: str
    least: str
    most: str
    wanted: str

    @property
    def within_most(self) -> str:
        """What it reads, and the greatest number if there is one, in words."""
        return f"{self.wanted}, and {self.most} at most" if self.most else self.wanted


@cache
def kinds() -> dict[str, str]:
    """Read the table: the name of each property, and its kind."""
    lines = _FILE.read_text(encoding="utf-8").splitlines()
    found = {key: kind for key, _, kind in (line.partition(" ") for line in lines)}
    return found | {key: found[key].replace("whole", "whole 1") for key in _POSITIVE}


def kind_of(key: str) -> Kind:
    """Say what a property reads.

    Args:
        key: its name.

    Raises:
        KeyError: it is no property of Spark, or one that reads any text or one of some words.
    """
    return _kind(kinds()[key])


def _kind(text: str) -> Kind:
    rest, _, most = text.partition(_TO)
    shape, _, least = rest.partition(" ")
    pattern, wanted = _SHAPES[shape]
    bound = "" if not least else f", {least}" if least == OVER else f", {least} or more"
    return Kind(pattern, least, most, f"{wanted}{bound}")


def unreadable(key: str, value: str) -> str | None:
    """Say what Spark wants in the place of a value; None if it takes it, or the name is none of its own.

    Args:
        key: name of the property.
        value: its value.
    """
    text = kinds().get(key, "text")
    if text == "text" or _REFERENCE in value:
        return None
    if _OF in text:
        manner, _, words = text.partition(_OF)
        choices = words.split(" ")
        folded = value.lower() in (each.lower() for each in choices)
        taken = value in choices or (manner == "any case" and folded)
        return None if taken else f"must be one of {', '.join(choices)}"
    kind = _kind(text)
    if not re.fullmatch(kind.pattern, value) or not _is_enough(value, kind.least):
        return kind.wanted
    return kind.within_most if kind.most and float(value) > float(kind.most) else None


def _is_enough(value: str, least: str) -> bool:
    if least == OVER:
        return float(value) > 0
    return not least or float(value) >= int(least)


def consequence(key: str) -> str:
    """Say what becomes of a value that can not be read.

    Args:
        key: name of the property.
    """
    if key.startswith(_HADOOP):
        return "Hadoop takes anything else for its default, without a word"
    return "Spark reads nothing else there, and a driver ends over it"


def misspelt(key: str) -> str | None:
    """Find the property that was meant by a name that Spark does not know: another case, or one letter off.

    Args:
        key: name of the property.
    """
    known = kinds()
    if key in known:
        return None
    hadoops = key.startswith(_HADOOP)
    for other in known:
        # Other file systems of Hadoop, such as s3n, are a letter off too, and have names of their own.
        if hadoops and not (key.startswith(_S3A) and other.startswith(_S3A)):
            continue
        if key.lower() == other.lower() or (abs(len(key) - len(other)) < 2 and _one_off(key, other)):
            return other
    return None


def _one_off(one: str, other: str) -> bool:
    """Whether a letter more, less, else or two exchanged make one text of the other."""
    same = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if same is None:
        return True
    left, right = one[same:], other[same:]
    return (
        left[1:] == right[1:]
        or left[1:] == right
        or left == right[1:]
        or (left[1::-1] == right[:2] and left[2:] == right[2:])
    )

"""What a person reads: equal, or where it differs, on one screen. Pure."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Final

from emr.shadow.compare import Difference
from emr.shadow.fingerprint import Fingerprint

LINES: Final = 18
"""Differences that are shown; with the head they fit a terminal of 24 lines."""

_ALL = "the whole table"


def text(left: Fingerprint, right: Fingerprint, differences: Sequence[Difference]) -> str:
    """One screen.

    Args:
        left: what is right.
        right: what is judged by it.
        differences: what `compare` found.
    """
    head = [_verdict(left, right, differences), _side("left ", left), _side("right", right)]
    lines = _grouped(differences)
    if len(lines) > LINES:
        lines = [*lines[: LINES - 1], f"and {len(lines) - LINES + 1} lines more; --json has them all"]
    return "\n".join([*head, *lines]) + "\n"


def document(left: Fingerprint, right: Fingerprint, differences: Sequence[Difference]) -> str:
    """The same for programs, whole.

    Args:
        left: the output that is right.
        right: the output that is judged by it.
        differences: all of them.
    """
    sides = {
        side: {"place": of.place, "rows": of.rows, "files": of.files, "bytes": of.size, "marker": of.marker}
        for side, of in (("left", left), ("right", right))
    }
    found = {"equal": not differences, **sides, "differences": [asdict(each) for each in differences]}
    return json.dumps(found, indent=1) + "\n"


def _verdict(left: Fingerprint, right: Fingerprint, differences: Sequence[Difference]) -> str:
    looked_at = set(left.partitions) | set(right.partitions)
    count = f"{len(looked_at):,} partition{'s' if len(looked_at) != 1 else ''}"
    aside = f", without {', '.join(left.options.left_out)}" if left.options.left_out else ""
    if not differences:
        empty = "; BOTH ARE EMPTY" if not left.rows else ""
        return f"EQUAL: {left.rows:,} rows in {count}, {len(left.schema)} columns{aside}{empty}"
    wrong = {each.partition for each in differences if each.partition is not None}
    where = f"in {len(wrong):,} of {count}" if wrong else "as a whole"
    return f"DIFFERENT {where}{aside}"


def _side(side: str, of: Fingerprint) -> str:
    files = f", {of.files:,} files of {of.size:,} bytes" if of.files else ""
    marker = {None: "no _SUCCESS", 0: "_SUCCESS empty"}.get(of.marker, "_SUCCESS by an S3A committer")
    ended = "" if of.format == "iceberg" else f", {marker}"
    return f"  {side} {of.place}: {of.rows:,} rows{files}{ended}"


def _grouped(differences: Sequence[Difference]) -> list[str]:
    """A line for each kind of difference of a column: the first partition in full, and how many more.

    Where rows are missing or too many, every column differs for that reason: one line says which.
    """
    uneven = {each.partition for each in differences if each.what == "rows"}

    def of(each: Difference) -> tuple[bool, str, str]:
        return each.partition is not None, each.what, each.column or ""

    lines = []
    following = sorted({each.column or "" for each in differences if _follows(each, uneven)})
    alone = (each for each in differences if not _follows(each, uneven))
    for _, group in groupby(sorted(alone, key=of), key=of):
        first, *others = group
        where = "" if first.partition is None else f"{first.partition or _ALL}: "
        more = f"  (and {len(others):,} more partitions)" if others else ""
        lines.append(f"  {where}{first.text}{more}")
    if following:
        lines.append(
            f"  where rows differ, these columns do: {', '.join(following)}; --json has their figures"
        )
    return lines


def _follows(each: Difference, uneven: Collection[str | None]) -> bool:
    return each.what == "values" and each.partition in uneven

"""The version matrix as a table: release x check, from the reports of test_releases.py."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import pytest

from components.releases import RELEASES

WORDS = {"passed": "yes", "failed": "FAILED", "error": "FAILED", "skipped": "no"}
"""Outcome of a test -> what the table says."""


def table(stats: Mapping[str, Sequence[object]]) -> list[str]:
    """Lines of the table; none if no test of the matrix ran.

    Args:
        stats: reports by their outcome, as pytest's terminal reporter keeps them.
    """
    found: dict[str, dict[str, str]] = {}
    for outcome, word in WORDS.items():
        for version, check in _tried(stats.get(outcome, ())):
            found.setdefault(check, {})[version] = word
    if not found:
        return []
    width = max(map(len, found)) + 2
    rows = [("check", {version: version for version in RELEASES}), *sorted(found.items())]
    return [
        check.ljust(width) + "  ".join(said.get(each, "-").ljust(8) for each in RELEASES)
        for check, said in rows
    ]


def _tried(reports: Iterable[object]) -> Iterable[tuple[str, str]]:
    for report in reports:
        if not isinstance(report, pytest.TestReport):
            continue
        parts = re.fullmatch(r".*test_releases\.py::test_(\w+)\[(.*)\]", report.nodeid)
        version = next((each for each in RELEASES if parts and each in parts[2]), None)
        if parts and version:
            rest = parts[2].replace(version, "").strip("-")
            yield version, " ".join(filter(None, (parts[1].replace("_", " "), rest)))

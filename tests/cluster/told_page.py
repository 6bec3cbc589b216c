"""Writes docs/alerts-told.md from what receivers got in the newest long run.

`python -m tests.cluster.told_page`, after `pytest -m soak tests/cluster/test_watchers.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from bench.report import markdown_table
from tests.cluster.told import HEADER, RECORD, Row
from workspace.paths import ROOT

PAGE: Final = ROOT / "docs" / "alerts-told.md"

_INTRODUCTION: Final = """# Which fault was told to whom

Written by `.venv/bin/python -m tests.cluster.told_page` from what receivers got on the running platform, in
the newest run of `.venv/bin/pytest -m soak tests/cluster/test_watchers.py`.

The faults were induced side by side. The stack's `observability.alerts` ([alerts.md](alerts.md)) named four
receivers, which Alertmanager reached through the platform's own network policies: `on-call` (the default),
`desk` (`warnings`), `data` (of the team data) and `outside` (the heartbeat). *Times* counts how often a fault
began to fire; *messages* those that list it, of which one may have come because another run or namespace had
joined it."""


def page(record: Mapping[str, Any]) -> str:
    """Make the page.

    Args:
        record: what `Account.keep` wrote.
    """
    rows = [Row(**row).cells for row in record["rows"]]
    others = [[name, _counted(counted)] for name, counted in record["others"].items()]
    return "\n".join(
        [
            _INTRODUCTION,
            "",
            *(f"- {line}" for line in (f"date: {record['date']}", *record["machine"])),
            f"- heartbeats: {_heartbeats(record['heartbeats'])}",
            "",
            *markdown_table(HEADER, rows),
            "",
            "What else came of these faults:",
            "",
            *markdown_table(("alert", "told to: times"), others),
            "",
        ]
    )


def _heartbeats(times: Sequence[float]) -> str:
    gaps = [later - sooner for sooner, later in pairwise(times)]
    return f"{len(times)}, {max(gaps):.0f} seconds apart at most" if gaps else str(len(times))


def _counted(counted: Mapping[str, int]) -> str:
    return ", ".join(f"{name}: {often}" for name, often in sorted(counted.items()))


def main(record: Path = RECORD, target: Path = PAGE) -> None:
    """Write it.

    Args:
        record: of the newest run.
        target: the page.
    """
    target.write_text(page(json.loads(record.read_text())))


if __name__ == "__main__":
    main()

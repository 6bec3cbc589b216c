"""Writes docs/alerts-told.md of what receivers got in the newest runs: `-m tests.cluster.told_page`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from bench.report import markdown_table
from tests.cluster.told import HEADER, RECORDS, Row
from workspace.paths import ROOT

PAGE: Final = ROOT / "docs" / "alerts-told.md"

_INTRODUCTION: Final = """# Which fault was told to whom

Written by `.venv/bin/python -m tests.cluster.told_page` from what receivers got on the running platform, in
the newest run of each story, such as `.venv/bin/pytest -m soak tests/cluster/test_told.py`.

The faults of a story were induced side by side, one after the other. Seconds count from the first of them on:
to induce it, to see it, and what an alert waits for by itself ([runbooks](runbooks/README.md)) are in them.
The stack's `observability.alerts` ([alerts.md](alerts.md)) named four receivers, which Alertmanager reached
through the platform's own network policies: `on-call` (the default), `desk` (`warnings`), `data` (of the team
data) and `outside` (the heartbeat). *Times* counts how often a fault began to fire; *messages* those that
list it, of which one may have come because another run or namespace had joined it."""


def page(records: Mapping[str, Mapping[str, Any]]) -> str:
    """Make the page.

    Args:
        records: what `Account.keep` wrote, by the story's name.
    """
    return "\n".join(
        [_INTRODUCTION, *(line for name, each in records.items() for line in _story(name, each)), ""]
    )


def _story(name: str, record: Mapping[str, Any]) -> list[str]:
    rows = [Row(**row).cells for row in record["rows"]]
    others = [[alert, _counted(counted)] for alert, counted in record["others"].items()]
    return [
        "",
        f"## {name[0].upper()}{name[1:]}",
        "",
        *(f"- {line}" for line in (f"date: {record['date']}", *record["machine"])),
        f"- heartbeats: {_heartbeats(record['heartbeats'])}",
        "",
        *markdown_table(HEADER, rows),
        *(
            [
                "",
                "What else was told meanwhile, of these faults or of what was induced before:",
                "",
                *markdown_table(("alert", "told to: times"), others),
            ]
            if others
            else []
        ),
    ]


def _heartbeats(times: Sequence[float]) -> str:
    gaps = [later - sooner for sooner, later in pairwise(times)]
    return f"{len(times)}, {max(gaps):.0f} seconds apart at most" if gaps else str(len(times))


def _counted(counted: Mapping[str, int]) -> str:
    return ", ".join(f"{name}: {often}" for name, often in sorted(counted.items()))


def main(records: Path = RECORDS, target: Path = PAGE) -> None:
    """Write it.

    Args:
        records: folder of the newest runs' records.
        target: the page.
    """
    files = sorted(records.glob("*.json"))
    target.write_text(page({file.stem: json.loads(file.read_text()) for file in files}))


if __name__ == "__main__":
    main()

"""The page that `make bench` writes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.samples import Comparison
from workspace.paths import ROOT

PAGE = ROOT / "docs" / "benchmarks.md"

HEADER = ["", "min s", "median s", "max s", "runs", "ratio"]


def render(
    machine: Sequence[str], comparisons: Sequence[Comparison], sizes: Sequence[tuple[str, int, int]]
) -> str:
    """The page.

    Args:
        machine: from `bench.machine.describe`.
        comparisons: what was measured.
        sizes: layers of the Spark image: what, bytes unpacked, bytes pulled; the last is the sum.
    """
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`. Seconds depend on the machine; compare the ratios, each within one run.",
        "What was measured by other commands is in [measurements.md](measurements.md).",
        "",
        *(f"- {line}" for line in [f"date: {datetime.now(UTC):%Y-%m-%d}", *machine]),
    ]
    for comparison in comparisons:
        lines += [
            "",
            f"## {comparison.title}",
            "",
            comparison.note,
            "",
            *markdown_table(HEADER, comparison.rows()),
        ]
    rows = [[what, *(f"{size / 2**20:.0f}" for size in both)] for what, *both in sizes]
    lines += ["", "## How large is the Spark image?", "", *markdown_table(["layer", "MiB", "pulled"], rows)]
    return "\n".join(lines) + "\n"


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Write a table as Markdown, a line each.

    Args:
        header: names of the columns.
        rows: cells, as many as columns.
    """
    return [f"| {' | '.join(row)} |" for row in (header, ["---"] * len(header), *rows)]


def write(text: str, page: Path = PAGE) -> None:
    """Put the page in place.

    Args:
        text: the whole page, Markdown.
        page: the file that is replaced.
    """
    page.write_text(text)

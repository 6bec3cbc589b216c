"""The page that `make bench` writes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.samples import Comparison
from workspace.paths import ROOT

PAGE = ROOT / "docs" / "benchmarks.md"

ARCHIVE_LAYER = "COPY in /opt/spark/"
"""The layer of the image with the archive of Spark's classes, as its history calls it."""

IMAGE_GOAL_MIB = 450
"""Set when the images were planned, before one held an archive."""

HEADER = ["", "min s", "median s", "max s", "runs", "ratio"]


def render(
    machine: Sequence[str],
    comparisons: Sequence[Comparison],
    sizes: Sequence[tuple[str, int, int]],
    failed: Sequence[str] = (),
) -> str:
    """The page.

    Args:
        machine: from `bench.machine.describe`.
        comparisons: what was measured.
        sizes: layers of the Spark image: what, bytes unpacked, bytes pulled; the last is the sum.
        failed: what could not be measured, and why.
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
        said = [f"{comparison.note} {comparison.verdict()}".strip()]
        lines += ["", f"## {comparison.title}", "", *said, "", *markdown_table(HEADER, comparison.rows())]
    if sizes:
        lines += ["", *_image(sizes)]
    if failed:
        lines += ["", "## What was not measured", "", *(f"- {each}" for each in failed)]
    return "\n".join(lines) + "\n"


def _image(sizes: Sequence[tuple[str, int, int]]) -> list[str]:
    whole = sizes[-1][1] / 2**20
    archive = sum(size for what, size, _ in sizes if what == f"`{ARCHIVE_LAYER}`") / 2**20
    rows = [[what, *(f"{size / 2**20:.0f}" for size in both)] for what, *both in sizes]
    plain = whole - archive
    verdict = f"{'kept' if plain <= IMAGE_GOAL_MIB else 'missed'}, with {plain:.0f}"
    said = (
        f"The goal beside the archive of Spark's classes (`{ARCHIVE_LAYER}`) is {IMAGE_GOAL_MIB} MiB: "
        f"{verdict}. What each is for, and what was tried: [docker/README.md](../docker/README.md)."
    )
    return [
        "## How large is the Spark image?",
        "",
        said,
        "",
        *markdown_table(["layer", "MiB", "pulled"], rows),
    ]


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

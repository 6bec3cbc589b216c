"""The benchmark runs to its end and writes what it promises; how fast anything is, is not its concern."""

from __future__ import annotations

import pytest
from rich.console import Console

import bench

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1500)]


def test_a_quick_benchmark_compares_every_thing_with_its_counterpart() -> None:
    page = bench.run(Console(), quick=True, keep=lambda page: None)
    for name in (
        "the same pod, made by hand",
        "SparkApplication",
        "by the chart's spark-submit, without its operator",
        "as every job is",
        "as Java comes",
        "without Java's second compiler",
        "its container runs",
        "it has registered",
        "it has registered, without the archive",
        "raw spark-submit",
        "through the operator",
        "until the driver's container runs",
        "then, until the first executor's runs",
        "then, until the driver's has ended",
        "with the log",
        "1 tenant",
        "3 tenants",
        "in all",
    ):
        assert f"| {name} |" in page, f"the page has no line for {name}"
    ratios = [line.rsplit("|", 2)[1].strip() for line in page.splitlines() if line.startswith("| SparkApp")]
    assert float(ratios[0]) > 1, "a SparkApplication takes longer than a bare pod, or the clock is wrong"
    assert float(ratios[1]) < 0.5, "a submission costs as much as one with a JVM of its own: no JVM stays"

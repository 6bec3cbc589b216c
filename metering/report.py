"""Shows what watching costs, as tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rich.table import Table

from metering.measure import Measured

MIB = 2**20


def show(measured: Measured, say: Callable[[Any], None]) -> None:
    """Print the tables.

    Args:
        measured: what was measured.
        say: prints text or a table.
    """
    say(
        f"{measured.series:.0f} series alive, {measured.samples_per_second:.1f} samples a second, "
        f"Prometheus holds {measured.memory_bytes / MIB:.0f} MiB"
    )
    every = measured.interval_seconds
    say(_table("source", measured.jobs, every, unnamed="rules and alerts"))
    say(_table("tenant", measured.tenants, every))
    if measured.executor:
        say(_table("an executor, by", measured.executor, every))
        say(
            f"one executor: {measured.series_per_executor:.0f} series, "
            f"{measured.samples_per_executor:.1f} samples a second, scraped every {every:.0f} s; "
            f"{measured.executors:.0f} of them are known, finished ones included"
        )
    else:
        say("no executor is known: run a job to see what one costs")


def _table(title: str, series: Mapping[str, float], every: float, *, unnamed: str = "") -> Table:
    table = Table()
    table.add_column(title)
    table.add_column("series", justify="right")
    table.add_column("samples/s", justify="right")
    for name, number in sorted(series.items(), key=lambda each: -each[1]):
        table.add_row(name or unnamed, f"{number:.0f}", f"{number / every:.1f}")
    return table

"""Gets all tools ready and shows which one is being built, for how long, and what is left."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from toolchain import builder, golang
from toolchain.builder import Stamp
from toolchain.locate import locate
from toolchain.recipes import OPERATOR_CHART, PROMETHEUS_KINDS, RECIPES, Recipe, SourceFile
from workspace.errors import ReportedError
from workspace.paths import ROOT, TOOLS
from workspace.trees import copy_tree

UPSTREAM_CHART = ROOT / "charts" / ".upstream" / "spark-operator-chart"
UPSTREAM_KINDS = ROOT / "charts" / ".upstream" / "prometheus-operator-crds"
LINE_EVERY_SECONDS = 30
"""Without a terminal, a line this often shows that a build is alive."""


def minutes(seconds: float) -> str:
    """Seconds as `m:ss`.

    Args:
        seconds: of a span of time; parts of one are cut off.
    """
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


@dataclass
class Estimate:
    """What is left, from the recipes' relative weights and the pace of this run so far.

    Args:
        weights: name -> CPU seconds of a cold build of all that this run builds.
        done: weight and seconds of each that is built.
    """

    weights: dict[str, int]
    done: list[tuple[int, float]] = field(default_factory=list)

    CORES_BEFORE_FIRST = 2
    """Pace assumed until the first tool is done."""

    def finish(self, name: str, seconds: float) -> None:
        """Learn the pace from a finished build.

        Args:
            name: of what was built.
            seconds: what it took.
        """
        self.done.append((self.weights.pop(name), seconds))

    def left(self, running: float = 0.0) -> float:
        """Seconds left, given the seconds that the running build has taken.

        Args:
            running: what the running build has taken so far, in seconds.
        """
        weight = sum(weight for weight, _ in self.done)
        spent = sum(seconds for _, seconds in self.done)
        pace = spent / weight if weight else 1 / self.CORES_BEFORE_FIRST
        return max(0.0, sum(self.weights.values()) * pace - running)


def missing_recipes(names: Collection[str] | None = None) -> list[Recipe]:
    """The tools that have to be built, in build order.

    Args:
        names: those that are wanted; None for all.
    """
    wanted = [recipe for recipe in RECIPES if names is None or recipe.name in names]
    return [recipe for recipe in wanted if locate(recipe).path is None]


def ensure(console: Console, names: Collection[str] | None = None) -> list[Stamp]:
    """Build every tool that is missing and put what the program reads in place; return what was built.

    Args:
        console: where progress goes.
        names: the tools that are wanted; None for all.

    Raises:
        ReportedError: Go is missing or too old, or a build failed.
    """
    wanted = missing_recipes(names)
    built: list[Stamp] = []
    if wanted:
        problem = golang.go_problem()
        if problem:
            raise ReportedError(problem)
        built = _build(wanted, console)
        locate.cache_clear()
    _place(OPERATOR_CHART, UPSTREAM_CHART)
    _place(PROMETHEUS_KINDS, UPSTREAM_KINDS)
    return built


def _build(wanted: Sequence[Recipe], console: Console) -> list[Stamp]:
    estimate = Estimate({recipe.name: recipe.weight for recipe in wanted})
    console.print(
        f"tools to build: {len(wanted)} ({', '.join(recipe.name for recipe in wanted)}), "
        f"about {minutes(estimate.left())} on two idle cores; safe to stop and go on later"
    )
    built: list[Stamp] = []
    with _display(console) as display:

        def run(recipe: Recipe) -> None:
            last_line = 0.0

            def tick(seconds: float) -> None:
                nonlocal last_line
                left = estimate.left(seconds)
                display.update(task, description=f"building {recipe.name}", left=minutes(left))
                if not console.is_terminal and seconds - last_line >= LINE_EVERY_SECONDS:
                    last_line = seconds
                    console.print(f"  {recipe.name}: {minutes(seconds)} so far, {minutes(left)} left")

            tick(0.0)
            stamp = builder.build(recipe, tick=tick)
            estimate.finish(recipe.name, stamp.seconds)
            built.append(stamp)
            display.update(task, advance=recipe.weight)
            console.print(
                f"  built {recipe.name} {stamp.version} in {minutes(stamp.seconds)} "
                f"({stamp.cpu_seconds:.0f} CPU s), {minutes(estimate.left())} left"
            )

        task = display.add_task("fetching sources", total=sum(recipe.weight for recipe in wanted), left="")
        started = time.monotonic()
        for module in dict.fromkeys(recipe.module for recipe in wanted):
            golang.fetch_sources(module, [recipe.package for recipe in wanted if recipe.module == module])
        console.print(f"  fetched the sources in {minutes(time.monotonic() - started)}")
        builder.build_all(wanted, announce=console.print, run=run)
        console.print(
            f"tools: {len(built)} built in {minutes(time.monotonic() - started)}, "
            f"{sum(stamp.cpu_seconds for stamp in built):.0f} CPU s, in {TOOLS}"
        )
    return built


def _display(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        TextColumn("left {task.fields[left]}"),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _place(source: SourceFile, target: Path) -> None:
    """Put a module's folder where the stack files name it: the program reads no Go module folder."""
    marker = target / ".version"
    version = golang.pinned_version(source.origin.module, source.origin.source)
    if marker.is_file() and marker.read_text() == version:
        return
    copy_tree(golang.source_file(source), target)
    marker.write_text(version)

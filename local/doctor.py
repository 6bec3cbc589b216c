"""Says which tools there are, where each came from, and what is wrong, in words."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from images import builder
from local import debian
from toolchain import golang
from toolchain.locate import Location, locate
from toolchain.recipes import RECIPES
from workspace.errors import ReportedError
from workspace.paths import CACHE, STATE

BUILD_GIB_NEEDED = 25
"""Go's build cache and module cache, the Spark distribution, the images and containerd's copies of them."""

RUN_GIB_NEEDED = 10
"""Once all is built: containerd's copies of the images (5 GiB with those of both Spark releases), tables,
logs and metrics."""

MEMORY_GIB_NEEDED = 10
"""Control plane, operator, history server, object store, what watches them, and a driver and two executors,
all at their limits."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """What `make doctor` found.

    Args:
        locations: one per tool.
        problems: what stops `make up`, each a sentence with what to do.
    """

    locations: tuple[Location, ...]
    problems: tuple[str, ...]


def examine() -> Report:
    """Look at tools, packages and the machine; changes nothing."""
    problems: list[str] = []
    go = golang.go_problem()
    if go:
        problems.append(go)
        return Report(locations=(), problems=tuple(problems))
    locations = tuple(locate(recipe) for recipe in RECIPES)
    unbuilt = [location.recipe.name for location in locations if location.path is None]
    if unbuilt:
        problems.append(
            f"not built yet: {', '.join(unbuilt)}; `make tools` builds them (`make up` does so too)"
        )
    packages = debian.missing()
    if packages:
        command = " ".join(debian.install_command(packages))
        problems.append(f"missing Debian packages: {', '.join(packages)}; run: {command}")
    built = not unbuilt and builder.is_built()
    problems += _machine_problems(free_gib=RUN_GIB_NEEDED if built else BUILD_GIB_NEEDED)
    return Report(locations=locations, problems=tuple(problems))


def _machine_problems(*, free_gib: int) -> list[str]:
    problems = []
    if sys.platform != "linux" or os.geteuid() != 0:
        problems.append("the embedded cluster needs Linux and root; with KUBECONFIG set it is not started")
    if shutil.which("java") is None:
        problems.append("no java on PATH: a JDK 17 is needed to fetch and check the S3A jars")
    for folder in (CACHE, STATE):
        free = shutil.disk_usage(_existing(folder)).free / 2**30
        if free < free_gib:
            problems.append(f"{free:.2f} GiB are free at {folder}, {free_gib} are needed: make room")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    if memory < MEMORY_GIB_NEEDED:
        problems.append(f"this machine has {memory:.0f} GiB of memory, {MEMORY_GIB_NEEDED} are needed")
    return problems


def _existing(folder: Path) -> Path:
    while not folder.exists():
        folder = folder.parent
    return folder


def show(console: Console) -> None:
    """Print the report.

    Args:
        console: where it is printed.

    Raises:
        ReportedError: something stops `make up`; the message lists all of it.
    """
    report = examine()
    table = Table("tool", "version", "from", "path", "note", box=None)
    for location in report.locations:
        table.add_row(
            location.recipe.name,
            location.version,
            location.origin,
            str(location.path or ""),
            location.note or ("" if location.path else location.recipe.purpose),
        )
    console.print(table)
    if report.problems:
        raise ReportedError("not ready:\n" + "\n".join(f"  - {problem}" for problem in report.problems))
    console.print("ready: `make up` has all it needs")

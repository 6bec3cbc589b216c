"""`make test`: every check in order, from the quickest to the one that needs a whole platform."""

from __future__ import annotations

import os
import subprocess
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from local.errors import LocalError
from local.paths import ROOT
from local.toolchain import search_path
from local.toolchain.progress import minutes

BIN = ROOT / ".venv" / "bin"

NEEDS_MACHINE = "charts or docker or store or spark or program or promtool or browser"
NEEDS_PLATFORM = "cluster or cluster_lifecycle"

SOAK = "soak"
"""Long runs on the platform that is up, beyond `make test`: `make soak`."""

REHEARSAL = "rehearsal"
"""The AWS stacks under the real Pulumi engine; alone: `make rehearse`."""


@dataclass
class Totals:
    """How many tests ended how, over all tiers."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    broken: list[str] = field(default_factory=list)

    def add(self, report: Path) -> None:
        """Count a pytest report in JUnit's format; a report that was never written counts as nothing."""
        if not report.exists():
            return
        for suite in ET.parse(report).getroot().iter("testsuite"):  # noqa: S314  written by pytest just now
            count = {name: int(suite.get(name, "0")) for name in ("tests", "failures", "errors", "skipped")}
            bad = count["failures"] + count["errors"]
            self.failed += bad
            self.skipped += count["skipped"]
            self.passed += count["tests"] - bad - count["skipped"]


@dataclass(frozen=True, kw_only=True)
class Step:
    """One part of `make test`.

    Args:
        name: what is checked.
        command: what runs; a pytest call gets its report file added.
        before: makes ready what the command needs.
    """

    name: str
    command: tuple[str, ...]
    before: Callable[[], object] | None = None


def checks() -> list[Step]:
    """Formatting, lint rules and types."""
    return [
        Step(name="formatting", command=(str(BIN / "ruff"), "format", "--check", "--quiet", ".")),
        Step(name="lint rules", command=(str(BIN / "ruff"), "check", "--quiet", ".")),
        Step(name="types", command=(str(BIN / "mypy"),)),
    ]


def pytest_step(name: str, marks: str, *options: str, before: Callable[[], object] | None = None) -> Step:
    """A tier of tests, chosen by its marks, with further options for pytest."""
    return Step(
        name=name, command=(str(BIN / "pytest"), "--quiet", "-m", marks, *options, "tests"), before=before
    )


def unit_steps() -> list[Step]:
    """What runs in seconds and needs neither root nor a cluster."""
    return [
        pytest_step(
            "unit tests",
            f"not ({NEEDS_MACHINE} or {NEEDS_PLATFORM} or {SOAK} or {REHEARSAL})",
            "--numprocesses=2",
            # What a file builds once for all its tests is built by one process then.
            "--dist=loadfile",
            # Each costs a moment in every one of thousands of tests, none of which asks for it.
            *("-p", "no:logging"),
            *("-p", "no:doctest"),
        )
    ]


def rehearsal_steps(ready: Callable[[], object]) -> list[Step]:
    """The AWS stacks, with nothing of AWS in reach. Two at a time: each takes about one core."""
    return [pytest_step("the AWS stacks, rehearsed", REHEARSAL, "--numprocesses=2", before=ready)]


def soak_steps(up: Callable[[], object]) -> list[Step]:
    """The platform through long runs; it stays up."""
    return [pytest_step("long runs on the real node", SOAK, before=up)]


def machine_steps(ready: Callable[[], object]) -> list[Step]:
    """What needs the built tools and images, and no cluster."""
    return [pytest_step("charts, images, S3 server, Spark in process", NEEDS_MACHINE, before=ready)]


def platform_steps(up: Callable[[], object]) -> list[Step]:
    """What only the real node can show."""
    return [
        pytest_step("the platform on a real node", f"cluster and not {SOAK}", before=up),
        pytest_step("a cluster's life from start to removal", "cluster_lifecycle"),
    ]


def run_all(console: Console) -> None:
    """Everything, from the quickest on; a platform that was not up before is removed again.

    Raises:
        LocalError: at least one step failed; names all of them.
    """
    from local import cluster, platform

    found = cluster.uses_external_cluster() or cluster.status().exists
    run(all_steps(console), console, leave=lambda: None if found else platform.down(console))


def all_steps(console: Console) -> list[Step]:
    """The steps of `make test`, in order."""
    from local import debian, platform, rehearsal

    def machine_ready() -> None:
        debian.ensure(tests=True)
        platform.build(console)

    return [
        *checks(),
        *unit_steps(),
        *rehearsal_steps(lambda: rehearsal.prepare(console)),
        *machine_steps(machine_ready),
        *platform_steps(lambda: platform.up(console)),
    ]


def run(steps: list[Step], console: Console, *, leave: Callable[[], None] = lambda: None) -> None:
    """Run every step, also after a failed one, and close with the sum of all tests.

    Args:
        steps: in order.
        console: where output goes.
        leave: puts the machine back as it was; called before the sum, however the steps ended.

    Raises:
        LocalError: at least one step failed; names all of them.
    """
    totals = Totals()
    try:
        _run_steps(steps, console, totals)
    finally:
        leave()
    console.print(f"{totals.passed} passed, {totals.failed} failed, {totals.skipped} skipped")
    if totals.broken:
        raise LocalError(f"failed: {'; '.join(totals.broken)}", hint="the output of each is above")


def _run_steps(steps: list[Step], console: Console, totals: Totals) -> None:
    environment = {**os.environ, "PATH": search_path()}
    with TemporaryDirectory() as folder:
        for number, step in enumerate(steps):
            report = Path(folder) / f"{number}.xml"
            started = time.monotonic()
            console.rule(step.name, align="left")
            if _run_step(step, report, environment, console) != 0:
                totals.broken.append(step.name)
            totals.add(report)
            console.print(f"{step.name}: {minutes(time.monotonic() - started)}")


def _run_step(step: Step, report: Path, environment: dict[str, str], console: Console) -> int:
    try:
        if step.before:
            step.before()
    except LocalError as error:
        console.print(f"[red]error:[/red] {error}")
        return 1
    command = list(step.command)
    if command[0].endswith("pytest"):
        command.append(f"--junitxml={report}")
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode

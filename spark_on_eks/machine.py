"""Commands for this machine: its tools, what is wrong with it, and the tests that run on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from spark_on_eks.console import console
from workspace.errors import ReportedError


def tools() -> None:
    """Build the tools that this machine lacks."""
    from toolchain import progress

    progress.ensure(console)


def doctor() -> None:
    """List every tool with its version and where it came from, and say what is wrong."""
    from local import doctor as machine

    machine.show(console)


def run_tests(tier: Annotated[str, typer.Option(help="all, unit, soak or rehearsal")] = "all") -> None:
    """Run everything that CI runs, or one tier alone."""
    import testing
    from local import platform
    from rehearsal import plans

    def all_ready() -> None:
        plans.prepare(console)
        platform.up(console)

    tiers: dict[str, Callable[[], None]] = {
        "all": lambda: testing.run_all(console),
        "unit": lambda: testing.run([*testing.checks(), *testing.unit_steps()], console),
        "soak": lambda: testing.run(testing.soak_steps(all_ready), console),
        "rehearsal": lambda: testing.run(testing.rehearsal_steps(lambda: plans.prepare(console)), console),
    }
    if tier not in tiers:
        raise ReportedError(f"there is no tier {tier!r}", hint=f"use one of {', '.join(tiers)}")
    tiers[tier]()

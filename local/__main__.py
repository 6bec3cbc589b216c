"""The commands behind the Makefile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from workspace.command_line import console, run
from workspace.errors import LocalError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
StackName = Annotated[str, typer.Option("--stack", help="Which Pulumi.<stack>.yaml to apply.")]


@app.command()
def tools() -> None:
    """Build the tools that this machine lacks."""
    from toolchain import progress

    progress.ensure(console)


@app.command()
def doctor() -> None:
    """Every tool: version, where it came from, and what is wrong."""
    from local import doctor as machine

    machine.show(console)


@app.command()
def up(
    stack: StackName = "local", job: Annotated[bool, typer.Option(help="Run the flights job.")] = True
) -> None:
    """Bring the platform up and run the flights job."""
    from local import platform

    platform.up(console, stack, job=job)


@app.command()
def preview(stack: StackName = "local") -> None:
    """Show what `up` would change."""
    from local import platform

    platform.preview(console, stack)


@app.command()
def status() -> None:
    """What runs, and where to look."""
    from local import platform

    platform.status(console)


@app.command("metrics-cost")
def metrics_cost(stack: StackName = "local") -> None:
    """What watching costs: samples a second and series, by source, tenant and executor."""
    from local import platform

    platform.metrics_cost(console, stack)


@app.command()
def down() -> None:
    """Remove the embedded cluster and all it left on this machine."""
    from local import platform

    platform.down(console)


@app.command()
def bench(
    quick: Annotated[bool, typer.Option(help="One round of each, to see that it works.")] = False,
) -> None:
    """Measure start times and Pulumi times, as ratios within one run, into docs/benchmarks.md."""
    from local import bench as benchmarks

    page = benchmarks.run(console, quick=quick)
    console.print(page, markup=False, soft_wrap=True)
    if not quick:
        benchmarks.write(page)


@app.command("test")
def run_tests(tier: Annotated[str, typer.Option(help="all, unit, soak or rehearsal")] = "all") -> None:
    """Everything that CI runs, or one tier alone."""
    from local import platform, testing
    from rehearsal import plans

    tiers: dict[str, Callable[[], None]] = {
        "all": lambda: testing.run_all(console),
        "unit": lambda: testing.run(testing.unit_steps(), console),
        "soak": lambda: testing.run(testing.soak_steps(lambda: platform.up(console)), console),
        "rehearsal": lambda: testing.run(testing.rehearsal_steps(lambda: plans.prepare(console)), console),
    }
    if tier not in tiers:
        raise LocalError(f"there is no tier {tier!r}", hint=f"use one of {', '.join(tiers)}")
    tiers[tier]()


if __name__ == "__main__":
    run(app)

"""Commands for the platform on this machine, or on a cluster of one's own."""

from __future__ import annotations

from typing import Annotated

import typer

from spark_on_eks.console import console

StackName = Annotated[str, typer.Option("--stack", help="Which Pulumi.<stack>.yaml.")]


def up(
    stack: StackName = "local",
    job: Annotated[bool, typer.Option(help="Run the flights job.")] = True,
    remove_tenants: Annotated[
        bool, typer.Option("--remove-tenants", help="Do not ask about tenants that the file no longer names.")
    ] = False,
) -> None:
    """Bring the platform up or repair it, and run the flights job."""
    from local import platform

    platform.up(console, stack, job=job, remove_tenants=remove_tenants)


def preview(stack: StackName = "local") -> None:
    """Show what `up` would change; of a stack on AWS, its plan with stand-ins for the providers."""
    from workspace.stack_files import is_on_aws

    if is_on_aws(stack):
        from rehearsal import plans

        plans.show(console, stack)
    else:
        from local import platform

        platform.preview(stack)


def status() -> None:
    """Say what runs, and where to look."""
    from local import platform

    platform.status(console)


def password(
    user: Annotated[str, typer.Argument(help="Whose; the first user if none is named.")] = "",
    stack: StackName = "local",
) -> None:
    """Tell the password by which somebody opens the pages."""
    from local import platform

    platform.password(console, stack, user)


def metrics_cost(stack: StackName = "local") -> None:
    """Say what watching costs: samples a second and series, by source, tenant and executor."""
    from local import platform

    platform.metrics_cost(console, stack)


def memory(stack: StackName = "local") -> None:
    """Say what the platform's own pods hold of memory: now, at most in an hour, and what each may."""
    from local import platform

    platform.memory(console, stack)


def down(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before data goes.")] = False,
) -> None:
    """Remove the embedded cluster and all it left here; with KUBECONFIG, the platform off that cluster."""
    from local import platform

    platform.down(console, sure=yes)


def bench(
    quick: Annotated[bool, typer.Option(help="One round of each, to see that it works.")] = False,
) -> None:
    """Measure start times and Pulumi times, as ratios within one run, into docs/benchmarks.md."""
    import bench as benchmarks

    keep = (lambda page: None) if quick else benchmarks.write
    page = benchmarks.run(console, quick=quick, keep=keep)
    console.print(page, markup=False, soft_wrap=True)

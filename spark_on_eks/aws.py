"""Commands for stacks on AWS; none of them reaches an account."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spark_on_eks.console import console
from workspace.errors import ReportedError

Stack = Annotated[str, typer.Argument(help="Which Pulumi.<stack>.yaml.")]


def rights(
    stack: Stack,
    folder: Annotated[
        Path, typer.Argument(help="Where to write; files there of the same names are replaced.")
    ],
) -> None:
    """Write what the deployer of a stack may do, as policy documents."""
    from components.settings import SettingsError
    from policy import deployer

    try:
        written = deployer.write(stack, folder)
    except SettingsError as error:
        raise ReportedError(str(error), hint="mend it there") from None
    for file in written:
        console.print(str(file), soft_wrap=True, markup=False)


def rehearse(stacks: Annotated[list[str], typer.Argument(help="Stacks to rehearse.")]) -> None:
    """Preview, apply, preview again and destroy stacks with stand-ins; resources and times of each."""
    from rehearsal import plans

    plans.lives(console, stacks)


def leftovers(stack: Stack) -> None:
    """List what an earlier stack of that name may have left: how to look for it, and how to remove it."""
    from components.settings import SettingsError
    from policy import leftovers as earlier

    try:
        found = earlier.of_stack(stack)
    except SettingsError as error:
        raise ReportedError(str(error), hint="mend it there") from None
    for each in found:
        console.print(f"[bold]{each.kind} {each.name}[/bold]: {each.why}", soft_wrap=True)
        console.print(f"  look:   {each.look}", soft_wrap=True, markup=False)
        console.print(f"  remove: {each.remove}", soft_wrap=True, markup=False)

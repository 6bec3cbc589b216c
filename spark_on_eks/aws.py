"""Commands for stacks on AWS; none reaches an account, unless `leftovers` is told what to do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spark_on_eks.console import console
from workspace.errors import ReportedError

if TYPE_CHECKING:
    from boto3.session import Session

    from components.aws_plans.leftovers import Leftover
    from leftovers.account import Kept

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


def leftovers(
    stack: Stack,
    adopt: Annotated[bool, typer.Option("--adopt", help="Import what is there into the new stack.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Remove what is there, asking for each.")] = False,
) -> None:
    """List what an earlier stack of that name may have left; with an option, ask AWS and deal with it."""
    from components.settings import SettingsError
    from leftovers import listing

    if adopt and remove:
        raise ReportedError("--adopt and --remove exclude each other", hint="say what is to become of it")
    try:
        listed = listing.of_stack(stack)
        if adopt or remove:
            _deal_with(stack, listed, removing=remove)
            return
    except SettingsError as error:
        raise ReportedError(str(error), hint="mend it there") from None
    for each in listed:
        console.print(f"[bold]{each.kind} {each.name}[/bold]: {each.why}", soft_wrap=True)
        console.print(f"  look:   {each.look}", soft_wrap=True, markup=False)
        console.print(f"  remove: {each.remove}", soft_wrap=True, markup=False)


def _deal_with(stack: str, listed: list[Leftover], *, removing: bool) -> None:
    from leftovers import account, adoption, listing

    _, chosen = listing.on_aws(stack)
    own = account.session(chosen)
    there = account.kept(own, listed)
    if not there:
        console.print("nothing is there: `pulumi up` meets no name that is taken")
        return
    for each in there:
        console.print(f"{each.kind} {each.name} ({each.region})", soft_wrap=True, markup=False)
    if removing:
        _remove(own, there)
        return
    if (line := adoption.snapshot_line(there)) is not None:
        console.print(f"for the database's data write `{line}`", soft_wrap=True, markup=False)
    if typer.confirm(f"Import these into the stack {stack}?"):
        adopted = adoption.adopt(adoption.pulumi(stack), there, home=chosen.region)
        console.print(f"imported {len(adopted)}; `pulumi up` changes them to what the settings say")


def _remove(own: Session, there: list[Kept]) -> None:
    """Remove one after the other, each after a question of its own; keys stay."""
    from leftovers import account

    for each in there:
        if each.kind == "key":
            console.print(f"the key {each.id} stays: nothing else opens what it encrypted", markup=False)
        elif typer.confirm(f"Remove the {each.kind} {each.name} with all that is in it, for good?"):
            account.remove(own, each)
            console.print(f"removed {each.name}", soft_wrap=True, markup=False)

"""`python -m tests.rehearsal preview prod`: a stack's plan by the real engine, without an account.

What the plan says of ids, zones and versions comes from the stand-in in tests/standin, and every run says so.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tests.rehearsal.harness import ROOT, SETTINGS, Rehearsal, of_stack

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, help=__doc__)
console = Console(highlight=False)

NOTE = (
    "No account is involved: the providers are a stand-in (tests/standin), the engine, the program and its "
    "settings are real."
)


@app.command()
def preview(
    stack: Annotated[str, typer.Argument(help="Which Pulumi.<stack>.yaml to preview.")],
    diff: Annotated[bool, typer.Option(help="Show every argument.")] = False,
) -> None:
    """The plan of a first `pulumi up`."""
    console.print(f"[bold]{stack}[/bold]: {NOTE}")
    with tempfile.TemporaryDirectory() as folder:
        code = _stack(stack, folder).show(*(["--diff"] if diff else []))
    console.print(f"[bold]{stack}[/bold]: {NOTE}")
    sys.exit(code)


@app.command()
def report(stacks: Annotated[list[str], typer.Argument(help="Stacks to rehearse.")]) -> None:
    """Preview, apply, preview again and destroy; resources and times of each stack."""
    console.print(NOTE)
    table = Table()
    for column in ("stack", "resources", "preview", "up", "preview without changes", "destroy"):
        table.add_column(column, justify="left" if column == "stack" else "right")
    for stack in stacks:
        with tempfile.TemporaryDirectory() as folder:
            table.add_row(stack, *_life(_stack(stack, folder)))
    console.print(table)


def _life(rehearsal: Rehearsal) -> list[str]:
    began = time.monotonic()
    plan = rehearsal.preview()
    applied = rehearsal.up()
    resources = len(rehearsal.exported()["deployment"]["resources"])
    again = rehearsal.unchanged()
    foundation = rehearsal.config[SETTINGS]["foundation"]
    if foundation["kind"] == "aws" and foundation.get("protect", True):
        rehearsal.set(f"{SETTINGS}.foundation.protect", False)
        rehearsal.set(f"{SETTINGS}.foundation.keepData", False)
        rehearsal.up()
    gone = rehearsal.destroy()
    console.print(f"{rehearsal.stack}: {time.monotonic() - began:.0f} s in all")
    return [
        str(resources),
        *(f"{run.seconds:.1f} s" for run in (plan, applied, again, gone)),
    ]


def _stack(stack: str, folder: str) -> Rehearsal:
    if not (ROOT / f"Pulumi.{stack}.yaml").is_file():
        known = sorted(file.name.split(".")[1] for file in ROOT.glob("Pulumi.*.yaml"))
        sys.exit(f"error: there is no Pulumi.{stack}.yaml; the stacks are: {', '.join(known)}")
    return of_stack(stack, Path(folder) / "rehearsal")


if __name__ == "__main__":
    app()

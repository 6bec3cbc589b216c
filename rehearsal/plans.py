"""Plans and lives of the project's own stacks, without an account: their providers are stand-ins.

What a plan says of ids, zones and versions comes from the stand-ins, and every run says so.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from rehearsal.harness import Rehearsal, of_stack
from rehearsal.teardown import cut_too_early, lines
from toolchain import karpenter_charts, progress
from workspace.errors import ReportedError
from workspace.stack_files import SETTINGS

TOOLS: Final = ("pulumi", "pulumi-language-python", "helm")
"""All that a rehearsal runs besides Python."""

NOTE: Final = (
    "No account is involved: the providers are a stand-in (rehearsal/standin), the engine, the program and "
    "its settings are real."
)


def prepare(console: Console) -> None:
    """Get what rehearsals need: three tools and Karpenter's charts; no cluster, no images.

    Args:
        console: where progress goes.

    Raises:
        ReportedError: Go is missing, or a build or download failed.
    """
    progress.ensure(console, TOOLS)
    karpenter_charts.place()


def show(console: Console, stack: str, *, diff: bool = False) -> None:
    """Show the plan of a stack's first `pulumi up`, and say what the plan is worth.

    Args:
        console: where the note goes; Pulumi writes to the terminal itself.
        stack: which Pulumi.<stack>.yaml.
        diff: whether to show every argument.

    Raises:
        ReportedError: the program or the stack file is wrong; the reason was printed.
    """
    prepare(console)
    console.print(f"[bold]{stack}[/bold]: {NOTE}")
    with tempfile.TemporaryDirectory() as folder:
        code = _stack(stack, folder).show(*(["--diff"] if diff else []))
    console.print(f"[bold]{stack}[/bold]: {NOTE}")
    if code:
        raise ReportedError(f"pulumi preview failed (exit {code}); the reason is above")


def lives(console: Console, stacks: Iterable[str]) -> None:
    """Preview, apply, preview again and destroy stacks; print resources and times of each.

    Args:
        console: where the table goes.
        stacks: their names.

    Raises:
        ReportedError: a tool is missing.
        RehearsalError: a step of a stack's life failed.
    """
    prepare(console)
    console.print(NOTE)
    table = Table()
    for column in ("stack", "resources", "preview", "up", "preview without changes", "destroy"):
        table.add_column(column, justify="left" if column == "stack" else "right")
    for stack in stacks:
        with tempfile.TemporaryDirectory() as folder:
            table.add_row(stack, *_life(console, _stack(stack, folder)))
    console.print(table)


def _life(console: Console, rehearsal: Rehearsal) -> list[str]:
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
    rehearsal.cloud.clear_log()
    gone = rehearsal.destroy()
    _tell_order(console, rehearsal)
    console.print(f"{rehearsal.stack}: {time.monotonic() - began:.0f} s in all")
    return [
        str(resources),
        *(f"{run.seconds:.1f} s" for run in (plan, applied, again, gone)),
    ]


def _tell_order(console: Console, rehearsal: Rehearsal) -> None:
    """Print what a destroy deleted around the network, and refuse an order that would hang on AWS."""
    deletes = rehearsal.cloud.operations("delete")
    console.print(f"{rehearsal.stack}: destroy, around the network")
    for line in lines(deletes):
        console.print(f"  {line}", markup=False, soft_wrap=True)
    problems = cut_too_early(deletes)
    if problems:
        raise ReportedError(
            "; ".join(problems),
            hint="let what the last of them needs depend on it (components/aws/network.py)",
        )


def _stack(stack: str, folder: str) -> Rehearsal:
    return of_stack(stack, Path(folder) / "rehearsal")

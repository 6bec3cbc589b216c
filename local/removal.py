"""Asks before an update removes a tenant: with a namespace go its jobs, their logs and its claims."""

from __future__ import annotations

import sys
from collections.abc import Set as AbstractSet

from rich.console import Console
from rich.prompt import Confirm

from toolchain import pulumi_cli
from toolchain.pulumi_cli import Stack
from workspace.errors import ReportedError


def gone(stack: Stack, wanted: AbstractSet[str]) -> list[str]:
    """List the tenants' namespaces that the stack has, and its file no longer names.

    Args:
        stack: what is about to be applied.
        wanted: the namespaces that its file names.
    """
    if not stack.config_file.exists():
        return []
    try:
        there = pulumi_cli.outputs(stack).get("namespaces", [])
    except ReportedError:
        # Never applied, or not to the end: there is no tenant that somebody could have used.
        return []
    return sorted(set(there) - wanted)


def confirm(console: Console, *, gone: list[str]) -> None:
    """Ask whether tenants may go.

    Args:
        console: where the question is shown.
        gone: their namespaces; nothing is asked if there are none.

    Raises:
        ReportedError: the answer is no, or there is nobody to answer.
    """
    if not gone:
        return
    what = f"the stack file no longer names {', '.join(gone)}: jobs and all else there would be removed"
    if sys.stdin.isatty() and Confirm.ask(f"{what}. Remove?", console=console, default=False):
        return
    raise ReportedError(
        what,
        hint="put the tenant back into the file, or run `.venv/bin/spark-on-eks up --remove-tenants`",
    )

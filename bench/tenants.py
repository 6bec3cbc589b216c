"""How `pulumi preview` and a no-op `pulumi up` grow with the number of tenants."""

from __future__ import annotations

import copy
import time
from collections.abc import Sequence
from typing import Any, Final

import yaml
from rich.console import Console

from bench.samples import Samples
from toolchain import pulumi_cli
from toolchain.pulumi_cli import Stack
from workspace.errors import ReportedError
from workspace.stack_files import SETTINGS

COUNTS: Final = (1, 10, 30)
"""A hundred took a quarter of an hour to come, and longer than all other parts to be measured."""


def with_tenants(stack_file: dict[str, Any], count: int) -> dict[str, Any]:
    """A stack file with `count` tenants: its own first ones, then copies of its last.

    Args:
        stack_file: the content of Pulumi.<stack>.yaml.
        count: at least 1.
    """
    made = copy.deepcopy(stack_file)
    tenants = made["config"][SETTINGS]["tenants"]
    last = tenants[-1]
    extra = [{**copy.deepcopy(last), "team": f"bench{number:03d}"} for number in range(len(tenants), count)]
    made["config"][SETTINGS]["tenants"] = [*tenants[:count], *extra]
    return made


def measure(
    stack: Stack, console: Console, *, counts: Sequence[int] = COUNTS, rounds: int = 3
) -> tuple[tuple[Samples, ...], tuple[Samples, ...]]:
    """Previews and no-op updates, for each number of tenants; the stack's own tenants are back at the end.

    Args:
        stack: applied already.
        console: for progress.
        counts: numbers of tenants, ascending.
        rounds: repetitions of each.

    Raises:
        ReportedError: Pulumi failed, or an update that should change nothing changed something.
    """
    pulumi_cli.prepare(stack)
    original = stack.config_file.read_text()
    previews, updates = [], []
    try:
        for count in counts:
            config = with_tenants(yaml.safe_load(original), count)
            stack.config_file.write_text(yaml.safe_dump(config, sort_keys=False))
            with console.status(f"bringing the stack to {count} tenants"):
                _timed(stack, "up", "--yes", "--skip-preview", extra=pulumi_cli.WRITTEN_ONCE)
            name = f"{count} tenant{'s' if count > 1 else ''}"
            with console.status(f"measuring with {name}"):
                previews.append(_samples(name, rounds, stack, "preview", "--expect-no-changes"))
                updates.append(
                    _samples(name, rounds, stack, "up", "--yes", "--skip-preview", "--expect-no-changes")
                )
    finally:
        stack.config_file.write_text(original)
        with console.status("bringing the stack back to its own tenants"):
            _timed(stack, "up", "--yes", "--skip-preview", extra=pulumi_cli.WRITTEN_ONCE)
    return tuple(previews), tuple(updates)


def _samples(name: str, rounds: int, stack: Stack, *command: str) -> Samples:
    seconds = tuple(_timed(stack, *command) for _ in range(rounds))
    return Samples(name=name, seconds=seconds)


def _timed(stack: Stack, *command: str, extra: dict[str, str] | None = None) -> float:
    begun = time.monotonic()
    arguments = [*command, "--stack", stack.name, "--config-file", str(stack.config_file)]
    done = pulumi_cli.run(stack, arguments, capture=True, extra=extra)
    if done.returncode:
        last = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise ReportedError(f"`pulumi {command[0]}` failed (exit {done.returncode}):\n{last}")
    return time.monotonic() - begun

"""What Pulumi's own log costs a preview: the same one with it and without, in turns."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Final

from rich.console import Console

from bench.samples import Comparison, in_turns
from toolchain import pulumi_cli
from toolchain.pulumi_cli import Stack
from workspace.errors import ReportedError

NAMES: Final = ("without, as everything here calls Pulumi", "with the log")


def measure(stack: Stack, console: Console, *, rounds: int) -> Comparison:
    """Previews that find nothing to change, and the size of the log of one.

    Args:
        stack: applied already.
        console: for progress.
        rounds: repetitions of each.

    Raises:
        ReportedError: Pulumi failed, or there was something to change.
    """
    pulumi_cli.prepare(stack)
    with tempfile.TemporaryDirectory() as folder, console.status("measuring Pulumi's own log"):
        # A home of one's own keeps its log: see toolchain/pulumi_cli.py.
        logging = {"PULUMI_HOME": folder}
        measured = [[_preview(stack, {}), _preview(stack, logging)] for _ in range(rounds)]
        written = sum(file.stat().st_size for file in Path(folder, "logs").glob("*.log")) / rounds
    return Comparison(
        title="What does Pulumi's own log cost?",
        samples=in_turns(NAMES, measured),
        note="A preview that finds nothing to change, on the file backend. Since 3.249.0 Pulumi logs every "
        f"property of every resource, {written / 2**20:.0f} MiB a preview here, unless it can't; "
        "[aws.md](aws.md) says how to do without.",
    )


def _preview(stack: Stack, extra: dict[str, str]) -> float:
    began = time.monotonic()
    arguments = ["preview", "--expect-no-changes", "--stack", stack.name]
    done = pulumi_cli.run(
        stack, [*arguments, "--config-file", str(stack.config_file)], capture=True, extra=extra
    )
    if done.returncode:
        last = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise ReportedError(f"`pulumi preview` failed (exit {done.returncode}):\n{last}")
    return time.monotonic() - began

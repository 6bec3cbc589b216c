"""Stacks on AWS, from this machine: never a real account. Their providers are stand-ins (tests/standin)."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any, Final

import yaml
from rich.console import Console

from local.errors import LocalError
from local.paths import ROOT
from local.toolchain import karpenter_charts, progress, search_path

TOOLS: Final = ("pulumi", "pulumi-language-python", "helm")
"""All that a rehearsal runs besides Python."""


def is_on_aws(stack: str) -> bool:
    """Whether a stack makes its cluster on AWS.

    Args:
        stack: which Pulumi.<stack>.yaml.

    Raises:
        LocalError: there is no such file.
    """
    file = ROOT / f"Pulumi.{stack}.yaml"
    if not file.is_file():
        known = sorted(path.name.split(".")[1] for path in ROOT.glob("Pulumi.*.yaml"))
        raise LocalError(
            f"there is no {file.name}; the stacks are: {', '.join(known)}",
            hint="set STACK to one of them, or write that file",
        )
    kind: object = _at(
        yaml.safe_load(file.read_text()), "config", "spark-on-eks:settings", "foundation", "kind"
    )
    return kind == "aws"


def _at(part: Any, *path: str) -> Any:
    for step in path:
        part = part.get(step) if isinstance(part, Mapping) else None
    return part


def prepare(console: Console) -> None:
    """Get what rehearsals need: three tools and Karpenter's charts; no cluster, no images.

    Raises:
        LocalError: Go is missing, or a build or download failed.
    """
    progress.ensure(console, TOOLS)
    karpenter_charts.place()


def preview(console: Console, stack: str) -> None:
    """Show the plan of a stack's first `pulumi up`, and say what the plan is worth.

    Raises:
        LocalError: the program or the stack file is wrong; the reason was printed.
    """
    prepare(console)
    run("preview", stack)


def run(*arguments: str) -> None:
    """Run `python -m tests.rehearsal`.

    Raises:
        LocalError: it failed.
    """
    done = subprocess.run(
        [sys.executable, "-m", "tests.rehearsal", *arguments],
        cwd=ROOT,
        env={**os.environ, "PATH": search_path()},
        check=False,
    )
    if done.returncode:
        raise LocalError(f"`{arguments[0]}` failed (exit {done.returncode}); the reason is above")

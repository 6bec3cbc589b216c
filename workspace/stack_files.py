"""The project's stack files: which there are, and what kind of foundation each names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from workspace.errors import LocalError
from workspace.paths import ROOT

SETTINGS: Final = "spark-on-eks:settings"
"""Key of a stack file below which all settings are."""


def stack_file(stack: str, root: Path = ROOT) -> Path:
    """Find the file of a stack.

    Args:
        stack: its name.
        root: the project's folder.

    Raises:
        LocalError: there is none; the message names the stacks that have one.
    """
    file = root / f"Pulumi.{stack}.yaml"
    if not file.is_file():
        known = sorted(path.name.split(".")[1] for path in root.glob("Pulumi.*.yaml"))
        raise LocalError(
            f"there is no {file.name}; the stacks are: {', '.join(known)}",
            hint="set STACK to one of them, or write that file",
        )
    return file


def is_on_aws(stack: str) -> bool:
    """Tell whether a stack makes its cluster on AWS.

    Args:
        stack: its name.

    Raises:
        LocalError: it has no file.
    """
    document = yaml.safe_load(stack_file(stack).read_text())
    kind: object = _at(document, "config", SETTINGS, "foundation", "kind")
    return kind == "aws"


def _at(part: Any, *path: str) -> Any:
    for step in path:
        part = part.get(step) if isinstance(part, Mapping) else None
    return part

"""A stack with other settings for a while, as if somebody had written in its file and called `pulumi up`."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

from toolchain import pulumi_cli
from workspace.stack_files import SETTINGS


def apply_changed(stack: pulumi_cli.Stack, folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Apply it with other settings; `put_back` applies its own again.

    Args:
        stack: which.
        folder: for the changed file.
        change: changes the settings in place.
    """
    content = deepcopy(yaml.safe_load(stack.config_file.read_text()))
    change(content["config"][SETTINGS])
    file = folder / stack.config_file.name
    file.write_text(yaml.safe_dump(content))
    done = pulumi_cli.run(
        stack,
        ["up", "--yes", "--skip-preview", "--stack", stack.name, "--config-file", str(file)],
        capture=True,
    )
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-2000:]}"


def put_back(stack: pulumi_cli.Stack) -> None:
    """Apply the stack with the settings of its file.

    Args:
        stack: which.
    """
    done = pulumi_cli.up(stack, capture=True)
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-2000:]}"

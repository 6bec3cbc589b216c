"""What few tests do to a stack with `pulumi` itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from subprocess import CompletedProcess
from typing import Any

import yaml

from rehearsal.harness import Rehearsal, RehearsalError


def set_secret(stack: Rehearsal, key: str, value: str) -> None:
    """Set a secret, as `pulumi config set --secret` does.

    Args:
        stack: the stack.
        key: the key, with the project's name before it.
        value: the secret.

    Raises:
        RehearsalError: Pulumi refused.
    """
    _succeeded(stack.pulumi(["config", "set", "--secret", key, value]))
    stack.config[key] = yaml.safe_load(stack.config_file.read_text())["config"][key]


def import_state(stack: Rehearsal, state: Mapping[str, Any]) -> None:
    """Put a state in the place of the stack's own, as `pulumi stack import` does.

    Raises:
        RehearsalError: Pulumi refused.
    """
    file = stack.folder / "imported.json"
    file.write_text(json.dumps(state))
    _succeeded(stack.pulumi(["stack", "import", "--file", str(file)]))


def refused_destroy(stack: Rehearsal) -> str:
    """What the preview says that `pulumi destroy` begins with, and that has to fail."""
    done = stack.pulumi(["destroy", "--preview-only"])
    assert done.returncode, f"nothing keeps the stack:\n{done.stdout}"
    return done.stdout + done.stderr


def _succeeded(done: CompletedProcess[str]) -> None:
    if done.returncode:
        raise RehearsalError(f"{done.args} failed:\n{done.stdout}{done.stderr}")

"""Every stack file, built as `pulumi up` would build it, against the recording monitor."""

from __future__ import annotations

import copy
import runpy
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from unittest.mock import patch

import bcrypt
import yaml

from components.naming import PROJECT
from components.settings import KEY
from tests.support.aws_answers import answer, look_up
from tests.support.recorder import World, build

ROOT: Final = Path(__file__).resolve().parents[2]
STACKS: Final = tuple(sorted(path.name.split(".")[1] for path in ROOT.glob("Pulumi.*.yaml")))
"""Names of all stacks that have a file."""


def stack_settings(stack: str) -> dict[str, Any]:
    """What stands below the settings' key in a stack's file."""
    found = _stack_file(stack)["config"][f"{PROJECT}:{KEY}"]
    assert isinstance(found, dict)
    return copy.deepcopy(found)


@cache
def _stack_file(stack: str) -> Any:
    return yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())


def over(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Write keys over those of a mapping, and below them likewise; None takes a key away.

    Args:
        base: such as what a stack file says.
        changes: the keys; a list replaces a list.
    """
    merged = dict(base)
    for key, value in changes.items():
        below = merged.get(key)
        merged[key] = over(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return {key: value for key, value in merged.items() if value is not None}


def other_choices(stack: str) -> dict[str, Any]:
    """What a stack's file says if it chooses otherwise wherever that makes other resources.

    Args:
        stack: local or dev.
    """
    changes = yaml.safe_load((ROOT / "tests" / "data" / "other-choices.yaml").read_text())
    return over(stack_settings(stack), changes[stack])


_hashed: Final = cache(bcrypt.hashpw)
"""Hashes are made to take long, a third of the time of a stack, and all have the same passwords here."""


def build_stack(
    stack: str, values: dict[str, Any] | None = None, *, secrets: Mapping[str, str] = MappingProxyType({})
) -> World:
    """Run the project's entry point.

    Args:
        stack: name of the stack.
        values: settings to use instead of the file's.
        secrets: further keys of the configuration, encrypted.
    """
    config = {KEY: stack_settings(stack) if values is None else values, **secrets}
    with patch("bcrypt.hashpw", _hashed):
        return build(
            lambda: runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__"),
            stack=stack,
            config=config,
            secrets=tuple(secrets),
            answer=answer,
            look_up=look_up,
        )


@cache
def world_of(stack: str) -> World:
    """A stack as its file says; built once for all tests that only look."""
    return build_stack(stack)

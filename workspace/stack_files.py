"""The project's stack files: which there are, and what each says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from workspace import pulumi_yaml
from workspace.errors import ReportedError
from workspace.paths import ROOT

SETTINGS: Final = "spark-on-eks:settings"
"""Key of a stack file below which all settings are."""


def stack_file(stack: str, root: Path = ROOT) -> Path:
    """Find the file of a stack.

    Args:
        stack: its name.
        root: the project's folder.

    Raises:
        ReportedError: there is none; the message names the stacks that have one.
    """
    file = root / f"Pulumi.{stack}.yaml"
    if not file.is_file():
        known = sorted(path.name.split(".")[1] for path in root.glob("Pulumi.*.yaml"))
        raise ReportedError(
            f"there is no {file.name}; the stacks are: {', '.join(known)}",
            hint="set STACK to one of them, or write that file",
        )
    return file


def read(file: Path) -> dict[str, Any]:
    """Read a whole stack file.

    Args:
        file: a `Pulumi.<stack>.yaml`.

    Raises:
        ReportedError: it can't be read as Pulumi reads it, or isn't a mapping of mappings.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ReportedError(f"{file.name} is not in UTF-8: {error}", hint="save it as that") from None
    document = pulumi_yaml.load(text, source=file.name)
    document = {} if document is None else document
    if not isinstance(document, dict) or not isinstance(document.get("config") or {}, dict):
        raise ReportedError(
            f"{file.name} has no mapping `config`", hint=f"write config: and below it {SETTINGS}:"
        )
    return document


def settings(file: Path) -> object:
    """What stands below the settings' key of a stack file; None if nothing does.

    Args:
        file: a `Pulumi.<stack>.yaml`.

    Raises:
        ReportedError: see `read`.
    """
    return (read(file).get("config") or {}).get(SETTINGS)


def is_on_aws(stack: str) -> bool:
    """Tell whether a stack makes its cluster on AWS.

    Args:
        stack: its name.

    Raises:
        ReportedError: it has no file, or one that can't be read.
    """
    kind: object = _at(settings(stack_file(stack)), "foundation", "kind")
    return kind == "aws"


def _at(part: Any, *path: str) -> Any:
    for step in path:
        part = part.get(step) if isinstance(part, Mapping) else None
    return part

"""Where tests get the tools that they run."""

from __future__ import annotations

import shutil
from pathlib import Path

from local import debian
from toolchain import find
from workspace.errors import ReportedError
from workspace.paths import TOOLS


def binary(name: str) -> Path:
    """The binary of a tool; one that was built from an older pin will do for a test.

    Raises:
        ReportedError: there is none; the message says how to get it.
    """
    try:
        return find(name)
    except ReportedError:
        built = TOOLS / name
        if built.is_file():
            return built
        raise


def system_program(name: str) -> str:
    """The path of a program that Debian has, and that only tests run.

    Raises:
        ReportedError: it is not installed; the message says how to get it.
    """
    found = shutil.which(name)
    if found is None:
        package = debian.TEST_PROGRAMS[name]
        raise ReportedError(
            f"{name} is not installed; tests run it",
            hint=f"run: {' '.join(debian.install_command([package]))}",
        )
    return found

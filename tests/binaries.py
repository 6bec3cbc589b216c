"""Where tests get the tools that they run."""

from __future__ import annotations

from pathlib import Path

from local.errors import LocalError
from local.paths import TOOLS
from local.toolchain import find


def binary(name: str) -> Path:
    """The binary of a tool; one that was built from an older pin will do for a test.

    Raises:
        LocalError: there is none; the message says how to get it.
    """
    try:
        return find(name)
    except LocalError:
        built = TOOLS / name
        if built.is_file():
            return built
        raise

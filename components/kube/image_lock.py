"""Digests of images that were pushed to a registry which the program can't ask. Pure.

`images push` writes them into a file of the checkout. Committed, it makes every other checkout and CI run
what was pushed, whatever a tag says by then.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

FILE: Final = "images.lock"
"""Its name, in the checkout's root."""

_HEAD: Final = (
    "# What `spark-on-eks images push` pushed, by digest: a stack that pulls from these registries runs it.",
    "# Written by that command; commit it.",
)
_LINE: Final = re.compile(r"(sha256:[0-9a-f]{64})  ([^\s@]+/[^\s@]+:[^:/@\s]+)")


def recorded(root: Path) -> dict[str, str]:
    """Reference by tag -> digest of what was pushed under it; empty if nothing ever was.

    Args:
        root: the checkout.

    Raises:
        ValueError: a line is something else, or a reference stands twice.
    """
    file = root / FILE
    if not file.is_file():
        return {}
    found: dict[str, str] = {}
    for number, line in enumerate(file.read_text().splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        parts = _LINE.fullmatch(line)
        if parts is None or parts[2] in found:
            raise ValueError(
                f"{FILE} line {number} is {line!r}; not a digest, two spaces and a new reference. "
                "Take the file from the commit that pushed, or push again"
            )
        found[parts[2]] = parts[1]
    return found


def record(root: Path, registry: str, digests: Mapping[str, str]) -> None:
    """Write what a registry has in the place of what was recorded of it before; other registries' stay.

    Args:
        root: the checkout.
        registry: what stands before the images' names.
        digests: reference by tag -> digest, of all images there.

    Raises:
        ValueError: as `recorded`.
    """
    kept = {
        reference: digest
        for reference, digest in recorded(root).items()
        if reference.rpartition("/")[0] != registry
    }
    lines = [f"{digest}  {reference}" for reference, digest in sorted({**kept, **digests}.items())]
    (root / FILE).write_text("\n".join((*_HEAD, *lines)) + "\n")


def by_digest(root: Path) -> dict[str, str]:
    """Reference by tag -> the same image by its digest.

    Args:
        root: the checkout.

    Raises:
        ValueError: as `recorded`.
    """
    return {reference: f"{reference}@{digest}" for reference, digest in recorded(root).items()}

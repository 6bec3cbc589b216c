"""How steps give way to those they run beside: a control group with a small share of the processor.

A priority alone would not do. It holds among processes of one control group, while the pods of the real node
are in groups of their own; and where the kernel groups processes by session (`sched_autogroup_enabled`, as
Debian has it), it holds within one session only, and clusters and engines begin sessions of their own.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from local.cluster import cgroups

WEIGHT: Final = 20
"""Of the 100 that every other group has: beside a single one that computes, a sixth of the processor."""

PRIORITY: Final = ("nice", "-n", "8")
"""About the same among processes of one session, where control groups can't be made."""

JOIN: Final = ("sh", "-c", 'echo $$ > "$0" && exec "$@"')


@contextmanager
def group(root: Path = cgroups.ROOT) -> Iterator[tuple[str, ...]]:
    """A control group for everything that gives way; yields what to put before a command to run it in there.

    It is removed at the end unless something still runs in it.

    Args:
        root: where control groups are mounted.
    """
    try:
        folder = _make(root)
    except OSError:
        # No right to make one, or no such controller.
        yield PRIORITY
        return
    try:
        yield (*JOIN, str(folder / "cgroup.procs"))
    finally:
        # Where somebody's process has not ended, the group goes with the machine's next start.
        with suppress(OSError):
            folder.rmdir()


def _make(root: Path) -> Path:
    hierarchy = root if cgroups.unified(root) else root / "cpu"
    if cgroups.unified(root):
        cgroups.delegate(root)
    folder = hierarchy / f"spark-on-eks-beside-{os.getpid()}"
    folder.mkdir(exist_ok=True)
    if cgroups.unified(root):
        (folder / "cpu.weight").write_text(str(WEIGHT))
    else:
        # 1024 is what every group has with version 1.
        (folder / "cpu.shares").write_text(str(1024 * WEIGHT // 100))
    return folder

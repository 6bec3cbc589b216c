"""The control groups that hold a cluster's pods: made before the kubelet starts, removed by `down`."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from local.cluster.spec import ClusterSpec

ROOT: Final = Path("/sys/fs/cgroup")
"""Where every Linux distribution mounts control groups."""

REMOVE_TIMEOUT: Final = 10.0
"""Seconds for the kernel to let go of the groups of ended processes; it takes milliseconds."""


def unified(root: Path = ROOT) -> bool:
    """Say whether this machine has cgroup v2 alone.

    Args:
        root: where cgroups are mounted.
    """
    return (root / "cgroup.controllers").exists()


def hierarchies(root: Path = ROOT) -> list[Path]:
    """Roots of the hierarchies: one with v2, one for each controller with v1.

    With v1 a v2 tree may be mounted beside the others; the kubelet leaves that one alone, and so do we.

    Args:
        root: where cgroups are mounted.
    """
    if unified(root):
        return [root]
    return sorted(
        folder
        for folder in root.iterdir()
        if folder.is_dir() and not folder.is_symlink() and not (folder / "cgroup.controllers").exists()
    )


def create(spec: ClusterSpec, root: Path = ROOT) -> None:
    """Make the group in every hierarchy; the kubelet refuses a root group that does not exist.

    Args:
        spec: the cluster.
        root: where control groups are mounted.
    """
    for hierarchy in hierarchies(root):
        group = hierarchy / spec.cgroup
        if group.is_dir():
            continue
        group.mkdir()
        if hierarchy.name.startswith("cpuset"):
            for setting in ("cpuset.cpus", "cpuset.mems"):
                (group / setting).write_text((hierarchy / setting).read_text())
    if unified(root):
        delegate(root)


def delegate(root: Path) -> None:
    """With version 2, let the groups below the root have every controller that there is.

    Args:
        root: of the one hierarchy.
    """
    available = (root / "cgroup.controllers").read_text().split()
    enabled = (root / "cgroup.subtree_control").read_text().split()
    missing = [f"+{controller}" for controller in available if controller not in enabled]
    if missing:
        (root / "cgroup.subtree_control").write_text(" ".join(missing))


def groups(spec: ClusterSpec, root: Path = ROOT) -> Iterator[Path]:
    """The cluster's groups in all hierarchies, deepest first.

    Args:
        spec: the cluster.
        root: where cgroups are mounted.
    """
    for hierarchy in hierarchies(root):
        top = hierarchy / spec.cgroup
        if top.is_dir():
            for folder, _, _ in os.walk(top, topdown=False):
                yield Path(folder)


def members(spec: ClusterSpec, root: Path = ROOT) -> set[int]:
    """Process ids in the cluster's groups: everything that runs in its pods.

    Args:
        spec: the cluster.
        root: where cgroups are mounted.
    """
    found: set[int] = set()
    for group in groups(spec, root):
        try:
            found.update(int(pid) for pid in (group / "cgroup.procs").read_text().split())
        except OSError:
            continue
    return found


def kill_members(spec: ClusterSpec, *, grace: float, root: Path = ROOT) -> None:
    """End everything that runs in the cluster's groups.

    Args:
        spec: the cluster.
        grace: seconds between SIGTERM and SIGKILL.
        root: where control groups are mounted.
    """
    if grace > 0:
        _signal(members(spec, root), signal.SIGTERM)
        _until(lambda: not members(spec, root), grace)
    deadline = time.monotonic() + REMOVE_TIMEOUT
    while (left := members(spec, root)) and time.monotonic() < deadline:
        _signal(left, signal.SIGKILL)
        time.sleep(0.05)


def remove(spec: ClusterSpec, root: Path = ROOT) -> list[Path]:
    """Remove the cluster's groups; returns those that the kernel would not let go.

    Args:
        spec: the cluster.
        root: where cgroups are mounted.
    """

    def attempt() -> bool:
        for group in list(groups(spec, root)):
            try:
                group.rmdir()
            except OSError:
                continue
        return not list(groups(spec, root))

    _until(attempt, REMOVE_TIMEOUT)
    return list(groups(spec, root))


def _signal(pids: set[int], number: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def _until(done: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not done() and time.monotonic() < deadline:
        time.sleep(0.05)

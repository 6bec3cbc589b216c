"""Ends a cluster, and removes every trace of it from the machine."""

from __future__ import annotations

import contextlib
import re
import shutil
import socket
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from local.cluster import cgroups, control_plane, firewall, host, network, policies, processes
from local.cluster.processes import Record
from local.cluster.spec import ClusterSpec
from workspace.errors import ReportedError

GRACE: Final = 5.0
"""Seconds for a process to end by itself; none of ours needs more than two."""

MOUNT_PATH_FIELD: Final = 4
"""Position of the mount point in a line of /proc/self/mountinfo (proc(5))."""

PULUMI_STATE: Final = "pulumi"
"""Folder in the state folder that other commands may make before there is a cluster."""

BIND_TO_LISTEN: Final = 0.1
"""Seconds that a shim that starts meanwhile gets to listen on its socket; it takes microseconds."""

UNMOUNT_BATCH: Final = 50
"""Mount points given to one call of umount."""


def stop(spec: ClusterSpec, *, pod_grace: float, say: Callable[[str], None]) -> None:
    """End everything that runs, and take the cluster off the network; the data stays.

    Args:
        spec: the cluster.
        pod_grace: seconds between SIGTERM and SIGKILL for the pods' processes.
        say: told what happens.

    Raises:
        ReportedError: something does not end or cannot be removed.
    """
    say("ending the node")
    # Left behind by an interrupted `up`, they go on starting what is ended here, or wait for it for ever.
    processes.end([*processes.by_program(str(spec.bin / "kwokctl")), *clients(spec)], grace=0)
    processes.end(_records(spec, "kubelet", "kube-proxy"), grace=GRACE)
    cgroups.kill_members(spec, grace=pod_grace)
    processes.end(_records(spec, policies.NAME), grace=GRACE)
    processes.end(_records(spec, "containerd"), grace=GRACE)
    processes.end(shims(spec), grace=0)
    cgroups.kill_members(spec, grace=0)
    say("ending the control plane")
    for name in reversed(control_plane.COMPONENTS):
        processes.end(_records(spec, name), grace=GRACE)
    processes.end(processes.by_program(f"{spec.state}/"), grace=GRACE)
    for name in (*control_plane.COMPONENTS, "kubelet", "kube-proxy", "containerd", policies.NAME):
        processes.forget(spec, name)
    say("removing mounts, network and control groups")
    unmount(spec)
    _remove_links(spec)
    before = host.network_before()
    firewall.remove(spec, kept=before.chains, kept_tables=before.tables)
    left = cgroups.remove(spec)
    if left:
        raise ReportedError(
            f"the kernel does not let go of {len(left)} control groups, the first is {left[0]}",
            hint="run the command again in a minute",
        )
    _remove_outside_files(spec)


def _records(spec: ClusterSpec, *names: str) -> list[Record]:
    found = (processes.read_record(spec, name) for name in names)
    return [record for record in found if record is not None]


def clients(spec: ClusterSpec) -> list[Record]:
    """Programs that were told to talk to the cluster's containerd, as ctr is while it imports an image.

    Args:
        spec: the cluster.
    """
    return processes.matching(lambda command: f"--address={spec.containerd_socket}" in command)


def shims(spec: ClusterSpec) -> list[Record]:
    """containerd's shims of this cluster: those that were given its socket.

    Args:
        spec: the cluster.
    """
    return processes.matching(
        lambda command: (
            Path(command[0]).name.startswith("containerd-shim") and str(spec.containerd_socket) in command
        )
    )


def mounts(spec: ClusterSpec) -> list[Path]:
    """Mount points below the cluster's folders, the latest first.

    Args:
        spec: the cluster.
    """
    found = []
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        point = Path(unescape(line.split()[MOUNT_PATH_FIELD]))
        if point.is_relative_to(spec.state) or point.is_relative_to(spec.run):
            found.append(point)
    return found[::-1]


def unescape(text: str) -> str:
    """A path as /proc/self/mountinfo writes it, with its octal escapes (of blanks, for example) undone.

    Args:
        text: of one line's field.
    """
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)


def unmount(spec: ClusterSpec) -> None:
    """Unmount everything below the cluster's folders.

    Args:
        spec: the cluster.

    Raises:
        ReportedError: a mount is still there afterwards.
    """
    points = mounts(spec)
    for start in range(0, len(points), UNMOUNT_BATCH):
        batch = [str(point) for point in points[start : start + UNMOUNT_BATCH]]
        network.run("umount", *batch, check=False)
    left = mounts(spec)
    if left:
        # Busy: detach from the tree now, the kernel frees it with its last user.
        network.run("umount", "--lazy", *map(str, left), check=False)
    if mounts(spec):
        raise ReportedError(
            f"{mounts(spec)[0]} cannot be unmounted", hint="see who uses it with: fuser -vm, then try again"
        )


def _remove_links(spec: ClusterSpec) -> None:
    found = network.links()
    bridge = next((link for link in found if link["ifname"] == spec.bridge), None)
    if bridge is None or bridge.get("ifalias") != network.alias(spec):
        return
    for link in found:
        if link.get("master") == spec.bridge:
            network.run("ip", "link", "delete", link["ifname"], check=False)
    network.run("ip", "link", "delete", spec.bridge)


def _remove_outside_files(spec: ClusterSpec) -> None:
    """Remove files with fixed places outside the cluster's folders, if its own or of no use to anybody."""
    remove_dead_shim_sockets()
    for link in Path("/var/log/containers").glob("*.log"):
        if link.is_symlink() and link.readlink().is_relative_to(spec.pod_logs):
            link.unlink()
    for result in Path("/var/lib/cni/results").glob("*"):
        with contextlib.suppress(OSError):
            if f'"{spec.run}/' in result.read_text():
                result.unlink()
    remove_kubelet_sockets()


def remove_kubelet_sockets() -> None:
    """Remove what a kubelet leaves in its fixed folder, unless one runs, whose it may be."""
    if not processes.matching(lambda command: Path(command[0]).name == "kubelet"):
        for name in ("kubelet.sock", "kubelet_internal_checkpoint"):
            (Path("/var/lib/kubelet/device-plugins") / name).unlink(missing_ok=True)


def remove_dead_shim_sockets() -> None:
    """Remove the sockets of shims that have ended, from containerd's folder, which is fixed.

    A shim that is killed leaves its socket; the note of its path goes once containerd has seen that end.
    So the sockets themselves are asked: one that nobody listens on is of no use to anybody, whoever made it.
    """
    dead = [file for file in host.SHIM_SOCKETS.glob("*") if not _is_listened_on(file)]
    if dead:
        time.sleep(BIND_TO_LISTEN)
    for file in dead:
        if not _is_listened_on(file):
            file.unlink(missing_ok=True)


def _is_listened_on(file: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        # A queue that is full belongs to somebody: refused means that there is none.
        client.setblocking(False)
        try:
            client.connect(str(file))
        except ConnectionRefusedError:
            return not stat.S_ISSOCK(file.lstat().st_mode)
        except OSError:
            return True
        return True


def erase(spec: ClusterSpec) -> None:
    """Remove the cluster's folders, after `stop`.

    Args:
        spec: the cluster.

    Raises:
        ReportedError: the state folder holds no cluster, so what is in it is not ours to remove.
    """
    require_ours(spec)
    if mounts(spec):
        raise ReportedError(f"{mounts(spec)[0]} is still mounted", hint="run: make down")
    for folder in (spec.run, spec.state):
        if folder.exists():
            shutil.rmtree(folder)


def require_ours(spec: ClusterSpec) -> None:
    """Refuse to touch a folder that is not empty and was not made by us.

    Args:
        spec: the cluster.

    Raises:
        ReportedError: it is somebody else's.
    """
    inside = {entry.name for entry in spec.state.iterdir()} if spec.state.is_dir() else set()
    if inside - {PULUMI_STATE} and "cluster.json" not in inside:
        raise ReportedError(
            f"{spec.state} holds files that are not a cluster's (there is no cluster.json)",
            hint="name another folder with SPARK_ON_EKS_STATE, or empty this one yourself",
        )


def anything_left(spec: ClusterSpec) -> bool:
    """Say whether the cluster has folders or processes on this machine.

    Args:
        spec: the cluster.
    """
    return spec.state.exists() or spec.run.exists() or bool(runtime_processes(spec))


def runtime_processes(spec: ClusterSpec) -> list[Record]:
    """The cluster's processes that run without a record: those of an `up` that was interrupted.

    Args:
        spec: the cluster.
    """
    return [*processes.by_program(f"{spec.state}/"), *shims(spec)]

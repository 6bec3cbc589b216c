"""What the machine was like before its first cluster, so that the last one to go can put it back.

Kernel settings belong to the whole machine or to a network namespace, not to one cluster; so does the record.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from filelock import FileLock

from local.cluster import firewall, processes
from local.cluster.spec import ClusterSpec
from workspace import paths

RECORDS: Final = Path("/run/spark-on-eks-host")
"""Folder of the records; it goes with the last one."""

MACHINE_SETTINGS: Final = (
    "vm.overcommit_memory",
    "vm.panic_on_oom",
    "kernel.panic",
    "kernel.panic_on_oops",
    "kernel.keys.root_maxkeys",
    "kernel.keys.root_maxbytes",
)
"""Kernel settings that the kubelet changes (pkg/kubelet/cm, setupKernelTunables)."""

NETWORK_SETTINGS: Final = (
    "net.ipv4.ip_forward",
    "net.ipv4.conf.all.route_localnet",
    "net.bridge.bridge-nf-call-iptables",
    "net.bridge.bridge-nf-call-ip6tables",
)
"""Kernel settings that we, kube-proxy and network plugins change."""

SHIM_SOCKETS: Final = Path("/run/containerd/s")
"""Folder of the shims' sockets, the same for every containerd (its pkg/shim, socketRoot)."""

HOST_FOLDERS: Final = (
    Path("/var/lib/kubelet"),
    Path("/var/lib/kubelet/device-plugins"),
    Path("/var/lib/cni"),
    Path("/var/lib/cni/results"),
    Path("/var/log/containers"),
    SHIM_SOCKETS.parent,
    SHIM_SOCKETS,
)
"""Folders outside the state folder whose paths are fixed in the kubelet, libcni and containerd's shim."""


@dataclass(frozen=True)
class Before:
    """The machine before its first cluster.

    Args:
        settings: kernel settings' values.
        chains: Kubernetes' chains, as family/table/chain.
        tables: netfilter tables, as family/name.
        folders: those of HOST_FOLDERS that existed.
    """

    settings: dict[str, str]
    chains: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()


def setting_file(name: str) -> Path:
    """File below /proc/sys of a kernel setting.

    Args:
        name: with dots, as sysctl writes it ("net.ipv4.ip_forward").
    """
    return Path("/proc/sys") / name.replace(".", "/")


def read_settings(names: tuple[str, ...]) -> dict[str, str]:
    """Values of those kernel settings that this kernel has.

    Args:
        names: with dots, as sysctl writes them.
    """
    return {name: setting_file(name).read_text().strip() for name in names if setting_file(name).exists()}


def write_setting(name: str, value: str) -> None:
    """Set a kernel setting, unless it has the value or the kernel does not have it.

    Args:
        name: with dots, as sysctl writes it.
        value: as its file below /proc/sys is written.
    """
    file = setting_file(name)
    if file.exists() and file.read_text().strip() != value:
        file.write_text(value)


def _network_record() -> Path:
    return RECORDS / f"network-{Path('/proc/self/ns/net').stat().st_ino}.json"


@contextmanager
def _locked() -> Iterator[None]:
    folder = paths.CACHE / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "host.lock"):
        yield


def _load(file: Path) -> dict[str, Any] | None:
    """A record of this boot; an older one tells of settings that the reboot has reset already."""
    try:
        data = json.loads(file.read_text())
    except (OSError, ValueError):
        return None
    return data if isinstance(data, dict) and data.get("boot") == processes.boot() else None


def _store(file: Path, data: dict[str, Any]) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = file.with_suffix(".part")
    partial.write_text(json.dumps(data))
    partial.replace(file)


def remember(spec: ClusterSpec) -> None:
    """Note how the machine is, if this is its first cluster, and that this cluster changes it.

    Args:
        spec: the cluster, before it changes anything.
    """
    with _locked():
        for file in (RECORDS / "machine.json", _network_record()):
            data = _load(file)
            if data is None:
                data = {
                    "boot": processes.boot(),
                    "clusters": [],
                    "before": _before(file.name == "machine.json"),
                }
            if str(spec.state) not in data["clusters"]:
                data["clusters"].append(str(spec.state))
                _store(file, data)


def _before(machine: bool) -> dict[str, Any]:
    if machine:
        return {
            "settings": read_settings(MACHINE_SETTINGS),
            "folders": [str(folder) for folder in HOST_FOLDERS if folder.is_dir()],
        }
    return {
        "settings": read_settings(NETWORK_SETTINGS),
        "chains": sorted(firewall.kubernetes_chains()),
        "tables": sorted(firewall.nft_tables()),
    }


def network_before() -> Before:
    """How this network namespace was before its first cluster."""
    data = _load(_network_record())
    if data is None:
        return Before({})
    before = data["before"]
    return Before(before["settings"], chains=tuple(before["chains"]), tables=tuple(before["tables"]))


def forget(spec: ClusterSpec) -> None:
    """Note that this cluster is gone; after the last one put settings and folders back.

    Args:
        spec: the cluster, after everything else of it is gone.
    """
    with _locked():
        for file in (RECORDS / "machine.json", _network_record()):
            data = _load(file)
            if data is None:
                file.unlink(missing_ok=True)
                continue
            others = [state for state in data["clusters"] if state != str(spec.state) and _exists(state)]
            if others:
                _store(file, {**data, "clusters": others})
                continue
            for name, value in data["before"]["settings"].items():
                write_setting(name, value)
            if file.name == "machine.json":
                _remove_empty_folders(set(data["before"]["folders"]))
            file.unlink()
        if RECORDS.is_dir() and not any(RECORDS.iterdir()):
            RECORDS.rmdir()


def _exists(state: str) -> bool:
    return (Path(state) / "cluster.json").exists()


def _remove_empty_folders(kept: set[str]) -> None:
    for folder in sorted(HOST_FOLDERS, key=lambda path: len(path.parts), reverse=True):
        if str(folder) not in kept and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()

"""Which programs a cluster runs: those that the toolchain provides, and those that Debian does."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from local.cluster.spec import ClusterSpec
from workspace import paths
from workspace.errors import ReportedError

KUBERNETES_TOOLS: Final = (
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kubelet",
    "kube-proxy",
    "kubectl",
    "kwokctl",
    "kube-network-policies",
)
"""What the toolchain provides."""

CNI_FOLDERS: Final = (Path("/usr/lib/cni"), Path("/opt/cni/bin"))
"""Where network plugins are installed: by Debian's package, and by the plugins' own releases."""

CNI_PLUGINS: Final = ("bridge", "host-local", "loopback", "portmap")
"""The network plugins that a pod's network is made with."""


@dataclass(frozen=True)
class SystemProgram:
    """A program of the operating system.

    Args:
        name: command on PATH, or a network plugin's name.
        package: Debian package that holds it.
    """

    name: str
    package: str


SYSTEM_PROGRAMS: Final = (
    SystemProgram("containerd", "containerd"),
    SystemProgram("containerd-shim-runc-v2", "containerd"),
    SystemProgram("ctr", "containerd"),
    SystemProgram("runc", "runc"),
    SystemProgram("iptables", "iptables"),
    SystemProgram("ip6tables", "iptables"),
    SystemProgram("iptables-save", "iptables"),
    SystemProgram("iptables-restore", "iptables"),
    SystemProgram("nft", "nftables"),
    SystemProgram("ip", "iproute2"),
    SystemProgram("openssl", "openssl"),
    SystemProgram("umount", "mount"),
    SystemProgram("setsid", "util-linux"),
    *(SystemProgram(plugin, "containernetworking-plugins") for plugin in CNI_PLUGINS),
)
"""Everything a node runs that is not built from Go modules."""

DEBIAN_PACKAGES: Final = tuple(dict.fromkeys(program.package for program in SYSTEM_PROGRAMS))
"""Debian packages that the cluster needs; a program that is there already may come from elsewhere."""


def missing_packages() -> list[str]:
    """Debian packages to install because a program of theirs is not on this machine."""
    missing = [program.package for program in SYSTEM_PROGRAMS if locate(program.name) is None]
    return list(dict.fromkeys(missing))


def require_system() -> None:
    """Check that every program of the operating system is there.

    Raises:
        ReportedError: names every missing package and the command that installs them.
    """
    missing = missing_packages()
    if missing:
        raise ReportedError(
            f"Debian packages are missing: {', '.join(missing)}",
            hint=f"run: apt-get install --no-install-recommends {' '.join(missing)}",
        )


def locate(name: str) -> Path | None:
    """Path of a system program or network plugin, or None when this machine has none.

    Args:
        name: of the file, without a folder.
    """
    if name in CNI_PLUGINS:
        return next((folder / name for folder in CNI_FOLDERS if (folder / name).is_file()), None)
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin")
    return Path(found) if found else None


def system(name: str) -> str:
    """Path of a system program.

    Args:
        name: of the file, without a folder.

    Raises:
        ReportedError: the machine does not have it.
    """
    found = locate(name)
    if found is None:
        packages = missing_packages()
        raise ReportedError(
            f"{name} is not on this machine",
            hint=f"run: apt-get install --no-install-recommends {' '.join(packages)}",
        )
    return str(found)


def cni_folder() -> Path:
    """The one folder that holds all network plugins.

    Raises:
        ReportedError: no folder holds all of them.
    """
    for folder in CNI_FOLDERS:
        if all((folder / plugin).is_file() for plugin in CNI_PLUGINS):
            return folder
    raise ReportedError(
        f"the network plugins {', '.join(CNI_PLUGINS)} are in none of {', '.join(map(str, CNI_FOLDERS))}",
        hint="run: apt-get install --no-install-recommends containernetworking-plugins",
    )


def tool(name: str) -> Path:
    """Path of one of the toolchain's programs.

    A folder named with SPARK_ON_EKS_TOOLS is taken as it is, whatever versions it holds.

    Args:
        name: of the file, without a folder.

    Raises:
        ReportedError: it has not been built.
    """
    if "SPARK_ON_EKS_TOOLS" in os.environ and (paths.TOOLS / name).is_file():
        return paths.TOOLS / name
    from toolchain.locate import find

    return find(name)


def link_tools(spec: ClusterSpec) -> None:
    """Link every tool into the state folder, so that the paths in records and configurations never change.

    Args:
        spec: the cluster; `spec.bin` is written.

    Raises:
        ReportedError: a tool has not been built.
    """
    spec.bin.mkdir(parents=True, exist_ok=True)
    targets = {name: tool(name) for name in KUBERNETES_TOOLS}
    targets["containerd"] = Path(system("containerd"))
    for name, target in targets.items():
        link = spec.bin / name
        if link.is_symlink() and link.readlink() == target:
            continue
        link.unlink(missing_ok=True)
        link.symlink_to(target)

"""The Debian packages that the one-machine platform needs, and how they get there."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable

from local.errors import LocalError

PACKAGES = {
    "buildah": "builds the images without a daemon",
    "conntrack": "kube-proxy tracks connections with it",
    "containerd": "runs the containers",
    "containernetworking-plugins": "gives pods their network",
    "debootstrap": "makes the base image from Debian's own packages",
    "catatonit": "static init of the pause image",
    "iproute2": "pod network interfaces",
    "iptables": "Services",
    "ipset": "kube-proxy",
    "maven": "fetches the S3A jars",
    "npm": "fetches the flights data",
    "runc": "runs the containers",
    "xz-utils": "unpacks packages",
}
"""Package -> why it is needed."""

COMMANDS = {"maven": "mvn", "npm": "npm"}
"""Packages that a command from elsewhere replaces."""


def missing() -> list[str]:
    """The packages that are not installed, in alphabetical order."""
    wanted = [name for name in PACKAGES if not (name in COMMANDS and shutil.which(COMMANDS[name]))]
    shown = subprocess.run(
        ["dpkg-query", "-W", "-f=${Package} ${db:Status-Status}\n", *wanted],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    installed = {line.split()[0] for line in shown.splitlines() if line.endswith(" installed")}
    return sorted(set(wanted) - installed)


def install_command(packages: Iterable[str]) -> list[str]:
    """The command that installs them, as a person would type it."""
    return ["apt-get", "install", "--yes", "--no-install-recommends", *packages]


def ensure() -> list[str]:
    """Install what is missing and return its names.

    Raises:
        LocalError: not root, or the package manager failed; the message has the whole command to run.
    """
    packages = missing()
    if not packages:
        return []
    command = install_command(packages)
    if shutil.which("apt-get") is None:
        raise LocalError(
            f"these packages are missing and this is not a Debian-like machine: {', '.join(packages)}",
            hint="install them with the system's package manager, or set KUBECONFIG to use another cluster",
        )
    if os.geteuid() != 0:
        raise LocalError(
            f"these Debian packages are missing: {', '.join(packages)}",
            hint=f"run: sudo {' '.join(command)}",
        )
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["apt-get", "update", "--quiet"], command):
        done = subprocess.run(step, env=quiet, capture_output=True, text=True, check=False)
        if done.returncode and step is command:
            last = "\n".join((done.stdout + done.stderr).strip().splitlines()[-6:])
            raise LocalError(
                f"`{' '.join(step)}` failed (exit {done.returncode}):\n{last}",
                hint="repair the package manager's state, then run the same command by hand",
            )
    return packages

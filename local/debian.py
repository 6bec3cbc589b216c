"""The Debian packages that the one-machine platform needs, and how they get there."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable

from local import cluster, images
from local.errors import LocalError

DATA_CLIENT = "npm"
"""Fetches the flights data; as a command it may come from elsewhere than Debian."""


def missing() -> list[str]:
    """The packages that have to be installed, in alphabetical order."""
    wanted = {*cluster.missing_packages(), *images.missing_packages()}
    if shutil.which(DATA_CLIENT) is None:
        wanted.add(DATA_CLIENT)
    return sorted(wanted)


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

"""The Debian packages that this machine needs, for its own cluster or for images alone; their way there."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Final

import images
from components.versions import POSTGRES
from local import cluster
from workspace.errors import ReportedError

DATA_CLIENT = "npm"
"""Fetches the flights data; as a command it may come from elsewhere than Debian."""

TEST_PROGRAMS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "promtool": "prometheus",
        "chromium": "chromium",
        f"/usr/lib/postgresql/{POSTGRES}/bin/postgres": f"postgresql-{POSTGRES}",
    }
)
"""Program that only tests run -> the Debian package that has it."""


_ELSEWHERE: Final = ", or set KUBECONFIG to use another cluster"


def missing(*, tests: bool = False, pushed: Collection[str] | None = None) -> list[str]:
    """The packages that have to be installed, in alphabetical order.

    Args:
        tests: whether those that only tests run are wanted too.
        pushed: images that are made here for a cluster elsewhere: what that and the flights take, and
            nothing that a node runs. None for the cluster of this machine.
    """
    if pushed is None:
        wanted = {*cluster.missing_packages(), *images.missing_packages()}
    else:
        wanted = set(images.missing_packages(images.programs_of(pushed)))
    if tests:
        wanted |= {package for program, package in TEST_PROGRAMS.items() if shutil.which(program) is None}
    if shutil.which(DATA_CLIENT) is None:
        wanted.add(DATA_CLIENT)
    return sorted(wanted)


def install_command(packages: Iterable[str]) -> list[str]:
    """The command that installs them, as a person would type it.

    Args:
        packages: names, as Debian has them.
    """
    return ["apt-get", "install", "--yes", "--no-install-recommends", *packages]


def ensure(
    *,
    tests: bool = False,
    pushed: Collection[str] | None = None,
    announce: Callable[[str], object] = lambda _: None,
) -> list[str]:
    """Install what is missing and return its names.

    Args:
        tests: whether to install what only tests run, too.
        pushed: images that are made here for a cluster elsewhere; None for the cluster of this machine.
        announce: told what is installed, before that begins.

    Raises:
        ReportedError: not root, or the package manager failed; the message has the whole command to run.
    """
    packages = missing(tests=tests, pushed=pushed)
    if not packages:
        return []
    command = install_command(packages)
    if shutil.which("apt-get") is None:
        raise ReportedError(
            f"these packages are missing and this is not a Debian-like machine: {', '.join(packages)}",
            hint=f"install them with the system's package manager{_ELSEWHERE if pushed is None else ''}",
        )
    if os.geteuid() != 0:
        raise ReportedError(
            f"these Debian packages are missing: {', '.join(packages)}",
            hint=f"run: sudo {' '.join(command)}",
        )
    announce(f"installing Debian packages: {', '.join(packages)}")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["apt-get", "update", "--quiet"], command):
        done = subprocess.run(step, env=quiet, capture_output=True, text=True, check=False)
        if done.returncode and step is command:
            last = "\n".join((done.stdout + done.stderr).strip().splitlines()[-6:])
            raise ReportedError(
                f"`{' '.join(step)}` failed (exit {done.returncode}):\n{last}",
                hint="repair the package manager's state, then run the same command by hand",
            )
    return packages

"""The programs of this machine that images are made with."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from workspace.errors import ReportedError

PROGRAMS: Final = {
    "buildah": "buildah",
    "debootstrap": "debootstrap",
    "catatonit": "catatonit",
    "ctr": "containerd",
    "mvn": "maven",
    "pip": "python3-pip",
}
"""Program -> the Debian package that has it."""

_KEYRING: Final = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_KEYRING_PACKAGE: Final = "debian-archive-keyring"
"""Keys that Debian's packages are signed with; Ubuntu has none of them until it is told."""

DEBIAN_PACKAGES: Final = tuple(sorted({*PROGRAMS.values(), _KEYRING_PACKAGE}))
"""Debian packages that building and importing the images needs."""

_SYSTEM_FOLDERS: Final = "/usr/local/sbin:/usr/sbin:/sbin"
"""debootstrap lies in one of these, and a person's PATH often has none of them."""

_LAST_LINES: Final = 15


def command(name: str) -> str:
    """The path of a program.

    Args:
        name: as it would be typed.

    Raises:
        ReportedError: it is not installed; all missing packages are named at once.
    """
    found = _which(name)
    if found:
        return found
    missing = missing_packages()
    raise ReportedError(
        f"{name} is not installed; these Debian packages are missing: {', '.join(missing)}",
        hint=f"run: apt-get install --yes --no-install-recommends {' '.join(missing)}",
    )


def missing_packages(programs: Iterable[str] = PROGRAMS) -> list[str]:
    """Debian packages that this machine lacks, in alphabetical order.

    Args:
        programs: what is run, of `PROGRAMS`.
    """
    wanted = set(programs)
    missing = {PROGRAMS[program] for program in wanted if not _is_here(program)}
    if "debootstrap" in wanted and not _KEYRING.is_file():
        missing.add(_KEYRING_PACKAGE)
    return sorted(missing)


def _is_here(program: str) -> bool:
    return bool(_pip_candidates() if program == "pip" else _which(program))


def _which(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path=_SYSTEM_FOLDERS)


def pip() -> list[str]:
    """The command line of pip: an environment made by uv has none of its own.

    Raises:
        ReportedError: there is no pip anywhere.
    """
    candidates = _pip_candidates()
    if not candidates:
        raise ReportedError(
            "no pip was found: neither in this Python, nor as `pip3`, nor through uv",
            hint=f"run: apt-get install --yes --no-install-recommends {PROGRAMS['pip']}",
        )
    return candidates[0]


def _pip_candidates() -> list[list[str]]:
    own = [[sys.executable, "-m", "pip"]] if find_spec("pip") else []
    others = (["pip3"], ["uv", "tool", "run", "pip"])
    return own + [candidate for candidate in others if shutil.which(candidate[0])]


def run(
    arguments: Sequence[str],
    *,
    doing: str,
    log: Path,
    environment: dict[str, str] | None = None,
    hint: str = "",
) -> None:
    """Run a program with its output in a file.

    Args:
        arguments: the command line.
        doing: what it does, as the end of the sentence "... failed".
        log: file for what it prints; replaced.
        environment: its whole environment; None for this process's.
        hint: what to do when it fails.

    Raises:
        ReportedError: it failed; the message has its last lines.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        done = subprocess.run(
            list(arguments), stdout=output, stderr=subprocess.STDOUT, env=environment, check=False
        )
    if done.returncode:
        tail = "\n".join(log.read_text(errors="replace").strip().splitlines()[-_LAST_LINES:])
        raise ReportedError(
            f"{doing} failed (exit {done.returncode}):\n{tail}",
            hint=hint or f"the whole output is in {log}; the next run goes on from here",
        )

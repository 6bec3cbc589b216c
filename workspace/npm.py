"""Gets packages with npm, from whatever registry it is set up for."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Final

from workspace.errors import ReportedError

SECONDS: Final = 300
"""How long npm may take for 17 MB before it is given up."""


def pack(name: str, version: str, folder: Path, *, purpose: str) -> Path:
    """Let npm put a package's archive into a folder.

    Args:
        name: of the package.
        version: the exact version.
        folder: an empty one.
        purpose: what comes from the package, for the message when there is no npm.

    Raises:
        ReportedError: npm is missing, fails, or takes too long.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise ReportedError(
            f"npm is not installed, and {purpose} come from an npm package", hint="install Node.js"
        )
    package = f"{name}@{version}"
    try:
        done = subprocess.run(
            [npm, "pack", package, "--silent", "--pack-destination", str(folder)],
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ReportedError(
            f"npm did not deliver {package} within {SECONDS} s",
            hint="check the network, then run it again",
        ) from error
    archives = list(folder.glob("*.tgz"))
    if done.returncode or len(archives) != 1:
        raise ReportedError(
            f"npm pack {package} failed: {done.stderr.strip()[-500:] or 'no archive was written'}",
            hint="check that npm reaches its registry (`npm ping`), then run it again",
        )
    return archives[0]

"""Finds a tool: on PATH in a fitting version, else in the cache of built ones."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from toolchain import builder, golang
from toolchain.recipes import BY_NAME, Recipe, parse_version
from workspace.errors import ReportedError
from workspace.paths import ROOT, TOOLS

ASK_TIMEOUT_SECONDS = 20


@dataclass(frozen=True, kw_only=True)
class Location:
    """Where a tool is.

    Args:
        recipe: which tool.
        path: the binary; None when it has to be built.
        version: what it says of itself, or the pin of a built one.
        origin: `PATH`, `built` or `missing`.
        note: what is wrong or worth knowing, in words; empty when nothing is.
    """

    recipe: Recipe
    path: Path | None
    version: str
    origin: str
    note: str = ""


@cache
def locate(recipe: Recipe) -> Location:
    """Look for a tool on PATH and then in the cache.

    Args:
        recipe: of the tool.
    """
    on_path, note = _on_path(recipe)
    if on_path is not None:
        return on_path
    if builder.is_current(recipe):
        stamp = builder.read_stamp(recipe.name)
        version = stamp.version if stamp else ""
        return Location(recipe=recipe, path=TOOLS / recipe.name, version=version, origin="built", note=note)
    if (TOOLS / recipe.name).exists():
        note = "its pin changed since it was built; " + note if note else "its pin changed since it was built"
    wanted = golang.pinned_version(recipe.module, recipe.source)
    return Location(recipe=recipe, path=None, version=wanted, origin="missing", note=note)


def _on_path(recipe: Recipe) -> tuple[Location | None, str]:
    if recipe.on_path is None:
        return None, ""
    elsewhere = os.pathsep.join(
        part for part in os.environ.get("PATH", "").split(os.pathsep) if Path(part) != TOOLS
    )
    found = shutil.which(recipe.name, path=elsewhere)
    if found is None:
        return None, ""
    try:
        asked = subprocess.run(
            [found, *recipe.on_path.arguments],
            capture_output=True,
            text=True,
            timeout=ASK_TIMEOUT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return None, f"{found} does not answer ({error}), so it is not used"
    wanted = golang.pinned_version(recipe.module, recipe.source)
    version = parse_version(asked.stdout + asked.stderr)
    shown = ".".join(map(str, version)) or "no version"
    if asked.returncode or not version or not recipe.on_path.fits(version, parse_version(wanted)):
        return None, f"{found} is {shown}, which does not fit {wanted}, so it is not used"
    return Location(recipe=recipe, path=Path(found), version=shown, origin="PATH"), ""


def find(name: str) -> Path:
    """The binary of a tool.

    Args:
        name: of the tool.

    Raises:
        ReportedError: it is neither on PATH in a fitting version nor built.
        KeyError: no recipe has that name.
    """
    location = locate(BY_NAME[name])
    if location.path is None:
        raise ReportedError(
            f"{name} {location.version} is not there" + (f" ({location.note})" if location.note else ""),
            hint="run `make tools` to build it, and `make doctor` to see all tools",
        )
    return location.path


def search_path() -> str:
    """PATH for child processes: this checkout's Python first, then the tools, then what was there.

    Pulumi's language host takes the first `python3` on PATH, which must be the one with the locked packages.
    """
    return os.pathsep.join([str(ROOT / ".venv" / "bin"), str(TOOLS), os.environ.get("PATH", "")])

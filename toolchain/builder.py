"""Builds the tools that PATH lacks: resumable, safe with two runs at once, rebuilt only on a changed pin."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from toolchain import golang
from toolchain.recipes import Recipe, module_folder
from workspace.errors import ReportedError
from workspace.paths import TOOLS

LOCK_POLL_SECONDS = 30
"""How often a waiting run says that another one is building."""


@dataclass(frozen=True, kw_only=True)
class Stamp:
    """What is known of a built binary.

    Args:
        key: hash over everything that the binary is made from.
        version: the pinned version of its source.
        seconds: wall time of the build.
        cpu_seconds: CPU time of the build, which other load on the machine does not stretch.
        built_at: when, in UTC.
    """

    key: str
    version: str
    seconds: float
    cpu_seconds: float
    built_at: str


def stamp_path(name: str) -> Path:
    """Where the stamp of a tool lies.

    Args:
        name: of the tool.
    """
    return TOOLS / ".stamps" / f"{name}.json"


def read_stamp(name: str) -> Stamp | None:
    """The stamp of a built tool; None when it was never built or its stamp cannot be read.

    Args:
        name: of the tool.
    """
    try:
        return Stamp(**json.loads(stamp_path(name).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def build_key(recipe: Recipe) -> str:
    """Hash of all that decides a binary's content: pins, own source, flags and Go itself.

    Args:
        recipe: of the tool.
    """
    digest = hashlib.sha256()
    for path in sorted(module_folder(recipe.module).iterdir()):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    files = [str(file) for file in (*recipe.embeds, *recipe.beside)]
    flags = [recipe.package, recipe.compiler_flags, *recipe.stamps, *files, golang.go_version()]
    digest.update("\0".join(flags).encode())
    return digest.hexdigest()[:16]


def is_current(recipe: Recipe) -> bool:
    """Say whether the cache holds a tool, built from today's pins.

    Args:
        recipe: of the tool.
    """
    stamp = read_stamp(recipe.name)
    return stamp is not None and stamp.key == build_key(recipe) and (TOOLS / recipe.name).is_file()


def build_all(
    recipes: Iterable[Recipe], *, announce: Callable[[str], None], run: Callable[[Recipe], object]
) -> None:
    """Build what is not current, one run at a time on this machine.

    Args:
        recipes: what is wanted, in order.
        announce: told when another run holds the lock.
        run: builds one recipe; called inside the lock, only for what is still missing then.
    """
    TOOLS.mkdir(parents=True, exist_ok=True)
    lock = FileLock(TOOLS / ".lock")
    while True:
        try:
            with lock.acquire(timeout=LOCK_POLL_SECONDS):
                for recipe in recipes:
                    if not is_current(recipe):
                        run(recipe)
                return
        except Timeout:
            announce("another run is building the tools; this one goes on when it is done")


def build(recipe: Recipe, *, tick: Callable[[float], None]) -> Stamp:
    """Build one tool and put it in place in one step, so that an interrupted build leaves nothing half done.

    Args:
        recipe: what to build.
        tick: called a few times a second with the seconds gone.

    Raises:
        ReportedError: the compiler or the module proxy failed; the last lines of output are in the message.
    """
    started = time.monotonic()
    with tempfile.TemporaryDirectory(dir=TOOLS, prefix=".build-") as scratch:
        target = Path(scratch) / recipe.name
        overlay = _embed_overlay(recipe, Path(scratch)) if recipe.embeds else None
        command = golang.build_command(recipe, target, overlay)
        cpu = _run(recipe, command, golang.environment(), tick, started)
        for file in recipe.beside:
            _install(golang.source_file(file), TOOLS / file.name)
        target.replace(TOOLS / recipe.name)
    stamp = Stamp(
        key=build_key(recipe),
        version=golang.pinned_version(recipe.module, recipe.source),
        seconds=round(time.monotonic() - started, 1),
        cpu_seconds=round(cpu, 1),
        built_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    stamp_path(recipe.name).parent.mkdir(parents=True, exist_ok=True)
    stamp_path(recipe.name).write_text(json.dumps(asdict(stamp)))
    return stamp


def _run(
    recipe: Recipe,
    command: list[str],
    environment: dict[str, str],
    tick: Callable[[float], None],
    started: float,
) -> float:
    before = os.times()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            command,
            cwd=module_folder(recipe.module),
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            while process.poll() is None:
                tick(time.monotonic() - started)
                time.sleep(0.3)
        except BaseException:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()
            raise
        if process.returncode:
            output.seek(0)
            last = "\n".join(output.read().strip().splitlines()[-12:])
            raise ReportedError(
                f"building {recipe.name} failed (exit {process.returncode}):\n{last}",
                hint="run the command again: what is compiled so far is kept",
            )
    after = os.times()
    return (after.children_user - before.children_user) + (after.children_system - before.children_system)


def _embed_overlay(recipe: Recipe, scratch: Path) -> Path:
    """Lay dependencies' files over our own main, with the version that releases write into the schema."""
    version = golang.pinned_version(recipe.module, recipe.source).removeprefix("v")
    replaced: dict[str, str] = {}
    for file in recipe.embeds:
        content = json.loads(golang.source_file(file).read_bytes())
        if file.name == "schema.json":
            content["version"] = version
        (scratch / file.name).write_text(json.dumps(content, separators=(",", ":")))
        replaced[str(module_folder(recipe.module) / file.name)] = str(scratch / file.name)
    overlay = scratch / "overlay.json"
    overlay.write_text(json.dumps({"Replace": replaced}))
    return overlay


def _install(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)
    target.chmod(0o755)

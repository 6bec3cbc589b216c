"""Runs the Go toolchain: module pins, source folders and builds."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from toolchain.recipes import MODULES, Recipe, SourceFile, module_folder, parse_version
from workspace.errors import ReportedError
from workspace.paths import ROOT

GO_MINIMUM = (1, 26)
"""The `go` line of the modules under `modules/`."""


def native() -> str:
    """Architecture of this machine, as Go and Kubernetes call it: amd64 or arm64."""
    machine = platform.machine()
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)


def environment() -> dict[str, str]:
    """The environment of every Go command.

    Static binaries run in images without a C library. The checksum database does not hold all of these
    modules; the committed go.sum files hold every checksum, so nothing goes unchecked.
    """
    return {
        **os.environ,
        "CGO_ENABLED": "0",
        "GOTOOLCHAIN": "local",
        "GONOSUMDB": ",".join(
            (
                "github.com/open-telemetry/*",
                "github.com/pulumi/*",
                "github.com/rancher/*",
                "k8s.io/*",
                "sigs.k8s.io/*",
            )
        ),
    }


def go_problem() -> str | None:
    """Say what is wrong with this machine's Go, or None."""
    go = shutil.which("go")
    wanted = ".".join(map(str, GO_MINIMUM))
    if go is None:
        return f"Go is not on PATH; {wanted} or later is needed: install it and put its bin folder on PATH"
    text = subprocess.run([go, "version"], capture_output=True, text=True, check=False).stdout.strip()
    found = parse_version(text)
    if found[:2] < GO_MINIMUM:
        return f"Go at {go} is {text or 'not working'}; {wanted} or later is needed: install it ahead on PATH"
    return None


@cache
def go_version() -> str:
    """Go's own version, as part of what a built binary depends on."""
    return _go(["env", "GOVERSION"], MODULES / "core")


def _go(arguments: list[str], folder: Path) -> str:
    done = subprocess.run(
        ["go", *arguments], cwd=folder, env=environment(), capture_output=True, text=True, check=False
    )
    if done.returncode:
        last = "\n".join(done.stderr.strip().splitlines()[-5:])
        raise ReportedError(
            f"`go {' '.join(arguments)}` failed in {folder.name} (exit {done.returncode}):\n{last}",
            hint="a time-out of the module proxy passes: run the command again; it goes on where it stopped",
        )
    return done.stdout.strip()


@cache
def pinned_version(module: str, source: str) -> str:
    """The version of `source` that the go.mod of `module` selects, for example `v1.34.4`.

    Args:
        module: folder in toolchain/ with a go.mod.
        source: path of a Go module that it requires ("k8s.io/kubernetes").

    Raises:
        ReportedError: it does not require that.
    """
    content: dict[str, Any] = json.loads(_go(["mod", "edit", "-json"], module_folder(module)))
    replaced = {entry["Old"]["Path"]: entry["New"] for entry in content.get("Replace") or []}
    if source in replaced and "Version" in replaced[source]:
        return str(replaced[source]["Version"])
    for entry in content["Require"]:
        if entry["Path"] == source:
            return str(entry["Version"])
    raise ReportedError(f"{source} is not required by {module_folder(module).relative_to(ROOT)}/go.mod")


def source_file(file: SourceFile) -> Path:
    """Where a file of a dependency lies; downloads the dependency when it is not there yet.

    Args:
        file: which one, of which dependency.
    """
    folder, source = module_folder(file.origin.module), file.origin.source
    _go(["mod", "download", source], folder)
    return Path(_go(["list", "-m", "-f", "{{.Dir}}", source], folder)) / file.path


def fetch_sources(module: str, packages: Sequence[str]) -> None:
    """Fetch the sources that some packages of a module are compiled from, and no others.

    What cannot be fetched is not an error yet: the build asks for it again, and says what it lacks.

    Args:
        module: folder in toolchain/ with a go.mod.
        packages: import paths of what is built.
    """
    # A main of ours embeds files that only the build lays in place; without -e that is the end of the list.
    _go(["list", "-e", "-deps", "-f", "{{print}}", *packages], module_folder(module))


def build_command(recipe: Recipe, target: Path, overlay: Path | None) -> list[str]:
    """The `go build` call for a recipe, writing to `target`.

    Args:
        recipe: of the tool.
        target: file that gets the binary.
        overlay: Go's JSON of replaced source files; None if none is replaced.
    """
    version = pinned_version(recipe.module, recipe.source)
    major, minor, *_ = (*map(str, parse_version(version)), "0", "0")
    stamps = [
        "-X " + stamp.format(version=version, bare=version.removeprefix("v"), major=major, minor=minor)
        for stamp in recipe.stamps
    ]
    command = ["go", "build", "-trimpath", "-ldflags", " ".join(["-s", "-w", *stamps])]
    if recipe.compiler_flags:
        command += ["-gcflags", recipe.compiler_flags]
    if overlay:
        command += ["-overlay", str(overlay)]
    return [*command, "-o", str(target), recipe.package]

"""Makes the policy pack ready to run: its Python environment, and a way for every engine to start it.

Pulumi starts a pack through the language host of its runtime. The host that is built here is from before
that (`PULUMI_LANGUAGE_PYTHON` in components/versions.py). Older still, and understood by every engine, is a
program named `pulumi-analyzer-policy-<runtime>` on PATH; so the pack gets a second description with a runtime
of its own, and a starter of that name. Where Pulumi is installed as usual, `--policy-pack policy` is enough.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml
from filelock import FileLock

from workspace.errors import ReportedError
from workspace.paths import CACHE, ROOT

RUNTIME = "spark-on-eks-policy"
"""Runtime that no language host has, so that the engine looks for the starter."""

INSTALL_TIMEOUT_SECONDS = 600


@dataclass(frozen=True, kw_only=True)
class Pack:
    """The policy pack, ready to run.

    Args:
        folder: what `--policy-pack` takes.
        path: folder that has to be on PATH.
        python: the pack's interpreter.
    """

    folder: Path
    path: Path
    python: Path

    def environment(self, path: str) -> dict[str, str]:
        """Environment variables for Pulumi, besides its own.

        Args:
            path: PATH so far.
        """
        return {"PATH": os.pathsep.join([path, str(self.path)])}


def prepare(root: Path = ROOT) -> Pack:
    """Make the environment from its lock if it is not there, and write the starter.

    Args:
        root: the checkout.

    Raises:
        ReportedError: a package could not be installed.
    """
    policy = root / "policy"
    environment = policy / ".venv"
    CACHE.mkdir(parents=True, exist_ok=True)
    with FileLock(CACHE / "policy.lock"):
        _install(policy / "requirements.txt", environment)
        return _starter(policy, environment)


def _install(lock: Path, environment: Path) -> None:
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    stamp = environment / ".locked"
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    shutil.rmtree(environment, ignore_errors=True)
    _run([sys.executable, "-m", "venv", "--without-pip", str(environment)])
    pip = [sys.executable, "-m", "pip", "--python", str(environment / "bin" / "python"), "install", "--quiet"]
    _run([*pip, "--require-hashes", "--requirement", str(lock)])
    stamp.write_text(wanted)


def _starter(policy: Path, environment: Path) -> Pack:
    python = environment / "bin" / "python"
    # Not beside the environment's python: that one must not become the program's.
    folder = environment / "starter"
    program = folder / "bin" / f"pulumi-analyzer-policy-{RUNTIME}"
    program.parent.mkdir(parents=True, exist_ok=True)
    description = yaml.safe_load((policy / "PulumiPolicy.yaml").read_text())
    _write(folder / "PulumiPolicy.yaml", yaml.safe_dump({**description, "runtime": RUNTIME}), 0o644)
    start = f'exec {shlex.quote(str(python))} -u -m pulumi.policy "$1" {shlex.quote(str(policy))}'
    _write(program, f"#!/bin/sh\n{start}\n", 0o755)
    return Pack(folder=folder, path=program.parent, python=python)


def _write(path: Path, text: str, mode: int) -> None:
    """Write a file in one step, so that an engine that starts right now reads the old one or the new one."""
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.write_text(text)
    fresh.chmod(mode)
    fresh.replace(path)


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=INSTALL_TIMEOUT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise ReportedError(
            f"the policy pack's packages took more than {INSTALL_TIMEOUT_SECONDS} seconds",
            hint="look at the network and run the command again",
        ) from error
    if done.returncode:
        raise ReportedError(
            f"the policy pack's environment could not be made: {done.stderr.strip()[-2000:]}",
            hint="the packages are those of policy/requirements.txt",
        )

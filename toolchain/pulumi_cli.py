"""Runs the Pulumi program as a person would type it, with its state kept outside the checkout."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from toolchain import find, search_path
from workspace import pulumi_log, pulumi_yaml, stack_files
from workspace.errors import ReportedError
from workspace.paths import ROOT
from workspace.stack_files import SETTINGS, stack_file

WRITTEN_ONCE: Final = {"PULUMI_SKIP_CHECKPOINTS": "true"}
"""Has Pulumi write its state, 10 MB, at the end of a run, and not before and after each resource as it does
for users: theirs is to be gone on with after a crash; what tests and benchmarks bring up goes as a whole."""

PROJECT = "spark-on-eks"


@dataclass(frozen=True, kw_only=True)
class Stack:
    """One stack, and where its state is kept.

    Args:
        name: the stack's name; its settings are `Pulumi.<name>.yaml`.
        state: folder for state, passphrase and the working copy of the stack file.
        kubeconfig: the cluster that the program is to use; None when the stack makes its own.
        root: the project's folder.
        overrides: settings that this machine decides, by the names of their sections and their own.
    """

    name: str
    state: Path
    kubeconfig: Path | None
    root: Path = ROOT
    overrides: Mapping[tuple[str, ...], str | bool | int | list[str]] = field(default_factory=dict)

    @property
    def config_file(self) -> Path:
        """The working copy of the stack file: Pulumi writes the salt of its encryption into it."""
        return self.state / f"Pulumi.{self.name}.yaml"

    @property
    def home(self) -> Path:
        """Pulumi's own folder, unless the caller set `PULUMI_HOME`."""
        return self.state / "home"

    @property
    def passphrase_file(self) -> Path:
        """What the secrets in the state are encrypted with; made once, readable by its owner only."""
        return self.state / "passphrase"


def environment(stack: Stack) -> dict[str, str]:
    """The environment of every Pulumi call; what the caller set of Pulumi's own variables wins.

    Args:
        stack: which one; its state, home and passphrase are used.
    """
    chosen = {
        "PATH": search_path(),
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        # Missing plugins are an error here, never a download in the middle of a run.
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_BACKEND_URL": os.environ.get("PULUMI_BACKEND_URL", f"file://{stack.state}"),
        "PULUMI_HOME": os.environ.get("PULUMI_HOME", str(stack.home)),
        "PYTHONPATH": "",
        # A state of 10 MB is garbage after each step that writes it: with Go's usual 100 a preview took an
        # eighth more CPU time, with this 786 MiB instead of 522.
        "GOGC": os.environ.get("GOGC", "400"),
        "GOMEMLIMIT": os.environ.get("GOMEMLIMIT", "1GiB"),
        # Seconds. The schema of a busy API server, asked for while kinds are added, was not there
        # within the provider's 32.
        "PULUMI_K8S_CLIENT_TIMEOUT": os.environ.get("PULUMI_K8S_CLIENT_TIMEOUT", "180"),
    }
    if "PULUMI_CONFIG_PASSPHRASE" not in os.environ:
        chosen["PULUMI_CONFIG_PASSPHRASE_FILE"] = os.environ.get(
            "PULUMI_CONFIG_PASSPHRASE_FILE", str(stack.passphrase_file)
        )
    if stack.kubeconfig:
        chosen["KUBECONFIG"] = str(stack.kubeconfig)
    return {**os.environ, **chosen}


def run(
    stack: Stack, arguments: Sequence[str], *, capture: bool = False, extra: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `pulumi` in the project's folder and return how it ended; raises nothing on failure.

    Args:
        stack: which stack's environment to use.
        arguments: the command, as typed.
        capture: keep the output instead of showing it.
        extra: further environment variables.
    """
    variables = {**environment(stack), **(extra or {})}
    # Another folder is the caller's own, and so is what Pulumi logs there.
    if Path(variables["PULUMI_HOME"]) == stack.home:
        pulumi_log.turn_off(stack.home)
    return subprocess.run(
        [str(find("pulumi")), "--non-interactive", *arguments],
        cwd=stack.root,
        env=variables,
        capture_output=capture,
        text=True,
        check=False,
    )


def prepare(stack: Stack) -> None:
    """Make passphrase, working stack file and the stack itself, as far as they are missing.

    Args:
        stack: which one.

    Raises:
        ReportedError: there is no stack file of that name, or Pulumi refused to make the stack.
    """
    source = stack_file(stack.name, stack.root)
    stack.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not stack.passphrase_file.exists():
        _write_private(stack.passphrase_file, secrets.token_urlsafe(32))
    _refresh_config(stack, source)
    if run(stack, ["stack", "--stack", stack.name, "--show-name"], capture=True).returncode:
        _initialise(stack)


def _refresh_config(stack: Stack, source: Path) -> None:
    """Copy the stack file, keeping the salt that belongs to this machine's passphrase."""
    kept: dict[str, Any] = {}
    if stack.config_file.exists():
        kept = pulumi_yaml.load(stack.config_file.read_text(), source=stack.config_file.name) or {}
    content = stack_files.read(source)
    for (*sections, key), value in stack.overrides.items():
        _override(content, ["config", SETTINGS, *sections], key, value)
    if "encryptionsalt" in kept:
        content["encryptionsalt"] = kept["encryptionsalt"]
    # JSON is YAML in which no text can be taken for anything else.
    _write_private(stack.config_file, json.dumps(content, indent=2))


def _override(content: dict[str, Any], sections: Sequence[str], key: str, value: object) -> None:
    """Replace one setting; a section with nothing in it is an empty one, as in `components.settings`."""
    section: Any = content
    for name in sections:
        if section.get(name) is None:
            section[name] = {}
        section = section[name]
        if not isinstance(section, dict):
            return  # Not for this machine to mend: the program says what is wrong there.
    section[key] = value


def _initialise(stack: Stack) -> None:
    # `stack init` writes the salt into the folder it runs in, so it runs in one of its own.
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "Pulumi.yaml").write_text(f"name: {PROJECT}\nruntime: python\n")
        made = run(stack, ["-C", folder, "stack", "init", stack.name, "--no-select"], capture=True)
        if made.returncode:
            raise ReportedError(
                f"`pulumi stack init {stack.name}` failed: {made.stderr.strip()}",
                hint=f"the state is kept in {stack.state}",
            )
        written = Path(folder) / f"Pulumi.{stack.name}.yaml"
        salt = yaml.safe_load(written.read_text())["encryptionsalt"] if written.exists() else None
    if salt:
        content = stack_files.read(stack.config_file)
        _write_private(stack.config_file, json.dumps({**content, "encryptionsalt": salt}, indent=2))


def up(
    stack: Stack, *arguments: str, capture: bool = False, extra: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """`pulumi up` without questions.

    Args:
        stack: which one.
        arguments: further ones of `pulumi up`.
        capture: keep what it writes for the caller, instead of showing it.
        extra: further environment variables.
    """
    command = ["up", "--yes", "--skip-preview", "--suppress-progress", *arguments]
    return _operate(stack, command, capture=capture, extra=extra)


def preview(stack: Stack, *arguments: str, capture: bool = False) -> subprocess.CompletedProcess[str]:
    """`pulumi preview`.

    Args:
        stack: which one.
        arguments: further ones of `pulumi preview`.
        capture: keep what it writes for the caller, instead of showing it.
    """
    return _operate(stack, ["preview", *arguments], capture=capture)


def destroy(stack: Stack, *arguments: str, capture: bool = False) -> subprocess.CompletedProcess[str]:
    """`pulumi destroy` without questions.

    Args:
        stack: which one.
        arguments: further ones of `pulumi destroy`.
        capture: keep what it writes for the caller, instead of showing it.
    """
    return _operate(
        stack, ["destroy", "--yes", "--skip-preview", "--suppress-progress", *arguments], capture=capture
    )


def _operate(
    stack: Stack, arguments: list[str], *, capture: bool, extra: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    prepare(stack)
    command = [*arguments, "--stack", stack.name, "--config-file", str(stack.config_file)]
    return run(stack, command, capture=capture, extra=extra)


def outputs(stack: Stack) -> dict[str, Any]:
    """The stack's outputs; secret ones are left out.

    Args:
        stack: which one.

    Raises:
        ReportedError: the stack was never applied.
    """
    shown = run(stack, ["stack", "output", "--json", "--stack", stack.name], capture=True)
    if shown.returncode:
        raise ReportedError(f"no outputs of stack {stack.name}: {shown.stderr.strip()}", hint="run `make up`")
    return {key: value for key, value in json.loads(shown.stdout).items() if value != "[secret]"}


def secret_output(stack: Stack, name: str) -> Any:
    """One output of a stack, whether it is secret or not; None if there is none of that name.

    Args:
        stack: which stack.
        name: the output's name.

    Raises:
        ReportedError: the stack was never applied, or its passphrase is not this machine's.
    """
    command = ["stack", "output", "--json", "--show-secrets", "--stack", stack.name]
    shown = run(stack, command, capture=True)
    if shown.returncode:
        raise ReportedError(f"no outputs of stack {stack.name}: {shown.stderr.strip()}", hint="run `make up`")
    return json.loads(shown.stdout).get(name)


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)

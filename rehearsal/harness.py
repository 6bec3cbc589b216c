"""Runs the real Pulumi engine on a program, with the stand-in in the place of the cloud providers.

The environment is built from nothing: no credentials, no home of the person who runs it, no proxy but a dead
one. State, plugins and the cloud that the stand-in plays are below one temporary folder.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import yaml

from rehearsal import forks
from rehearsal.preview import Plan, Step, read_plan
from rehearsal.standin.cloud import Cloud
from toolchain import find
from workspace import pulumi_log
from workspace.paths import CACHE, ROOT
from workspace.stack_files import SETTINGS, read, stack_file

STANDIN: Final = Path(__file__).parent / "standin"

UPSTREAM: Final = ROOT / "charts" / ".upstream"
LOCAL_CHARTS: Final = {
    "https://kubeflow.github.io/spark-operator/spark-operator": UPSTREAM / "spark-operator-chart",
    "oci://public.ecr.aws/karpenter/karpenter": UPSTREAM / "karpenter",
    "oci://public.ecr.aws/karpenter/karpenter-crd": UPSTREAM / "karpenter-crd",
}
"""Where the toolchain puts charts that stacks name by a place on the network. One that is not there is not
rendered, and its custom resources are not held against their definitions."""

UNEXPECTED_CHANGES: Final = 7
"""How `pulumi preview --expect-no-changes` exits when there are changes (Pulumi 3.227 and later)."""


class RehearsalError(AssertionError):
    """The engine ended otherwise than the test said; holds everything it printed."""


@dataclass(frozen=True)
class Run:
    """What an `up`, `destroy` or `refresh` did.

    Args:
        code: exit code.
        text: what was printed; of a preview, its warnings and errors.
        seconds: how long it took.
        steps: of a preview, its steps.
    """

    code: int
    text: str
    seconds: float
    steps: tuple[Step, ...] = ()


@dataclass
class Rehearsal:
    """One stack of one program.

    Args:
        project: folder with the program's Pulumi.yaml.
        folder: where everything that a run leaves is kept.
        stack: the stack's name.
        config: the stack's configuration, as it stands below `config:` in a stack file.
        charts: local folders of charts that the program names by a place on the network.
        environment: further environment variables of the program.
    """

    project: Path
    folder: Path
    stack: str
    config: dict[str, Any] = field(default_factory=dict)
    charts: dict[str, Path] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.cloud = Cloud(self.folder / "cloud")
        self._salt: str | None = None

    # What a test does

    def set(self, path: str, value: Any) -> None:
        """Change one setting, by its dotted path from the configuration's root.

        Args:
            path: keys with dots between them; a number counts into a list.
            value: what it is to be; None takes it away.
        """
        *steps, last = path.split(".")
        place: Any = self.config
        for step in steps:
            place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
        if value is None:
            place.pop(last, None)
        elif isinstance(place, list):
            place[int(last)] = value
        else:
            place[last] = value

    def preview(self, *arguments: str, fails: bool = False) -> Plan:
        """`pulumi preview`; its steps.

        Args:
            arguments: further arguments.
            fails: True if it has to fail; the plan then has the text.
        """
        run = self._operate(["preview", "--json", *arguments], fails=fails)
        return Plan(steps=run.steps, seconds=run.seconds, text=run.text)

    def unchanged(self) -> Plan:
        """A preview that has to find nothing to do; RehearsalError with what it found."""
        plan = self.preview("--expect-no-changes", fails=False)
        if plan.changes:
            raise RehearsalError(f"nothing was to change, and yet: {plan.by_op()}")
        return plan

    def up(self, *arguments: str, fails: bool = False) -> Run:
        """`pulumi up` without a preview before it.

        Args:
            arguments: further ones of `pulumi up`.
            fails: True if it is to fail; anything else than expected is an error.
        """
        return self._operate(["up", "--yes", "--skip-preview", *arguments], fails=fails)

    def refresh(self, *arguments: str, fails: bool = False) -> Run:
        """`pulumi refresh` without a preview before it.

        Args:
            arguments: further ones of `pulumi refresh`.
            fails: True if it is to fail; anything else than expected is an error.
        """
        return self._operate(["refresh", "--yes", "--skip-preview", *arguments], fails=fails)

    def destroy(self, *arguments: str, fails: bool = False) -> Run:
        """`pulumi destroy` without a preview before it.

        Args:
            arguments: further ones of `pulumi destroy`.
            fails: True if it is to fail; anything else than expected is an error.
        """
        return self._operate(["destroy", "--yes", "--skip-preview", *arguments], fails=fails)

    def pulumi(self, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Any `pulumi` command on the stack, as a person would type it; how it ended.

        Args:
            arguments: the command and its own; stack and settings are added.
        """
        self._prepare()
        # `pulumi stack` commands read no settings.
        settings = [] if arguments[0] == "stack" else ["--config-file", str(self.config_file)]
        return self._run([*arguments, "--stack", self.stack, *settings], check=False)

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs, secrets in clear."""
        self._prepare()
        shown = self._run(["stack", "output", "--json", "--show-secrets", "--stack", self.stack])
        found: dict[str, Any] = json.loads(shown.stdout)
        return found

    def exported(self) -> dict[str, Any]:
        """The stack's state, as `pulumi stack export` gives it."""
        self._prepare()
        shown = self._run(["stack", "export", "--stack", self.stack])
        found: dict[str, Any] = json.loads(shown.stdout)
        return found

    def show(self, *arguments: str) -> int:
        """`pulumi preview` as a person sees it, straight to the terminal; its exit code.

        Args:
            arguments: further ones of `pulumi preview`.
        """
        self._prepare()
        command = ["preview", "--stack", self.stack, "--config-file", str(self.config_file), *arguments]
        done = subprocess.run(
            [str(find("pulumi")), "--non-interactive", *command],
            cwd=self.project,
            env=self.process_environment(),
            check=False,
        )
        return done.returncode

    def copy(self, folder: Path) -> Rehearsal:
        """The same stack as it stands, with a state and a cloud of its own: cheaper than a new `up`.

        Args:
            folder: of the copy; must not be there yet.
        """
        shutil.copytree(self.folder, folder, symlinks=True)
        made = replace(self, folder=folder, config=deepcopy(self.config))
        made._salt = self._salt
        return made

    # How it is run

    @property
    def config_file(self) -> Path:
        """The working copy of the stack file."""
        return self.folder / f"Pulumi.{self.stack}.yaml"

    @property
    def pulumi_home(self) -> Path:
        """Pulumi's own folder."""
        return self.folder / "home" / ".pulumi"

    def process_environment(self) -> dict[str, str]:
        """All environment variables of the engine, the program and the plugins: nothing is inherited."""
        tools = find("pulumi").parent
        python = [forks.BIN, Path(sys.executable).parent]
        path = [STANDIN / "bin", *python, tools, "/usr/local/bin", "/usr/bin", "/bin"]
        return {
            "PATH": os.pathsep.join(map(str, path)),
            "HOME": str(self.folder / "home"),
            "TMPDIR": str(self.folder / "tmp"),
            "LANG": "C.UTF-8",
            "PULUMI_HOME": str(self.pulumi_home),
            "PULUMI_BACKEND_URL": f"file://{self.folder / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "rehearsal",
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            # The state is written once at the end: a file per step would take most of the time.
            "PULUMI_SKIP_CHECKPOINTS": "true",
            # The engine lives for seconds: at Go's usual 100, a sixth of its time is spent on collecting.
            "GOGC": "400",
            "SPARK_STANDIN_CLOUD": str(self.cloud.folder),
            "SPARK_STANDIN_CACHE": str(_cache()),
            "SPARK_STANDIN_CHARTS": json.dumps({name: str(path) for name, path in self.charts.items()}),
            # Anything that would leave this machine meets a closed door, in whatever language it is written.
            "PYTHONPATH": str(STANDIN / "guard"),
            "HTTP_PROXY": "http://127.0.0.1:9",
            "HTTPS_PROXY": "http://127.0.0.1:9",
            "NO_PROXY": "127.0.0.1,localhost",
            "AWS_EC2_METADATA_DISABLED": "true",
            # Nor is there a Docker: images are pushed before `up`, and `destroy` has nothing to ask one for.
            "DOCKER_HOST": "tcp://127.0.0.1:9",
            **forks.environment(),
            **self.environment,
        }

    def _operate(self, command: list[str], *, fails: bool) -> Run:
        self._prepare()
        began = time.monotonic()
        done = self._run(
            [*command, "--stack", self.stack, "--config-file", str(self.config_file)], check=False
        )
        steps, text = read_plan(done.stdout) if "--json" in command else ((), done.stdout)
        run = Run(done.returncode, text + done.stderr, time.monotonic() - began, steps)
        unexpected = command[0] == "preview" and done.returncode == UNEXPECTED_CHANGES
        if (done.returncode != 0) != fails and not unexpected:
            told = "failed" if done.returncode else "succeeded"
            raise RehearsalError(f"`pulumi {' '.join(command)}` {told}:\n{run.text}")
        return run

    def _prepare(self) -> None:
        for name in ("home", "tmp", "state"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        pulumi_log.turn_off(self.pulumi_home)
        if self._salt is None and self.config_file.is_file():
            # Another test process made it.
            self._salt = str(yaml.safe_load(self.config_file.read_text())["encryptionsalt"])
        if self._salt is None:
            self._salt = self._initialise()
        text = yaml.safe_dump({"encryptionsalt": self._salt, "config": self.config}, sort_keys=False)
        self.config_file.write_text(text)

    def _initialise(self) -> str:
        """Make the stack in a folder of its own: `stack init` writes the salt into the folder it runs in."""
        scratch = self.folder / "init"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        project = yaml.safe_load((self.project / "Pulumi.yaml").read_text())
        (scratch / "Pulumi.yaml").write_text(f"name: {project['name']}\nruntime: python\n")
        self._run(["-C", str(scratch), "stack", "init", self.stack, "--no-select"])
        salt = yaml.safe_load((scratch / f"Pulumi.{self.stack}.yaml").read_text())["encryptionsalt"]
        return str(salt)

    def _run(self, arguments: Sequence[str], *, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [str(find("pulumi")), "--non-interactive", "--color", "never", *arguments],
            cwd=self.project,
            env=self.process_environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        if check and done.returncode:
            raise RehearsalError(f"`pulumi {' '.join(arguments)}` failed:\n{done.stdout}{done.stderr}")
        return done


def of_stack(stack: str, folder: Path, **changes: Any) -> Rehearsal:
    """One of the project's own stacks, with the configuration of its stack file.

    Args:
        stack: the stack's name; its file is Pulumi.<stack>.yaml.
        folder: where everything that a run leaves is kept.
        changes: settings that differ, by their dotted path from the settings' root.
    """
    document = read(stack_file(stack))
    charts = {place: path for place, path in LOCAL_CHARTS.items() if path.is_dir()}
    made = Rehearsal(project=ROOT, folder=folder, stack=stack, config=document["config"], charts=charts)
    for path, value in changes.items():
        made.set(f"{SETTINGS}.{path}", value)
    foundation = made.config[SETTINGS]["foundation"]
    if foundation["kind"] == "kubernetes":
        made.environment["KUBECONFIG"] = str(_kubeconfig(folder, foundation.get("context", "rehearsal")))
    return made


def _kubeconfig(folder: Path, context: str) -> Path:
    """A kubeconfig of a cluster that is only a folder of the stand-in; nothing listens at its address."""
    file = folder / "kubeconfig"
    if file.is_file():
        return file
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": context, "cluster": {"server": "https://127.0.0.1:1"}}],
        "users": [{"name": context, "user": {"token": "none"}}],
        "contexts": [{"name": context, "context": {"cluster": context, "user": context}}],
        "current-context": context,
    }
    file.write_text(yaml.safe_dump(document))
    return file


def _cache() -> Path:
    """Descriptions of the SDKs are the same for every run of these versions."""
    return CACHE / "standin"

"""An operator's folder in which spark_submit.sh runs, with stand-ins that note how they were called."""

from __future__ import annotations

import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from components.services.spark_operator.release import submit_data
from components.spark.pod_templates import driver_template, executor_template, render_template
from tests.support.definitions import Definitions, serve

SCRIPT = (
    Path(__file__).resolve().parents[2] / "components" / "services" / "spark_operator" / "spark_submit.sh"
)
PROGRAMS = SCRIPT.parents[3] / "docker" / "spark-operator"
APPS = Path(__file__).resolve().parents[2] / "apps"
CLASS = "org.apache.spark.deploy.SparkSubmit"

OWNER = {
    "apiVersion": "sparkoperator.k8s.io/v1beta2",
    "kind": "SparkApplication",
    "name": "j1",
    "uid": "92bc35c8-0aa0-4a8b-87b0-fbedd787523f",
}
PYTHON = [
    *("--conf", "spark.driver.memoryOverheadFactor=0.4"),
    *("--conf", "spark.executor.memoryOverheadFactor=0.4"),
    *("--conf", "spark.kubernetes.driver.label.jobs.spark-on-eks/job=j1"),
    *("--conf", "spark.kubernetes.executor.label.jobs.spark-on-eks/job=j1"),
]
"""What a definition that names nothing but a Python program means, and the job that it is a run of."""

# What the script must end in: its command line and its environment.
JAVA = """\
#!/bin/bash
printf '%s\\0' "$@" > "${0%/*}/command"
env --null > "${0%/*}/environment"
"""


@dataclass(frozen=True)
class Home:
    """A Spark installation with the platform's configuration, and the operator's folder of one submission."""

    path: Path
    templates: Path
    api: Definitions

    def submit(
        self, arguments: Sequence[str], environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["/bin/bash", str(SCRIPT), *arguments],
            env={
                "PATH": os.environ["PATH"],
                "JAVA_HOME": str(self.path),
                "SPARK_HOME": str(self.path),
                "SPARK_SUBMIT_DIR": str(self.path / "submit"),
                "SPARK_SUBMIT_PROGRAMS": str(PROGRAMS),
                "SPARK_SUBMIT_SOCKET": str(self.socket),
                "SPARK_SUBMIT_MODULES": str(APPS),
                **(environment or {}),
            },
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def socket(self) -> Path:
        """Of the JVM that stays."""
        return self.templates / "socket"

    def java(self, script: str) -> None:
        """Put another program in the place of Java."""
        java = self.path / "bin" / "java"
        java.write_text(script)
        java.chmod(0o755)

    def recorded(self, name: str) -> list[str]:
        """The command line or the environment that Java got; nothing if it was not called."""
        record = self.path / "bin" / name
        return record.read_text().split("\0")[:-1] if record.exists() else []

    def template(self, role: str) -> Path:
        return self.templates / f"{role}-pod-template.yaml"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    for folder in ("bin", "conf", "submit"):
        (tmp_path / folder).mkdir()
    pods = {"driver": driver_template, "executor": executor_template}
    for role, template in pods.items():
        text = render_template(template(priority_class="spark-normal"))
        (tmp_path / "conf" / f"{role}-pod.yaml").write_text(text)
    for name, text in submit_data(["data-dev", "science-dev"], {"science-dev": "spark-high"}).items():
        (tmp_path / "submit" / name).write_text(text)
    templates = Path("/tmp/spark") / str(uuid.uuid4())
    templates.mkdir(parents=True)
    with serve() as api:
        found = Home(tmp_path, templates, api)
        found.java(JAVA)
        yield found
    shutil.rmtree(templates)


def arguments(
    home: Home,
    namespace: str = "data-dev",
    *,
    settings: Sequence[str] = (),
    options: Sequence[str] = (),
    mode: str = "cluster",
    program: Sequence[str] = ("s3a://artifacts/data-dev/job.py",),
) -> list[str]:
    """Arguments in the operator's order: its own, the job's settings, the templates, the program."""
    given = ["--master", home.api.master, "--deploy-mode", mode, "--name", "j1", *options]
    confs = [f"spark.kubernetes.namespace={namespace}", *settings]
    confs += [
        f"spark.kubernetes.{role}.podTemplateFile={home.template(role)}" for role in ("driver", "executor")
    ]
    for conf in confs:
        given += ["--conf", conf]
    return [*given, *program]


def handed_on(home: Home) -> list[str]:
    """What follows the name of Spark's class; nothing if the script refused the job."""
    command = home.recorded("command")
    return command[command.index(CLASS) + 1 :] if command else []

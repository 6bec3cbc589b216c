"""The operator's own code, asked for the arguments that it runs spark-submit with."""

from __future__ import annotations

import json
import shutil
import subprocess
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from filelock import FileLock

from components.versions import SPARK_OPERATOR
from toolchain import golang
from toolchain.recipes import MODULES
from workspace import paths

SOURCE: Final = "github.com/kubeflow/spark-operator/v2"
OWN: Final = MODULES / "spark-operator"
FOLDER: Final = Path(__file__).with_name("operator")
SUBMISSION: Final = str(uuid.uuid4())
"""Names the folder below /tmp/spark into which the operator writes the pod templates; another in each
process, as tests run side by side."""


@dataclass(frozen=True)
class Operator:
    """A program made of the operator's sources, with its own way in."""

    program: Path

    def arguments(self, jobs: Sequence[Mapping[str, Any]]) -> list[list[str] | None]:
        """What follows `spark-submit` for each job; None for one that the operator itself fails on.

        Args:
            jobs: SparkApplications and ScheduledSparkApplications.
        """
        lines = "".join(json.dumps(job) + "\n" for job in jobs)
        answers = subprocess.run(
            [str(self.program), SUBMISSION],
            input=lines,
            env={"KUBERNETES_SERVICE_HOST": "192.0.2.1", "KUBERNETES_SERVICE_PORT": "443"},
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        ).stdout.splitlines()
        return [each["arguments"] for each in map(json.loads, answers)]


@cache
def source() -> Path:
    """The folder of the operator's sources, with its chart and its examples."""
    command = ["go", "list", "-m", "-f", "{{.Dir}}", SOURCE]
    found = subprocess.run(
        command, cwd=OWN, env=golang.environment(), capture_output=True, text=True, check=True
    )
    return Path(found.stdout.strip())


def build() -> Operator:
    """Compile the program, once for a release of the operator; quick with what `make tools` compiled."""
    program = paths.CACHE / "spark" / f"operator-arguments-{SPARK_OPERATOR}"
    program.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{program}.lock"):
        sources = [*FOLDER.iterdir()]
        if not program.exists() or program.stat().st_mtime < max(each.stat().st_mtime for each in sources):
            _compile(program)
    return Operator(program)


def _compile(program: Path) -> None:
    work = program.with_suffix(".work")
    shutil.rmtree(work, ignore_errors=True)
    copy = work / "operator"
    shutil.copytree(source(), copy, copy_function=shutil.copyfile)
    for folder in [copy, *(each for each in copy.rglob("*") if each.is_dir())]:
        folder.chmod(0o755)
    (copy / "cmd" / "arguments").mkdir()
    shutil.copyfile(FOLDER / "main.go", copy / "cmd" / "arguments" / "main.go")
    shutil.copyfile(FOLDER / "arguments.go", copy / "internal/controller/sparkapplication/arguments.go")
    # The toolchain's module has the same dependencies in the same versions: they are compiled already.
    lines = (OWN / "go.mod").read_text().splitlines()
    kept = [line for line in lines if not line.startswith("tool ")]
    (work / "go.mod").write_text("\n".join([*kept, f"replace {SOURCE} => ./operator", ""]))
    shutil.copyfile(OWN / "go.sum", work / "go.sum")
    command = ["go", "build", "-mod=mod", "-trimpath", "-ldflags", "-s -w", "-o", str(program)]
    subprocess.run([*command, f"{SOURCE}/cmd/arguments"], cwd=work, env=golang.environment(), check=True)
    shutil.rmtree(work)

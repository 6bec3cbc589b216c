"""Every command of every runbook has an answer on the platform, with its placeholders filled in.

What only looks is run as it stands. What changes something is handed to the API server with
`--dry-run=server`, so that names, fields, rights and admission are asked, and nothing happens.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest

import flights
from components.naming import CANARY_NAMESPACE
from components.services.canary.plan import SCHEDULE
from tests.binaries import binary
from tests.cluster import paced
from tests.cluster.paced import Pace
from tests.cluster.waiting import eventually
from tests.observability.runbook_commands import Command, commands
from toolchain.kubectl import Kubectl

pytestmark = [pytest.mark.cluster, pytest.mark.soak]

SECONDS: Final = 120
STARTED_SECONDS: Final = 300

CHANGES: Final = re.compile(r"kubectl (?:-n \S+ )?(?:delete|patch|apply|cordon|uncordon)\b[^&|`]*")
RESTART: Final = "rollout restart"

WRONG: Final = re.compile(r"^(error|Error from server|curl: |E\d{4} |bash: )", re.MULTILINE)

NO_ANSWER: Final = {
    "--previous": "there is a log of before only once the operator has ended",
    "crictl": "is typed on a node",
    "pulumi": "is typed where the stack's file is",
    "spark-jobs": "is typed where its settings are; tests/apps/jobs/cli has it",
    "POOL": "pools of nodes are Karpenter's",
}
"""What a command says that has no answer here, and why."""


@pytest.fixture(scope="module")
def values(
    kubectl: Kubectl, mine: flights.Platform, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """A job that runs, and what a person would put in for each placeholder because of it."""
    run = paced.start(mine, Pace(tasks=400, seconds=3.0))
    try:
        eventually("an executor, and so the driver's page", run.running_executors, timeout=STARTED_SECONDS)
        folder = tmp_path_factory.mktemp("runbooks")
        job = kubectl.run("get", "configmap", "spark-defaults", "-n", mine.namespace, "-o", "json")
        (folder / "JOB.yaml").write_text(job)
        pod = f"{run.name}-driver"
        yield {
            "NAMESPACE": mine.namespace,
            "NAME": run.name,
            "APP": run.name,
            "RUN": run.name,
            "POD": pod,
            "NODE": kubectl.run("get", "pod", pod, "-n", mine.namespace, "-o", "jsonpath={.spec.nodeName}"),
            "USER": "kubernetes-admin",
            "GROUP": "system:masters",
            "JOB.yaml": str(folder / "JOB.yaml"),
        }
    finally:
        run.remove()


def safe(command: Command) -> str:
    """The command, so that it changes nothing and comes to an end."""
    text = CHANGES.sub(lambda found: f"{found[0].rstrip()} --dry-run=server ", command.text)
    return text.replace(RESTART, "status").replace(" --watch", "")


def ask(text: str, kubectl: Kubectl) -> subprocess.CompletedProcess[str]:
    """Run it in a shell; what it leaves in the background ends with it."""
    path = f"{Path(binary('kubectl')).parent}:{os.environ['PATH']}"
    shell = subprocess.Popen(
        [str(shutil.which("bash")), "-c", text],
        env={**os.environ, "KUBECONFIG": str(kubectl.kubeconfig), "PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        shell.wait(SECONDS)
    finally:
        with suppress(ProcessLookupError):  # it left nothing behind
            os.killpg(shell.pid, signal.SIGTERM)
    said, complaints = shell.communicate(timeout=SECONDS)
    return subprocess.CompletedProcess(text, shell.returncode, said, complaints)


@pytest.mark.parametrize("page", sorted({each.page for each in commands()}))
def test_the_commands_of_a_page_have_answers(page: str, values: dict[str, str], kubectl: Kubectl) -> None:
    there = kubectl.run("get", "namespaces", "-o", "name")
    lines: list[str] = []
    for each in (each for each in commands() if each.page == page and not each.eks_only):
        if any(word in each.text for word in NO_ANSWER):
            continue
        if any(f"namespace/{name}\n" not in there for name in re.findall(r"-n (spark-[a-z-]+)", each.text)):
            continue  # the stack has no such service
        if each.text.startswith("curl") and lines:
            lines[-1] += f"; {safe(each)}"  # the line before opened the port that it asks
        else:
            lines.append(safe(each))
    for line in lines:
        own = {"NAMESPACE": CANARY_NAMESPACE, "NAME": SCHEDULE} if "scheduledspark" in line else {}
        found = ask(Command(page, line, look=True).filled({**values, **own}), kubectl)
        assert not WRONG.search(found.stderr), f"{line}\n{found.stderr}"
        assert found.stdout or "curl" not in line, f"{line}\nno answer"

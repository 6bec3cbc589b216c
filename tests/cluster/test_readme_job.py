"""The block of the README that runs a job does so, typed as it stands there."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

import flights
from flights import Kind
from tests.binaries import binary
from tests.support.page_blocks import block
from toolchain.kubectl import Kubectl
from workspace.paths import ROOT

SUBMITS = "envsubst < jobs/flights/flights.yaml"

RUN_SECONDS = 900
"""A run takes a minute and a half on an idle machine of two cores."""


def typed(lines: list[str], kubectl: Kubectl) -> subprocess.CompletedProcess[str]:
    """Run lines in one shell, with the kubectl of the toolchain; it stops at the first that fails."""
    return subprocess.run(
        [str(shutil.which("bash")), "-euo", "pipefail", "-c", "\n".join(lines)],
        cwd=ROOT,
        env={
            "PATH": f"{Path(binary('kubectl')).parent}:{os.environ['PATH']}",
            "KUBECONFIG": str(kubectl.kubeconfig),
            # Where kubectl keeps what it found out; without it, in the checkout.
            "HOME": os.environ["HOME"],
        },
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )


def lines_of_the_readme() -> list[str]:
    """The block without its first line: that names this machine's cluster, and the tests know theirs."""
    first, *others = block(ROOT / "README.md", SUBMITS)
    assert first.startswith("export KUBECONFIG=")
    return others


@pytest.mark.cluster
def test_the_api_server_takes_the_job_that_the_readme_makes(kubectl: Kubectl) -> None:
    lines = [
        line.replace("kubectl create", "kubectl create --dry-run=server") for line in lines_of_the_readme()
    ]
    done = typed(lines[: next(at for at, line in enumerate(lines) if SUBMITS in line) + 1], kubectl)
    assert done.returncode == 0, done.stderr
    assert "created (server dry run)" in done.stdout


@pytest.mark.soak
def test_the_readmes_job_runs_to_its_end_and_its_log_is_shown(
    kubectl: Kubectl, mine: flights.Platform
) -> None:
    with flights.open_store(mine) as store:
        flights.upload(mine, store, flights.fetch_data())
    lines = lines_of_the_readme()
    name = next(line for line in lines if "RUN=" in line)
    done = typed([*lines, 'echo "ended $RUN"'], kubectl)
    run = done.stdout.rpartition("ended ")[2].strip()
    try:
        assert done.returncode == 0, f"{name}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        assert "condition met" in done.stdout
        with flights.open_store(mine) as store:
            assert store.keys(mine.data_bucket, mine.run_prefix(run)), "it wrote no answer"
    finally:
        if run:
            kubectl.delete(Kind.OPERATOR.resource, run, mine.namespace)

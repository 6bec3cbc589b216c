"""The same job on YARN on this machine and on the platform, in turns: start, work and CPU time of both."""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.table import Table

from bench.samples import Comparison, in_turns
from components.versions import SPARK
from flights import Platform, open_store
from tests.cluster.conftest import Say
from tests.cluster.waiting import eventually
from tests.cluster.yarn import one_node
from tests.cluster.yarn.one_node import Yarn
from tests.support.distributions import Distribution
from toolchain.kubectl import Kubectl

pytestmark = [pytest.mark.cluster, pytest.mark.soak, pytest.mark.timeout(7200)]

PROGRAM = Path(__file__).parent / "programs" / "pair.py"
PAIRS = 10
ROWS = 8_000_000
CORES = 2
MEMORY = "1g"
END_SECONDS = 600.0

Times = dict[str, float]
"""Seconds from the submission to the end of the first task, of the job's own work, in all; CPU seconds."""


def times(printed: str, submitted: float) -> Times:
    """What a run took, from what its program said.

    Args:
        printed: by the driver.
        submitted: seconds since the epoch.
    """
    (line,) = (line for line in printed.splitlines() if line.startswith("PAIR "))
    said = json.loads(line.removeprefix("PAIR "))
    assert (said["sum"], said["count"]) == (ROWS * (ROWS - 1) // 2, ROWS), "another answer is another job"
    return {
        "first task": said["first"] - submitted,
        "work": said["worked"] - said["first"],
        "in all": said["ended"] - submitted,
        "driver's CPU": said["driver"],
        "executor's CPU": said["executor"],
    }


def on_yarn(yarn: Yarn) -> Times:
    submitted = time.time()
    printed, submission = yarn.submit(
        PROGRAM,
        [str(ROWS)],
        [
            *("--driver-memory", MEMORY, "--executor-memory", MEMORY),
            *("--num-executors", "1", "--executor-cores", str(CORES)),
            *("--conf", "spark.dynamicAllocation.enabled=false"),
            *("--conf", f"spark.eventLog.dir=file:{yarn.folder}", "--conf", "spark.eventLog.enabled=true"),
        ],
    )
    return {**times(printed, submitted), "submission's CPU": submission}


def on_platform(kubectl: Kubectl, platform: Platform) -> Times:
    name, key = f"pair-{secrets.token_hex(3)}", f"{platform.namespace}/pairs/{PROGRAM.name}"
    size = {"memory": MEMORY, "coreRequest": "400m"}
    spec: dict[str, Any] = {
        "type": "Python",
        "mode": "cluster",
        "sparkVersion": SPARK,
        "mainApplicationFile": f"s3a://{platform.artifacts_bucket}/{key}",
        "arguments": [str(ROWS)],
        "restartPolicy": {"type": "Never"},
        "dynamicAllocation": {"enabled": False},
        "driver": {**size, "cores": 1, "serviceAccount": "spark-driver"},
        "executor": {**size, "cores": CORES, "instances": 1, "serviceAccount": "spark-executor"},
    }
    with open_store(platform) as store:
        store.upload(PROGRAM, platform.artifacts_bucket, key)
    submitted = time.time()
    kubectl.create(
        {
            "apiVersion": "sparkoperator.k8s.io/v1beta2",
            "kind": "SparkApplication",
            "metadata": {"name": name, "namespace": platform.namespace},
            "spec": spec,
        }
    )
    try:
        phase = eventually(
            f"{name}: its end", lambda: ended(kubectl, platform, name), timeout=END_SECONDS, every=1
        )
        printed = kubectl.logs(f"{name}-driver", platform.namespace)
        assert phase == "Succeeded", printed[-3000:]
        return times(printed, submitted)
    finally:
        kubectl.delete("sparkapplication", name, platform.namespace)


def ended(kubectl: Kubectl, platform: Platform, name: str) -> str | None:
    pod = kubectl.get("pod", f"{name}-driver", platform.namespace) or {"status": {}}
    phase = str(pod["status"].get("phase", ""))
    return phase if phase in ("Succeeded", "Failed") else None


@pytest.fixture(scope="module")
def pairs(
    kubectl: Kubectl, mine: Platform, distribution: Distribution, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[tuple[Times, Times]]]:
    """Runs on YARN and on the platform, each of them first in half of the pairs."""
    measured: list[tuple[Times, Times]] = []
    with one_node.started(tmp_path_factory.mktemp("yarn"), distribution) as yarn:
        for number in range(PAIRS):
            if number % 2:
                here = on_platform(kubectl, mine)
                there = on_yarn(yarn)
            else:
                there = on_yarn(yarn)
                here = on_platform(kubectl, mine)
            measured.append((there, here))
            print(number, f"load {os.getloadavg()[0]:.1f}", there, here, flush=True)
        yield measured


def test_the_work_takes_as_long_as_on_yarn(pairs: list[tuple[Times, Times]], say: Say) -> None:
    compared = {}
    for what in pairs[0][1]:
        samples = in_turns(("YARN", "here"), [(there[what], here[what]) for there, here in pairs])
        comparison = Comparison(title=what, samples=samples, note="")
        table = Table(what, "min s", "median s", "max s", "runs", "ratio")
        for row in comparison.rows():
            table.add_row(*row)
        say(table)
        compared[what] = float(comparison.rows()[1][-1])
    submissions = sorted(round(there["submission's CPU"], 1) for there, _ in pairs)
    say(f"submission on YARN, CPU s: {submissions}")
    # One machine's seconds scatter more than the 5 % that the platform is allowed; this sees a fault.
    assert compared["work"] < 1.5, compared

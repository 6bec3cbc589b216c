"""The operator's process dies inside spark-submit, when the driver exists and nobody has noted that it does.

Known of the operator 2.5.2: it forgets the submission, submits again, is told that the driver exists, and
calls the job FAILED although the driver lives. The platform promises what matters more: the job is not run
twice, its result is right, and the message says what to look at.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from kubernetes import client, config

import flights
from local.platform import Target
from tests.cluster import paced
from tests.cluster.conftest import Say
from tests.cluster.faults import OPERATOR
from tests.cluster.history import History
from tests.cluster.paced import Pace, Paced
from tests.cluster.waiting import eventually
from toolchain.kubectl import Kubectl

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]

LOOK_SECONDS = 0.005
"""spark-submit lives for a quarter of a second: the JVM that stays does its work."""

SUBMIT_SECONDS = 180.0
"""From a SparkApplication to its driver, on a busy machine."""

AGAIN_SECONDS = 180.0
"""What the operator takes to start again, to get the dead one's lease, and to submit the job again."""


@dataclass(frozen=True)
class Interrupted:
    """A job whose submission was cut short.

    Args:
        run: the job.
        driver: uid of its driver when the operator was killed.
        noted: what the operator had noted of it by then.
        state: what the operator says after its second attempt.
        drivers: uids of all drivers that were seen until the job's end.
        exit_status: the driver's.
    """

    run: Paced
    driver: str
    noted: str
    state: dict[str, str]
    drivers: frozenset[str]
    exit_status: int


def process_of(uids: frozenset[str] | set[str]) -> int:
    """Process id of the operator in one of the pods, on this machine.

    Args:
        uids: of its pods.
    """
    for process in psutil.process_iter(["cmdline"]):
        if process.info["cmdline"] and Path(process.info["cmdline"][0]).name == "spark-operator":
            groups = Path(f"/proc/{process.pid}/cgroup").read_text()
            if any(uid in groups for uid in uids):
                return int(process.pid)
    return pytest.fail(f"no process of the operator's pods {sorted(uids)} runs on this machine")


def children_of(process: int) -> str | None:
    """Process ids of what a process has started, if there is anything."""
    return "".join(each.read_text() for each in Path(f"/proc/{process}/task").glob("*/children")) or None


class Objects:
    """Sees the objects of a submission as soon as they are there: kubectl would be too slow."""

    def __init__(self, kubeconfig: Path, namespace: str) -> None:
        connect: Any = config.new_client_from_config  # has no annotations, like all of the package
        self._core: Any = client.CoreV1Api(connect(str(kubeconfig)))
        self._namespace = namespace

    def pod(self, name: str) -> str | None:
        """Uid of the driver's pod, once there is one."""
        pods = self._core.list_namespaced_pod(self._namespace, field_selector=f"metadata.name={name}-driver")
        return str(pods.items[0].metadata.uid) if pods.items else None

    def driver(self, name: str) -> str | None:
        """Uid of the driver, once it has all that it needs to start: its pod, its files and its Service."""
        uid = self.pod(name)
        if uid is None:
            return None
        files = self._core.list_namespaced_config_map(self._namespace).items
        services = self._core.list_namespaced_service(self._namespace).items
        return uid if _owned(files, uid, "spark-drv-") and _owned(services, uid, name) else None


def _owned(objects: list[Any], uid: str, prefix: str) -> bool:
    return any(
        each.metadata.name.startswith(prefix) and uid in {o.uid for o in each.metadata.owner_references or ()}
        for each in objects
    )


@pytest.fixture(scope="module")
def interrupted(where: Target, theirs: flights.Platform, kubectl: Kubectl) -> Iterator[Interrupted]:
    """A job whose submission was cut short by a kill -9, once it has ended."""
    if not where.embedded:
        pytest.skip("only the node of this machine lets a test kill a process at the right moment")
    OPERATOR.wait_until_ready(kubectl)
    operator = process_of(set(OPERATOR.pods(kubectl)))
    objects = Objects(where.kubeconfig, theirs.namespace)
    run = paced.start(theirs, Pace(tasks=12, executors=1))

    def seen_soon(what: str, look: Callable[[str], str | None]) -> str:
        return eventually(
            f"{run.name}: {what}", lambda: look(run.name), timeout=SUBMIT_SECONDS, every=LOOK_SECONDS
        )

    seen_soon("its spark-submit", lambda _: children_of(operator))
    # Stopped, it notes nothing while its spark-submit goes on; on a busy machine a kill would be too late.
    os.kill(operator, signal.SIGSTOP)
    driver = seen_soon("all that its driver needs", objects.driver)
    os.kill(operator, signal.SIGKILL)
    noted = run.state()
    seen = {driver}
    deadline = time.monotonic() + paced.START_SECONDS + paced.END_SECONDS
    while (status := run.ended()) is None and time.monotonic() < deadline:
        seen |= {pod["metadata"]["uid"] for pod in run.pods("driver")}
        time.sleep(1)
    assert status is not None, f"{run.name} did not end"
    state = eventually(
        f"{run.name}: what the operator says after its second attempt",
        lambda: run.application().get("status", {}).get("applicationState"),
        timeout=AGAIN_SECONDS,
    )
    yield Interrupted(run, driver, noted, state, frozenset(seen), status)
    run.remove()
    OPERATOR.wait_until_ready(kubectl)


def test_the_operator_died_before_it_had_noted_the_submission(interrupted: Interrupted) -> None:
    assert interrupted.noted == "", (
        f"the operator had noted {interrupted.noted}: it was killed too late, and nothing below is shown"
    )


def test_no_second_driver_runs(interrupted: Interrupted) -> None:
    assert interrupted.drivers == {interrupted.driver}, "the job was run twice"


def test_the_job_ends_well_with_each_number_written_once(interrupted: Interrupted) -> None:
    assert interrupted.exit_status == 0, "the driver failed, although only the operator was killed"
    assert interrupted.run.numbers() == interrupted.run.expected_numbers(), "its result is wrong"


def test_its_event_log_is_listed_as_completed(interrupted: Interrupted, history: History) -> None:
    assert interrupted.run.wait_until_listed(history), f"{interrupted.run.spark_id()} is not listed"


def test_the_operator_names_the_driver_that_exists(interrupted: Interrupted, say: Say) -> None:
    say(f"Killed in submitting it, the operator says of a job that ended well: {interrupted.state}")
    state = interrupted.state
    if state["state"] != "COMPLETED":  # a later release may learn it
        assert state["state"] == "FAILED", f"neither right nor final: {state}"
        assert "driver pod already exist" in state["errorMessage"], f"nobody can tell what happened: {state}"


def test_removing_the_application_removes_its_driver(interrupted: Interrupted) -> None:
    interrupted.run.remove()
    eventually("the driver is gone", lambda: interrupted.run.driver() is None, timeout=60)

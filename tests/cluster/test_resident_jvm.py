"""The JVM that submissions are handed to is killed again and again while fifty jobs come: each runs once."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from kubernetes import client, config, watch
from urllib3.exceptions import HTTPError

import flights
from bench.submissions import idle_job
from components.naming import OPERATOR_NAMESPACE
from local.platform import Target
from tests.cluster.conftest import Say
from tests.cluster.faults import OPERATOR
from tests.cluster.waiting import eventually
from toolchain.kubectl import Kubectl
from workspace.errors import ReportedError

pytestmark = [pytest.mark.cluster, pytest.mark.soak, pytest.mark.timeout(1800)]

JOBS = 50
AT_ONCE = 4
"""Jobs that have not ended: more would not fit into a tenant's quota."""

PAUSE_SECONDS = 4.0
"""Between two kills. The JVM is back after about that long, so some submissions get one of their own."""

END_SECONDS = 1500.0
DEPLOYMENT = "deployment/spark-operator-controller"
LABEL = "test"
RAN = {"COMPLETED"}
ENDED = {*RAN, "FAILED"}


def job(name: str, platform: flights.Platform) -> dict[str, Any]:
    """A job whose driver looks for its settings: that it starts is what counts, not what Spark then does."""
    # By a shell, which leaves the arguments alone that Spark puts behind the command.
    look = f"grep --quiet --line-regexp spark.app.name={name} /opt/spark/conf/spark.properties"
    made = idle_job(name, platform, ["sh", "-c", look])
    made["spec"]["driver"]["labels"] = {LABEL: "resident"}
    return made


class Drivers:
    """Notes each driver that there ever was, by job."""

    def __init__(self, where: Target, namespace: str) -> None:
        connect: Any = config.new_client_from_config  # has no annotations, like all of the package
        self._core: Any = client.CoreV1Api(connect(str(where.kubeconfig)))
        self._namespace = namespace
        stream: Any = watch.Watch
        self._watch: Any = stream()
        self._closed = False
        self.seen: dict[str, set[str]] = defaultdict(set)
        threading.Thread(target=self._look, daemon=True).start()

    def _look(self) -> None:
        of_these = {"namespace": self._namespace, "label_selector": f"{LABEL}=resident"}
        while not self._closed:
            # A watch ends when the API server says so, and begins again with all that there is.
            with suppress(HTTPError):
                for event in self._watch.stream(self._core.list_namespaced_pod, **of_these):
                    metadata = event["object"].metadata
                    self.seen[metadata.name].add(metadata.uid)

    def close(self) -> None:
        self._closed = True
        self._watch.stop()


@dataclass(frozen=True)
class Story:
    """What became of the jobs.

    Args:
        states: of each job, as the operator says at the end.
        drivers: uids of each job's drivers.
        kills: how often the JVM was killed.
    """

    states: dict[str, str]
    drivers: dict[str, set[str]]
    kills: int


def kill(kubectl: Kubectl) -> int:
    """Kill the JVM in the operator's pod; how many there were."""
    # By a shell, as its own words must not look like the JVM's.
    command = "pkill --signal KILL --full '[S]ubmissionServer'"
    try:
        kubectl.run("exec", f"--namespace={OPERATOR_NAMESPACE}", DEPLOYMENT, "--", "sh", "-c", command)
    except ReportedError:
        return 0
    return 1


def states(kubectl: Kubectl, namespace: str, names: list[str]) -> dict[str, str]:
    """What the operator says of each job."""
    found = {each["metadata"]["name"]: each for each in kubectl.list("sparkapplications", namespace)}
    status = {name: found[name].get("status", {}) for name in names if name in found}
    return {name: each.get("applicationState", {}).get("state", "") for name, each in status.items()}


@pytest.fixture(scope="module")
def story(where: Target, mine: flights.Platform, kubectl: Kubectl) -> Iterator[Story]:
    """Fifty jobs, and a JVM that is killed every few seconds."""
    OPERATOR.wait_until_ready(kubectl)
    drivers = Drivers(where, mine.namespace)
    names = [f"resident-{time.time_ns() // 10**9 % 10**6}-{number}" for number in range(JOBS)]
    killed, made = 0, 0
    last = time.monotonic()
    deadline = last + END_SECONDS
    try:
        while time.monotonic() < deadline:
            now = states(kubectl, mine.namespace, names)
            unfinished = sum(state not in ENDED for state in now.values())
            if made == JOBS and not unfinished:
                break
            for name in names[made : made + AT_ONCE - unfinished]:
                kubectl.create(job(name, mine))
                made += 1
            if time.monotonic() - last > PAUSE_SECONDS:
                killed += kill(kubectl)
                last = time.monotonic()
        eventually("each driver was seen", lambda: len(drivers.seen) >= JOBS or None, timeout=10)
        yield Story(states(kubectl, mine.namespace, names), dict(drivers.seen), killed)
    finally:
        drivers.close()
        with suppress(ReportedError):
            kubectl.run(
                "delete", "sparkapplications", f"--namespace={mine.namespace}", "--wait=false", *names[:made]
            )
        OPERATOR.wait_until_ready(kubectl)


def test_the_jvm_was_killed_while_jobs_came(story: Story, say: Say) -> None:
    say(f"{JOBS} jobs, {story.kills} kills of the JVM that submits them")
    assert story.kills >= 5


def test_no_job_has_had_two_drivers(story: Story) -> None:
    assert {name: uids for name, uids in story.drivers.items() if len(uids) > 1} == {}


def test_each_job_has_run_and_its_driver_found_its_settings(story: Story) -> None:
    assert set(story.drivers) == {f"{name}-driver" for name in story.states}
    assert {name: state for name, state in story.states.items() if state not in RAN} == {}

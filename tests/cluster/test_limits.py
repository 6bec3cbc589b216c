"""A tenant stays within its limits, and whoever hits one reads which."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import flights
from components.domain import Tenant
from components.naming import priority_class
from tests.cluster import paced, pods
from tests.cluster.admission import refusal
from tests.cluster.paced import Pace, Paced
from tests.cluster.waiting import eventually
from toolchain.kubectl import Kubectl

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]

HELD = "700m"
"""Of the one CPU that the tenant may have."""

SUBMIT_SECONDS = 180.0
"""From a SparkApplication to the operator's first word about it, on a busy machine."""


@pytest.fixture
def start(theirs: flights.Platform) -> Iterator[Callable[..., Paced]]:
    """Starts jobs, and removes them at the end."""
    started: list[Paced] = []

    def start_one(pace: Pace, **changes: Any) -> Paced:
        started.append(paced.start(theirs, pace, **changes))
        return started[-1]

    # A job that is more than the quota by itself is refused when it is created; this one finds it used up.
    with pods.holding(Kubectl(theirs.kubeconfig), theirs.namespace, theirs.image, HELD):
        yield start_one
        for run in started:
            run.remove()


def test_a_driver_beyond_the_quota_is_refused_and_the_application_says_why(
    start: Callable[..., Paced], science: Tenant
) -> None:
    greedy = {"cores": 1, "coreRequest": "350m", "memory": "512m", "serviceAccount": "spark-driver"}
    run = start(Pace(), driver=greedy)
    status = eventually(
        f"{run.name}: a final state",
        lambda: (
            s
            if (s := run.application().get("status", {}).get("applicationState", {})).get("errorMessage")
            else None
        ),
        timeout=SUBMIT_SECONDS,
    )
    message = status["errorMessage"]
    assert status["state"] == "FAILED", f"an application whose driver was refused is {status['state']}"
    for part in (
        "exceeded quota: quota",
        "requested: requests.cpu=350m",
        f"limited: requests.cpu={science.quota.cpu}",
    ):
        assert part in message, f"the reason lacks {part!r}: {message[-600:]}"


def test_executors_beyond_the_quota_are_refused_and_the_drivers_log_says_why(
    start: Callable[..., Paced], science: Tenant, kubectl: Kubectl
) -> None:
    greedy = {
        "cores": 1,
        "coreRequest": "250m",
        "memory": "512m",
        "instances": 1,
        "serviceAccount": "spark-executor",
    }
    run = start(Pace(), executor=greedy)

    def reason() -> str:
        log = kubectl.logs(f"{run.name}-driver", run.platform.namespace) if run.driver() else ""
        return next((line for line in log.splitlines() if "exceeded quota" in line), "")

    line = eventually(f"{run.name}: its driver's log names the quota", reason, timeout=SUBMIT_SECONDS)
    for part in ("quota", "requested: requests.cpu=250m", f"limited: requests.cpu={science.quota.cpu}"):
        assert part in line, f"the reason lacks {part!r}: {line}"


def test_a_container_beyond_the_limits_is_refused_with_the_bound(
    submitter: Kubectl, science: Tenant, theirs: flights.Platform
) -> None:
    pod = pods.admitted("too-large", theirs.namespace, theirs.image)
    size = {"requests": {"cpu": "100m", "memory": "5Gi"}, "limits": {"memory": "5Gi"}}
    said = refusal(submitter, pods.changed(pod, "containers.0.resources", size))
    assert f"maximum memory usage per Container is {science.limits.max_memory}" in said, said


@pytest.mark.parametrize("wanted", ["spark-high", "system-cluster-critical"])
def test_a_pod_of_another_priority_than_the_tenants_is_refused(
    submitter: Kubectl, science: Tenant, theirs: flights.Platform, wanted: str
) -> None:
    assert priority_class(science.priority) != wanted, "choose a class that is not the tenant's own"
    pod = pods.changed(
        pods.admitted("important", theirs.namespace, theirs.image), "priorityClassName", wanted
    )
    said = refusal(submitter, pod)
    assert f"spec.priorityClassName must be {priority_class(science.priority)}" in said, said

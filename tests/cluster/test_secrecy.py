"""Whoever lacks a run's key is no executor of it, and no key is in what a run leaves behind."""

from __future__ import annotations

import copy
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

import flights
from components.buckets import event_logs
from flights.store import credentials
from tests.cluster import paced
from tests.cluster.paced import Pace, Paced
from tests.cluster.waiting import eventually
from toolchain.kubectl import Kubectl

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1500)]

KEY = "_SPARK_AUTH_SECRET"
"""The variable in which Spark gives a run's key to its executors."""

KEYLESS, GUESSING, KNOWING = "97", "98", "99"
"""Numbers of executors that somebody else starts. The last one has the key: the others lack nothing else."""

PLAIN, PASSWORD = secrets.token_hex(16), secrets.token_hex(16)

ENDS_SECONDS = 420.0
"""Until an executor that its driver does not take gives up, on a busy machine."""


@dataclass(frozen=True)
class Left:
    """What a run has left behind, as text.

    Args:
        key: its key.
        event_log: all files of its event log.
        driver_log: what its driver printed.
        driver_pod: the driver's pod.
        config_maps: the ConfigMaps of its namespace.
        registered: numbers of the executors that the driver took.
    """

    key: str
    event_log: str
    driver_log: str
    driver_pod: str
    config_maps: str
    registered: set[str]


def _variables(pod: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["name"]: dict(each) for each in pod["spec"]["containers"][0]["env"]}


def _impostor(executor: dict[str, Any], number: str, key: str) -> Any:
    """A pod that is like an executor, but for its number and its key.

    In the same namespace, as no other can reach the driver where network policies are enforced.
    """
    spec = copy.deepcopy(executor["spec"])
    (container,) = spec["containers"]
    variables = _variables(executor)
    variables["SPARK_EXECUTOR_ID"]["value"] = number
    variables[KEY]["value"] = key
    if not key:
        del variables[KEY]
        for each in variables.values():
            if each.get("value") == "-Dspark.authenticate=true":
                each["value"] = "-Dspark.authenticate=false"
    container["env"] = list(variables.values())
    # To start in time: what it does beside that costs nothing.
    container["resources"]["requests"]["cpu"] = "200m"
    for name in ("nodeName", "hostname", "priority", "preemptionPolicy", "tolerations"):
        spec.pop(name, None)
    name = f"impostor-{number}-{secrets.token_hex(3)}"
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": executor["metadata"]["namespace"],
            "labels": {"spark-role": "executor"},
        },
        "spec": spec,
    }


@pytest.fixture(scope="module")
def left(kubectl: Kubectl, theirs: flights.Platform) -> Iterator[Left]:
    """A run at whose driver executors knock that it has not asked for."""
    # What is redacted does not depend on how the log is packed.
    conf = {
        "spark.walls.plain": PLAIN,
        "spark.walls.password": PASSWORD,
        "spark.eventLog.compress": "false",
        # One executor of its own: the run is still there when the others have started, which takes longest.
        "spark.dynamicAllocation.enabled": "false",
    }
    run = paced.start(theirs, Pace(tasks=50, seconds=3, executors=1), sparkConf=conf)
    names: list[str] = []
    try:
        run.wait_until_written(1)
        executor = run.pods("executor")[0]
        key = str(_variables(executor)[KEY]["value"])
        for number, given in ((KEYLESS, ""), (GUESSING, secrets.token_hex(32)), (KNOWING, key)):
            made = _impostor(executor, number, given)
            kubectl.create(made)
            names.append(made["metadata"]["name"])
        eventually("the one with the key", lambda: KNOWING in _registered(run), timeout=ENDS_SECONDS)
        eventually(
            "an end of the others",
            lambda: all(_ended(kubectl, theirs, name) for name in names[:2]),
            timeout=ENDS_SECONDS,
        )
        run.wait_until_ended()
        yield _left(run, kubectl, key)
    finally:
        for name in names:
            kubectl.delete("pod", name, theirs.namespace)
        run.remove()


def _ended(kubectl: Kubectl, where: flights.Platform, name: str) -> bool:
    pod = kubectl.get("pod", name, where.namespace)
    assert pod is not None, f"{name} is gone"
    return pod["status"]["phase"] in ("Failed", "Succeeded")


def _registered(run: Paced) -> set[str]:
    log = run.kubectl.logs(f"{run.name}-driver", run.platform.namespace)
    return set(re.findall(r"Registered executor .* with ID (\d+)", log))


def _left(run: Paced, kubectl: Kubectl, key: str) -> Left:
    namespace = run.platform.namespace
    with flights.open_store(run.platform) as store:
        prefix = f"{event_logs(namespace)}/eventlog_v2_{run.spark_id()}"
        files = [store.read("events", name) or b"" for name in store.keys("events", prefix)]
    driver = run.driver()
    return Left(
        key=key,
        event_log="".join(content.decode() for content in files),
        driver_log=kubectl.logs(f"{run.name}-driver", namespace),
        driver_pod=str(driver),
        config_maps=str(kubectl.list("configmaps", namespace, "")),
        registered=_registered(run),
    )


def test_an_executor_without_the_runs_key_is_not_taken(left: Left) -> None:
    assert "1" in left.registered, "its own"
    assert KEYLESS not in left.registered
    assert GUESSING not in left.registered


def test_an_executor_with_the_key_would_be_taken(left: Left) -> None:
    assert KNOWING in left.registered, "the others may have failed for another reason"


def test_no_key_is_in_the_event_log_or_in_what_the_driver_printed(
    left: Left, kubectl: Kubectl, theirs: flights.Platform
) -> None:
    _, store_key = credentials(kubectl, theirs.namespace)
    assert PLAIN in left.event_log, "or nothing would be found there"
    for text in (left.event_log, left.driver_log):
        for secret in (left.key, store_key, PASSWORD):
            assert secret not in text


def test_no_key_is_in_the_drivers_pod_or_in_a_config_map(
    left: Left, kubectl: Kubectl, theirs: flights.Platform
) -> None:
    _, store_key = credentials(kubectl, theirs.namespace)
    assert PLAIN in left.config_maps, "or nothing would be found there"
    for text in (left.driver_pod, left.config_maps):
        for secret in (left.key, store_key):
            assert secret not in text

"""Jobs that go wrong on purpose, and two that end well, for what the signals say about them."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from components.naming import CANARY_NAMESPACE, PROJECT
from components.services.canary.plan import SCHEDULE
from flights import Platform, fetch_data, open_store, upload
from tests.cluster import paced
from tests.cluster.paced import Pace, Paced
from toolchain.kubectl import Kubectl

PROGRAMS = Path(__file__).parent / "programs"

SLA_ANNOTATION = f"{PROJECT}/sla-seconds"

DATA_INTERVAL_END = "2026-01-02T00:00:00Z"

HOST_LABEL = "kubernetes.io/hostname"

NO_NODE = "a-node-that-is-not"

HELD = "700m"
"""Of the one CPU that the tenant may have, by something else than the jobs here."""

LATE_AFTER_SECONDS = "60"
"""Agreed time of the job that is refused executors: it will not keep it."""


def scaling(executors: int) -> dict[str, Any]:
    """The section by which a driver scales. One that does not scale does not say how many executors it wants.

    Args:
        executors: how many it always wants, so that nothing depends on the pace of its tasks.
    """
    return {"enabled": True, "minExecutors": executors, "maxExecutors": executors}


def well(platform: Platform) -> Paced:
    """A job with two executors that reads the flights, shuffles, writes and ends well."""
    conf = {"spark.platform.dataIntervalEnd": DATA_INTERVAL_END}
    data = fetch_data()
    with open_store(platform) as store:
        upload(platform, store, data)
    flights = f"s3a://{platform.data_bucket}/{platform.input_prefix}/{data.flights.name}"
    return paced.start(
        platform,
        Pace(tasks=40, seconds=3.0, input=flights),
        sparkConf=conf,
        dynamicAllocation=scaling(executors=2),
        # Never needed here: what is told of a run depends on whether the operator would try it again.
        restartPolicy={"type": "OnFailure", "onFailureRetries": 1, "onFailureRetryInterval": 10},
    )


def outgrowing(platform: Platform) -> Paced:
    """A job whose executors outgrow their pods: the heap alone is as large as the limit, and is touched."""
    executor = {
        "cores": 1,
        "coreRequest": "100m",
        "memory": "512m",
        "memoryOverhead": "1m",
        "javaOptions": "-XX:+AlwaysPreTouch",
        "instances": 1,
        "serviceAccount": "spark-executor",
    }
    return paced.start(platform, Pace(), name=f"outgrowing-{secrets.token_hex(3)}", executor=executor)


def failing(platform: Platform) -> Paced:
    """A task of Airflow's whose program raises an error."""
    key = f"{platform.namespace}/paced/broken.py"
    with open_store(platform) as store:
        store.upload(PROGRAMS / "broken.py", platform.artifacts_bucket, key)
    file = f"s3a://{platform.artifacts_bucket}/{key}"
    return paced.start(
        platform,
        Pace(),
        name=f"failing-{secrets.token_hex(3)}",
        driver_labels={"dag_id": "Daily_Report", "task_id": "load"},
        mainApplicationFile=file,
        arguments=[],
    )


def unplaced(platform: Platform) -> Paced:
    """A job whose driver fits no node."""
    conf = {f"spark.kubernetes.driver.node.selector.{HOST_LABEL}": NO_NODE}
    return paced.start(platform, Pace(), name=f"unplaced-{secrets.token_hex(3)}", sparkConf=conf)


def waiting(platform: Platform) -> Paced:
    """A job whose driver runs and whose executor fits no node."""
    conf = {f"spark.kubernetes.executor.node.selector.{HOST_LABEL}": NO_NODE}
    return paced.start(platform, Pace(executors=1), name=f"waiting-{secrets.token_hex(3)}", sparkConf=conf)


def refused_executors(platform: Platform) -> Paced:
    """A late job whose driver fits into what is left of the quota and whose executors don't."""
    executor = {
        "cores": 1,
        "coreRequest": "250m",
        "memory": "512m",
        "instances": 1,
        "serviceAccount": "spark-executor",
    }
    run = Paced(f"refused-{secrets.token_hex(3)}", platform, Pace())
    with open_store(platform) as store:
        store.upload(paced.PROGRAM, platform.artifacts_bucket, f"{platform.namespace}/paced/paced.py")
    manifest: dict[str, Any] = paced.manifest(
        run, {"executor": executor, "dynamicAllocation": scaling(executors=1)}
    )
    manifest["metadata"]["annotations"] = {SLA_ANNOTATION: LATE_AFTER_SECONDS}
    run.kubectl.create(manifest)
    return run


def canary_now(kubectl: Kubectl) -> str:
    """Start a run of the canary as its schedule does, and give its name."""
    schedule = kubectl.get("scheduledsparkapplication", SCHEDULE, CANARY_NAMESPACE)
    assert schedule is not None, "the platform has no canary"
    name = f"{SCHEDULE}-{secrets.token_hex(3)}"
    owner = {
        "apiVersion": schedule["apiVersion"],
        "kind": schedule["kind"],
        "name": SCHEDULE,
        "uid": schedule["metadata"]["uid"],
    }
    kubectl.create(
        {
            "apiVersion": schedule["apiVersion"],
            "kind": "SparkApplication",
            "metadata": {"name": name, "namespace": CANARY_NAMESPACE, "ownerReferences": [owner]},
            "spec": schedule["spec"]["template"],
        }
    )
    return name


def refused_driver(platform: Platform) -> Paced:
    """A job whose driver alone is more than what is left of the quota."""
    driver = {"cores": 1, "coreRequest": "350m", "memory": "512m", "serviceAccount": "spark-driver"}
    return paced.start(platform, Pace(), name=f"greedy-{secrets.token_hex(3)}", driver=driver)

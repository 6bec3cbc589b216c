"""Runs that came another way: by kubectl, by the operator's own schedules, by a raw spark-submit. Pure.

They get a record as soon as they are seen, so that they are in the list when nothing else is left of them.
Their name may be used again, so each is its own by its uid.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Final

from apps.jobs.ledger.identity import LONGEST_JOB, Series
from apps.jobs.ledger.record import LABELS, Cause, Wanted
from apps.jobs.verdict.masking import mask

from . import objects
from .agreed import AGREED, written
from .objects import Json

_KEPT: Final = ("name", "namespace", "uid", "labels", "creationTimestamp")
"""Of an object's metadata; the rest is bookkeeping of Kubernetes."""

AIRFLOW: Final = ("dag_id", "task_id")
"""Labels that Airflow's SparkKubernetesOperator gives to pods, and so to an application's driver (provider
cncf-kubernetes 10.25, operators/spark_kubernetes.py, unless `reattach_on_restart` is off)."""


def of_application(application: Json) -> Wanted:
    """The run of a SparkApplication that the worker did not make.

    Args:
        application: as the cluster has it.
    """
    job = _said_job(application) or objects.name(application)
    return _wanted(application, job, "SparkApplication")


def _said_job(thing: Json) -> str:
    """The job that it says it is a run of; empty if it has no name but its own.

    apps/job_pods calls a run's pods by the same rule.
    """
    has = objects.labels(thing)
    driver = ((thing.get("spec") or objects.NOTHING).get("driver") or objects.NOTHING).get("labels") or {}
    dag, task = (has.get(name) or driver.get(name) or "" for name in AIRFLOW)
    return str(
        has.get(f"{LABELS}/job")
        or has.get(objects.SCHEDULED_NAME)
        or (f"{dag}-{task}" if dag and task else "")
    )


def of_driver(driver: Json) -> Wanted:
    """The run of a raw spark-submit, by its driver's pod.

    Args:
        driver: the pod; none of a SparkApplication's.
    """
    own = objects.labels(driver).get(objects.SPARK_NAME) or objects.name(driver).removesuffix("-driver")
    job = _said_job(driver) or own
    return _wanted(driver, job, "Pod")


def is_raw(driver: Json) -> bool:
    """Say whether a driver's pod comes from a raw spark-submit.

    Args:
        driver: the pod.
    """
    return objects.labels(driver).get(objects.ROLE) == "driver" and not objects.labels(driver).get(
        objects.APP_NAME
    )


def key_of(thing: Json) -> str:
    """The key that a run of this object is claimed with.

    Args:
        thing: the application, or the driver's pod.
    """
    return f"external:{objects.uid(thing)}"


def _wanted(thing: Json, job: str, kind: str) -> Wanted:
    came = datetime.fromisoformat(thing["metadata"]["creationTimestamp"])
    metadata = {name: thing["metadata"][name] for name in _KEPT if name in thing["metadata"]}
    if time := written(thing["metadata"]):
        metadata["annotations"] = {AGREED: time}
    return Wanted(
        series=Series(
            namespace=str(thing["metadata"]["namespace"]),
            job=job_name(job),
            interval=f"{came.astimezone(UTC):%Y-%m-%dT%H-%M-%S}Z",
        ),
        key=key_of(thing),
        cause=Cause.EXTERNAL,
        application=objects.name(thing),
        manifest={"kind": kind, "metadata": masked(metadata), "spec": masked(_spec(thing, kind))},
    )


def job_name(text: str) -> str:
    """The nearest name that a job may have.

    Args:
        text: what the run calls itself.
    """
    name = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    name = name if name[:1].isalpha() else f"job-{name}"
    return name[:LONGEST_JOB].rstrip("-")


def masked(value: Any) -> Any:
    """A value without secrets: nobody has looked for them before it came.

    Args:
        value: of a manifest.
    """
    if isinstance(value, dict):
        # An environment's entry has its name beside its value.
        named = str(value.get("name", ""))
        return {name: _masked(named if name == "value" else str(name), part) for name, part in value.items()}
    if isinstance(value, list):
        return [masked(each) for each in value]
    return mask(value) if isinstance(value, str) else value


def _masked(name: str, value: Any) -> Any:
    """Some are known by their form, some by the name in front of them."""
    if not isinstance(value, str):
        return masked(value)
    hidden: str = mask(value)
    return hidden if mask(f"{name}={hidden}") == f"{name}={hidden}" else "***"


def _spec(thing: Json, kind: str) -> Json:
    """A pod's spec is mostly what Kubernetes and Spark put there: its sizes and images are kept."""
    spec: Json = thing.get("spec") or objects.NOTHING
    if kind != "Pod":
        return spec
    kept = ("name", "image", "args", "resources")
    return {
        "containers": [
            {part: each[part] for part in kept if part in each} for each in spec.get("containers") or ()
        ]
    }

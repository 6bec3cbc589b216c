"""Facts of Kubernetes: the SparkApplication, the pods of its driver and executors, and their events. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from apps.jobs.times import moment

from .facts import Fact, Source

Json = Mapping[str, Any]

LAST_CONTAINERS: Final = ("spark-kubernetes-driver", "spark-kubernetes-executor")
"""Names of Spark's own containers (Spark on Kubernetes); sidecars are beside them."""

EXCEPTION_ANNOTATION: Final = "spark.exit-exception"
"""Annotation that a driver writes its exception to (Spark 4.1, SPARK-53335, DriverExitException)."""


def of_application(application: Json | None) -> Iterator[Fact]:
    """What the operator says of a run.

    Args:
        application: the SparkApplication; None if it is gone.
    """
    status = (application or {}).get("status") or {}
    state = status.get("applicationState") or {}
    if state.get("state") or state.get("errorMessage"):
        text = f"state={state.get('state') or 'NEW'} message={state.get('errorMessage') or ''}"
        yield Fact(source=Source.APPLICATION, text=text, at=seconds(status.get("terminationTime")))


def of_pod(pod: Json | None, source: Source) -> Iterator[Fact]:
    """What a pod says of its end, or of why it does not start.

    Args:
        pod: the pod; None if it is gone.
        source: driver or executor.
    """
    if pod is None:
        return
    name = pod["metadata"]["name"]
    status = pod.get("status") or {}
    yield Fact(
        source=source, text=_phase(pod), about=name, at=seconds(pod["metadata"].get("deletionTimestamp"))
    )
    for condition in status.get("conditions") or ():
        if condition["status"] != "True" or condition["type"] == "DisruptionTarget":
            text = (
                f"condition {condition['type']}={condition['status']} reason={condition.get('reason', '')} "
                f"message={condition.get('message', '')}"
            )
            moment = seconds(condition.get("lastTransitionTime"))
            yield Fact(source=source, text=text, about=name, at=moment)
    for container in _containers(status):
        yield from _of_container(container, name, source)


def _phase(pod: Json) -> str:
    status = pod.get("status") or {}
    parts = [f"phase={status.get('phase', 'Unknown')}"]
    if pod["metadata"].get("deletionTimestamp"):
        parts.append("deleted=true")
    node = (pod.get("spec") or {}).get("nodeName", "")
    parts += [f"node={node}", f"reason={status.get('reason', '')}", f"message={status.get('message', '')}"]
    return " ".join(parts)


def _containers(status: Json) -> list[Json]:
    return [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]


def _of_container(container: Json, pod: str, source: Source) -> Iterator[Fact]:
    state = container.get("state") or {}
    head = f"container {container['name']}"
    if running := state.get("running"):
        yield Fact(source=source, text=f"{head} running", about=pod, at=seconds(running.get("startedAt")))
    if waiting := state.get("waiting"):
        text = f"{head} waiting reason={waiting.get('reason', '')} message={waiting.get('message', '')}"
        yield Fact(source=source, text=text, about=pod)
    for ended in (state.get("terminated"), (container.get("lastState") or {}).get("terminated")):
        if ended:
            text = (
                f"{head} terminated reason={ended.get('reason', '')} exit={ended.get('exitCode')} "
                f"signal={ended.get('signal', 0)}"
            )
            yield Fact(source=source, text=text, about=pod, at=seconds(ended.get("finishedAt")))


def of_message(pod: Json | None) -> Iterator[Fact]:
    """The end of the log that a driver's pod kept, and the exception that the driver wrote on it.

    Args:
        pod: the driver's pod; None if it is gone.
    """
    if pod is None:
        return
    name = pod["metadata"]["name"]
    for container in _containers(pod.get("status") or {}):
        ended = (container.get("state") or {}).get("terminated") or {}
        if ended.get("message"):
            moment = seconds(ended.get("finishedAt"))
            yield Fact(source=Source.MESSAGE, text=ended["message"], about=name, at=moment)
    if written := (pod["metadata"].get("annotations") or {}).get(EXCEPTION_ANNOTATION):
        yield Fact(source=Source.ANNOTATION, text=written, about=name)


def of_events(events: Iterable[Json]) -> Iterator[Fact]:
    """What Kubernetes noted about the run's objects: kept for an hour, so read soon.

    Args:
        events: core/v1 Events, in any order.
    """
    for event in events:
        about = event.get("involvedObject") or {}
        name = f"{about.get('kind', '')}/{about.get('name', '')}"
        text = f"reason={event.get('reason', '')} about={name} message={event.get('message', '')}"
        noted = event.get("lastTimestamp") or event.get("eventTime")
        yield Fact(source=Source.EVENT, text=text, about=name, at=seconds(noted))


def seconds(text: str | None) -> float | None:
    """Seconds since 1970 of a time as Kubernetes writes it; None for none.

    Args:
        text: in ISO 8601.
    """
    found = moment(text)
    return found.timestamp() if found else None

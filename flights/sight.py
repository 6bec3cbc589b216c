"""What the objects of a run say about it: pure functions over a SparkApplication or Job and its pods.

The driver's pod is the truth where there is one. The operator's status follows it with a delay, calls an
evicted driver just failed, and calls a driver that lives FAILED if the operator was killed in submitting it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

Object = Mapping[str, Any]
"""A Kubernetes object as JSON."""

HOPELESS: Final = frozenset(
    {
        "CreateContainerConfigError",
        "CreateContainerError",
        "ErrImageNeverPull",
        "ErrImagePull",
        "ImagePullBackOff",
        "InvalidImageName",
        "RunContainerError",
    }
)
"""Reasons for which a container waits and that pass by themselves, if at all, within seconds."""


MESSAGE_BYTES: Final = 2048
"""What the kubelet keeps of a failed container's log (FallbackToLogsOnError)."""

SENTENCE: Final = 400
"""Characters shown of the line that a failed container left."""


def without_frames(log: str) -> list[str]:
    """The lines of a log that say something: no blank ones, and no frames of Java's stack traces.

    Args:
        log: of a container.
    """
    lines = log.splitlines()
    return [line for line in lines if line.strip() and not line.lstrip().startswith(("at ", "... "))]


class Phase(StrEnum):
    """How far a run is, in order."""

    SUBMITTING = "waiting for the driver's pod"
    STARTING = "the driver's pod is starting"
    WAITING = "the driver runs and waits for executors"
    RUNNING = "the job runs"
    SUCCEEDED = "succeeded"
    FAILED = "failed"

    @property
    def final(self) -> bool:
        """True if nothing changes any more."""
        return self in (Phase.SUCCEEDED, Phase.FAILED)


@dataclass(frozen=True)
class Sight:
    """One look at a run.

    Args:
        owner: the SparkApplication or Job; None if it does not exist.
        driver: the driver's pod; None if it does not exist.
        executors: the executors' pods that exist now.
    """

    owner: Object | None
    driver: Object | None = None
    executors: Sequence[Object] = field(default=())


@dataclass(frozen=True)
class Times:
    """Moments of a run by the cluster's clock; None for what was not seen.

    Args:
        created: the object was created.
        driver: the driver's container started.
        executor: the first executor's container started.
        finished: the driver's container ended.
    """

    created: datetime | None = None
    driver: datetime | None = None
    executor: datetime | None = None
    finished: datetime | None = None

    def seconds(self, begin: datetime | None, end: datetime | None) -> float | None:
        """Seconds between two of the moments; None if one was not seen.

        Args:
            begin: the earlier one.
            end: the later one.
        """
        return (end - begin).total_seconds() if begin and end else None


def phase(sight: Sight) -> Phase:
    """How far the run is.

    Args:
        sight: objects of the run, as they were seen last.
    """
    if sight.driver is None:
        return Phase.FAILED if _submission_problem(sight.owner) else Phase.SUBMITTING
    status = sight.driver.get("status", {})
    if ended := _state(sight.driver).get("terminated"):
        return Phase.SUCCEEDED if ended.get("exitCode") == 0 else Phase.FAILED
    if status.get("phase") in ("Succeeded", "Failed"):
        return Phase.SUCCEEDED if status["phase"] == "Succeeded" else Phase.FAILED
    if "running" not in _state(sight.driver):
        return Phase.STARTING
    return Phase.RUNNING if any("running" in _state(pod) for pod in sight.executors) else Phase.WAITING


def problem(sight: Sight) -> str:
    """Why the run failed or can't start, in a sentence; empty if nothing is wrong.

    Args:
        sight: objects of the run, as they were seen last.
    """
    if sight.driver is None:
        return _submission_problem(sight.owner)
    if text := _end(sight.driver, "the driver"):
        return text
    waiting = _waits(sight.driver, "the driver")
    return waiting or next(filter(None, (_waits(pod, "an executor") for pod in sight.executors)), "")


def hopeless(sight: Sight) -> bool:
    """Say whether a container waits for something that someone has to change.

    Args:
        sight: objects of the run, as they were seen last.
    """
    pods = [pod for pod in (sight.driver, *sight.executors) if pod is not None]
    return any(_state(pod).get("waiting", {}).get("reason") in HOPELESS for pod in pods)


def times(sight: Sight, before: Times | None = None) -> Times:
    """The moments seen so far; executors are gone at the end, so earlier sights count.

    Args:
        sight: objects of the run, as they were seen last.
        before: what was seen earlier; None at the first look.
    """
    before = before or Times()
    starts = [start for pod in sight.executors if (start := _started(pod))]
    driver = sight.driver or {}
    return Times(
        created=before.created or _moment((sight.owner or {}).get("metadata", {}).get("creationTimestamp")),
        driver=before.driver or _started(driver),
        executor=min([*starts, *([before.executor] if before.executor else [])], default=None),
        finished=before.finished or _moment(_state(driver).get("terminated", {}).get("finishedAt")),
    )


def _submission_problem(owner: Object | None) -> str:
    """Why there is no driver, or empty if there may be one yet."""
    if owner is None:
        return "the run does not exist (any more): someone deleted it, or its time to live is over"
    status = owner.get("status", {})
    state = status.get("applicationState", {})
    if state.get("state") in ("FAILED", "SUBMISSION_FAILED"):
        return f"the operator could not submit it: {state.get('errorMessage', 'no reason given')}"
    for condition in status.get("conditions", []):
        if condition["type"] == "Failed" and condition["status"] == "True":
            return f"spark-submit failed: {condition.get('message', 'no reason given')}"
    return ""


def _end(pod: Object, who: str) -> str:
    """Why a pod failed; empty if it did not."""
    status = pod.get("status", {})
    ended = _state(pod).get("terminated")
    if ended and ended.get("exitCode"):
        said = _last_words(ended.get("message", ""))
        return f"{who} ended with exit status {ended['exitCode']} ({ended.get('reason', 'no reason')}){said}"
    if status.get("phase") == "Failed":
        reason, message = status.get("reason", "no reason given"), status.get("message", "")
        return f"{who} was stopped by the node: {reason}{f', {message}' if message else ''}"
    return ""


def _last_words(message: str) -> str:
    """The last line that says something, of the end of a log as the kubelet keeps it."""
    if len(message.encode()) >= MESSAGE_BYTES:
        message = message.partition("\n")[2]  # the first line is cut anywhere
    lines = without_frames(message)
    return f": {lines[-1].strip()[:SENTENCE]}" if lines else ""


def _waits(pod: Object, who: str) -> str:
    """What a pod that is not running waits for; empty if it runs or has not said anything."""
    waiting = _state(pod).get("waiting", {})
    if waiting.get("reason") not in (None, "ContainerCreating", "PodInitializing"):
        return f"{who} waits: {waiting['reason']}: {waiting.get('message', '')}".rstrip(": ")
    for condition in pod.get("status", {}).get("conditions", []):
        if condition.get("type") == "PodScheduled" and condition.get("status") == "False":
            return f"{who} has no node yet: {condition.get('message', condition.get('reason', ''))}"
    return ""


def _state(pod: Object) -> Object:
    """State of a pod's Spark container; Spark puts it first whatever a template adds."""
    statuses = pod.get("status", {}).get("containerStatuses") or [{}]
    spark = [status for status in statuses if "spark" in status.get("name", "")]
    return dict((spark or statuses)[0].get("state", {}))


def _started(pod: Object) -> datetime | None:
    state = _state(pod)
    return _moment((state.get("running") or state.get("terminated") or {}).get("startedAt"))


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None

"""Where a run is: from its application, its driver's pod and what was seen before. Pure.

The pod is nearer to the truth than the operator, which notices later, forgets, and calls a run failed whose
driver lives (killed inside of a submission, it submits again, and is refused because the pod exists). What
was seen of a run that has ended is never taken back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from apps.jobs.times import moment

from . import objects
from .objects import NOTHING, Json
from .phase import ENDED, Phase
from .status import Span, Status, Times

DELETED: Final = "its SparkApplication was deleted while it was under way"
BEREFT: Final = "its SparkApplication is gone, and the driver runs"
GONE: Final = "its application and its driver are gone, and nobody saw how it ended"

AGAIN: Final = "its driver failed, and the operator submits it again, or says that it does not"
UNSUBMITTED: Final = "it could not be submitted, and the operator tries again"

_BY_SIGNAL: Final = (137, 143)
"""Exit codes of what was killed, at once or after a warning: 128 and the signal's number."""


@dataclass(frozen=True, kw_only=True)
class Live:
    """What the cluster has of a run.

    Args:
        application: its SparkApplication; None if there is none. Just deleted, it is given as it was.
        driver: its driver's pod; None if there is none. Just deleted, it is given as it was.
        deleted: whether the application was deleted.
        executors: executors' pods that run; None if nobody looked.
    """

    application: Json | None = None
    driver: Json | None = None
    deleted: bool = False
    executors: int | None = None


def derive(seen: Status, live: Live, now: datetime, *, stopped_by: str = "") -> Status:
    """Where a run is now.

    Args:
        seen: where it was.
        live: what the cluster has of it.
        now: the time: the end of a run whose end nobody has noted.
        stopped_by: who asked for its end; empty if nobody did.
    """
    if seen.phase in ENDED:
        return seen
    phase, reason = _phase(seen, live)
    if stopped_by and phase in ENDED - {Phase.SUCCEEDED}:
        phase, reason = Phase.CANCELLED, ""
    times = _times(seen.times, live, now if phase in ENDED else None)
    return Status(
        phase=phase,
        reason=reason,
        times=times.model_copy(update=_held(seen, times.created, phase, now)),
        uid=objects.uid(live.application or live.driver or {"metadata": {}}) or seen.uid,
        driver=_driver_name(live) or seen.driver,
        node=((live.driver or NOTHING).get("spec") or NOTHING).get("nodeName") or seen.node,
        spark=_spark(live) or seen.spark,
        executors=seen.executors if live.executors is None or phase in ENDED else live.executors,
        stopped_by=stopped_by if phase is Phase.CANCELLED else "",
        cost=seen.cost,
    )


def _phase(seen: Status, live: Live) -> tuple[Phase, str]:
    """Where it is, and the reason: what the driver says comes first."""
    state = objects.state(live.application)
    container = objects.container(live.driver)
    ended, pod = container.get("terminated"), objects.pod_phase(live.driver)
    if ended or pod in objects.ENDED_PODS:
        well = ended.get("exitCode") == 0 if ended else pod == "Succeeded"
        if not well and objects.is_retried(live.application):
            if state == objects.DONE:
                return Phase.SUCCEEDED, ""
            if not live.deleted and (
                state not in objects.FAILED or objects.is_submitted_again(live.application)
            ):
                return Phase.QUEUED, AGAIN
        return _ended(well, live, ended or NOTHING)
    if "running" in container:
        return _running(state, live)
    if live.driver is not None and not live.deleted and state not in objects.FAILED:
        return Phase.QUEUED, why_waiting(live.driver)
    return _of_application(seen, state, live)


def _ended(well: bool, live: Live, end: Json = NOTHING) -> tuple[Phase, str]:
    if well:
        return Phase.SUCCEEDED, ""
    # Kubernetes deletes the pods of what was deleted, some seconds later. What ended by itself did so before.
    killed = end.get("exitCode") in _BY_SIGNAL and end.get("reason") != "OOMKilled"
    deleted = live.deleted and objects.state(live.application) not in objects.FAILED and (killed or not end)
    taken_along = killed and live.application is None and _had_application(live)
    return (Phase.CANCELLED, DELETED) if deleted or taken_along else (Phase.FAILED, "")


def _had_application(live: Live) -> bool:
    return bool(objects.labels(live.driver or NOTHING).get(objects.APP_NAME))


def _running(state: str, live: Live) -> tuple[Phase, str]:
    if state in objects.FAILED:
        return Phase.ORPHANED, f"the operator says {state}, and the driver runs"
    if live.application is None and _had_application(live):
        return Phase.ORPHANED, BEREFT
    return Phase.RUNNING, ""


def _of_application(seen: Status, state: str, live: Live) -> tuple[Phase, str]:
    """Without a driver that says more."""
    if state == objects.DONE:
        return Phase.SUCCEEDED, ""
    if not live.deleted and objects.is_submitted_again(live.application):
        return Phase.QUEUED, UNSUBMITTED
    if not live.deleted and state in objects.BETWEEN and objects.is_retried(live.application):
        return Phase.QUEUED, AGAIN
    if state in objects.FAILED:
        return Phase.FAILED, ""
    if live.deleted:
        return Phase.CANCELLED, DELETED
    if live.application is None:
        if (seen.phase, seen.reason) == (Phase.ORPHANED, BEREFT):
            return Phase.CANCELLED, DELETED
        never = seen.times.created is None
        return (Phase.PLANNED, seen.reason) if never else (Phase.LOST, GONE)
    if seen.times.started is not None:
        return seen.phase, "its driver's pod is gone; the operator has not said so yet"
    if (live.application.get("spec") or NOTHING).get("suspend"):
        return Phase.HELD, ""
    return Phase.QUEUED, "" if state else "the operator has not looked at it yet"


def why_waiting(driver: Json) -> str:
    """Why a driver's pod does not run yet, in Kubernetes' words.

    Args:
        driver: the pod.
    """
    status = driver.get("status") or NOTHING
    for condition in status.get("conditions") or ():
        if condition.get("type") == "PodScheduled" and condition.get("status") == "False":
            return f"no node yet: {condition.get('message') or condition.get('reason', '')}"
    for each in (*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())):
        waiting = (each.get("state") or NOTHING).get("waiting") or NOTHING
        if waiting.get("reason") not in (None, "PodInitializing", "ContainerCreating"):
            return f"{each.get('name')}: {waiting['reason']} {waiting.get('message', '')}".strip()
    return "its container is being made"


def _times(seen: Times, live: Live, now: datetime | None) -> Times:
    """The end is the container's, then the operator's, then that of whoever looked.

    Of a run that the operator tries again, the start is its first driver's: limits and durations are its own.
    """
    container = objects.container(live.driver)
    ran = container.get("terminated") or container.get("running") or NOTHING
    status = (live.application or NOTHING).get("status") or NOTHING
    first = seen.started if objects.is_retried(live.application) else None
    ended = moment(ran.get("finishedAt")) or moment(status.get("terminationTime")) or now
    return Times(
        asked=seen.asked,
        created=(objects.created(live.application) if live.application else None) or seen.created,
        submitted=(seen.submitted if first else None)
        or (objects.created(live.driver) if live.driver else None)
        or seen.submitted,
        started=first or moment(ran.get("startedAt")) or seen.started,
        ended=ended if now else None,
    )


def _held(seen: Status, created: datetime | None, phase: Phase, now: datetime) -> dict[str, Any]:
    """Say how long it could have begun before it was held, and up to when it was: the cluster does not."""
    was, is_held = seen.phase is Phase.HELD, phase is Phase.HELD
    unheld, since = seen.times.unheld, seen.times.released or created
    longest = unheld[-1].until - unheld[-1].since if unheld else timedelta()
    if is_held and not was and since is not None and now - since > longest:
        unheld = (*unheld, Span(since=since, until=now))
    return {"unheld": unheld, "released": now if was and not is_held else seen.times.released}


def _driver_name(live: Live) -> str:
    if live.driver is not None:
        return objects.name(live.driver)
    status = (live.application or NOTHING).get("status") or NOTHING
    return str((status.get("driverInfo") or NOTHING).get("podName") or "")


def _spark(live: Live) -> str:
    status = (live.application or NOTHING).get("status") or NOTHING
    return str(
        status.get("sparkApplicationId")
        or objects.labels(live.driver or NOTHING).get("spark-app-selector", "")
    )

"""How runs ended, as the API server's audit log has it; nothing here knows of the worker or its records.

What happened comes in the order in which the API server answered.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived", "ResponseStarted", "Panic"],
    "rules": [
        {
            "level": "RequestResponse",
            "verbs": ["create", "patch", "update", "delete"],
            "resources": [
                {"group": "", "resources": ["pods", "pods/status"]},
                {
                    "group": "sparkoperator.k8s.io",
                    "resources": ["sparkapplications", "sparkapplications/status"],
                },
            ],
        },
        {"level": "None"},
    ],
}
"""What is written down: all that changes pods and SparkApplications, with the answers."""

KILLED = (137, 143)
"""Exit codes of a program that was killed: by SIGKILL and by SIGTERM."""


@dataclass
class Life:
    """What happened to a pod or a SparkApplication, and when by the lines of the log.

    Args:
        made: the object as it was made.
        ended: when it said that it had ended; None for never.
        code: exit code of the driver's container; None for none.
        well: whether it ended well.
        deleted_at: when it was deleted; None for never.
    """

    made: dict[str, Any]
    ended: int | None = None
    code: int | None = None
    well: bool = False
    deleted_at: int | None = None

    def label(self, name: str) -> str:
        """A label that it was made with."""
        return str((self.made["metadata"].get("labels") or {}).get(name, ""))


def outcomes(log: Path, namespace: str) -> Counter[str]:
    """How often runs ended how, of all that were made in a namespace.

    Args:
        log: the audit log.
        namespace: theirs.
    """
    applications: Lives = {}
    pods: Lives = {}
    kinds = {"sparkapplications": applications, "pods": pods}
    for order, event in enumerate(_events(log, namespace)):
        ref = event["objectRef"]
        _note(kinds[ref["resource"]], event, order)
    raw = [pod for lives in pods.values() for pod in lives if not pod.label("sparkoperator.k8s.io/app-name")]
    attempts = {_attempt(each) for (each,) in applications.values()}
    found = Counter(
        _of_application(each, pods.get(f"{name}-driver", [])[-1:], attempts)
        for name, (each,) in applications.items()
    )
    return found + Counter(_of_pod(each) for each in raw)


def _events(log: Path, namespace: str) -> Iterator[dict[str, Any]]:
    for line in log.read_text().splitlines():
        event = json.loads(line)
        ref = event.get("objectRef") or {}
        is_trial = "dryRun" in event["requestURI"]
        if ref.get("namespace") == namespace and event["responseStatus"]["code"] < 300 and not is_trial:
            yield event


Lives = dict[str, list[Life]]
"""Name -> the objects that had it, one after the other: an operator's retry uses a driver's name again."""


def _note(lives: Lives, event: dict[str, Any], order: int) -> None:
    ref = event["objectRef"]
    answer = event.get("responseObject") or {}
    if event["verb"] == "create" and not ref.get("subresource"):
        name = answer["metadata"]["name"]
        before = lives.setdefault(name, [])
        assert all(each.deleted_at is not None for each in before), f"{name} was made while there was one"
        before.append(Life(made=answer))
        return
    life = lives[ref["name"]][-1]
    if event["verb"] == "delete":
        # With a time of grace it is still there, and its kubelet says how it ends.
        grace = (answer.get("metadata") or {}).get("deletionGracePeriodSeconds")
        life.deleted_at = life.deleted_at if grace else order
    elif ref.get("subresource") == "status" and life.ended is None and life.deleted_at is None:
        _see(life, answer.get("status") or {}, order)


def _see(life: Life, status: dict[str, Any], order: int) -> None:
    """The first word of an end: the operator's, or the kubelet's."""
    state = (status.get("applicationState") or {}).get("state")
    containers = status.get("containerStatuses") or ()
    ended = next((each["state"]["terminated"] for each in containers if "terminated" in each["state"]), None)
    if status.get("phase") in ("Succeeded", "Failed") or state in ("COMPLETED", "FAILED"):
        life.ended = order
        life.code = ended["exitCode"] if ended else None
        life.well = status.get("phase") == "Succeeded" or state == "COMPLETED"


def _of_application(application: Life, last: list[Life], attempts: set[tuple[str, str, str]]) -> str:
    """By its last driver: what the operator tried again was no end."""
    deleted = application.deleted_at
    driver = last[0] if last else None
    if driver is not None and driver.ended is not None:
        if driver.well:
            return "succeeded"
        was_first = deleted is not None and deleted < driver.ended
        if was_first and driver.code in KILLED:
            return "cancelled"
    elif application.ended is None:
        return "cancelled" if deleted is not None else "under way"
    elif application.well:
        return "succeeded"
    job, interval, attempt = _attempt(application)
    return "retried" if job and (job, interval, str(int(attempt) + 1)) in attempts else "failed"


def _attempt(application: Life) -> tuple[str, str, str]:
    job, interval, attempt = (
        application.label(f"jobs.spark-on-eks/{name}") for name in ("job", "interval", "attempt")
    )
    return job, f"{interval} {application.label('jobs.spark-on-eks/revision')}", attempt


def _of_pod(pod: Life) -> str:
    if pod.ended is not None:
        return "succeeded" if pod.well else "failed"
    return "lost" if pod.deleted_at is not None else "under way"

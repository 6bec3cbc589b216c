"""What a SparkApplication and a driver's pod say, by name. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from apps.jobs.times import moment

Json = Mapping[str, Any]

DRIVER_CONTAINER: Final = "spark-kubernetes-driver"
"""Name of Spark's own container in a driver's pod (Spark on Kubernetes); sidecars are beside it."""

APP_NAME: Final = "sparkoperator.k8s.io/app-name"
"""Label of pods of a SparkApplication (operator 2.5, pkg/common)."""

SCHEDULED_NAME: Final = "sparkoperator.k8s.io/scheduled-app-name"
"""Label of a SparkApplication that a ScheduledSparkApplication made (operator 2.5, pkg/common)."""

ROLE: Final = "spark-role"
SELECTOR: Final = "spark-app-selector"
SPARK_NAME: Final = "spark-app-name"
"""Labels of all pods of Spark on Kubernetes: `driver` or `executor`, Spark's id and its name of the run."""

DONE: Final = "COMPLETED"
SUBMISSION_FAILED: Final = "SUBMISSION_FAILED"
FAILED: Final = frozenset({"FAILED", SUBMISSION_FAILED})
"""States of the operator that it leaves no more, but for a submission that it tries again."""

BETWEEN: Final = frozenset({"FAILING", "PENDING_RERUN"})
"""States between two attempts of the operator: it waits, deletes the first driver, and submits again."""

ENDED_PODS: Final = frozenset({"Succeeded", "Failed"})
"""Phases that a pod leaves no more."""

NOTHING: Final[Json] = {}


def labels(thing: Json) -> Json:
    """An object's labels.

    Args:
        thing: any object of Kubernetes.
    """
    found: Json = (thing.get("metadata") or NOTHING).get("labels") or NOTHING
    return found


def name(thing: Json) -> str:
    """An object's name.

    Args:
        thing: any object of Kubernetes.
    """
    return str(thing["metadata"]["name"])


def uid(thing: Json) -> str:
    """What tells an object from another one of the same name.

    Args:
        thing: any object of Kubernetes.
    """
    return str(thing["metadata"].get("uid", ""))


def created(thing: Json) -> datetime | None:
    """When an object was made.

    Args:
        thing: any object of Kubernetes.
    """
    return moment(thing["metadata"].get("creationTimestamp"))


def state(application: Json | None) -> str:
    """The operator's word for where it is; empty before it has looked at it.

    Args:
        application: a SparkApplication; None for none.
    """
    status = (application or NOTHING).get("status") or NOTHING
    return str((status.get("applicationState") or NOTHING).get("state") or "")


def is_retried(application: Json | None) -> bool:
    """Say whether the operator submits an application again by itself when its driver fails.

    Only its own word says then that it has ended: a driver that failed may be that of any attempt.

    Args:
        application: as it is.
    """
    return _retries(application, "onFailureRetries") > 0


def is_submitted_again(application: Json | None) -> bool:
    """Say whether the operator tries again what it could not submit (operator 2.5, util.ShouldRetry).

    Args:
        application: as it is.
    """
    status = (application or NOTHING).get("status") or NOTHING
    made = max(int(status.get("submissionAttempts") or 0), 1)
    return state(application) == SUBMISSION_FAILED and made <= _retries(
        application, "onSubmissionFailureRetries"
    )


def _retries(application: Json | None, kind: str) -> int:
    policy = ((application or NOTHING).get("spec") or NOTHING).get("restartPolicy") or NOTHING
    return int(policy.get(kind) or 0) if policy.get("type") == "OnFailure" else 0


def message(application: Json | None) -> str:
    """What the operator says of a failure.

    Args:
        application: a SparkApplication; None for none.
    """
    status = (application or NOTHING).get("status") or NOTHING
    return str((status.get("applicationState") or NOTHING).get("errorMessage") or "")


def container(driver: Json | None) -> Json:
    """The state of the driver's container: `waiting`, `running` or `terminated`; empty before it has one.

    Args:
        driver: the pod; None for none.
    """
    status = (driver or NOTHING).get("status") or NOTHING
    for each in status.get("containerStatuses") or ():
        if each.get("name") == DRIVER_CONTAINER:
            found: Json = each.get("state") or NOTHING
            return found
    return NOTHING


def pod_phase(driver: Json | None) -> str:
    """The pod's phase, as Kubernetes has it; empty for none.

    Args:
        driver: the pod; None for none.
    """
    return str(((driver or NOTHING).get("status") or NOTHING).get("phase") or "")


def has_ended(driver: Json) -> bool:
    """Say whether Spark has ended in the driver's pod, which may run on beside it, as with a sidecar."""
    return bool(container(driver).get("terminated")) or pod_phase(driver) in ENDED_PODS

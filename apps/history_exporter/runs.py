"""What is kept of one finished run. Pure: from the history server's answers to numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

COUNTED: Final[Mapping[str, str]] = {
    "input_records": "inputRecords",
    "input_bytes": "inputBytes",
    "output_records": "outputRecords",
    "output_bytes": "outputBytes",
    "shuffle_read_bytes": "shuffleReadBytes",
    "shuffle_write_bytes": "shuffleWriteBytes",
}
"""Our counters -> the field of a stage that they add up (Spark's StageData)."""

NAMESPACE: Final = "spark.kubernetes.namespace"
SCHEDULE: Final = "spark.kubernetes.driver.label.sparkoperator.k8s.io/scheduled-app-name"
"""The operator names each run of a schedule anew; this label of the driver has the schedule's own name."""
RUN_NAME: Final = "spark.kubernetes.driver.label.sparkoperator.k8s.io/app-name"
DATA_INTERVAL_END: Final = "spark.platform.dataIntervalEnd"
"""Property with which a run says up to which moment it processed data: ISO 8601, or seconds since 1970."""


@dataclass(frozen=True, kw_only=True)
class Ended:
    """An end that the history server lists.

    Args:
        run: id of the application, and a slash and the attempt where it has one.
        name: the application's name.
        started: seconds since 1970.
        ended: the same.
    """

    run: str
    name: str
    started: float
    ended: float


@dataclass(frozen=True, kw_only=True)
class Owner:
    """Whose run it is: the labels of everything that is counted.

    Args:
        namespace: the namespace it ran in; empty outside Kubernetes.
        app: the application's name, the same for all its runs.
        team: the team that the namespace belongs to; empty if it is no tenant's.
    """

    namespace: str
    app: str
    team: str


@dataclass(frozen=True, kw_only=True)
class Run:
    """A finished run.

    Args:
        owner: whose it is.
        seconds: from start to end.
        ended: seconds since 1970.
        failed: whether one of its jobs failed.
        counted: a number for each of `COUNTED`.
        data_interval_end: up to where it processed data, in seconds since 1970; None if it did not say.
    """

    owner: Owner
    seconds: float
    ended: float
    failed: bool
    counted: Mapping[str, int]
    data_interval_end: float | None


def ends(applications: Iterable[Mapping[str, Any]]) -> list[Ended]:
    """Every completed attempt that is listed, by its end.

    Args:
        applications: as the API lists them.
    """
    found = []
    for application in applications:
        for attempt in application["attempts"]:
            if attempt["completed"]:
                number = attempt.get("attemptId")
                found.append(
                    Ended(
                        run=f"{application['id']}/{number}" if number else application["id"],
                        name=application["name"],
                        started=attempt["startTimeEpoch"] / 1000,
                        ended=attempt["endTimeEpoch"] / 1000,
                    )
                )
    return sorted(found, key=lambda each: (each.ended, each.run))


def owner(name: str, properties: Mapping[str, str], teams: Mapping[str, str]) -> Owner:
    """Whose a run is.

    Args:
        name: the application's name. A run of a schedule that has no name of its own gets the schedule's.
        properties: the run's Spark properties.
        teams: team of each namespace. A job could name any team in its labels, but not its namespace.
    """
    namespace = properties.get(NAMESPACE, "")
    schedule = properties.get(SCHEDULE)
    unnamed = name == properties.get(RUN_NAME)
    return Owner(
        namespace=namespace,
        app=schedule if schedule and unnamed else name,
        team=teams.get(namespace, ""),
    )


def summed(
    end: Ended,
    properties: Mapping[str, str],
    stages: Iterable[Mapping[str, Any]],
    *,
    failed_jobs: int,
    teams: Mapping[str, str],
) -> Run:
    """Sum up a run. Failed attempts of stages count too: their reading and shuffling was done and paid.

    Args:
        end: the run, and when it ended.
        properties: its Spark properties.
        stages: its stages.
        failed_jobs: how many of its jobs failed.
        teams: team of each namespace.
    """
    totals = dict.fromkeys(COUNTED, 0)
    for stage in stages:
        for counter, field in COUNTED.items():
            totals[counter] += int(stage[field])
    return Run(
        owner=owner(end.name, properties, teams),
        seconds=max(0.0, end.ended - end.started),
        ended=end.ended,
        failed=failed_jobs > 0,
        counted=totals,
        data_interval_end=moment(properties.get(DATA_INTERVAL_END)),
    )


def moment(text: str | None) -> float | None:
    """Seconds since 1970 of an ISO 8601 time or a number; None for anything else.

    Args:
        text: the property's value. A time without a zone is in UTC.
    """
    if text is None:
        return None
    try:
        return float(text)
    except ValueError:
        pass
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()

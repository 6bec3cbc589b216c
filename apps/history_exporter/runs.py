"""What is kept of one finished run. Pure: from the history server's answers to numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

from .job import job_of, run_name
from .listing import Ended, UnusableError
from .tails import Tail

COUNTED: Final[Mapping[str, str]] = {
    "input_records": "inputRecords",
    "input_bytes": "inputBytes",
    "output_records": "outputRecords",
    "output_bytes": "outputBytes",
    "shuffle_read_bytes": "shuffleReadBytes",
    "shuffle_write_bytes": "shuffleWriteBytes",
    "spilled_memory_bytes": "memoryBytesSpilled",
    "spilled_disk_bytes": "diskBytesSpilled",
    "task_seconds": "executorRunTime",
    "gc_seconds": "jvmGcTime",
    "fetch_wait_seconds": "shuffleFetchWaitTime",
}
"""Our counters -> the field of a stage that they add up (Spark's StageData)."""

MILLISECONDS: Final = frozenset({"task_seconds", "gc_seconds", "fetch_wait_seconds"})
"""Counters that are kept as Spark has them, in milliseconds, and shown in seconds."""

DATA_INTERVAL_END: Final = "spark.platform.dataIntervalEnd"
"""Property with which a run says up to which moment it processed data: ISO 8601, or seconds since 1970."""
DATA_MAX_AGE: Final = "spark.platform.dataMaxAge"
"""Property with which a run says how old its data may become until the next run has processed more: `26h`."""

_AGE: Final = re.compile(r"([0-9]{1,7})([smhd])")
_UNIT_SECONDS: Final = MappingProxyType({"s": 1, "m": 60, "h": 3600, "d": 86400})

FIGURE_MAX: Final = 2**63 - 1
"""Most that Spark counts: its figures are Java's long."""

LATEST_MOMENT: Final = 4_102_444_800.0
"""The year 2100, in seconds since 1970: what a run says of its data beyond that is a slip."""


@dataclass(frozen=True, kw_only=True)
class Owner:
    """Whose run it is: the labels of everything that is counted.

    Args:
        namespace: the namespace it ran in.
        job: the job, the same for all its runs.
        team: the team that the namespace belongs to.
    """

    namespace: str
    job: str
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
        core_seconds: cores that it held, times the seconds that it held them.
        tail: times of the tasks that it waited for; None if it had too few tasks.
        data_max_age: seconds that its data may grow old; None if it did not say.
        name: the run's own name, by which its pods and logs are found.
    """

    owner: Owner
    seconds: float
    ended: float
    failed: bool
    counted: Mapping[str, int]
    data_interval_end: float | None
    core_seconds: float = 0.0
    tail: Tail | None = None
    data_max_age: float | None = None
    name: str = ""


def owner(end: Ended, properties: Mapping[str, str], teams: Mapping[str, str]) -> Owner:
    """Whose a run is.

    Args:
        end: the run.
        properties: the run's Spark properties: its own words, so they say nothing of namespace and team.
        teams: team of each namespace.
    """
    return Owner(namespace=end.namespace, job=job_of(end, properties), team=teams[end.namespace])


def summed(
    end: Ended,
    properties: Mapping[str, str],
    stages: Iterable[Mapping[str, Any]],
    *,
    failed_jobs: int,
    teams: Mapping[str, str],
    core_seconds: float = 0.0,
) -> Run:
    """Sum up a run. Failed attempts of stages count too: their reading and shuffling was done and paid.

    Args:
        end: the run, and when it ended.
        properties: its Spark properties.
        stages: its stages.
        failed_jobs: how many of its jobs failed.
        teams: team of each namespace.
        core_seconds: cores that it held, times the seconds that it held them.

    Raises:
        UnusableError: a figure is none that Spark counts.
    """
    totals = dict.fromkeys(COUNTED, 0)
    for stage in stages:
        for counter, field in COUNTED.items():
            totals[counter] += _figure(stage[field])
    return Run(
        owner=owner(end, properties, teams),
        seconds=max(0.0, end.ended - end.started),
        ended=end.ended,
        failed=failed_jobs > 0,
        counted=totals,
        data_interval_end=moment(properties.get(DATA_INTERVAL_END)),
        core_seconds=core_seconds,
        data_max_age=age(properties.get(DATA_MAX_AGE)),
        name=run_name(end, properties),
    )


def moment(text: str | None) -> float | None:
    """Seconds since 1970 of an ISO 8601 time or a number; None for anything else, or beyond 2100.

    Args:
        text: the property's value. A time without a zone is in UTC.
    """
    found = None if text is None else _seconds(text)
    return found if found is not None and 0 <= found <= LATEST_MOMENT else None


def age(text: str | None) -> float | None:
    """Seconds of a whole number with s, m, h or d behind it; None for anything else.

    Args:
        text: the property's value.
    """
    found = _AGE.fullmatch(text or "")
    return float(int(found[1]) * _UNIT_SECONDS[found[2]]) if found else None


def _seconds(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        pass
    try:
        parsed = datetime.fromisoformat(text)
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _figure(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= FIGURE_MAX:
        raise UnusableError("figures", f"a stage counts {str(value)[:40]}")
    return value

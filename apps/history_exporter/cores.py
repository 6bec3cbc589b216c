"""What a run held of the cluster: cores, times the seconds that it held them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from .listing import Ended, UnusableError

DRIVER_CORES: Final = "spark.driver.cores"
"""Cores of the driver's pod; 1 by Spark's default. Of a driver the server counts those for tasks: none."""

MOST_CORES: Final = 4096
"""More than any machine has."""

_TIME: Final = "%Y-%m-%dT%H:%M:%S.%fGMT"
"""How the API writes times (Spark's JacksonMessageWriter)."""


def core_seconds(executors: Iterable[Any], end: Ended, properties: Mapping[str, str]) -> float:
    """Add up what the driver and all executors of a run held, dead ones as well.

    Args:
        executors: as the history server lists them (ExecutorSummary).
        end: the run: who has no end of his own was there until its.
        properties: its Spark properties.

    Raises:
        UnusableError: a number of cores or a time can't be.
    """
    total = 0.0
    for each in executors:
        if not isinstance(each, Mapping):
            raise UnusableError("shape", f"an executor is {type(each).__name__}")
        cores = each.get("totalCores")
        if not isinstance(cores, int) or not 0 <= cores <= MOST_CORES:
            raise UnusableError("figures", f"an executor has {str(cores)[:40]} cores")
        if each.get("id") == "driver":
            cores = max(cores, _driver_cores(properties))
        came = max(_moment(each.get("addTime"), end.started), end.started)
        went = min(_moment(each.get("removeTime"), end.ended), end.ended)
        total += cores * max(0.0, went - came)
    return total


def _driver_cores(properties: Mapping[str, str]) -> int:
    text = properties.get(DRIVER_CORES, "1")
    return min(int(text), MOST_CORES) if text.isascii() and text.isdecimal() and len(text) < 10 else 1


def _moment(text: Any, default: float) -> float:
    if text is None:
        return default
    try:
        return datetime.strptime(text, _TIME).replace(tzinfo=UTC).timestamp()
    except (TypeError, ValueError, OverflowError) as error:
        raise UnusableError("time", f"an executor came or went at {str(text)[:40]}") from error

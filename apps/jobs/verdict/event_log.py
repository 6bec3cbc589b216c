"""Facts of Spark's event log: what failed, and whether the last work was done. Pure.

The log's end says nothing of success: `ApplicationEnd.ExitCode` is 0 for a Python program that ended with 1
(seen with Spark 4.1), and what fails before the first action leaves no trace at all.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from .exceptions import with_states
from .facts import Fact, Source

LONGEST: Final = 8_000
"""Most characters of a reason: a stack of the JVM repeats itself below that."""

Event = Mapping[str, Any]


def read(lines: Iterable[str], states: dict[str, str]) -> Iterator[Fact]:
    """Read an event log. A line that is cut, as the last one of a killed driver, is passed over.

    Args:
        lines: events as JSON, one a line, uncompressed.
        states: Spark's table of error conditions.
    """
    last_job: Fact | None = None
    under_way: set[object] = set()
    for line in lines:
        event = _event(line)
        if event is None:
            continue
        for text in _READERS.get(event["Event"], _nothing)(event):
            yield _fact(with_states(text[:LONGEST], states), event)
        _count(event, under_way)
        if event["Event"] == "SparkListenerJobEnd":
            done = event["Job Result"]["Result"] == "JobSucceeded"
            last_job = _fact("last job succeeded", event) if done else None
    if last_job and not under_way:
        yield last_job


def _count(event: Event, under_way: set[object]) -> None:
    """Jobs and queries that have begun and not ended: a query ends when its output is committed."""
    name = event["Event"].rpartition(".")[2]
    if name == "SparkListenerJobStart":
        under_way.add(("job", event["Job ID"]))
    elif name == "SparkListenerJobEnd":
        under_way.discard(("job", event["Job ID"]))
    elif name == "SparkListenerSQLExecutionStart":
        under_way.add(("query", event["executionId"]))
    elif name == "SparkListenerSQLExecutionEnd":
        under_way.discard(("query", event["executionId"]))


def _event(line: str) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) and "Event" in found else None


def _fact(text: str, event: Event) -> Fact:
    moment = event.get("Completion Time") or event.get("Timestamp") or event.get("time")
    info = event.get("Task Info") or event.get("Stage Info") or {}
    moment = moment or info.get("Finish Time") or info.get("Completion Time")
    about = f"executor {info['Executor ID']}" if "Executor ID" in info else ""
    return Fact(source=Source.EVENT_LOG, text=text, about=about, at=moment / 1000 if moment else None)


def _nothing(_: Event) -> Iterator[str]:
    return iter(())


def _job(event: Event) -> Iterator[str]:
    result = event["Job Result"]
    if result["Result"] != "JobSucceeded":
        yield f"job failed: {(result.get('Exception') or {}).get('Message', '')}"


def _stage(event: Event) -> Iterator[str]:
    info = event["Stage Info"]
    if reason := info.get("Failure Reason"):
        yield f"stage {info['Stage ID']} failed: {reason}"


def _query(event: Event) -> Iterator[str]:
    if message := event.get("errorMessage"):
        yield f"query failed: {message}"


def _task(event: Event) -> Iterator[str]:
    end = event["Task End Reason"]
    if end["Reason"] == "ExceptionFailure":
        yield f"task failed: {end['Class Name']}: {end['Description']}\n{end.get('Full Stack Trace', '')}"
    elif end["Reason"] == "ExecutorLostFailure":
        yield f"task failed: ExecutorLostFailure executor {end['Executor ID']}: {end.get('Loss Reason', '')}"
    elif end["Reason"] == "FetchFailed":
        yield f"task failed: FetchFailed shuffle {end['Shuffle ID']}: {end.get('Message', '')}"


def _removed(event: Event) -> Iterator[str]:
    yield f"executor {event['Executor ID']} removed: {event['Removed Reason']}"


_READERS: Final[Mapping[str, Callable[[Event], Iterator[str]]]] = {
    "SparkListenerJobEnd": _job,
    "SparkListenerStageCompleted": _stage,
    "org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionEnd": _query,
    "SparkListenerTaskEnd": _task,
    "SparkListenerExecutorRemoved": _removed,
}

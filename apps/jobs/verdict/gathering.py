"""Facts of all that is left of a run. Pure: from what was collected to what the rules are asked about."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from . import event_log, pods
from .exceptions import Raised, last_raised, with_states
from .facts import Fact, Facts, Source

STATES: Final = Path(__file__).with_name("sqlstates.json")
"""SQLSTATE by error condition, from Spark's own table (spark-common-utils, error/error-conditions.json)."""

Json = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Remains:
    """What was collected of a run; what could not be is empty or None.

    Args:
        application: the SparkApplication.
        driver: the driver's pod.
        executors: the executors' pods.
        events: core/v1 Events about them.
        log: the driver's log, or its end.
        event_log: Spark's event log: JSON, one event a line.
        record: what we did ourselves, in the form of the table in `facts`.
        missing: what could not be read, in words.
    """

    application: Json | None = None
    driver: Json | None = None
    executors: Sequence[Json] = ()
    events: Sequence[Json] = ()
    log: str = ""
    event_log: Iterable[str] = ()
    record: Sequence[str] = ()
    missing: tuple[str, ...] = field(default=())


@cache
def states() -> dict[str, str]:
    """SQLSTATE by error condition."""
    found: dict[str, str] = json.loads(STATES.read_text(encoding="utf-8"))
    return found


def gather(remains: Remains) -> Facts:
    """Turn what was collected into facts.

    Args:
        remains: what was collected.
    """
    raised = _raised(remains)
    return Facts(
        found=tuple(_facts(remains, raised)),
        details=_details(remains, raised),
        missing=remains.missing,
    )


def _facts(remains: Remains, raised: Raised | None) -> Iterator[Fact]:
    yield from (Fact(source=Source.RECORD, text=each) for each in remains.record)
    yield from pods.of_application(remains.application)
    yield from pods.of_pod(remains.driver, Source.DRIVER)
    for executor in remains.executors:
        yield from pods.of_pod(executor, Source.EXECUTOR)
    yield from pods.of_events(remains.events)
    yield from pods.of_message(remains.driver)
    yield from event_log.read(remains.event_log, states())
    if raised:
        yield Fact(source=Source.ERROR, text=with_states(raised.text, states()))
    if remains.log:
        yield Fact(source=Source.LOG, text=remains.log)


def _raised(remains: Remains) -> Raised | None:
    """The exception that ended the driver: from its log, or from what its pod kept of that.

    The annotation comes last: of a Python program it says only that it ended with 1.
    """
    kept = {fact.source: fact.text for fact in pods.of_message(remains.driver)}
    written = kept.get(Source.ANNOTATION, "")
    for text in (
        remains.log,
        kept.get(Source.MESSAGE, ""),
        written and f'Exception in thread "main" {written}',
    ):
        if raised := last_raised(text):
            return raised
    return None


def _details(remains: Remains, raised: Raised | None) -> dict[str, str]:
    """Words for sentences; what is not known is left out."""
    spec = ((remains.application or {}).get("spec") or {}).get("driver") or {}
    pod = (remains.driver or {}).get("spec") or {}
    first = next(iter(remains.executors), None)
    lost = sum(_is_lost(each) for each in remains.executors)
    known = {
        "heap": spec.get("memory"),
        "memory_limit": _limit(remains.driver),
        "image": next((each.get("image") for each in pod.get("containers") or ()), None),
        "node": pod.get("nodeName"),
        "namespace": ((remains.driver or remains.application or {}).get("metadata") or {}).get("namespace"),
        "executor_limit": _limit(first),
        "lost": str(lost) if lost else None,
        "exit": _exit(remains.driver),
        **_of_exception(raised),
    }
    return {name: str(word) for name, word in known.items() if word}


def _of_exception(raised: Raised | None) -> dict[str, str]:
    if raised is None:
        return {}
    frame = raised.frames[-1] if raised.frames else None
    return {
        "raised": raised.kind.rpartition(".")[2] if raised.kind else "",
        "message": raised.message,
        "file": frame.file if frame else "",
        "line": str(frame.line) if frame else "",
    }


def _limit(pod: Json | None) -> str | None:
    for container in ((pod or {}).get("spec") or {}).get("containers") or ():
        if container["name"] in pods.LAST_CONTAINERS:
            limit = ((container.get("resources") or {}).get("limits") or {}).get("memory")
            return str(limit) if limit else None
    return None


def _ends(pod: Json | None) -> Iterator[Json]:
    for container in ((pod or {}).get("status") or {}).get("containerStatuses") or ():
        if ended := (container.get("state") or {}).get("terminated"):
            yield ended


def _is_lost(pod: Json) -> bool:
    return any(ended.get("exitCode") for ended in _ends(pod))


def _exit(pod: Json | None) -> str | None:
    return next((str(ended.get("exitCode")) for ended in _ends(pod)), None)

"""What a run ran with and what it did, so that it can be compared with others of its job. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC
from typing import Any, Final

from apps.jobs.ledger.record import Record

from .changes import Snapshot

SNAPSHOT: Final = "snapshot.json"
"""Beside a run's record."""

MOST_CHARACTERS: Final = 32 * 1024**2
"""Of an event log that are read of a run that went well: hundreds of stages; a pass waits for it."""

_STAGE: Final = "SparkListenerStageCompleted"
_TASK: Final = "SparkListenerTaskEnd"
_QUERY: Final = "org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionStart"
_READ: Final = "internal.metrics.input.bytesRead"

SIZES: Final = ("cores", "coreRequest", "coreLimit", "memory", "memoryOverhead", "instances")
"""Fields of `driver` and `executor` that say how large they are."""


@dataclass(kw_only=True)
class Profile:
    """What a run did.

    Args:
        input_bytes: bytes read; None if the log was not read to its end.
        plans: a hash of each query's plan, by its operators and how they hang together.
        stages: tasks of each stage, in the order in which they ended.
        heaps: the largest heap in use in bytes, by executor; `driver` is one of them.
    """

    input_bytes: int | None = 0
    plans: list[str] = field(default_factory=list)
    stages: list[int] = field(default_factory=list)
    heaps: dict[str, int] = field(default_factory=dict)


def profile(lines: Iterable[str]) -> Profile:
    """Read an event log; a line that is cut, as the last one of a killed driver, is passed over.

    Args:
        lines: events as JSON, one a line, uncompressed.
    """
    found, left = Profile(), MOST_CHARACTERS
    for line in lines:
        left -= len(line)
        if left < 0:
            found.input_bytes = None
            break
        event = _event(line)
        if event is not None:
            _READERS[event["Event"]](found, event)
    return found


def _event(line: str) -> dict[str, Any] | None:
    """An event that is read; all others are not even parsed."""
    if not any(name in line[:100] for name in _READERS):
        return None
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if event.get("Event") in _READERS else None


def _stage(found: Profile, event: Mapping[str, Any]) -> None:
    info = event["Stage Info"]
    found.stages.append(int(info["Number of Tasks"]))
    read = [each.get("Value") for each in info.get("Accumulables", ()) if each.get("Name") == _READ]
    if found.input_bytes is not None:
        found.input_bytes += sum(int(each) for each in read if each is not None)


def _task(found: Profile, event: Mapping[str, Any]) -> None:
    executor = str((event.get("Task Info") or {}).get("Executor ID", ""))
    heap = int((event.get("Task Executor Metrics") or {}).get("JVMHeapMemory") or 0)
    if executor and heap > found.heaps.get(executor, 0):
        found.heaps[executor] = heap


def _query(found: Profile, event: Mapping[str, Any]) -> None:
    shape = "(".join(_operators(event.get("sparkPlanInfo") or {}))
    found.plans.append(hashlib.sha256(shape.encode()).hexdigest()[:8])


def _operators(plan: Mapping[str, Any]) -> Iterator[str]:
    """Names of a plan's operators, without ids and values, which differ in every run."""
    yield str(plan.get("nodeName", ""))
    for child in plan.get("children", ()):
        yield from _operators(child)
        yield ")"


_READERS: Final = {_STAGE: _stage, _TASK: _task, _QUERY: _query}


def snapshot(record: Record, driver: Mapping[str, Any], nodes: Iterable[str], did: Profile) -> Snapshot:
    """What a run ran with.

    Args:
        record: the run's.
        driver: its driver's pod; empty if it was not kept.
        nodes: instance types of its pods' nodes.
        did: what it did.
    """
    spec = record.manifest.get("spec") or {}
    conf = {key: _marked(record, str(value)) for key, value in (spec.get("sparkConf") or {}).items()}
    return Snapshot(
        commit=record.commit,
        image=_image(driver) or str(spec.get("image") or ""),
        spark=str(spec.get("sparkVersion") or ""),
        sizes=dict(_sizes(spec)),
        conf=conf,
        arguments=tuple(_marked(record, str(each)) for each in spec.get("arguments") or ()),
        input_bytes=did.input_bytes or None,
        nodes=frozenset(each for each in nodes if each),
        plans=tuple(did.plans),
        stages=tuple(did.stages),
    )


def written(found: Snapshot, heaps: Mapping[str, int]) -> dict[str, Any]:
    """A snapshot as it is kept.

    Args:
        found: what a run ran with.
        heaps: the largest heap in use in bytes, by executor.
    """
    said: dict[str, Any] = json.loads(json.dumps({**asdict(found), "nodes": sorted(found.nodes)}))
    return {**said, "heaps": dict(heaps)}


def read(said: Mapping[str, Any]) -> Snapshot:
    """A snapshot that was kept; what a later release added is passed over.

    Args:
        said: as it lies beside the record.
    """
    known: dict[str, Any] = {each.name: said[each.name] for each in fields(Snapshot) if each.name in said}
    for name in ("arguments", "plans", "stages"):
        known[name] = tuple(known.get(name, ()))
    return Snapshot(**{**known, "nodes": frozenset(known.get("nodes", ()))})


def _sizes(spec: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for section in ("driver", "executor"):
        for name in SIZES:
            value = (spec.get(section) or {}).get(name)
            if value is not None:
                yield f"{section}.{name}", str(value)


def _image(driver: Mapping[str, Any]) -> str:
    """By its digest, as the kubelet has it."""
    for each in (driver.get("status") or {}).get("containerStatuses") or ():
        if each.get("name") == "spark-kubernetes-driver":
            return str(each.get("imageID") or each.get("image") or "").removeprefix("docker-pullable://")
    return ""


def _marked(record: Record, text: str) -> str:
    """A text with marks in the place of what differs between intervals anyhow."""
    ends = {"start": record.start, "end": record.end}
    moments = {
        f"{{{{ interval.{name} }}}}": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        for name, at in ends.items()
        if at
    }
    words = {"{{ run.id }}": record.application, **moments}
    if record.start:
        words["{{ interval.key }}"] = record.interval
    for mark, word in words.items():
        text = text.replace(word, mark)
    return text

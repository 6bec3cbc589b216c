"""What is known of a run that ended or hangs: short texts, each with the place that it was read from. Pure.

Rules match these texts, so their form is part of the contract between `gathering` and `rules.yaml`:

| source | form |
|---|---|
| application | `state=FAILED message=...` |
| driver, executor | `phase=Failed reason=Evicted message=...`, `container NAME running`, |
|  | `container NAME terminated reason=... exit=137 signal=0`, |
|  | `container NAME waiting reason=... message=...`, `condition TYPE=False reason=... message=...` |
| event | `reason=FailedScheduling about=Pod/NAME message=...` |
| message | the end of the driver's log that its pod kept (terminationMessagePolicy) |
| annotation | the exception that the driver wrote on its pod (annotateExitException) |
| event-log | `job failed: ...`, `stage 3 failed: ...`, `query failed: ...`, `task failed: ...`, |
|  | `executor 2 removed: ...`, `last job succeeded` |
| error | the exception that ended the driver, with what caused it |
| log | the end of the driver's log |
| record | what we did: `stopped by=... at=...`, `deadline seconds=...`, `checks failed=2 first=...` |
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Source(StrEnum):
    """Where a fact was read."""

    RECORD = "record"
    APPLICATION = "application"
    DRIVER = "driver"
    EXECUTOR = "executor"
    EVENT = "event"
    MESSAGE = "message"
    ANNOTATION = "annotation"
    EVENT_LOG = "event-log"
    ERROR = "error"
    LOG = "log"


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One thing that is known.

    Args:
        source: where it was read.
        text: what stands there, in the form that this module's table says; without secrets.
        about: the object, such as a pod's name; empty for the run itself.
        at: when it happened, in seconds since 1970; None if nobody said.
    """

    source: Source
    text: str
    about: str = ""
    at: float | None = None


@dataclass(frozen=True, kw_only=True)
class Facts:
    """All that is known of a run.

    Args:
        found: the facts, in the order in which they were read.
        details: words for sentences that no pattern has to find, such as the driver's `memory_limit`.
        missing: what could not be read, such as "driver's pod"; a verdict says so.
    """

    found: tuple[Fact, ...]
    details: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()

    def of(self, source: Source) -> Iterator[Fact]:
        """The facts of one source.

        Args:
            source: where they were found.
        """
        return (fact for fact in self.found if fact.source is source)

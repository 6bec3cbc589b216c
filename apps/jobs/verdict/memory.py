"""One bounded step of memory after a run that had too little, with what speaks for it. Pure.

Which of the fields grows follows from who ended the run: the kernel kills at the pod's limit, so what lies
outside of the heap was too small; the JVM gives up at its heap. More than one step would pay for a job that
wants to be mended: the second such end is left to its owner.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from .judging import Quote, Verdict
from .rules import Retry

STEP: Final = "step.json"
"""Beside the record of an attempt with more memory: what it has more, and why."""

FACTOR: Final = Decimal("1.5")
"""What a heap or an overhead is multiplied by: enough for an input that grew by half."""

STEP_MIB: Final = 256
"""Sizes are rounded up to this, as people write them."""

FIELD: Final[Mapping[str, tuple[str, str]]] = {
    "DRIVER_OOM_KILLED": ("driver", "memoryOverhead"),
    "DRIVER_JVM_OOM": ("driver", "memory"),
    "EXEC_OOM_KILLED": ("executor", "memoryOverhead"),
    "EXEC_JVM_OOM": ("executor", "memory"),
}
"""Verdict -> the section of the definition, and the field of it that grows."""

HEAP_MIB: Final = 1024
"""Heap of a driver or executor that names none (Spark: spark.driver.memory, spark.executor.memory)."""

OVERHEAD_MIN_MIB: Final = 512
"""Least overhead in MiB: the platform's (components.domain)."""

_UNITS: Final = {"k": Decimal(1) / 1024, "m": Decimal(1), "g": Decimal(1024), "t": Decimal(1024) ** 2}


@dataclass(frozen=True, kw_only=True)
class Step:
    """The one change of the next attempt.

    Args:
        section: `driver` or `executor`.
        field: `memory` or `memoryOverhead`.
        before: MiB that it had.
        after: MiB that it gets.
        pod_before: MiB of the pod as it was.
        pod_after: MiB of the pod with the step.
        pods: how many pods of that kind the definition asks for.
        evidence: why.
    """

    section: str
    field: str
    before: int
    after: int
    pod_before: int
    pod_after: int
    pods: int
    evidence: tuple[Quote, ...]

    @property
    def gib_more(self) -> float:
        """GiB that the run holds beyond what it held, in all pods."""
        return (self.pod_after - self.pod_before) * self.pods / 1024


@dataclass(frozen=True, kw_only=True)
class Refused:
    """No step, and why.

    Args:
        reason: a sentence.
    """

    reason: str


def step(
    spec: Mapping[str, Any], verdict: Verdict, *, stepped: bool, most_mib: int, factor: Decimal
) -> Step | Refused:
    """The step after a run.

    Args:
        spec: the SparkApplication's spec that the run had.
        verdict: the run's.
        stepped: whether the run was itself the attempt with more memory.
        most_mib: MiB that a container of the namespace may have.
        factor: part of the heap that is the overhead where the definition names none
            (`memoryOverheadFactor`).
    """
    if verdict.retry is not Retry.MEMORY or verdict.code not in FIELD:
        return Refused(reason=f"{verdict.code} does not end by more memory")
    if stepped:
        return Refused(reason="it had one step of memory already; a second is its owner's to give")
    section, field = FIELD[verdict.code]
    had = spec.get(section) or {}
    heap = mebibytes(had["memory"]) if had.get("memory") else HEAP_MIB
    named = had.get("memoryOverhead")
    overhead = mebibytes(named) if named else max(int(heap * factor), OVERHEAD_MIN_MIB)
    room = most_mib - heap - overhead
    before = heap if field == "memory" else overhead
    # A larger heap must not shrink what lies beside it: the overhead is written out by `applied`.
    after = min(_rounded(before * FACTOR), before + room)
    if after <= before:
        return Refused(
            reason=f"the {section} has {heap + overhead} MiB of {most_mib} that a container may have"
        )
    return Step(
        section=section,
        field=field,
        before=before,
        after=after,
        pod_before=heap + overhead,
        pod_after=heap + overhead + after - before,
        pods=1 if section == "driver" else int(had.get("instances") or 1),
        evidence=verdict.evidence,
    )


def applied(spec: Mapping[str, Any], taken: Step) -> dict[str, Any]:
    """A spec with the step; what it was made from stays as it is.

    Args:
        spec: the SparkApplication's spec that the run had.
        taken: the step.
    """
    section = {**(spec.get(taken.section) or {}), taken.field: f"{taken.after}m"}
    if taken.field == "memory":
        section["memoryOverhead"] = f"{taken.pod_before - taken.before}m"
    return {**spec, taken.section: section}


def mebibytes(size: str) -> int:
    """MiB of a size in Spark's notation (`512m`, `4g`, `1024` for MiB), rounded up.

    Args:
        size: as a property has it.

    Raises:
        ValueError: it is none.
    """
    text = size.strip().lower().removesuffix("b")
    digits = text.rstrip("kmgt")
    if not digits.isdigit() or len(text) - len(digits) > 1:
        raise ValueError(f"{size!r} is no size: write whole mebibytes (512m) or gibibytes (4g)")
    return math.ceil(Decimal(digits) * _UNITS[text[len(digits) :] or "m"])


def _rounded(size: Decimal) -> int:
    return math.ceil(size / STEP_MIB) * STEP_MIB

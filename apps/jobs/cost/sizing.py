"""Which size a job's pods could have, by what its last good runs took, as a difference to commit. Pure.

What is measured is the heap in use (Spark's metric JVMHeapMemory, of Java's MemoryMXBean), which has garbage
in it: what a job needs is less, so a heap that is never half full is too large for certain. One that is full
may be right: nothing is said of it.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import yaml

from apps.jobs.verdict.memory import OVERHEAD_MIN_MIB, STEP_MIB, mebibytes

LEAST_RUNS: Final = 3
"""Good runs that have to say the same: one day may be a small one."""

ROOM: Final = Decimal("1.5")
"""What the largest heap that was seen is multiplied by: an input may grow by half."""

WORTH: Final = Decimal("0.75")
"""Part of the heap from which on less is not worth a change."""

LEAST_MIB: Final = 512
"""Spark refuses a heap below 450 MiB (UnifiedMemoryManager: one and a half times its 300 MiB of reserve)."""

_FACTORS: Final = {"Python": Decimal("0.4"), "R": Decimal("0.4")}
_FACTOR: Final = Decimal("0.1")
"""Part of a heap that lies beside it where the definition names none (Spark on Kubernetes,
`spark.kubernetes.memoryOverheadFactor`: more for programs that are not of the JVM)."""


@dataclass(frozen=True, kw_only=True)
class Advice:
    """One field that could be smaller.

    Args:
        section: `driver` or `executor`.
        field: of it.
        before: as the definition has it; empty if it does not say.
        after: what is enough.
        reason: what that rests on, as a sentence.
    """

    section: str
    field: str
    before: str
    after: str
    reason: str


def advice(spec: Mapping[str, Any], heaps: Sequence[Mapping[str, int]]) -> list[Advice]:
    """Which sizes could be smaller.

    Args:
        spec: of the SparkApplication.
        heaps: of each of the last good runs the largest heap in use in bytes, by executor; `driver` is one.
    """
    return [each for section in ("driver", "executor") for each in _of(section, spec, heaps)]


def _of(section: str, spec: Mapping[str, Any], heaps: Sequence[Mapping[str, int]]) -> Iterator[Advice]:
    part = spec.get(section) or {}
    named = part.get("memory")
    seen = [each for each in (_largest(section, run) for run in heaps) if each]
    if not named or len(seen) < LEAST_RUNS:
        return
    heap, most = mebibytes(str(named)), math.ceil(Decimal(max(seen)) / 1024**2)
    enough = max(math.ceil(most * ROOM / STEP_MIB) * STEP_MIB, LEAST_MIB)
    if enough > heap * WORTH:
        return
    reason = f"at most {most} MiB of heap were in use in the last {len(seen)} runs that went well"
    yield Advice(section=section, field="memory", before=str(named), after=f"{enough}m", reason=reason)
    if not part.get("memoryOverhead"):
        # What lies beside a heap is a part of it: it would shrink as well, and nobody measured it.
        beside = max(int(heap * _factor(spec)), OVERHEAD_MIN_MIB)
        reason = "what lies beside the heap stays as it is: nothing says that it could be less"
        yield Advice(section=section, field="memoryOverhead", before="", after=f"{beside}m", reason=reason)


def _largest(section: str, heaps: Mapping[str, int]) -> int:
    mine = (heap for name, heap in heaps.items() if (name == "driver") == (section == "driver"))
    return max(mine, default=0)


def _factor(spec: Mapping[str, Any]) -> Decimal:
    said = spec.get("memoryOverheadFactor")
    return Decimal(str(said)) if said else _FACTORS.get(str(spec.get("type")), _FACTOR)


def difference(spec: Mapping[str, Any], found: Sequence[Advice], path: str) -> str:
    """The same as a difference of the definition's spec.

    Args:
        spec: of the SparkApplication.
        found: what could be smaller.
        path: of the definition in its repository.
    """
    changed = deepcopy(dict(spec))
    for each in found:
        changed[each.section] = {**(changed.get(each.section) or {}), each.field: each.after}
    before, after = (yaml.safe_dump(dict(each)).splitlines() for each in (spec, changed))
    return "\n".join(difflib.unified_diff(before, after, f"a/{path}", f"b/{path}", lineterm="", n=1))

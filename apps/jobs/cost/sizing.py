"""Which size a job's pods could have, by what its last good runs took, as a difference to commit. Pure.

What is measured is the heap in use (Spark's metric JVMHeapMemory, of Java's MemoryMXBean), which has garbage
in it: what a job needs is less, so a heap that is never half full is too large for certain. One that is full
may be right: nothing is said of it.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from apps.jobs.definitions.written import Written
from apps.jobs.verdict.memory import OVERHEAD_MIN_MIB, STEP_MIB, mebibytes

LEAST_RUNS: Final = 3
"""Good runs that have to say the same: one day may be a small one."""

ROOM: Final = Decimal("1.5")
"""What the largest heap that was seen is multiplied by: an input may grow by half."""

WORTH: Final = Decimal("0.75")
"""Part of the heap from which on less is not worth a change."""

LEAST_MIB: Final = 512
"""Spark refuses a heap below 466 MiB (components.tenants.admission_sizes, LEAST_HEAP_MIB)."""

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
    try:
        heap = mebibytes(str(named))
    except ValueError:
        # Its run says that it is none.
        return
    most = math.ceil(Decimal(max(seen)) / 1024**2)
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


def difference(found: Sequence[Advice], written: Written | None, path: str) -> str:
    """The same as a patch of the definition's file, for `git apply`.

    Args:
        found: what could be smaller.
        written: the lines of the file with the memory.
        path: of the file in its repository.

    Returns:
        The patch; empty where the lines are not known, or are not written in a way that is understood here.
    """
    by_section = {each.section: [mine for mine in found if mine.section == each.section] for each in found}
    if written is None or not by_section.keys() <= written.memory.keys():
        return ""
    places = {section: written.memory[section] - written.line for section in by_section}
    if len(set(places.values())) < len(places):
        return ""
    changed = [[line] for line in written.lines]
    for section, place in places.items():
        lines = _line(written.lines[place], by_section[section])
        if not lines:
            return ""
        changed[place] = lines
    # So many lines come before, which are the same in both and so are not shown.
    before = [""] * (written.line - 1)
    old, new = ([*before, *written.lines], [*before, *(line for lines in changed for line in lines)])
    names = (f"a/{path}", f"b/{path}")
    return "".join(f"{line}\n" for line in difflib.unified_diff(old, new, *names, lineterm="", n=1))


def _line(text: str, changes: Sequence[Advice]) -> list[str]:
    """The line with a section's memory as it is to be; nothing if it can't be told."""
    had, *further = changes
    found = re.fullmatch(rf"(.*?\bmemory['\"]?\s*:\s*)(['\"]?){re.escape(had.before)}\2(?![\w.])(.*)", text)
    if not found:
        return []
    begin, quote, rest = found.groups()
    is_block = re.fullmatch(r"\s*['\"]?memory['\"]?\s*:\s*", begin) is not None
    line = f"{begin}{quote}{had.after}{quote}"
    more = [f"{each.field}: {each.after}" for each in further]
    if is_block:
        indent = begin[: len(begin) - len(begin.lstrip())]
        return [f"{line}{rest}", *(f"{indent}{each}" for each in more)]
    return [", ".join((line, *more)) + rest]

"""Rules for what the stack file's `spark.conf` adds to a pod's memory: a container may hold the sum.

Spark's sum is heap, overhead and, in executors, what it is told to take outside of the heap and for Python
(BasicDriverFeatureStep, ResourceProfile.getResourcesForClusterManager).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from components.domain import MIB, OVERHEAD_FACTOR, OVERHEAD_MIN_MIB, jvm_memory_mib, size_bytes
from components.settings.problems import Path, Problem

if TYPE_CHECKING:
    from components.settings.model import Settings

_SIZE: Final = re.compile(r"\s*(?P<number>[0-9]+)(?P<unit>[kmgtp]?b?)\s*", re.IGNORECASE)
_STEPS: Final = "bkmgtp"
"""Spark's units, each 1,024 times the one before it."""

_HERE: Final[Path] = ("spark", "conf")
_OFF_HEAP: Final = "spark.memory.offHeap.size"
_OFF_HEAP_ON: Final = "spark.memory.offHeap.enabled"
_PYTHON: Final = "spark.executor.pyspark.memory"


def check(settings: Settings) -> Iterator[Problem]:
    """Find what no job could get, and a switch without its size.

    Args:
        settings: all settings.
    """
    conf = settings.spark.conf
    if _is_on(conf) and not _mebibytes(conf.get(_OFF_HEAP, "0"), "b"):
        yield Problem(
            path=(*_HERE, _OFF_HEAP_ON),
            value=conf[_OFF_HEAP_ON],
            message=f"wants a size, and every driver would end at its start; write {_OFF_HEAP} as well, or "
            "remove it",
        )
    for role in ("driver", "executor"):
        yield from _unfit(settings, role)


def _unfit(settings: Settings, role: str) -> Iterator[Problem]:
    conf = settings.spark.conf
    size = settings.spark.driver.size if role == "driver" else settings.spark.executor.size
    overhead = f"spark.{role}.memoryOverhead"
    heap = jvm_memory_mib(size.memory)
    named = [key for key in (overhead, f"{overhead}Factor", f"spark.{role}.minMemoryOverhead") if key in conf]
    whole = heap + _overhead(conf, role, heap)
    if role == "executor":
        outside = {_PYTHON: True, _OFF_HEAP: _is_on(conf)}
        more = [key for key, counts in outside.items() if counts and key in conf]
        named += more
        whole += sum(_mebibytes(conf[key], "b" if key == _OFF_HEAP else "m") for key in more)
    for number, tenant in enumerate(settings.tenants if named else ()):
        if whole * MIB > size_bytes(tenant.limits.max_memory):
            yield Problem(
                path=(*_HERE, named[-1]),
                value=conf[named[-1]],
                message=f"makes {whole}Mi with spark.{role}.memory, and a container of tenants[{number}] may "
                f"have {tenant.limits.max_memory}; lower one of them, or raise limits.maxMemory there",
                read=(("spark", role, "memory"), ("tenants", number, "limits", "maxMemory")),
            )


def _overhead(conf: Mapping[str, str], role: str, heap: int) -> int:
    """What Spark adds to a heap, in MiB; a factor that is no number has its own error."""
    if (said := conf.get(f"spark.{role}.memoryOverhead")) is not None:
        return _mebibytes(said)
    least = _mebibytes(conf.get(f"spark.{role}.minMemoryOverhead", f"{OVERHEAD_MIN_MIB}m"))
    try:
        factor = float(conf.get(f"spark.{role}.memoryOverheadFactor", OVERHEAD_FACTOR))
    except ValueError:
        factor = float(OVERHEAD_FACTOR)
    return max(int(heap * factor), least)


def _is_on(conf: Mapping[str, str]) -> bool:
    return conf.get(_OFF_HEAP_ON, "").strip().lower() == "true"


def _mebibytes(text: str, bare: str = "m") -> int:
    """A size in MiB, 0 for what has its own error.

    Args:
        text: as it is written.
        bare: the unit that Spark gives a number alone.
    """
    match = _SIZE.fullmatch(text)
    if not match:
        return 0
    unit = (match["unit"].lower() or bare)[0]
    return int(int(match["number"]) * Decimal(1024) ** (_STEPS.index(unit) - _STEPS.index("m")))

"""How much memory Spark asks for, for a pod (ResourceProfile and BasicDriverFeatureStep of 4.1.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SPARK_FACTOR: Final = "0.1"
"""Spark's overhead factor of the JVM (MEMORY_OVERHEAD_FACTOR), if no default says another."""

SPARK_LEAST_OVERHEAD: Final = "384m"
"""Spark's least overhead, if no default says another."""

SPARK_HEAP: Final = "1g"
"""Spark's heap, if no default says another."""

_MIB: Final = {"k": 1 / 1024, "m": 1, "": 1, "g": 1024, "t": 1024**2}


def mebibytes(size: str) -> float:
    """Read a size in Spark's notation.

    Args:
        size: a number alone counts mebibytes (MemoryUtils, ByteUnit.MiB).

    Returns:
        Mebibytes; 0 for what is no size, which was refused when the job was created.
    """
    text = size.lower().removesuffix("b")
    digits = text.rstrip("kmgt")
    return int(digits) * _MIB[text[len(digits) :]] if digits.isdecimal() else 0.0


def overhead_share(conf: Mapping[str, str], role: str) -> float:
    """What a role's factor makes of its heap, in MiB.

    Args:
        conf: properties that hold, defaults included.
        role: "driver" or "executor".
    """
    factor = float(conf.get(f"spark.{role}.memoryOverheadFactor", SPARK_FACTOR))
    return factor * mebibytes(conf.get(f"spark.{role}.memory", SPARK_HEAP))


def pod_mebibytes(conf: Mapping[str, str], role: str, *, python: bool) -> int:
    """Count the memory of a role's pod, request and limit alike, in MiB.

    Args:
        conf: properties that hold, defaults included.
        role: "driver" or "executor".
        python: whether the program is one of Python.
    """
    heap = int(mebibytes(conf.get(f"spark.{role}.memory", SPARK_HEAP)))
    least = mebibytes(conf.get(f"spark.{role}.minMemoryOverhead", SPARK_LEAST_OVERHEAD))
    share = max(overhead_share(conf, role), least)
    total = heap + int(mebibytes(conf.get(f"spark.{role}.memoryOverhead", str(int(share)))))
    if role == "executor":
        if python:
            total += int(mebibytes(conf.get("spark.executor.pyspark.memory", "0")))
        if conf.get("spark.memory.offHeap.enabled", "false").strip().lower() == "true":
            # Of all sizes here, this one counts bytes if it is a number alone.
            size = conf.get("spark.memory.offHeap.size", "0")
            total += int(size) // 1024**2 if size.isdecimal() else int(mebibytes(size))
    return total


def requested_cores(conf: Mapping[str, str], role: str) -> str:
    """CPU that a pod of Spark requests, as a Kubernetes quantity (Spark's Basic*FeatureStep).

    Args:
        conf: properties that hold.
        role: "driver" or "executor".
    """
    return conf.get(f"spark.kubernetes.{role}.request.cores") or conf.get(f"spark.{role}.cores", "1")

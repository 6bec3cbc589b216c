"""What a driver or executor gets beside its heap, and what keeps it there. Pure.

The pod's limit is heap and overhead; the kernel kills what outgrows it, whatever the JVM's own bounds are.
What one executor takes beside a heap of 1,800 MiB in TPC-H is in docs/measurements.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from components.domain import OVERHEAD_FACTOR, OVERHEAD_MIN_MIB
from components.spark.setting import Setting

ROLES: Final = ("driver", "executor")

_SPARK_4_0: Final = (4, 0)
"""The first with a property for the least overhead (Config.scala, `version("4.0.0")`); for jobs of an older
one apps/job_pods names the overhead itself."""


def memory_settings(version: tuple[int, int]) -> Iterable[Setting]:
    """List the properties.

    Args:
        version: release of Spark that the jobs run, as major and minor.
    """
    for role in ROLES:
        yield Setting(
            f"spark.{role}.memoryOverheadFactor",
            f"{OVERHEAD_FACTOR}",
            "Parquet, zstd, netty and Python live outside the heap; the kernel kills a pod that outgrows it. "
            "Spark's 0.1 is for the heap alone, and pod sizes elsewhere in the platform count on this one",
        )
        if version >= _SPARK_4_0:
            yield Setting(
                f"spark.{role}.minMemoryOverhead",
                f"{OVERHEAD_MIN_MIB}m",
                "what a JVM takes beside its heap does not shrink with it: the collector's tables, classes, "
                "compiled code, threads and symbols were 434 MiB in TPC-H, and Spark's least is 384m [run]",
            )

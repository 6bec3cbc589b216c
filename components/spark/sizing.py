"""Sizes of drivers and executors as Spark properties. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from components.domain import PodSize

PROPERTIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "spark.driver.cores": "spark.driver.cores",
        "spark.driver.memory": "spark.driver.memory",
        "spark.kubernetes.driver.request.cores": "spark.driver.cpuRequest",
        "spark.executor.cores": "spark.executor.cores",
        "spark.executor.memory": "spark.executor.memory",
        "spark.kubernetes.executor.request.cores": "spark.executor.cpuRequest",
        "spark.dynamicAllocation.maxExecutors": "spark.maxExecutors",
    }
)
"""Spark property -> the setting that gives its value; Spark's names are from its Kubernetes guide."""


def job_sizes(driver: PodSize, executor: PodSize, *, max_executors: int) -> dict[str, str]:
    """Spark properties that size a job.

    Args:
        driver: size of a driver.
        executor: size of an executor.
        max_executors: most executors of one job under dynamic allocation.
    """
    return {
        "spark.driver.cores": str(driver.cores),
        "spark.driver.memory": driver.memory,
        "spark.kubernetes.driver.request.cores": driver.cpu_request,
        "spark.executor.cores": str(executor.cores),
        "spark.executor.memory": executor.memory,
        "spark.kubernetes.executor.request.cores": executor.cpu_request,
        "spark.dynamicAllocation.maxExecutors": str(max_executors),
    }

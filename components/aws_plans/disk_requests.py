"""What drivers and executors reserve on their node's disk, and how large that disk has to be. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from types import MappingProxyType
from typing import Final

from components.aws_plans.node_pools import DAEMON_CPU, Pool
from components.domain import cpu_millicores

GIB_PER_CORE: Final[Mapping[Pool, int]] = MappingProxyType({Pool.DRIVER: 4, Pool.EXECUTOR: 5})
"""GiB that a pod reserves for each core that it reserves: a part of what it may write, as pods of a node
seldom write at the same time. By the core, because cores say how many pods a node takes: whatever their size,
those that fit its CPU fit its disk."""

MOST_GIB: Final = 128
"""What a container may write at most (components/tenants/limits.py, DISK_LIMIT)."""

SYSTEM_GIB: Final = 8
"""What Linux and the images take of the disk; an image of Spark with Python is the largest, below 2 GiB."""

KUBELETS_PART: Final = 0.1
"""Part of the disk that pods don't get: the kubelet evicts below it (EKS node images, nodefs.available)."""


def disk_request(pool: Pool, cpu_request: str) -> str:
    """Compute what a pod reserves on its node's disk, as a Kubernetes quantity.

    Args:
        pool: whose nodes it runs on; of drivers or of executors.
        cpu_request: CPU that is reserved for it, as a Kubernetes quantity.
    """
    mib = _mib(pool, cpu_request)
    return f"{mib // 1024}Gi" if mib % 1024 == 0 else f"{mib}Mi"


def least_disk(pool: Pool, cpu_request: str, largest: int) -> int:
    """Compute the smallest disk, in GiB, on which the pool's largest node takes as many pods as its CPU does.

    Args:
        pool: of drivers or of executors.
        cpu_request: CPU that is reserved for each pod, as a Kubernetes quantity.
        largest: vCPU of the largest node that the pool can have.
    """
    free = largest * 1000 - DAEMON_CPU
    pods = max(1, free // cpu_millicores(cpu_request))
    return ceil((pods * _mib(pool, cpu_request) / 1024 + SYSTEM_GIB) / (1 - KUBELETS_PART))


def _mib(pool: Pool, cpu_request: str) -> int:
    # More than a container may have, and the API server would refuse the pod.
    return min(ceil(GIB_PER_CORE[pool] * 1024 * cpu_millicores(cpu_request) / 1000), MOST_GIB * 1024)

"""The node pools: what each is for, which machines it takes, and how jobs pick one by name. Pure.

A job names a pool, never an instance type: Karpenter finds the cheapest type that fits among several
hundred. Every pool scales to zero. Sources: Karpenter 1.14, "NodePools" and "Disruption"; instance facts
from its list of types.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from components.aws_plans.address_plan import PREFIX_ADDRESSES, Demand
from components.domain import Manifest
from components.kube.placement import Placement
from components.naming import POOL_LABEL


class Pool(StrEnum):
    """The pools, by the name that jobs use."""

    PLATFORM = "platform"
    DRIVER = "driver"
    EXECUTOR = "executor"
    MEMORY = "memory"
    NVME = "nvme"


class Disk(StrEnum):
    """Kinds of node disk; each is an EC2NodeClass."""

    STANDARD = "standard"
    SPILL = "spill"
    NVME = "nvme"


PODS_PER_CORE: Final = 4
"""Pods per vCPU of a node: as many containers of the default request, 250m, as fit. It bounds the
addresses."""

PODS_PER_NODE: Final = 110
"""Most pods of a node (Kubernetes, "Considerations for large clusters"; also what EKS uses below 30 vCPU)."""

SYSTEM_TAINT: Final = "CriticalAddonsOnly"
"""Key of the taint of the system nodes; EKS' own add-ons bear it."""

WARM_PREFIXES: Final = 1
"""/28 blocks that a node holds besides those in use (VPC CNI, WARM_PREFIX_TARGET)."""

INTERFACES_PER_NODE: Final = 2
"""Network interfaces that a node's blocks fit on, each with one address of its own. An xlarge interface
already has 14 places for blocks, so the second is a margin for custom sizes."""

_CPU_STEP: Final = 4
"""From 4 vCPU on, all instance types have a multiple of 4 (Karpenter's list of types)."""

NODE_AGE: Final = "336h"
"""Two weeks, after which a node is replaced, so that a security fix in the image is everywhere by then."""


@dataclass(frozen=True, kw_only=True)
class PoolKind:
    """What a pool is.

    Args:
        categories: first letters of the instance types: c computes, m is general, r has memory, i has
            disks.
        generation: the oldest generation. The fifth is where Nitro begins, which /28 blocks need.
        cpu: fewest and most vCPU of a node. Small nodes waste a larger part on daemons; a large one takes
            more executors with it when it is reclaimed.
        disk: kind of disk.
        jobs: True if only jobs that name the pool may use it.
        spot: True if it may take spot capacity at all.
        consolidation: which nodes Karpenter may empty by itself.
        wait: how long a node must be as it is before Karpenter does so.
        rolling: nodes that may be replaced at a time although pods run on them, because they are half empty
            or out of date.
        grace: longest time that pods may keep a node that has to go.
        local_nvme_gib: least local NVMe in GiB, 0 for none.
    """

    categories: tuple[str, ...]
    generation: int
    cpu: tuple[int, int]
    disk: Disk
    jobs: bool
    spot: bool
    consolidation: str
    wait: str
    rolling: str
    grace: str
    local_nvme_gib: int = 0


KINDS: Final[Mapping[Pool, PoolKind]] = MappingProxyType(
    {
        # The operator, the history server, monitoring: few pods, some with volumes, none for sale.
        Pool.PLATFORM: PoolKind(
            categories=("c", "m", "r"),
            generation=6,
            cpu=(4, 16),
            disk=Disk.STANDARD,
            jobs=False,
            spot=False,
            consolidation="Balanced",
            wait="300s",
            rolling="1",
            grace="1h",
        ),
        # Losing a driver loses the job: on demand, left alone until it is empty, and nothing is replaced
        # under it. Even when a node is two weeks old, its drivers have two days to end.
        Pool.DRIVER: PoolKind(
            categories=("c", "m", "r"),
            generation=6,
            cpu=(4, 16),
            disk=Disk.STANDARD,
            jobs=True,
            spot=False,
            consolidation="WhenEmpty",
            wait="60s",
            rolling="0",
            grace="48h",
        ),
        # Losing an executor costs minutes, and decommissioning moves its blocks first: worth it to end a node
        # that is nearly empty, and not for a cent an hour, which is all that WhenEmptyOrUnderutilized asks
        # for. Balanced weighs what is saved against the pods that move. The wait is longer than dynamic
        # allocation's idle timeout of 60 s, or nodes and executors would both be evicted. What the executors
        # of 32 vCPU reserve fits the disk (disk_requests).
        Pool.EXECUTOR: PoolKind(
            categories=("c", "m", "r"),
            generation=5,
            cpu=(8, 32),
            disk=Disk.SPILL,
            jobs=True,
            spot=True,
            consolidation="Balanced",
            wait="300s",
            rolling="10%",
            grace="1h",
        ),
        # Large heaps and much shuffle: moving them costs more than a half-empty node.
        Pool.MEMORY: PoolKind(
            categories=("r", "x"),
            generation=5,
            cpu=(8, 32),
            disk=Disk.SPILL,
            jobs=True,
            spot=True,
            consolidation="WhenEmpty",
            wait="300s",
            rolling="10%",
            grace="1h",
        ),
        # 50 GiB for each of 8 vCPU; older types of that size have half of it.
        Pool.NVME: PoolKind(
            categories=("c", "i", "m", "r"),
            generation=5,
            cpu=(8, 64),
            disk=Disk.NVME,
            jobs=True,
            spot=True,
            consolidation="WhenEmpty",
            wait="300s",
            rolling="10%",
            grace="1h",
            local_nvme_gib=400,
        ),
    }
)
"""What each pool is. A pool of the settings says only how large it may get and whether it may use spot."""


@dataclass(frozen=True, kw_only=True)
class QuietHours:
    """Hours in which no node is replaced while pods run on it.

    Args:
        schedule: when they begin, in cron's five fields, in UTC.
        duration: how long they last, such as "8h" or "1h30m".
    """

    schedule: str
    duration: str


@dataclass(frozen=True, kw_only=True)
class PoolSize:
    """How large a pool may get, and when its nodes are left alone.

    Args:
        pool: which pool.
        cpu: vCPU that its nodes may have together.
        spot: True to take spot capacity first and on-demand capacity when there is none.
        long_jobs: True if its jobs run for hours: nodes then go only when they are empty.
        quiet: hours in which no node is replaced while pods run on it.

    Raises:
        ValueError: the size holds no node, or the pool may not use spot.
    """

    pool: Pool
    cpu: int
    spot: bool = False
    long_jobs: bool = False
    quiet: tuple[QuietHours, ...] = ()

    def __post_init__(self) -> None:
        kind = KINDS[self.pool]
        if self.cpu < kind.cpu[0]:
            raise ValueError(
                f"pool {self.pool}: cpu {self.cpu} holds no node, the smallest has {kind.cpu[0]} vCPU; "
                f"write {kind.cpu[0]} or more"
            )
        if self.spot and not kind.spot:
            raise ValueError(
                f"pool {self.pool}: spot nodes are reclaimed with two minutes' notice, and losing a "
                f"{self.pool} pod loses the work of all; remove spot"
            )


DAEMON_CPU: Final = 1000
"""Thousandths of a core of the largest node that daemons and the system take: kubelet's reservation of
64 vCPU is a fifth of a core (EKS node images), and the daemons ask for about a half."""

DO_NOT_DISRUPT: Final[Mapping[str, str]] = MappingProxyType({"karpenter.sh/do-not-disrupt": "true"})
"""Annotation of drivers. The expiry of a node drains it at once and asks no budget (Karpenter, "Disruption"),
and a driver would have its 120 seconds of grace. So it has the pool's grace, two days."""


def placement(pool: str, *, disk: str, affinity: Mapping[str, Any] | None = None) -> Placement:
    """Say where pods run that name no pool themselves, for their templates.

    The toleration is for all pools of jobs: a job then picks another one by a single property,
    spark.kubernetes.<role>.node.selector.<pool label>, because Spark's properties set no tolerations.

    Args:
        pool: name of the pool.
        disk: what such a pod reserves on its node's disk, as a Kubernetes quantity.
        affinity: what they want to be near; None for nothing.

    Raises:
        ValueError: there is no such pool, or it is not for jobs.
    """
    return Placement(
        node_selector={POOL_LABEL: _job_pool(pool)},
        tolerations=[{"key": POOL_LABEL, "operator": "Exists", "effect": "NoSchedule"}],
        affinity=affinity or {},
        disk=disk,
    )


def _job_pool(pool: str) -> str:
    names = [each.value for each in Pool if KINDS[each].jobs]
    if pool not in names:
        raise ValueError(f'there is no pool "{pool}" for jobs; name one of {", ".join(names)}')
    return Pool(pool).value


_WHILE_IN_USE: Final = ["Underutilized", "Drifted"]
"""Reasons for which Karpenter replaces nodes that pods run on, and that budgets hold back."""


def node_pool(size: PoolSize, architectures: Sequence[str]) -> Manifest:
    """Make the spec of a NodePool (karpenter.sh/v1).

    Args:
        size: which pool, and how large.
        architectures: what the images are built for, of "arm64" and "amd64".
    """
    kind = KINDS[size.pool]
    template: Manifest = {
        "metadata": {"labels": {POOL_LABEL: size.pool.value}},
        "spec": {
            "nodeClassRef": {
                "group": "karpenter.k8s.aws",
                "kind": "EC2NodeClass",
                "name": kind.disk.value,
            },
            "expireAfter": NODE_AGE,
            "terminationGracePeriod": kind.grace,
            "requirements": _requirements(kind, size.spot, architectures),
        },
    }
    if kind.jobs:
        template["spec"]["taints"] = [
            {"key": POOL_LABEL, "value": size.pool.value, "effect": "NoSchedule"},
        ]
    return {
        "template": template,
        "limits": {"cpu": str(size.cpu)},
        "disruption": {
            "consolidationPolicy": "WhenEmpty" if size.long_jobs else kind.consolidation,
            "consolidateAfter": kind.wait,
            # The smallest budget that names a reason counts, so each reason has its own.
            "budgets": [
                {"nodes": "100%", "reasons": ["Empty"]},
                {"nodes": kind.rolling, "reasons": _WHILE_IN_USE},
                *(
                    {
                        "nodes": "0",
                        "reasons": _WHILE_IN_USE,
                        "schedule": hours.schedule,
                        "duration": hours.duration,
                    }
                    for hours in size.quiet
                ),
            ],
        },
    }


def _requirements(kind: PoolKind, spot: bool, architectures: Sequence[str]) -> list[Manifest]:
    instance = "karpenter.k8s.aws/instance"
    least, most = kind.cpu
    requirements = [
        _within("kubernetes.io/os", "linux"),
        _within("kubernetes.io/arch", *sorted(architectures)),
        # Where both are allowed, Karpenter takes spot first.
        _within("karpenter.sh/capacity-type", *(("on-demand", "spot") if spot else ("on-demand",))),
        _within(f"{instance}-category", *kind.categories),
        _above(f"{instance}-generation", kind.generation - 1),
        # /28 blocks for pods exist on Nitro only.
        _within(f"{instance}-hypervisor", "nitro"),
        # Flex types give full CPU for part of the time only; a task that waits for CPU holds up its stage.
        _within(f"{instance}-capability-flex", "false"),
        _above(f"{instance}-cpu", least - 1),
        _below(f"{instance}-cpu", most + 1),
    ]
    if kind.local_nvme_gib:
        requirements.append(_above(f"{instance}-local-nvme", kind.local_nvme_gib - 1))
    return requirements


def _within(key: str, *values: str) -> Manifest:
    return {"key": key, "operator": "In", "values": list(values)}


def _above(key: str, value: int) -> Manifest:
    return {"key": key, "operator": "Gt", "values": [str(value)]}


def _below(key: str, value: int) -> Manifest:
    return {"key": key, "operator": "Lt", "values": [str(value)]}


def demand(sizes: Iterable[PoolSize], *, system_nodes: int) -> Demand:
    """Compute the addresses of the largest cluster: every pool full, and the system group during an update.

    For each pool the size of node is taken that costs most blocks of 16 addresses.

    Args:
        sizes: the pools.
        system_nodes: nodes of the system group; an update adds one at a time.
    """
    nodes = system_nodes + 1
    prefixes = nodes * _prefixes(PODS_PER_NODE)
    for size in sizes:
        least, most = KINDS[size.pool].cpu
        nodes += size.cpu // least
        prefixes += max(
            size.cpu // cpu * _prefixes(min(cpu * PODS_PER_CORE, PODS_PER_NODE))
            for cpu in range(least, min(most, size.cpu) + 1, _CPU_STEP)
        )
    return Demand(nodes=nodes, prefixes=prefixes, node_addresses=nodes * INTERFACES_PER_NODE)


def _prefixes(pods: int) -> int:
    return -(-pods // PREFIX_ADDRESSES) + WARM_PREFIXES

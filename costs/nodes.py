"""How many nodes a workload needs, on this platform and on EMR, and what they take an hour. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import Final

from costs.prices import Instance, PriceTable
from costs.workload import Workload

YARN_KEEPS_MIB: Final = 8192
"""Most memory that EMR keeps from YARN on a node, in MiB (AWS's table of defaults: i2.4xlarge has 124928 and
gives 116736, d2.8xlarge 249856 and 241664); smaller nodes keep a quarter (m5.xlarge gives 12288 of 16384)."""


@dataclass(frozen=True, kw_only=True)
class Nodes:
    """Nodes of one type and market.

    Args:
        instance: instance type.
        count: how many.
        spot: True if on spot.
    """

    instance: str
    count: int
    spot: bool

    def __str__(self) -> str:
        return f"{self.count} x {self.instance} {'spot' if self.spot else 'on demand'}"


def pods_per_node(workload: Workload, instance: Instance) -> int:
    """Executors that fit a Kubernetes node of a type, beside the node's own pods.

    Args:
        workload: what an executor asks for.
        instance: size of the node.
    """
    by_cpu = instance.free_millicores / (workload.executor_cpu * 1000)
    by_memory = instance.free_memory_mib / (workload.executor_memory_gib * 1024)
    return int(min(by_cpu, by_memory))


def containers_per_node(workload: Workload, instance: Instance) -> int:
    """Executors that YARN puts on an EMR node of a type: by default it counts memory alone.

    Args:
        workload: what an executor asks for.
        instance: size of the node.
    """
    keeps = min(instance.memory_mib // 4, YARN_KEEPS_MIB)
    return int((instance.memory_mib - keeps) / (workload.executor_memory_gib * 1024))


def pool_nodes(workload: Workload, table: PriceTable) -> tuple[Nodes, ...]:
    """Nodes here while the workload runs: the driver's, then the executors'.

    Args:
        workload: what runs; where it names a number of nodes, none is computed.
        table: sizes of the instance types.
    """
    driver = Nodes(instance=workload.driver_instance, count=1, spot=False)
    if workload.nodes is not None:
        return (driver, *_given(workload, workload.instances, workload.nodes))
    spot = _share(workload.executors, workload.spot_share)

    def fit(name: str) -> int:
        return pods_per_node(workload, table.instance(name))

    return (
        driver,
        *_fitted(spot, workload.instances, fit, spot=True),
        *_fitted(workload.executors - spot, workload.instances, fit, spot=False),
    )


def cluster_nodes(workload: Workload, table: PriceTable) -> tuple[Nodes, ...]:
    """Nodes of the EMR cluster: the primaries, then core and task nodes; the driver runs among those.

    Args:
        workload: what runs; where its cluster names a number of nodes, none is computed.
        table: sizes of the instance types.
    """
    emr = workload.emr
    types = emr.instances or workload.instances
    primary = Nodes(instance=emr.primary, count=emr.primaries, spot=emr.primary_spot)
    if emr.nodes is not None:
        return (primary, *_given(workload, types, emr.nodes))
    spot = _share(workload.executors, workload.spot_share)
    driver = 1

    def fit(name: str) -> int:
        return containers_per_node(workload, table.instance(name))

    return (
        primary,
        *_fitted(spot, types, fit, spot=True),
        *_fitted(workload.executors - spot + driver, types, fit, spot=False),
    )


def emr_hourly(nodes: Sequence[Nodes], table: PriceTable) -> Decimal:
    """USD per hour of EMR nodes: EC2 and EMR's fee, without volumes.

    Args:
        nodes: of the whole cluster.
        table: prices of its region.
    """
    fees = sum((node.count * table.emr_fee(node.instance) for node in nodes), Decimal(0))
    return hourly(nodes, table) + fees


def hourly(nodes: Sequence[Nodes], table: PriceTable) -> Decimal:
    """USD per hour of nodes that EC2 alone is paid for.

    Args:
        nodes: on demand and on spot.
        table: prices of their region.
    """
    return sum((node.count * table.hourly(node.instance, spot=node.spot) for node in nodes), Decimal(0))


def _share(count: int, percent: Decimal) -> int:
    return int((count * percent / 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _spread(count: int, types: Sequence[str]) -> list[tuple[str, int]]:
    """Equal parts, the remainder to the first types."""
    part, rest = divmod(count, len(types))
    return [(name, part + (1 if place < rest else 0)) for place, name in enumerate(types)]


def _given(workload: Workload, types: Sequence[str], count: int) -> list[Nodes]:
    spot = _share(count, workload.spot_share)
    return [
        Nodes(instance=name, count=part, spot=on_spot)
        for on_spot, number in ((True, spot), (False, count - spot))
        for name, part in _spread(number, types)
        if part
    ]


def _fitted(executors: int, types: Sequence[str], fit: Callable[[str], int], *, spot: bool) -> list[Nodes]:
    return [
        Nodes(
            instance=name,
            count=int((Decimal(part) / fit(name)).to_integral_value(rounding=ROUND_CEILING)),
            spot=spot,
        )
        for name, part in _spread(executors, types)
        if part
    ]

"""What a workload costs a month on EMR on EC2, on EMR on EKS and on this platform, and which is cheaper.

Pure. The sums follow the words of `costs.formulas`; each estimate keeps its parts, so that a reader can argue
with any of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from costs import formulas
from costs.idle import FixedCost
from costs.nodes import (
    Nodes,
    cluster_nodes,
    containers_per_node,
    emr_hourly,
    hourly,
    pods_per_node,
    pool_nodes,
)
from costs.prices import Instance, Price, PriceTable
from costs.shape import PlatformShape
from costs.workload import BadInputError, Workload

EMR_VOLUMES_GIB: Final = {
    "large": 32,
    "xlarge": 64,
    "2xlarge": 128,
    "4xlarge": 256,
    "8xlarge": 512,
    "9xlarge": 576,
    "12xlarge": 768,
    "16xlarge": 1024,
    "24xlarge": 1536,
}
"""Volumes in GiB that EMR adds to a node without a local disk, by size (constants of AWS's EMR advisor)."""

EMR_VOLUME_DEFAULT_GIB: Final = 512
"""The same for sizes that the table lacks, from the same source."""

EMR_ON_EKS_PRICES: Final = ("emr-eks/vcpu", "emr-eks/memory")
"""Lines that its fee takes: AWS's pages name them for us-east-1 alone."""

EMR: Final = "EMR on EC2"
EMR_ON_EKS: Final = "EMR on EKS"
HERE: Final = "this platform"


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A month's cost in USD, by part.

    Args:
        name: where the workload runs.
        nodes: nodes while it runs.
        hours: hours a month that they are paid for.
        machines: EC2.
        fee: EMR's own fee.
        disks: volumes of those nodes.
        platform: what is paid for while nothing runs.
    """

    name: str
    nodes: tuple[Nodes, ...]
    hours: Decimal
    machines: Decimal
    fee: Decimal
    disks: Decimal
    platform: Decimal

    @property
    def work(self) -> Decimal:
        """All that grows with the work."""
        return self.machines + self.fee + self.disks

    @property
    def month(self) -> Decimal:
        """All of it."""
        return self.work + self.platform


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The same workload in three places, or in two where the third has no price.

    Args:
        workload: the workload.
        emr: on EMR on EC2.
        on_eks: on EMR on EKS; None where nobody knows its fee.
        here: on this platform.
        break_even_hours: hours a month from which this platform is cheaper than EMR on EC2; None if never.
        break_even_rho: run time here over run time on EMR at which both cost the same; None if never.
        network_month: part of the platform's cost that EMR clusters in the same network would pay as well.
        slots_per_vcpu: executor CPU per vCPU on EMR, where YARN counts memory alone.
        inferred: lines of EMR's fees that are not verified.
    """

    workload: Workload
    emr: Estimate
    on_eks: Estimate | None
    here: Estimate
    break_even_hours: Decimal | None
    break_even_rho: Decimal | None
    network_month: Decimal
    slots_per_vcpu: Decimal
    inferred: tuple[Price, ...]

    @property
    def estimates(self) -> tuple[Estimate, ...]:
        """All that have a price, EMR on EC2 first and this platform last."""
        return tuple(each for each in (self.emr, self.on_eks, self.here) if each)

    @property
    def cheapest(self) -> Estimate:
        """The cheapest of them; on a tie the one that changes least."""
        return min(self.estimates, key=lambda estimate: estimate.month)

    @property
    def stay(self) -> bool:
        """True if one of the two forms of EMR is cheaper than this platform, or as cheap."""
        return self.cheapest.name != HERE


def compare(workload: Workload, shape: PlatformShape, fixed: FixedCost, table: PriceTable) -> Comparison:
    """Price a workload in the three places.

    Args:
        workload: what runs.
        shape: what the platform is made of: its nodes' disks.
        fixed: what the platform costs while idle.
        table: the prices of the stack's region.

    Raises:
        BadInputError: an executor fits no node of a named type, or EMR does not offer a type; all are named.
        UnknownPriceError: the table lacks a price.
    """
    _check(workload, table)
    here_nodes = pool_nodes(workload, table)
    emr_nodes = cluster_nodes(workload, table)
    emr = _emr(workload, emr_nodes, table)
    disk_hour = _disk_hour(workload, shape, here_nodes, table)
    on_eks = _emr_on_eks(workload, here_nodes, disk_hour, fixed, table)
    here = _here(workload, here_nodes, disk_hour, fixed, table)
    return Comparison(
        workload=workload,
        emr=emr,
        on_eks=on_eks,
        here=here,
        break_even_hours=formulas.break_even_hours(
            fixed.month, emr.work / workload.hours, here.work / workload.hours
        ),
        break_even_rho=_break_even_rho(workload, emr, here),
        network_month=fixed.network_month,
        slots_per_vcpu=_slots_per_vcpu(workload, table),
        inferred=_inferred(emr_nodes, table),
    )


def _check(workload: Workload, table: PriceTable) -> None:
    emr_types = workload.emr.instances or workload.instances
    problems = [
        _does_not_fit(workload, table.instance(name))
        for name in (workload.instances if workload.nodes is None else ())
        if pods_per_node(workload, table.instance(name)) < 1
    ]
    problems += [
        f"an executor of {workload.executor_memory_gib} GiB does not fit the memory that EMR gives YARN on "
        f"{name}; name larger types in emr.instances"
        for name in (emr_types if workload.emr.nodes is None else ())
        if containers_per_node(workload, table.instance(name)) < 1
    ]
    problems += [
        f"EMR on EC2 does not offer {name}; name what the clusters use today in emr.primary and emr.instances"
        for name in dict.fromkeys((workload.emr.primary, *emr_types))
        if not table.instance(name).emr
    ]
    if problems:
        raise BadInputError(problems)


def _does_not_fit(workload: Workload, instance: Instance) -> str:
    cores, memory = Decimal(instance.free_millicores) / 1000, Decimal(instance.free_memory_mib) / 1024
    return (
        f"an executor of {workload.executor_cpu} CPU and {workload.executor_memory_gib} GiB does not fit "
        f"{instance.name}, which leaves {cores} CPU and {memory:.1f} GiB to it; take a larger type"
    )


def _emr(workload: Workload, nodes: tuple[Nodes, ...], table: PriceTable) -> Estimate:
    waits = workload.emr.start_minutes + workload.emr.idle_minutes
    hours = workload.hours + workload.runs * waits / 60
    gib = sum(node.count * _emr_volume(table.instance(node.instance)) for node in nodes)
    disks = gib * table.amount("ebs/gp3") / formulas.HOURS_PER_MONTH * hours
    return Estimate(
        name=EMR,
        nodes=nodes,
        hours=hours,
        machines=hourly(nodes, table) * hours,
        fee=(emr_hourly(nodes, table) - hourly(nodes, table)) * hours,
        disks=disks if workload.emr.volumes else Decimal(0),
        platform=Decimal(0),
    )


def _emr_volume(instance: Instance) -> int:
    return 0 if instance.local_disk else EMR_VOLUMES_GIB.get(instance.size, EMR_VOLUME_DEFAULT_GIB)


def _emr_on_eks(
    workload: Workload, nodes: tuple[Nodes, ...], disk_hour: Decimal, fixed: FixedCost, table: PriceTable
) -> Estimate | None:
    if any(item not in table.lines for item in EMR_ON_EKS_PRICES):
        return None
    hours = workload.hours + workload.runs * workload.node_extra_minutes / 60
    fee = formulas.pod_fee(
        workload.executors * workload.executor_cpu + workload.driver_cpu,
        workload.executors * workload.executor_memory_gib + workload.driver_memory_gib,
        per_vcpu=table.amount("emr-eks/vcpu"),
        per_gb=table.amount("emr-eks/memory"),
    )
    return Estimate(
        name=EMR_ON_EKS,
        nodes=nodes,
        hours=hours,
        machines=hourly(nodes, table) * hours,
        fee=fee * workload.hours,
        disks=disk_hour * hours,
        platform=fixed.month,
    )


def _here(
    workload: Workload, nodes: tuple[Nodes, ...], disk_hour: Decimal, fixed: FixedCost, table: PriceTable
) -> Estimate:
    hours = workload.hours * workload.run_time_ratio + workload.runs * workload.node_extra_minutes / 60
    return Estimate(
        name=HERE,
        nodes=nodes,
        hours=hours,
        machines=hourly(nodes, table) * hours,
        fee=Decimal(0),
        disks=disk_hour * hours,
        platform=fixed.month,
    )


def _disk_hour(
    workload: Workload, shape: PlatformShape, nodes: Sequence[Nodes], table: PriceTable
) -> Decimal:
    """USD per hour of the root volumes here: the driver's node first, then the executors'."""
    if not workload.volumes:
        return Decimal(0)
    driver, *executors = nodes
    month = driver.count * shape.driver_disk.month(table)
    for node in executors:
        local = table.instance(node.instance).local_disk
        month += node.count * (shape.work_disk_nvme if local else shape.work_disk).month(table)
    return month / formulas.HOURS_PER_MONTH


def _break_even_rho(workload: Workload, emr: Estimate, here: Estimate) -> Decimal | None:
    per_hour = here.work / here.hours
    hours = (emr.month - here.platform) / per_hour - workload.runs * workload.node_extra_minutes / 60
    return hours / workload.hours if hours > 0 else None


def _inferred(nodes: Sequence[Nodes], table: PriceTable) -> tuple[Price, ...]:
    lines = (table.line(f"emr/{name}") for name in sorted({node.instance for node in nodes}))
    return tuple(line for line in lines if line.unverified)


def _slots_per_vcpu(workload: Workload, table: PriceTable) -> Decimal:
    if workload.emr.nodes is not None:
        return Decimal(0)
    types = [table.instance(name) for name in workload.emr.instances or workload.instances]
    return max(containers_per_node(workload, kind) * workload.executor_cpu / kind.vcpu for kind in types)

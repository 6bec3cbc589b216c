"""What a stack's platform costs a month while nothing runs. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Final

from costs import formulas
from costs.database import database_lines
from costs.lines import FixedLine, Priced, hourly, known, monthly
from costs.prices import PriceTable, UnknownPriceError
from costs.shape import KeptNode, NodeGroup, PlatformPods, PlatformShape

_S3: Final = ("s3/stored", "s3/put", "s3/get")


@dataclass(frozen=True, kw_only=True)
class FixedCost:
    """What a stack costs while idle.

    Args:
        lines: what has a price and a known amount.
        unknown: what is paid for every month at a price that the table lacks.
        by_use: what is paid by use, with its price: no amount is guessed.
    """

    lines: tuple[FixedLine, ...]
    by_use: tuple[str, ...]
    unknown: tuple[str, ...] = ()

    @property
    def month(self) -> Decimal:
        """USD a month."""
        return sum((line.month for line in self.lines), Decimal(0))

    @property
    def network_month(self) -> Decimal:
        """USD a month of the lines that EMR in the same network would pay as well."""
        return sum((line.month for line in self.lines if line.network), Decimal(0))


def fixed_cost(shape: PlatformShape, table: PriceTable) -> FixedCost:
    """Price a stack's idle platform: what the table has no price of is named and in no sum.

    Args:
        shape: what the stack has when no job runs.
        table: prices of its region.

    Raises:
        UnknownPriceError: the control plane or a node has no price: without them a sum means nothing.
    """
    support = "extended" if shape.extended_support else "standard"
    lines = [hourly(f"EKS control plane, {support} support", 1, f"eks/{support}", table)]
    groups = [*shape.groups, *([platform_node(shape, table)] if shape.platform else [])]
    for group in groups:
        lines += _group(group, table)
    for node in shape.kept:
        lines += _kept(node, shape, table)
    services, unknown = known([*_hourly_services(shape, table), *_monthly_services(shape, table)])
    priced, without = database_lines(shape.database, table) if shape.database else ([], [])
    return FixedCost(
        lines=tuple(line for line in (*lines, *services, *priced) if line.month),
        by_use=tuple(_by_use(shape, table)),
        unknown=(*unknown, *without),
    )


def _hourly_services(shape: PlatformShape, table: PriceTable) -> list[tuple[str, Priced]]:
    """What is paid for by the hour and is no node: control plane's tier, network, load balancers."""
    zones, services = shape.availability_zones, shape.interface_endpoints
    tiers = 0 if shape.tier == "standard" else 1
    parts = (
        (f"control plane, {shape.tier}, besides", tiers, f"eks/{shape.tier}", False),
        (f"NAT gateways: {shape.nat_gateways}", shape.nat_gateways, "nat/gateway", True),
        (
            f"private NAT gateways: {shape.private_nat_gateways}",
            shape.private_nat_gateways,
            "nat/gateway",
            True,
        ),
        (
            f"public addresses of the NAT gateways: {shape.nat_gateways}",
            shape.nat_gateways,
            "ipv4/public",
            True,
        ),
        (
            f"load balancers of the pages: {shape.load_balancers}",
            shape.load_balancers,
            "balancer/application",
            False,
        ),
        (
            f"public addresses of the load balancers: {shape.balancer_addresses}",
            shape.balancer_addresses,
            "ipv4/public",
            False,
        ),
        (
            f"interface endpoints: {services} services in {zones} zones",
            services * zones,
            "endpoint/interface",
            True,
        ),
    )
    return [
        (what, partial(hourly, what, count, item, table, network=network))
        for what, count, item, network in parts
        if count
    ]


def _monthly_services(shape: PlatformShape, table: PriceTable) -> list[tuple[str, Priced]]:
    """What is paid for by the month: keys, and volumes of the platform's own services."""
    parts = (
        (f"KMS keys: {shape.kms_keys}", shape.kms_keys, "kms/key"),
        *((f"volume of {volume.name}", volume.gib, "ebs/gp3") for volume in shape.volumes),
    )
    return [(what, partial(monthly, what, count, item, table)) for what, count, item in parts if count]


def platform_node(shape: PlatformShape, table: PriceTable) -> NodeGroup:
    """The node that Karpenter makes for the platform's own pods: the cheapest on demand that holds them.

    Args:
        shape: what the stack has when no job runs, and what its pool of nodes for services may be.
        table: sizes and prices of its region.

    Raises:
        UnknownPriceError: no type in the table fits.
    """
    instance = _cheapest(
        table,
        shape.platform or PlatformPods(millicores=0, memory_mib=0),
        categories=shape.platform_categories,
        generation=shape.platform_generation,
        cpu=shape.platform_cpu,
        architectures=shape.architectures,
    )
    return NodeGroup(
        name="node for the platform's own pods",
        instance=instance,
        count=1,
        disk=shape.platform_disk,
    )


def _cheapest(
    table: PriceTable,
    pods: PlatformPods,
    *,
    categories: tuple[str, ...],
    generation: int,
    cpu: tuple[int, int],
    architectures: tuple[str, ...],
) -> str:
    """The cheapest type on demand that holds the pods; raises `UnknownPriceError` if none does."""
    fitting = [
        instance
        for instance in map(table.instance, table.priced)
        if instance.name[0] in categories
        and instance.generation >= generation
        and cpu[0] <= instance.vcpu <= cpu[1]
        and instance.architecture in architectures
        and instance.free_millicores >= pods.millicores
        and instance.free_memory_mib >= pods.memory_mib
    ]
    if not fitting:
        asked = f"a node for {pods.millicores}m CPU and {pods.memory_mib} MiB"
        raise UnknownPriceError(asked, table.region, table.newest)
    return min(fitting, key=lambda instance: (table.on_demand(instance.name), instance.name)).name


def _kept(node: KeptNode, shape: PlatformShape, table: PriceTable) -> list[FixedLine]:
    """The node and its disk, for the part of the month that it is there."""
    instance = _cheapest(
        table,
        node.pods,
        categories=node.categories,
        generation=node.generation,
        cpu=node.cpu,
        architectures=shape.architectures,
    )
    price = table.hourly(instance, spot=node.spot)
    share = formulas.cents(node.share)
    return [
        FixedLine(
            what=f"{node.name}: {instance}, {'spot' if node.spot else 'on demand'}, {share} of the time",
            arithmetic=f"{share} x {price} x {formulas.HOURS_PER_MONTH}",
            month=node.share * price * formulas.HOURS_PER_MONTH,
            price=table.line(f"ec2/{instance}"),
        ),
        FixedLine(
            what=f"disk of the {node.name}: {node.disk}",
            arithmetic=f"{share} x {node.disk.arithmetic(table)}",
            month=node.share * node.disk.month(table),
            price=table.line("ebs/gp3"),
        ),
    ]


def _group(group: NodeGroup, table: PriceTable) -> list[FixedLine]:
    price = table.hourly(group.instance, spot=group.spot)
    market = "spot" if group.spot else "on demand"
    month = group.count * price * formulas.HOURS_PER_MONTH
    disk = FixedLine(
        what=f"disks of {group.name}: {group.count} x {group.disk}",
        arithmetic=f"{group.count} x {group.disk.arithmetic(table)}",
        month=group.count * group.disk.month(table),
        price=table.line("ebs/gp3"),
    )
    nodes = FixedLine(
        what=f"{group.name}: {group.count} x {group.instance}, {market}",
        arithmetic=f"{group.count} x {price} x {formulas.HOURS_PER_MONTH}",
        month=month,
        price=table.line(f"ec2/{group.instance}"),
    )
    return [nodes, disk]


def _by_use(shape: PlatformShape, table: PriceTable) -> list[str]:
    """What is paid by use: a sentence with its prices, or that one of them is not known."""
    logs = [
        name
        for name, on in (("the control plane", shape.control_plane_logs), ("network flows", shape.flow_logs))
        if on
    ]
    parts: tuple[tuple[bool, str, str, tuple[str, ...]], ...] = (
        (True, "S3", "{} USD per GB and month stored; {} per 1000 writes, {} per 1000 reads", _S3),
        (True, "images in the registry", "{} USD per GB and month", ("registry/stored",)),
        (
            bool(shape.nat_gateways),
            "traffic through NAT",
            "{} USD per GB (S3 goes through its gateway endpoint, which is free)",
            ("nat/traffic",),
        ),
        (
            bool(shape.interface_endpoints),
            "traffic through interface endpoints",
            "{} USD per GB",
            ("endpoint/traffic",),
        ),
        (
            shape.availability_zones > 1,
            "traffic between zones",
            "{} USD per GB in each direction",
            ("zone/traffic",),
        ),
        (bool(shape.database), "backups of the database beyond the size of its storage", "", ()),
        (bool(shape.load_balancers), "requests to the pages", "{} USD per LCU-hour", ("balancer/units",)),
        (
            bool(logs),
            f"logs of {' and '.join(logs)}",
            "{} USD per GB taken in, {} per GB and month kept",
            ("logs/ingested", "logs/stored"),
        ),
        (
            bool(shape.replicas),
            f"copies of {shape.replicas} buckets in a second region, stored twice, and their traffic",
            "",
            (),
        ),
    )
    return [f"{what}: {_amounts(words, items, table)}" for on, what, words, items in parts if on]


def _amounts(words: str, items: tuple[str, ...], table: PriceTable) -> str:
    if not items or any(item not in table.lines for item in items):
        return "the price is not known here"
    return words.format(*(table.amount(item) for item in items))

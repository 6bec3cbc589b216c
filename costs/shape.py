"""What a stack's platform is made of, as far as it costs money while idle, and what that costs a month.

Pure: `costs.stack_file` fills a `PlatformShape` from a stack file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from costs import formulas
from costs.database import ManagedDatabase, database_lines
from costs.disks import NodeDisk
from costs.lines import FixedLine, hourly, monthly
from costs.prices import PriceTable, UnknownPriceError


@dataclass(frozen=True, kw_only=True)
class NodeGroup:
    """Nodes that always run.

    Args:
        name: what they are for.
        instance: their instance type.
        count: how many.
        disk: root volume of each.
        spot: True if they are on spot.
    """

    name: str
    instance: str
    count: int
    disk: NodeDisk
    spot: bool = False


@dataclass(frozen=True, kw_only=True)
class Volume:
    """A persistent volume that the platform keeps.

    Args:
        name: what it holds.
        gib: its size in GiB, gp3.
    """

    name: str
    gib: int


@dataclass(frozen=True, kw_only=True)
class PlatformPods:
    """What the platform's own pods ask for together, besides those on system nodes.

    Args:
        millicores: CPU in thousandths.
        memory_mib: memory in MiB.
    """

    millicores: int
    memory_mib: int


@dataclass(frozen=True, kw_only=True)
class KeptNode:
    """A node of a pool for jobs that the platform itself keeps, as its own jobs come again and again.

    Args:
        name: what keeps it.
        pods: what they reserve.
        categories: first letters of the pool's instance types.
        generation: oldest generation of the pool.
        cpu: fewest and most vCPU of its nodes.
        disk: root volume of its nodes.
        spot: True if the pool may take spot capacity.
        busy_seconds: time from a node's need until it goes, each time.
        interval_seconds: time from one need to the next.
    """

    name: str
    pods: PlatformPods
    categories: tuple[str, ...]
    generation: int
    cpu: tuple[int, int]
    disk: NodeDisk
    spot: bool
    busy_seconds: int
    interval_seconds: int

    @property
    def share(self) -> Decimal:
        """Part of the time that the node is there: 1 if the next need comes before it goes."""
        return min(Decimal(1), Decimal(self.busy_seconds) / self.interval_seconds)


@dataclass(frozen=True, kw_only=True)
class PlatformShape:
    """All of a stack that is paid for while nothing runs.

    Args:
        stack: the stack's name.
        region: AWS region.
        extended_support: True if the control plane is, or slides, into extended support.
        tier: control plane that is there at all times; "standard" for none.
        groups: nodes that always run.
        platform: pods of the platform that run on nodes of the pool for them; None if there are none.
        platform_categories: first letters of the instance types of that pool.
        platform_generation: oldest generation of that pool.
        platform_cpu: fewest and most vCPU of its nodes.
        platform_disk: root volume of its nodes.
        architectures: architectures of nodes, arm64 and amd64.
        nat_gateways: NAT gateways, each with a public address.
        private_nat_gateways: NAT gateways without one, towards networks of the company.
        availability_zones: zones that the network spans.
        interface_endpoints: AWS services reached through interface endpoints, each in every zone.
        kms_keys: keys of the customer's own.
        volumes: persistent volumes of the platform's own services.
        kept: nodes of the pools for jobs that the platform itself keeps.
        database: the database on RDS; None for none.
        load_balancers: load balancers in front of the pages.
        balancer_addresses: public addresses of these together.
        control_plane_logs: True if EKS writes its logs to CloudWatch.
        flow_logs: True if the network writes flow logs.
        replicas: copies of buckets in a second region.
        work_disk: root volume of executors' nodes.
        work_disk_nvme: the same where the instance type has local disks.
        driver_disk: root volume of drivers' nodes.
    """

    stack: str
    region: str
    extended_support: bool
    groups: tuple[NodeGroup, ...]
    nat_gateways: int
    private_nat_gateways: int
    availability_zones: int
    interface_endpoints: int
    kms_keys: int
    platform: PlatformPods | None = None
    platform_categories: tuple[str, ...] = ("c", "m", "r")
    platform_generation: int = 6
    platform_cpu: tuple[int, int] = (4, 16)
    platform_disk: NodeDisk = field(default_factory=lambda: NodeDisk(gib=80))
    architectures: tuple[str, ...] = ("arm64", "amd64")
    tier: str = "standard"
    volumes: tuple[Volume, ...] = ()
    kept: tuple[KeptNode, ...] = ()
    database: ManagedDatabase | None = None
    load_balancers: int = 0
    balancer_addresses: int = 0
    control_plane_logs: bool = False
    flow_logs: bool = False
    replicas: int = 0
    work_disk: NodeDisk = field(default_factory=lambda: NodeDisk(gib=200))
    work_disk_nvme: NodeDisk = field(default_factory=lambda: NodeDisk(gib=40))
    driver_disk: NodeDisk = field(default_factory=lambda: NodeDisk(gib=80))


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
    """Price a stack's idle platform; raises `UnknownPriceError` for a type that the table lacks."""
    support = "extended" if shape.extended_support else "standard"
    zones, services = shape.availability_zones, shape.interface_endpoints
    lines = [hourly(f"EKS control plane, {support} support", 1, f"eks/{support}", table)]
    if shape.tier != "standard":
        lines.append(hourly(f"control plane, {shape.tier}, besides", 1, f"eks/{shape.tier}", table))
    groups = [*shape.groups, *([platform_node(shape, table)] if shape.platform else [])]
    for group in groups:
        lines += _group(group, table)
    for node in shape.kept:
        lines += _kept(node, shape, table)
    lines += [
        *(
            hourly(f"{what}: {number}", number, price, table, network=True)
            for what, number, price in (
                ("NAT gateways", shape.nat_gateways, "nat/gateway"),
                ("private NAT gateways", shape.private_nat_gateways, "nat/gateway"),
                ("public addresses of the NAT gateways", shape.nat_gateways, "ipv4/public"),
            )
            if number or not what.startswith("private")
        ),
        *(
            hourly(f"{what}: {number}", number, price, table)
            for what, number, price in (
                ("load balancers of the pages", shape.load_balancers, "balancer/application"),
                ("public addresses of the load balancers", shape.balancer_addresses, "ipv4/public"),
            )
        ),
        hourly(
            f"interface endpoints: {services} services in {zones} zones",
            services * zones,
            "endpoint/interface",
            table,
            network=True,
        ),
        monthly(f"KMS keys: {shape.kms_keys}", shape.kms_keys, "kms/key", table),
        *(monthly(f"volume of {volume.name}", volume.gib, "ebs/gp3", table) for volume in shape.volumes),
    ]
    priced, unknown = database_lines(shape.database, table) if shape.database else ([], [])
    return FixedCost(
        lines=tuple(line for line in (*lines, *priced) if line.month),
        by_use=tuple(_by_use(shape, table)),
        unknown=tuple(unknown),
    )


def platform_node(shape: PlatformShape, table: PriceTable) -> NodeGroup:
    """The node that Karpenter makes for the platform's own pods: the cheapest on demand that holds them.

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
        for instance in table.instances.values()
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
    terabyte = formulas.cents(1024 * table.amount("s3/stored"))
    found = [
        f"S3: {terabyte} USD per TiB and month stored; {table.amount('s3/put')} per 1000 writes, "
        f"{table.amount('s3/get')} per 1000 reads",
        f"images in the registry: {table.amount('registry/stored')} USD per GB and month",
    ]
    if shape.nat_gateways:
        found.append(
            f"traffic through NAT: {table.amount('nat/traffic')} USD per GB (S3 goes through its gateway "
            "endpoint, which is free)"
        )
    if shape.interface_endpoints:
        found.append(f"traffic through interface endpoints: {table.amount('endpoint/traffic')} USD per GB")
    if shape.availability_zones > 1:
        found.append(f"traffic between zones: {table.amount('zone/traffic')} USD per GB in each direction")
    if shape.database:
        found.append("backups of the database beyond the size of its storage: the price is not known here")
    if shape.load_balancers:
        found.append(f"requests to the pages: {table.amount('balancer/units')} USD per LCU-hour")
    logs = [
        name
        for name, on in (("the control plane", shape.control_plane_logs), ("network flows", shape.flow_logs))
        if on
    ]
    if logs:
        found.append(
            f"logs of {' and '.join(logs)}: {table.amount('logs/ingested')} USD per GB taken in, "
            f"{table.amount('logs/stored')} per GB and month kept"
        )
    if shape.replicas:
        found.append(
            f"copies of {shape.replicas} buckets in a second region: stored twice; the price of traffic "
            "between regions is not known here"
        )
    return found

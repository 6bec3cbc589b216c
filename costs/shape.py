"""What a stack's platform is made of, as far as it costs money while idle.

Pure: `costs.stack_file` fills a `PlatformShape` from a stack file, `costs.idle` prices it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from costs.database import ManagedDatabase
from costs.disks import NodeDisk


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

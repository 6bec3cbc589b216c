"""Settings of the nodes on AWS: the system group, and the pools that Karpenter fills."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

from pydantic import Field, Strict

from components.aws_plans.disks import FREE_IOPS, FREE_THROUGHPUT, VOLUMES, Volume
from components.aws_plans.node_pools import Disk, Pool, PoolSize, QuietHours
from components.settings.aws_fields import CronTime, HoursAndMinutes, InstanceType, KeyArn
from components.settings.fields import Flag, Section, why


class SystemNodeSettings(Section):
    """Nodes for what runs before Karpenter does."""

    instance_types: tuple[InstanceType, ...] = Field(
        ("m7g.large",),
        min_length=1,
        max_length=20,
        description="Instance types of one architecture; the first that is available is taken.",
        json_schema_extra=why("2 vCPU and 8 GiB hold one Karpenter, DNS and the volume driver."),
    )
    count: Annotated[int, Strict(), Field(ge=2, le=10)] = Field(
        2,
        description="Nodes.",
        json_schema_extra=why("Karpenter runs twice, on different nodes, and never on its own ones."),
    )


class QuietHoursSettings(Section):
    """Hours in which no node of a pool is replaced while pods run on it."""

    schedule: CronTime = Field(
        description="When they begin, in cron's five fields, in UTC.",
        json_schema_extra=why("Karpenter knows no time zones."),
    )
    duration: HoursAndMinutes = Field(
        description="How long they last, such as `8h` or `1h30m`.",
        json_schema_extra=why("Long enough for the runs that must not be disturbed, and no longer."),
    )


class PoolSettings(Section):
    """How large a node pool of on-demand capacity may get."""

    quiet: tuple[QuietHoursSettings, ...] = Field(
        (),
        max_length=20,
        description="Hours in which no node is replaced while pods run on it.",
        json_schema_extra=why("Nightly runs with a deadline; reclaimed spot nodes know no hours."),
    )

    cpu: Annotated[int, Strict(), Field(ge=4, le=100_000)] = Field(
        description="vCPU that its nodes may have together.",
        json_schema_extra=why("The most that a faulty job can cost; the network must have room for it."),
    )

    def size(self, pool: Pool) -> PoolSize:
        """Hand on the same as a plain value.

        Args:
            pool: which of the pools these settings are of.
        """
        return self.plain(PoolSize, pool=pool, quiet=self.quiet_hours, spot=False, long_jobs=False)

    @property
    def quiet_hours(self) -> tuple[QuietHours, ...]:
        """Those hours as plain values."""
        return tuple(each.plain(QuietHours) for each in self.quiet)


class SpotPoolSettings(PoolSettings):
    """How large a node pool may get that loses nodes without losing jobs."""

    cpu: Annotated[int, Strict(), Field(ge=8, le=100_000)] = Field(
        description="vCPU that its nodes may have together.",
        json_schema_extra=why("The most that a faulty job can cost; the network must have room for it."),
    )
    spot: Flag = Field(
        True,
        description="Whether spot capacity is taken first.",
        json_schema_extra=why("About two thirds cheaper; nodes are reclaimed with two minutes' notice."),
    )
    long_jobs: Flag = Field(
        False,
        description="Whether its jobs run for hours: nodes then go only when they are empty.",
        json_schema_extra=why("An hour's work that is done again costs more than a node that is half empty."),
    )

    def size(self, pool: Pool) -> PoolSize:
        """Hand on the same as a plain value.

        Args:
            pool: which of the pools these settings are of.
        """
        return self.plain(PoolSize, pool=pool, quiet=self.quiet_hours)


class PoolsSettings(Section):
    """The node pools: jobs pick one by name, never an instance type, and each scales to zero."""

    platform: PoolSettings = Field(
        default_factory=lambda: PoolSettings.model_validate({"cpu": 32}),
        description="For operator, history server, monitoring; on demand.",
    )
    driver: PoolSettings = Field(description="For drivers; on demand, as a lost driver is a lost job.")
    executor: SpotPoolSettings = Field(description="For executors.")
    memory: SpotPoolSettings | None = Field(
        None,
        description="For executors with 8 GiB a core and more.",
        json_schema_extra=why("Only if jobs ask for it."),
    )
    nvme: SpotPoolSettings | None = Field(
        None,
        description="For executors with local disks.",
        json_schema_extra=why("Only if jobs ask for it: for shuffles of terabytes."),
    )

    @property
    def sizes(self) -> tuple[PoolSize, ...]:
        """The same as plain values."""
        chosen = {pool: getattr(self, pool.value) for pool in Pool}
        return tuple(settings.size(pool) for pool, settings in chosen.items() if settings is not None)


Iops = Annotated[int, Strict(), Field(ge=FREE_IOPS, le=16_000)]
Throughput = Annotated[int, Strict(), Field(ge=FREE_THROUGHPUT, le=1000)]


class DiskSettings(Section):
    """A kind of root disk, gp3; what is not written stays as it is."""

    gib: Annotated[int, Strict(), Field(ge=20, le=16_384)] | None = Field(
        None,
        description="Size in GiB.",
        json_schema_extra=why("Executors write shuffle and spill there, all of a node's at once."),
    )
    iops: Iops | None = Field(
        None,
        description="Operations a second; 3000 are free.",
        json_schema_extra=why("Four for each MiB a second, and 500 for each GiB at most, says EBS."),
    )
    throughput: Throughput | None = Field(
        None,
        description="MiB a second; 125 are free.",
        json_schema_extra=why(
            "A new node unpacks images of some GiB at this speed, and a shuffle spills at it."
        ),
    )

    def volume(self, usual: Volume) -> Volume:
        """The disk.

        Args:
            usual: the disk as it is where nothing is written.

        Raises:
            ValueError: EBS has no such volume.
        """
        written = {key: value for key, value in self.model_dump().items() if value is not None}
        return replace(usual, **written)


class DisksSettings(Section):
    """Root disks of nodes: size, operations and throughput; `make cost` has their price."""

    system: DiskSettings = Field(
        default_factory=DiskSettings, description="Of the system nodes: 40 GiB unless written."
    )
    standard: DiskSettings = Field(
        default_factory=DiskSettings, description="Of the pools platform and driver: 80 GiB unless written."
    )
    spill: DiskSettings = Field(
        default_factory=DiskSettings,
        description="Of the pools executor and memory: 200 GiB, 6000 and 500 MiB/s unless written.",
    )
    nvme: DiskSettings = Field(
        default_factory=DiskSettings, description="Of the pool nvme: 40 GiB unless written."
    )

    @property
    def volumes(self) -> dict[Disk, Volume]:
        """Disks of the pools, by kind."""
        return {kind: getattr(self, kind.value).volume(usual) for kind, usual in VOLUMES.items()}


class NodeSettings(Section):
    """Which nodes there may be."""

    architectures: tuple[Literal["arm64", "amd64"], ...] = Field(
        ("arm64", "amd64"),
        min_length=1,
        max_length=2,
        description="What images are built for and nodes may be.",
        json_schema_extra=why("Graviton is cheaper, x86 has more spot capacity: both finds most."),
    )
    system: SystemNodeSettings = Field(
        default_factory=SystemNodeSettings, description="Nodes for what runs before Karpenter does."
    )
    pools: PoolsSettings = Field(description="The node pools.")
    disks: DisksSettings = Field(default_factory=DisksSettings, description="Root disks of nodes.")
    disk_key: KeyArn | None = Field(
        None,
        description="Key that nodes' disks and volumes are under; none means the account's default for EBS.",
        json_schema_extra=why("Name the default too where it is a key of yours: roles need rights to it."),
    )
    fast_image_pull: Flag = Field(
        False,
        description="Whether executors' nodes fetch and unpack layers of an image side by side.",
        json_schema_extra=why("Needs disks of 600 MiB/s, which cost more; AWS calls it experimental."),
    )
    job_zones: Literal["one", "any"] = Field(
        "one",
        description="Whether executors want to be in their driver's zone, or in any.",
        json_schema_extra=why("A shuffle across zones is billed in both directions; capacity comes first."),
    )
    make_spot_role: Flag = Field(
        False,
        description="Whether to make EC2's own role for spot.",
        json_schema_extra=why("Once in the life of an account that never used spot."),
    )

"""The one place that knows how a stack file says what the platform is made of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final

from components.aws.network import INTERFACE_ENDPOINTS
from components.aws_plans.addon_versions import RELEASES
from components.aws_plans.disks import SYSTEM_VOLUME
from components.aws_plans.disks import Volume as EbsVolume
from components.aws_plans.node_pools import KINDS, Disk, Pool
from components.settings.aws import AwsFoundationSettings
from components.settings.loading import parse
from components.settings.model import Settings
from components.settings.problems import SettingsError
from components.wiring.database import managed
from costs.database import ManagedDatabase
from costs.disks import NodeDisk
from costs.platform_pods import kept_nodes, platform_pods, volumes
from costs.shape import KeptNode, NodeGroup, PlatformPods, PlatformShape, Volume
from workspace import stack_files
from workspace.errors import ReportedError

BUCKETS: Final = 3
"""Data, events and artifacts."""


class NotPricedError(ValueError):
    """The stack has no price: it doesn't exist, is wrong, or doesn't stand on AWS."""


def read(stack: str, *, root: Path, today: date) -> PlatformShape:
    """What a stack's platform is made of.

    Args:
        stack: the stack's name.
        root: folder of the stack files.
        today: the day that decides whether the Kubernetes version is in extended support.

    Raises:
        NotPricedError: the message says what to do.
    """
    settings = _settings(root / f"Pulumi.{stack}.yaml")
    foundation: object = settings.foundation
    if not isinstance(foundation, AwsFoundationSettings):
        kind = settings.foundation.kind
        raise NotPricedError(
            f"stack {stack} stands on the foundation {kind!r}, whose cluster somebody else pays for; "
            "price a stack of the foundation 'aws'"
        )
    return shape_of(
        stack,
        foundation,
        pods=platform_pods(settings),
        volumes=volumes(settings),
        kept=kept_nodes(settings, disk=node_disks(foundation)[KINDS[Pool.DRIVER].disk]),
        database=_database(settings),
        today=today,
    )


def _database(settings: Settings) -> ManagedDatabase | None:
    chosen = managed(settings)
    if chosen is None:
        return None
    return ManagedDatabase(
        instance_class=chosen.instance_class, gib=chosen.storage_gib, multi_az=chosen.multi_az
    )


def shape_of(
    stack: str,
    foundation: AwsFoundationSettings,
    *,
    pods: PlatformPods,
    volumes: Sequence[Volume],
    today: date,
    kept: Sequence[KeptNode] = (),
    database: ManagedDatabase | None = None,
) -> PlatformShape:
    """The same from typed settings.

    Args:
        stack: the stack's name.
        foundation: the settings of the foundation.
        pods: what the platform's own pods ask for together.
        volumes: volumes of the platform's services.
        kept: job nodes that the platform itself keeps.
        database: the database on RDS; None for none.
        today: the day that decides about extended support.
    """
    network = foundation.network
    own = network.adopt is None
    zones = len(network.zones) if network.adopt is None else len(network.adopt.zones)
    gateways = 1 if network.nat == "single" else zones
    kind = KINDS[Pool.PLATFORM]
    system, disks = foundation.nodes.system, node_disks(foundation)
    return PlatformShape(
        stack=stack,
        region=foundation.region,
        # Otherwise EKS upgrades by itself when standard support ends.
        extended_support=foundation.cluster.support == "extended"
        and today > RELEASES[foundation.cluster.version].standard_support_ends,
        groups=(
            NodeGroup(
                name="system nodes",
                instance=system.instance_types[0],
                count=system.count,
                disk=_disk(foundation.nodes.disks.system.volume(SYSTEM_VOLUME)),
            ),
        ),
        platform=pods,
        platform_categories=kind.categories,
        platform_generation=kind.generation,
        platform_cpu=kind.cpu,
        platform_disk=disks[kind.disk],
        architectures=foundation.nodes.architectures,
        nat_gateways=gateways if own else 0,
        private_nat_gateways=gateways if own and network.routable else 0,
        availability_zones=zones,
        interface_endpoints=len(INTERFACE_ENDPOINTS) if own and network.private_endpoints else 0,
        kms_keys=3 if foundation.storage.copy_region else 2,
        volumes=tuple(volumes),
        kept=tuple(kept),
        database=database,
        load_balancers=1 if foundation.login else 0,
        # One in each zone (Application Load Balancers guide).
        balancer_addresses=zones if foundation.login and foundation.login.internet else 0,
        control_plane_logs=bool(foundation.cluster.log_types),
        flow_logs=own and network.flow_logs != "none",
        replicas=BUCKETS if foundation.storage.copy_region else 0,
        work_disk=disks[KINDS[Pool.EXECUTOR].disk],
        work_disk_nvme=disks[Disk.NVME],
        driver_disk=disks[KINDS[Pool.DRIVER].disk],
        tier=foundation.cluster.tier,
    )


def node_disks(foundation: AwsFoundationSettings) -> dict[Disk, NodeDisk]:
    """Root disks of nodes, by kind.

    Args:
        foundation: the stack's settings for AWS.
    """
    return {kind: _disk(volume) for kind, volume in foundation.nodes.disks.volumes.items()}


def _disk(volume: EbsVolume) -> NodeDisk:
    return NodeDisk(gib=volume.gib, iops=volume.iops, throughput=volume.throughput)


def _settings(path: Path) -> Settings:
    if not path.is_file():
        known = ", ".join(sorted(file.name.split(".")[1] for file in path.parent.glob("Pulumi.*.yaml")))
        raise NotPricedError(f"there is no {path.name}; the stacks are: {known}")
    try:
        return parse(stack_files.settings(path), source=path.name)
    except (ReportedError, SettingsError) as error:
        raise NotPricedError(str(error)) from None

"""What the platform's own pods reserve on AWS, by the services' records and the stack's settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from components.aws_plans.node_pools import KINDS, Pool
from components.domain import MIB, cpu_millicores, size_bytes
from components.records import canary
from components.records.model import PodRequest, Where
from components.services.canary.plan import usual_run_seconds
from components.settings.model import Settings
from components.wiring.presence import services
from costs.disks import NodeDisk
from costs.shape import KeptNode, PlatformPods, Volume

GIB: Final = 1024 * MIB
_ON_PLATFORM: Final = (Where.PLATFORM, Where.EVERY_NODE)


def platform_pods(settings: Settings) -> PlatformPods:
    """Sum up what the pods on the platform's own nodes reserve.

    Args:
        settings: the stack's settings.

    Raises:
        ValueError: nothing says how much a pod reserves.
    """
    return _sum(
        {
            f"{service}: {name}": request
            for service, found in services(settings).items()
            for name, request in found.pods.items()
            if request.where in _ON_PLATFORM
        }
    )


def volumes(settings: Settings) -> list[Volume]:
    """List the volumes of the platform's services.

    Args:
        settings: the stack's settings.
    """
    found = [each.presence.volumes for each in services(settings).values()]
    return [
        Volume(name=name, gib=-(-size_bytes(size) // GIB)) for each in found for name, size in each.items()
    ]


def kept_nodes(settings: Settings, *, disk: NodeDisk) -> list[KeptNode]:
    """List the job nodes that the canary keeps, for the part of the time that it does.

    Its driver and executor share a node, which stays for a run and then for as long as Karpenter waits; if
    the next run comes before that, it stays for ever.

    Args:
        settings: the stack's settings.
        disk: root disk of drivers' nodes.
    """
    chosen = settings.observability.canary
    if not chosen.enabled:
        return []
    kind = KINDS[Pool.DRIVER]
    return [
        KeptNode(
            name="node that the canary keeps",
            pods=_sum({role: canary.RECORD.pods[role] for role in ("driver", "executor")}),
            categories=kind.categories,
            generation=kind.generation,
            cpu=kind.cpu,
            disk=disk,
            spot=kind.spot,
            busy_seconds=usual_run_seconds(cold_nodes=True) + int(kind.wait.removesuffix("s")),
            interval_seconds=chosen.interval_minutes * 60,
        )
    ]


def _sum(pods: Mapping[str, PodRequest]) -> PlatformPods:
    millicores = memory = 0
    for name, request in pods.items():
        if request.cpu is None or request.memory is None:
            raise ValueError(
                f"what the pod {name} reserves stands neither in the service's record nor in what `wanted` "
                "of its wiring says; give it in one"
            )
        millicores += cpu_millicores(request.cpu)
        memory += size_bytes(request.memory) // MIB
    return PlatformPods(millicores=millicores, memory_mib=memory)

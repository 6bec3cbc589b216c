"""What a pod held, for how long, and on which kind of node. Pure.

Requests are counted, not use: what a pod asks for is kept free for it, whether it uses that or not. They are
summed as the scheduler does: containers together, or the largest init container if that asks for more, and
the pod's overhead (Kubernetes: "Resource sharing within containers").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from kubernetes.utils.quantity import parse_quantity

from apps.jobs.times import moment

Json = Mapping[str, Any]

INSTANCE_TYPE: Final = "node.kubernetes.io/instance-type"
ZONE: Final = "topology.kubernetes.io/zone"
CAPACITY: Final = "karpenter.sh/capacity-type"
SPOT: Final = "spot"
ON_DEMAND: Final = "on-demand"

EXECUTOR_NUMBER: Final = "spark-exec-id"
"""Label of an executor's pod: Spark counts a run's executors from 1 (Spark on Kubernetes)."""

GIB: Final = Decimal(1024**3)

_FIRST: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Node:
    """What decides a node's price.

    Args:
        type: instance type; empty where nobody says.
        zone: availability zone; empty where nobody says.
        spot: whether it can be taken back.
        cpu: cores that it has; None if not known.
        memory_gib: GiB that it has; None if not known.
    """

    type: str = ""
    zone: str = ""
    spot: bool = False
    cpu: Decimal | None = None
    memory_gib: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class PodUse:
    """What one pod held.

    Args:
        name: the pod's.
        role: `driver` or `executor`.
        node: where it ran; None while it waits, which costs nothing.
        cpu: cores asked for.
        memory_gib: GiB asked for.
        bound: when a node was found for it; None while it waits.
        ended: when its last container ended; None while it runs.
        number: of an executor in its run, from 1; None for a driver.
        end: how it ended, as the kubelet says it: `exit 137 (OOMKilled)`; empty while nobody says.
    """

    name: str
    role: str
    node: Node | None
    cpu: Decimal
    memory_gib: Decimal
    bound: datetime | None
    ended: datetime | None = None
    number: int | None = None
    end: str = ""

    def hours(self, now: datetime) -> Decimal:
        """Hours for which it held what it asked for, until now if it still does.

        Args:
            now: the time.
        """
        if self.bound is None:
            return Decimal(0)
        seconds = ((self.ended or now) - self.bound).total_seconds()
        return Decimal(str(max(seconds, 0.0))) / 3600


def of_node(node: Json) -> Node:
    """What decides the price of a node.

    Args:
        node: the object.
    """
    labels = node.get("metadata", {}).get("labels") or {}
    capacity = node.get("status", {}).get("capacity") or {}
    return Node(
        type=labels.get(INSTANCE_TYPE, ""),
        zone=labels.get(ZONE, ""),
        spot=labels.get(CAPACITY) == SPOT,
        cpu=parse_quantity(capacity["cpu"]) if "cpu" in capacity else None,
        memory_gib=parse_quantity(capacity["memory"]) / GIB if "memory" in capacity else None,
    )


def of_pod(pod: Json, node: Node | None) -> PodUse:
    """What a pod held.

    Args:
        pod: the object, also one that was kept.
        node: where it ran; None if it never did.
    """
    metadata, spec, status = pod["metadata"], pod.get("spec", {}), pod.get("status", {})
    bound = _bound(status)
    return PodUse(
        name=metadata["name"],
        role=(metadata.get("labels") or {}).get("spark-role", ""),
        node=node if bound else None,
        cpu=requested(spec, "cpu"),
        memory_gib=requested(spec, "memory") / GIB,
        bound=bound,
        ended=_ended(status),
        number=_number((metadata.get("labels") or {}).get(EXECUTOR_NUMBER, "")),
        end=_end(status),
    )


def requested(spec: Json, resource: str) -> Decimal:
    """What a pod asks for of a resource, in its unit.

    Args:
        spec: the pod's.
        resource: `cpu` in cores, or `memory` in bytes.
    """
    # A sidecar is an init container that goes on: it is counted with the containers.
    first = spec.get("initContainers") or ()
    lasting = [*(spec.get("containers") or ()), *(each for each in first if _goes_on(each))]
    together = sum((_asks(each, resource) for each in lasting), Decimal(0))
    largest = max((_asks(each, resource) for each in first if not _goes_on(each)), default=Decimal(0))
    overhead = (spec.get("overhead") or {}).get(resource, 0)
    return max(together, largest) + Decimal(parse_quantity(overhead))


def _number(label: str) -> int | None:
    return int(label) if label.isdecimal() else None


def _goes_on(container: Json) -> bool:
    return container.get("restartPolicy") == "Always"


def _asks(container: Json, resource: str) -> Decimal:
    requests = (container.get("resources") or {}).get("requests") or {}
    return Decimal(parse_quantity(requests.get(resource, 0)))


def _bound(status: Json) -> datetime | None:
    for condition in status.get("conditions") or ():
        if condition.get("type") == "PodScheduled" and condition.get("status") == "True":
            return moment(condition.get("lastTransitionTime"))
    return None


def _ended(status: Json) -> datetime | None:
    """When its last container ended; None if one of them has not, and the pod has not failed as a whole."""
    containers = status.get("containerStatuses") or ()
    ends = [
        moment(((each.get("state") or {}).get("terminated") or {}).get("finishedAt")) for each in containers
    ]
    known = [end for end in ends if end is not None]
    if known and (len(known) == len(ends) or status.get("phase") in ("Succeeded", "Failed")):
        return max(known)
    if status.get("phase") == "Failed":
        return _latest_change(status.get("conditions") or ())
    return None


def _end(status: Json) -> str:
    """What the kubelet says of the container that ended last, or of a pod that failed as a whole."""
    if status.get("phase") == "Failed" and status.get("reason"):
        return str(status["reason"])
    states = ((each.get("state") or {}).get("terminated") for each in status.get("containerStatuses") or ())
    ended = [each for each in states if each]
    if not ended:
        return ""
    last = max(ended, key=lambda each: moment(each.get("finishedAt")) or _FIRST)
    reason = f" ({last['reason']})" if last.get("reason") else ""
    return f"exit {last.get('exitCode')}{reason}"


def _latest_change(conditions: Iterable[Json]) -> datetime | None:
    found = [moment(each.get("lastTransitionTime")) for each in conditions]
    return max((each for each in found if each is not None), default=None)

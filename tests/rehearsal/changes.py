"""Single settings of prod that somebody changes one day, and all that a plan may then do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Final


@dataclass(frozen=True, kw_only=True)
class Change:
    """One setting that changes, and all that the plan may then do.

    Args:
        what: why somebody does it.
        path: the setting, from the settings' root.
        value: its new value; None takes it away.
        before: settings that the stack has before, by their path; applied first.
        does: names of resources by what happens to them; `*` stands for anything.
        replaces: arguments that force a replacement, by resource.
        rolls: Deployments whose pods start again, since their template changes.
    """

    what: str
    path: str
    value: Any
    does: Mapping[str, tuple[str, ...]]
    replaces: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    before: Mapping[str, Any] = field(default_factory=dict)
    rolls: tuple[str, ...] = ()

    def has(self, name: str) -> bool:
        """Whether this change may touch a resource.

        Args:
            name: the resource's name.
        """
        return any(fnmatchcase(name, pattern) for patterns in self.does.values() for pattern in patterns)

    def meets(self, other: Change) -> bool:
        """Whether both may touch one resource, so that a plan of both does not say which of them did.

        Args:
            other: another change.
        """
        return any(self.has(name) for names in other.does.values() for name in names) or any(
            other.has(name) for names in self.does.values() for name in names
        )


def together(changes: Iterable[Change]) -> tuple[tuple[Change, ...], ...]:
    """Changes that touch nothing of each other, in few plans, as each takes many seconds of CPU time.

    Args:
        changes: in order; each goes to the first plan that has room for it.
    """
    plans: list[list[Change]] = []
    for change in changes:
        place = next((plan for plan in plans if not any(change.meets(other) for other in plan)), None)
        if place is None:
            plans.append([change])
        else:
            place.append(change)
    return tuple(map(tuple, plans))


CHANGES: Final = (
    Change(
        what="upgrade Kubernetes by one minor",
        path="foundation.cluster.version",
        value="1.36",
        before={"foundation.cluster.version": "1.35"},
        does={
            "update": (
                "foundation-addons-dns",
                "foundation-addons-node-health",
                "foundation-addons-usage",
                "foundation-cluster-eks-eksCluster",
                "foundation-node-addons-kube-proxy",
                "foundation-system-group",
            )
        },
    ),
    Change(
        what="a fourth system node",
        path="foundation.nodes.system.count",
        value=4,
        does={"update": ("foundation-system-group",)},
    ),
    Change(
        what="larger system nodes",
        path="foundation.nodes.system.instanceTypes",
        value=["t4g.large", "c6g.large", "c7g.large"],
        does={"replace": ("foundation-system-group",)},
        replaces={"foundation-system-group": ("instanceTypes[0]",)},
    ),
    Change(
        what="more executors",
        path="foundation.nodes.pools.executor.cpu",
        value=2400,
        does={"update": ("services-karpenter-pool-executor",)},
    ),
    Change(
        what="a pool that nobody uses goes",
        path="foundation.nodes.pools.memory",
        value=None,
        does={"delete": ("services-karpenter-pool-memory",)},
    ),
    Change(
        what="Graviton only",
        path="foundation.nodes.architectures",
        value=["arm64"],
        # What an image is built for is part of its tag, so everything that runs one of ours is updated too.
        does={
            "update": (
                "canary-checker",
                "canary-schedule",
                "history-exporter-spark-history-exporter",
                "run-logs-collector",
                "run-logs-page",
                "services-karpenter-pool-*",
                "spark-history-chart:spark-history/spark-history",
                "spark-job-rules-releases-policy",
                "spark-operator-chart:spark-operator/spark-operator-controller",
                "spark-operator-spark-defaults",
                "tenant-*-defaults",
            )
        },
    ),
    Change(
        what="record all traffic",
        path="foundation.network.flowLogs",
        value="all",
        does={"replace": ("foundation-network-flow-logs-log",)},
        replaces={"foundation-network-flow-logs-log": ("trafficType",)},
    ),
    Change(
        what="one NAT gateway for all zones",
        path="foundation.network.nat",
        value="single",
        does={
            "delete": ("foundation-network-nat-*1b", "foundation-network-nat-*1c"),
            "update": ("foundation-network-*1b-out", "foundation-network-*1c-out"),
        },
    ),
    Change(
        what="no interface endpoints",
        path="foundation.network.privateEndpoints",
        value=False,
        before={"foundation.network.privateEndpoints": True},
        does={
            "delete": (
                "foundation-network-ec2",
                "foundation-network-ecr-*",
                "foundation-network-eks*",
                "foundation-network-endpoints*",
                "foundation-network-s?[sm]",
            )
        },
    ),
    Change(
        what="a zone that can be left",
        path="foundation.cluster.zonalShift",
        value=True,
        does={
            "update": (
                "foundation-cluster-eks-eksCluster",
                "foundation-karpenter-controller-role-cluster",
                "services-karpenter-controller:kube-system/karpenter",
            )
        },
        rolls=("services-karpenter-controller:kube-system/karpenter",),
    ),
    Change(
        what="a control plane that is always there",
        path="foundation.cluster.tier",
        value="tier-xl",
        does={"update": ("foundation-cluster-eks-eksCluster",)},
    ),
    Change(
        what="faster disks of executors",
        path="foundation.nodes.disks",
        value={"spill": {"throughput": 700}},
        does={"update": ("services-karpenter-class-spill",)},
    ),
    Change(
        what="another office",
        path="foundation.cluster.publicAccess",
        value=["198.51.100.0/24"],
        does={"update": ("foundation-cluster-eks-eksCluster",)},
    ),
    Change(
        what="shorter logs",
        path="foundation.cluster.logDays",
        value=30,
        does={"update": ("foundation-cluster-logs",)},
    ),
    Change(
        what="event logs for a shorter time",
        path="history.logRetentionDays",
        value=30,
        does={
            "update": (
                "foundation-storage-copy-events-lifecycle",
                "foundation-storage-events-lifecycle",
                # Its ConfigMap, and its Deployment: the server reads its configuration when it starts.
                "spark-history-chart:spark-history/spark-history",
            ),
        },
        rolls=("spark-history-chart:spark-history/spark-history",),
    ),
    Change(
        what="more for one team",
        path="tenants.0.quota.cpu",
        value=1200,
        does={"update": ("tenant-data-prod-quota",)},
    ),
    Change(
        what="more submissions at a time",
        path="operator.workers",
        value=30,
        does={"update": ("spark-operator-chart:spark-operator/spark-operator-controller",)},
    ),
    Change(
        what="protection off, before a stack is given up",
        path="foundation.protect",
        value=False,
        does={"update": ("foundation-cluster-eks-eksCluster",)},
    ),
)

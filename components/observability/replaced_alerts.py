"""Alerts of kube-prometheus-stack that fire on batch work as it should be, and what stands for them. Pure.

Read in the chart's rules of release 88.5.3 (kubernetes-mixin and node-mixin). They were made for services:
pods that never wait, nodes that are never full, a cluster whose size is fixed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Replaced:
    """Why an alert is left out.

    Args:
        why: what makes it fire on work that goes well.
        by: our alerts that stand for it; none if nothing is lost.
    """

    why: str
    by: tuple[str, ...] = ()


_WAITING: Final = ("SparkDriverPendingTooLong", "SparkExecutorsPending")
_QUOTA: Final = ("SparkNamespaceQuotaNearlyExhausted", "SparkQuotaRefusingExecutors")

REPLACED: Final[dict[str, Replaced]] = {
    "TargetDown": Replaced(
        "drivers that start or end are a tenth of a few targets, one collector of fifty is none",
        ("SparkTargetDown", "SparkDriverMetricsMissing"),
    ),
    **dict.fromkeys(
        ("AlertmanagerFailedToSendAlerts", "AlertmanagerClusterFailedToSendAlerts"),
        Replaced("ours names the receiver, whose silence ends the heartbeat", ("SparkAlertsNotDelivered",)),
    ),
    "KubePodNotReady": Replaced("each executor that waits 15 minutes for a node is an alert", _WAITING),
    "KubeContainerWaiting": Replaced("the same, for a container whose image is being pulled", _WAITING),
    "CPUThrottlingHigh": Replaced("Spark uses all the CPU that it is given, up to its limit"),
    "KubeCPUOvercommit": Replaced(
        "asks whether a node may fail without loss; a new one is started", ("SparkNodePoolLimitNear",)
    ),
    "KubeMemoryOvercommit": Replaced("the same, for memory", ("SparkNodePoolLimitNear",)),
    "KubeCPUQuotaOvercommit": Replaced("tenants' quotas add up to more than the cluster on purpose"),
    "KubeMemoryQuotaOvercommit": Replaced("the same, for memory"),
    "KubeQuotaAlmostFull": Replaced("ours names the team", _QUOTA),
    "KubeQuotaFullyUsed": Replaced("a team may use all that it has", _QUOTA),
    "KubeQuotaExceeded": Replaced("ours names the team", _QUOTA),
    "KubeletPodStartUpLatencyHigh": Replaced(
        "every new node pulls a Spark image for more than its 60 seconds", ("SparkDriverPendingTooLong",)
    ),
    "NodeCPUHighUsage": Replaced("a node that is busy for hours is what it is paid for"),
    "NodeSystemSaturation": Replaced("a load of twice the cores is usual where CPU is overcommitted"),
    "NodeMemoryHighUtilization": Replaced(
        "heaps are reserved as a whole, and nodes are filled to the brim", ("SparkExecutorOOMKilled",)
    ),
}
"""Name of the chart's alert -> why it is left out."""


def disabled() -> dict[str, bool]:
    """The chart's value `defaultRules.disabled`."""
    return dict.fromkeys(REPLACED, True)

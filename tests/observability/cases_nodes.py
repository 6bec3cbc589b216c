"""When the alerts about nodes and their disks fire, and when they don't."""

from __future__ import annotations

from tests.observability.series import Case, Series, merged, pod, series

SATURATED = {"severity": "warning", "signal": "saturation"}


def _disk(free: int, *, mountpoint: str = "/", fstype: str = "ext4", values: str = "") -> Series:
    """A node's disk of 100 bytes.

    Args:
        free: how many of them are free all the time.
        mountpoint: where it is.
        fstype: of its file system.
        values: how many are free, for one that fills.
    """
    key = {"job": "node-exporter", "instance": "n1", "mountpoint": mountpoint, "fstype": fstype}
    return merged(
        series("node_filesystem_avail_bytes", values or f"{free}x60", **key),
        series("node_filesystem_size_bytes", "100x60", **key),
    )


def _pool(usage: int, limit: int) -> Series:
    key = {"job": "karpenter", "nodepool": "executor", "resource_type": "cpu"}
    return merged(
        series("karpenter_nodepools_usage", f"{usage}x60", **key),
        series("karpenter_nodepools_limit", f"{limit}x60", **key),
    )


def _interruptions(values: str, message: str = "spot_interrupted") -> Series:
    return series(
        "karpenter_interruption_received_messages_total", values, job="karpenter", message_type=message
    )


def _nodes(count: int, pool: str = "executor") -> Series:
    return series(
        "karpenter_nodepools_usage", f"{count}x120", job="karpenter", nodepool=pool, resource_type="nodes"
    )


CASES = (
    Case(
        "SparkNodeDiskNearlyFull",
        "5 percent of the disk are free",
        _disk(5),
        "6m",
        [{**SATURATED, "instance": "n1", "mountpoint": "/"}],
    ),
    Case(
        "SparkNodeDiskNearlyFull",
        "5 percent of the local NVMe are free",
        _disk(5, mountpoint="/mnt/k8s-disks/0"),
        "6m",
        [{**SATURATED, "instance": "n1", "mountpoint": "/mnt/k8s-disks/0"}],
    ),
    Case(
        "SparkNodeDiskNearlyFull",
        "13 percent are free: the kubelet does not evict yet, and may at 10",
        _disk(13),
        "6m",
        [{**SATURATED, "instance": "n1", "mountpoint": "/"}],
    ),
    Case("SparkNodeDiskNearlyFull", "20 percent of the disk are free", _disk(20), "6m"),
    Case(
        "SparkNodeDiskNearlyFull",
        "it fills by half a percent a second, and a third is free: in a minute pods are evicted",
        _disk(0, values="90x10 90-15x5"),
        "7m30s",
        [{**SATURATED, "instance": "n1", "mountpoint": "/"}],
    ),
    Case(
        "SparkNodeDiskNearlyFull",
        "much was written at once, and half is free",
        _disk(0, values="90x10 75x1 60x100"),
        "7m",
    ),
    Case(
        "SparkNodeDiskNearlyFull",
        "it fills by a percent in five minutes",
        _disk(0, values="45x10 44x10 43x10 42x60"),
        "12m",
    ),
    Case(
        "SparkNodeDiskNearlyFull",
        "the kubelet removes images two minutes after they filled it to 85 percent",
        _disk(0, values="15.4x10 14.6x3 25x60"),
        "7m",
    ),
    Case("SparkNodeDiskNearlyFull", "a file system in memory is full", _disk(0, fstype="tmpfs"), "6m"),
    Case(
        "SparkNodePoolLimitNear",
        "95 of 100 cores are in use",
        _pool(95, 100),
        "16m",
        [{**SATURATED, "nodepool": "executor", "resource_type": "cpu"}],
    ),
    Case("SparkNodePoolLimitNear", "half of the cores are in use", _pool(50, 100), "16m"),
    Case(
        "SparkSpotInterruptionBurst", "a node every 30 seconds", _interruptions("0+1x40"), "15m", [SATURATED]
    ),
    Case("SparkSpotInterruptionBurst", "three nodes in 10 minutes", _interruptions("0x10 1 2 3x30"), "10m"),
    Case(
        "SparkSpotInterruptionBurst",
        "nodes end for another reason",
        _interruptions("0+1x40", "state_change"),
        "15m",
    ),
    Case(
        "SparkNodesIdle", "three nodes, no pod", _nodes(3), "31m", [{"severity": "info", "signal": "traffic"}]
    ),
    Case("SparkNodesIdle", "three nodes, one driver", merged(_nodes(3), pod("d1", [("Running", 60)])), "31m"),
    Case(
        "SparkNodesIdle",
        "three nodes, and the canary alone",
        merged(_nodes(3), pod("canary", [("Running", 60)], namespace="spark-canary")),
        "31m",
        [{"severity": "info", "signal": "traffic"}],
    ),
    Case("SparkNodesIdle", "only the platform's own node", _nodes(1, "platform"), "31m"),
)

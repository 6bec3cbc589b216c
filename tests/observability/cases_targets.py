"""When the alerts about targets that do not answer fire, and when they don't."""

from __future__ import annotations

from dataclasses import replace

from tests.observability.series import SITE, Case, Series, ksm, merged, series

WARNING = {"severity": "warning", "signal": "platform"}
ALWAYS = ("apiserver", "kubelet", "node-exporter", "log-collector")


def _targets(**values: str) -> Series:
    """`up` of one target of each source, which answers unless something else is said; `gone` has none."""
    found: Series = {}
    for job in (*ALWAYS, *(each for each in values if each.replace("_", "-") not in ALWAYS)):
        said = values.get(job.replace("-", "_"), "1x100")
        found |= {} if said == "gone" else _target(job.replace("_", "-"), said)
    return found


def _target(job: str, values: str, instance: str = "node-1") -> Series:
    return series("up", values, job=job, instance=instance)


def _fleet(job: str, count: int) -> Series:
    """Further targets of a source, all of which answer."""
    return merged(*(_target(job, "1x100", f"node-{each}") for each in range(2, count + 2)))


def _down(job: str) -> list[dict[str, str]]:
    return [{**WARNING, "job": job}]


def _lacking(values: str, daemonset: str = "log-collector", namespace: str = "spark-logs-nodes") -> Series:
    """How many nodes have no ready pod of a DaemonSet."""
    return ksm("kube_daemonset_status_number_unavailable", values, namespace=namespace, daemonset=daemonset)


def _revisions(desired: str, updated: str) -> Series:
    """How many nodes should have a pod of a DaemonSet, and how many have one of its newest revision."""
    key = {"namespace": "spark-logs-nodes", "daemonset": "log-collector"}
    return merged(
        ksm("kube_daemonset_status_desired_number_scheduled", desired, **key),
        ksm("kube_daemonset_status_updated_number_scheduled", updated, **key),
    )


def _node(created: int, name: str = "node-1", before: int = 0) -> Series:
    """A node.

    Args:
        created: when it joined, in seconds from the first sample on.
        name: its name.
        before: samples before it is there.
    """
    return ksm("kube_node_created", f"{f'_x{before} ' if before else ''}{created}x200", node=name)


def _failed(receiver: str, values: str, reason: str = "clientError") -> Series:
    """Messages of which Alertmanager has given up."""
    key = {"receiver_name": receiver, "integration": "pagerduty", "reason": reason}
    return series("alertmanager_notifications_failed_total", values, job="alertmanager", **key)


OWN = replace(SITE, karpenter=False)
"""A cluster whose nodes are always there."""

_LOOPS = "0x5 1 0x6 1 0x8 1 0x9 1 0x60"
"""A program that ends a moment after its start: the waits between two get longer."""

CASES = (
    Case(
        "SparkTargetDown",
        "one collector of fifty starts again and again",
        merged(_targets(log_collector=_LOOPS), _fleet("log-collector", 49)),
        "30m",
        _down("log-collector"),
    ),
    Case(
        "SparkTargetDown",
        "a node exporter does not answer, whose answers were kept before",
        _targets(node_exporter="1x30 0x70"),
        "40m",
        _down("node-exporter"),
    ),
    Case(
        "SparkTargetDown",
        "there is no collector any more",
        _targets(log_collector="1x10 stale"),
        "20m",
        _down("log-collector"),
        site=OWN,
    ),
    Case(
        "SparkTargetDown",
        "there is no collector where Karpenter has taken the last node of Spark's away",
        _targets(log_collector="1x10 stale"),
        "20m",
        site=replace(SITE, karpenter=True),
    ),
    Case(
        "SparkTargetDown",
        "there was never a kubelet",
        _targets(kubelet="gone"),
        "20m",
        _down("kubelet"),
        site=OWN,
    ),
    Case(
        "SparkTargetDown",
        "no collector is there, where no logs are collected",
        _targets(log_collector="gone"),
        "20m",
        site=replace(OWN, logs=False),
    ),
    Case("SparkTargetDown", "all answer", _targets(), "30m"),
    Case(
        "SparkTargetDown",
        "a collector is updated, and is away for three minutes",
        _targets(log_collector="1x40 0x6 1x60"),
        "25m",
    ),
    Case(
        "SparkTargetDown",
        "a node has just joined, and its collector does not answer yet",
        merged(_targets(), _target("log-collector", "_x40 0x10 1x60", "node-2")),
        "27m",
    ),
    Case(
        "SparkTargetDown",
        "a node is gone, and its targets with it",
        merged(_targets(), _target("log-collector", "1x40 0x6 stale", "node-2")),
        "30m",
    ),
    Case(
        "SparkTargetDown",
        "a node is gone, whose last answers are all that its window has",
        merged(_targets(), _target("log-collector", "1x40 0x6 stale", "node-2")),
        "37m30s",
    ),
    Case(
        "SparkTargetDown",
        "the operator and a driver do not answer, of which others tell",
        _targets(spark_operator="0x100", spark_driver="0x100"),
        "30m",
    ),
    Case(
        "SparkDaemonSetUnavailable",
        "a collector's pod finds no place on a node that is long there",
        merged(_lacking("1x100"), _node(-3600)),
        "25m",
        _down("log-collector"),
    ),
    Case(
        "SparkDaemonSetUnavailable",
        "the chart's node exporter can't be pulled",
        merged(
            _lacking("2x100", "kube-prometheus-stack-prometheus-node-exporter", "monitoring-nodes"),
            _node(-3600),
        ),
        "25m",
        _down("node-exporter"),
    ),
    Case(
        "SparkDaemonSetUnavailable",
        "there are more of them than nodes that have just joined",
        merged(_lacking("2x100"), _node(-3600), _node(1380, "node-2")),
        "25m",
        _down("log-collector"),
    ),
    Case(
        "SparkDaemonSetUnavailable",
        "one has no place, and a node joins each quarter of an hour whose pod runs two minutes later",
        merged(
            _lacking("1x29 2x3 1x25 2x3 1x25 2x3 1x60"),
            _node(-3600),
            *(_node(30 * step, f"node-{step}", step) for step in (30, 60, 90)),
        ),
        "50m",
        _down("log-collector"),
    ),
    Case(
        "SparkDaemonSetUnavailable",
        "all run but on the node that is the newest, and another comes each two minutes",
        merged(_lacking("1x100"), *(_node(120 * each, f"node-{each}", 4 * each) for each in range(25))),
        "40m",
    ),
    Case(
        "SparkDaemonSetUnavailable",
        "an update has stopped at half of the nodes, all of which have a pod of the revision before",
        merged(_lacking("0x100"), _revisions("10x100", "10x10 0x10 5x80"), _node(-3600)),
        "45m",
        _down("log-collector"),
    ),
    Case(
        "SparkDaemonSetUnavailable",
        "an update of many nodes goes on, one after the other",
        merged(_lacking("0x10 1x90"), _revisions("100x100", "100x10 0+1x90"), _node(-3600)),
        "45m",
    ),
    Case(
        "SparkDaemonSetUnavailable",
        "an update takes ten minutes",
        merged(_lacking("0x10 1x20 0x70"), _node(-3600)),
        "25m",
    ),
    Case(
        "SparkDaemonSetUnavailable",
        "somebody else's DaemonSet is not there",
        merged(_lacking("1x100", "agent", "security"), _node(-3600)),
        "25m",
    ),
    Case(
        "SparkAlertsNotDelivered",
        "the key of one receiver is refused, and another is told",
        merged(_failed("on-call", "0x20 1x10 2x70"), _failed("data", "0x100")),
        "15m",
        [{**WARNING, "receiver": "on-call"}],
    ),
    Case(
        "SparkAlertsNotDelivered",
        "one message failed two hours ago, and since then all were taken",
        _failed("on-call", "0x20 1x300"),
        "2h",
    ),
    Case(
        "SparkAlertsNotDelivered",
        "Alertmanager was stopped while it sent something",
        _failed("on-call", "0x20 1x80", "contextCanceled"),
        "15m",
    ),
    Case("SparkAlertsNotDelivered", "all are taken", _failed("on-call", "0x100"), "15m"),
)

"""Alerts about what is scraped and does not answer, for which no other alert speaks. Pure."""

from __future__ import annotations

from typing import Final

from components.naming import LOG_NODES_NAMESPACE, MONITORING_NAMESPACE, NODE_METRICS_NAMESPACE
from components.observability.rule_model import Alert, Severity, Signal, Site
from components.observability.scrape_jobs import (
    ALERTMANAGER,
    API_SERVER,
    KSM,
    KUBE_STATE_METRICS,
    KUBELET,
    LOG_COLLECTOR,
    NODE_EXPORTER,
    SPARK_CANARY,
    SPARK_DRIVER,
    SPARK_HISTORY,
    SPARK_JOBS_PAGES,
    SPARK_JOBS_WORKER,
    SPARK_OPERATOR,
)

TARGET_DOWN: Final = "SparkTargetDown"
"""It names the source, and so explains that a DaemonSet's pods are not there."""

NOT_DELIVERED: Final = "SparkAlertsNotDelivered"
"""Its label `receiver` says who was not told."""

WINDOW: Final = "15m"
"""Over so long most scrapes have to fail: what is started again and again answers now and then, and what is
updated is away for a minute."""

NEW_NODE_SECONDS: Final = 300
"""Age up to which a node may lack a pod of each DaemonSet: the pods start when it has joined, mostly behind
the pull of a Spark image, and Karpenter brings nodes all day long."""

_TOLD_OF: Final = (
    SPARK_DRIVER,
    SPARK_OPERATOR,
    SPARK_HISTORY,
    SPARK_CANARY,
    KUBE_STATE_METRICS,
    SPARK_JOBS_WORKER,
    SPARK_JOBS_PAGES,
)
"""Sources that have an alert of their own; drivers come and go."""

NODES: Final = "|".join((LOG_NODES_NAMESPACE, NODE_METRICS_NAMESPACE, MONITORING_NAMESPACE, "kube-system"))
"""Namespaces of DaemonSets that the platform needs: its own, and the cluster's."""


def target_alerts(site: Site) -> tuple[Alert, ...]:
    """List them.

    Args:
        site: the cluster that they are for.
    """
    return (_down(site), _DAEMON_SETS, _DELIVERY)


def _down(site: Site) -> Alert:
    up = f'up{{job!~"{"|".join(_TOLD_OF)}"}}'
    # On EKS the upstream chart tells of the first two, and a collector is there while a Spark node is.
    elsewhere = (API_SERVER, KUBELET, *([LOG_COLLECTOR] if site.logs else []))
    expected = (NODE_EXPORTER, *(() if site.karpenter else elsewhere))
    # A source whose targets are all gone says nothing that could be compared.
    gone = "".join(f' or absent(up{{job="{each}"}})' for each in expected)
    return Alert(
        name=TARGET_DOWN,
        severity=Severity.WARNING,
        signal=Signal.PLATFORM,
        # Each target for itself: one collector of a hundred loses the logs of its node. What came within the
        # window has had no time to answer; what went with its node is missed by nobody.
        expr=f"count by (job) (avg_over_time({up}[{WINDOW}]) < 0.5 and {up} offset {WINDOW} and {up}){gone}",
        hold="5m",
        summary="Targets of {{ $labels.job }} do not answer",
        description="{{ $value }} target(s) of {{ $labels.job }} are away, start again and again, or are not "
        "there at all. What they watch or collect is not known, and on a node without a log-collector lines "
        "of logs are lost.",
    )


def _daemon_set(status: str, ago: str = "") -> str:
    selector = f'kube_daemonset_status_{status}{{{KSM}, namespace=~"{NODES}"}}'
    return f"max by (daemonset) ({selector}{f' offset {ago}' if ago else ''})"


def _outdated(ago: str = "") -> str:
    return (
        f"({_daemon_set('desired_number_scheduled', ago)} - {_daemon_set('updated_number_scheduled', ago)})"
    )


_NEW_NODES: Final = f"(count(time() - kube_node_created{{{KSM}}} < {NEW_NODE_SECONDS}) or on () vector(0))"

_DAEMON_SETS: Final = Alert(
    name="SparkDaemonSetUnavailable",
    severity=Severity.WARNING,
    signal=Signal.PLATFORM,
    # A pod that was never placed or made is no target. A chart's release stands before the name. Of half an
    # hour more than 18 minutes: so a node that joins each quarter of an hour hides nothing, and an update has
    # its time. One that goes on is waited for, and one that has stopped is told of also where all pods of the
    # old revision run.
    expr=f"""
    max by (job) (label_replace(
      (
        ceil(quantile_over_time(0.4, (
          {_daemon_set("number_unavailable")} - on () group_left () {_NEW_NODES})[30m:1m])) > 0
        or min_over_time({_outdated()}[20m:1m]) > 0
      ) unless on (daemonset) ({_outdated("10m")} > {_outdated()}),
      "job", "$1", "daemonset", "(?:kube-prometheus-stack-prometheus-)?(.+)"))
    """,
    hold="2m",
    summary="Nodes lack the DaemonSet {{ $labels.job }}",
    description="For 20 minutes {{ $value }} node(s) have had no pod of {{ $labels.job }} that is ready, or "
    "one of an older revision: what it does is not done there, or not as it was last said.",
)

_DELIVERY: Final = Alert(
    name=NOT_DELIVERED,
    severity=Severity.WARNING,
    signal=Signal.PLATFORM,
    # A failure is counted when Alertmanager gives up: at once where it is told why, as of a wrong key, after
    # five minutes where nobody answers. Then the group's next turn tries again, five minutes later.
    expr=f"""
    sum by (receiver) (label_replace(
      increase(alertmanager_notifications_failed_total{{
        job="{ALERTMANAGER}", reason!="contextCanceled"}}[{WINDOW}]),
      "receiver", "$1", "receiver_name", "(.+)")) > 0
    """,
    hold="0s",
    summary="Alerts do not reach {{ $labels.receiver }}",
    description="{{ $value | humanize }} messages for {{ $labels.receiver }} failed within 15 minutes: "
    "who is told by it does not know of what fires.",
)

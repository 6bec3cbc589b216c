"""Nodes, and what drives the bill: cores and memory that teams reserve, and whether they use them."""

from __future__ import annotations

from grafana_foundation_sdk.models import dashboard as models

from components.observability.dashboards.panels import EKS_ONLY, Query, Thresholds, bars, lines, made, number
from components.observability.recording_rules import CONTAINERS, SPARK_CONTAINER
from components.observability.rule_model import OF_TEAM
from components.observability.scrape_jobs import KARPENTER, KSM, NODE_EXPORTER

RUNNING = 'and on (namespace, pod) spark:pod:phase{phase="Running"}'
NODE = f'job="{NODE_EXPORTER}"'
DISK = f'{NODE}, fstype!~"tmpfs|ramfs", mountpoint=~"/|/mnt/k8s-disks/.*"'


def nodes() -> models.Dashboard:
    """Make the dashboard."""
    return made(
        "spark-nodes",
        "Spark: nodes and cost drivers",
        "Who reserves how much, what of it is used, and how full the nodes are.",
        [],
        [("Reserved", _RESERVED), ("Cost drivers", _COST), ("Nodes", _NODES), ("Node pools", _POOLS)],
    )


def _reserved(resource: str, by: str) -> str:
    """What running Spark pods reserve; kube-state-metrics also reports requests of finished ones."""
    return (
        f"sum by ({by}) ((max by (namespace, pod) (kube_pod_container_resource_requests{{{KSM}, "
        f'resource="{resource}", {SPARK_CONTAINER}}}) {RUNNING}) '
        "* on (namespace, pod) group_left (team) "
        'max by (namespace, pod, team) (spark:pod:phase{phase="Running"}))'
    )


def _free(resource: str) -> str:
    """What no pod on a node has reserved. One that waits for a node has no node to take it from."""
    return (
        f'clamp_min(sum(kube_node_status_allocatable{{{KSM}, resource="{resource}"}}) '
        f'- (sum(kube_pod_container_resource_requests{{{KSM}, resource="{resource}", node!=""}} '
        f'and on (namespace, pod, uid) (kube_pod_status_phase{{{KSM}, phase=~"Pending|Running"}} == 1)) '
        "or vector(0)), 0)"
    )


def _used_cores() -> str:
    """Cores that running Spark pods use, by team."""
    return (
        "sum by (team) (sum by (namespace) (max by (namespace, pod, container) (rate("
        f"container_cpu_usage_seconds_total{{{CONTAINERS}, {SPARK_CONTAINER}}}[$__rate_interval]))) "
        f"{OF_TEAM})"
    )


_RESERVED = [
    number("Nodes", "Nodes of the cluster.", "short", Query(f"count(kube_node_info{{{KSM}}})")),
    number(
        "Cores of all nodes",
        "What pods may reserve.",
        "short",
        Query(f'sum(kube_node_status_allocatable{{{KSM}, resource="cpu"}})'),
    ),
    number(
        "Cores nobody reserves",
        "On the nodes that are there: paid for, and free.",
        "short",
        Query(_free("cpu")),
    ),
    number(
        "Memory nobody reserves",
        "On the nodes that are there: paid for, and free.",
        "bytes",
        Query(_free("memory")),
    ),
    number(
        "Nodes that are not ready",
        "Their pods are lost after five minutes.",
        "short",
        Query(f'sum(kube_node_status_condition{{{KSM}, condition="Ready", status!="true"}})'),
        limits=Thresholds(1, 2),
    ),
    number(
        "Busy CPU",
        "Of all cores of all nodes, over five minutes.",
        "percentunit",
        Query(f'1 - avg(rate(node_cpu_seconds_total{{{NODE}, mode="idle"}}[5m]))'),
        limits=Thresholds(0.8, 0.95),
    ),
]

_COST = [
    lines(
        "Cores reserved by running jobs",
        "By team. Multiplied by the price of a core, this is what a team costs.",
        "short",
        Query(_reserved("cpu", "team"), "{{team}}"),
        stacked=True,
    ),
    lines(
        "Memory reserved by running jobs",
        "By team.",
        "bytes",
        Query(_reserved("memory", "team"), "{{team}}"),
        stacked=True,
    ),
    lines(
        "CPU used for each core reserved",
        "All cores of a team together, whatever their pods' size. Far below 1: it pays for idle cores.",
        "short",
        Query(f"{_used_cores()} / {_reserved('cpu', 'team')}", "{{team}}"),
    ),
    lines(
        "Memory used of the limit",
        "95th percentile by namespace. Far below 1: memory is reserved for nothing.",
        "percentunit",
        Query(
            "max by (namespace) (spark:container_memory_limit_ratio:p95)",
            "{{namespace}}",
        ),
    ),
    bars(
        "Core hours of the last day",
        "Reserved by driver and executors, by team.",
        "short",
        Query(f"sum_over_time(({_reserved('cpu', 'team')})[1d:5m]) / 12"),
        width=16,
    ),
]

_NODES = [
    lines(
        "Busy CPU",
        "By node.",
        "percentunit",
        Query(
            f'1 - avg by (instance) (rate(node_cpu_seconds_total{{{NODE}, mode="idle"}}[$__rate_interval]))',
            "{{instance}}",
        ),
        maximum=1,
    ),
    lines(
        "Memory in use",
        "By node, without what the kernel could give back.",
        "percentunit",
        Query(
            f"1 - node_memory_MemAvailable_bytes{{{NODE}}} / node_memory_MemTotal_bytes{{{NODE}}}",
            "{{instance}}",
        ),
        maximum=1,
    ),
    lines(
        "Disk in use",
        "By node and mount point; shuffle files fill it. Above 90% the kubelet evicts pods.",
        "percentunit",
        Query(
            "max by (instance, mountpoint) "
            f"(1 - node_filesystem_avail_bytes{{{DISK}}} / node_filesystem_size_bytes{{{DISK}}})",
            "{{instance}} {{mountpoint}}",
        ),
        maximum=1,
    ),
]

_POOLS = [
    lines(
        "Node pools, of their limit",
        f"{EKS_ONLY}beyond 100% Karpenter starts no more nodes.",
        "percentunit",
        Query(
            f'max by (nodepool, resource_type) (karpenter_nodepools_usage{{job="{KARPENTER}"}}) '
            "/ on (nodepool, resource_type) "
            f'(max by (nodepool, resource_type) (karpenter_nodepools_limit{{job="{KARPENTER}"}}) > 0)',
            "{{nodepool}} {{resource_type}}",
        ),
    ),
    lines(
        "Nodes started and ended",
        f"{EKS_ONLY}within an hour, by pool and reason.",
        "short",
        Query(
            "sum by (nodepool, reason) "
            f'(increase(karpenter_nodeclaims_created_total{{job="{KARPENTER}"}}[1h]))',
            "{{nodepool}} started: {{reason}}",
        ),
        Query(
            f'sum by (nodepool) (increase(karpenter_nodeclaims_terminated_total{{job="{KARPENTER}"}}[1h]))',
            "{{nodepool}} ended",
        ),
    ),
    lines(
        "Spot interruptions",
        f"{EKS_ONLY}messages from AWS within an hour; each takes a node away two minutes later.",
        "short",
        Query(
            "sum by (message_type) "
            f'(increase(karpenter_interruption_received_messages_total{{job="{KARPENTER}"}}[1h]))',
            "{{message_type}}",
        ),
    ),
]

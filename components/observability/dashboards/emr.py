"""The same signals under the names that people know from EMR's CloudWatch metrics.

Names and meanings: Amazon EMR management guide, "Monitoring Amazon EMR metrics with CloudWatch".
"""

from __future__ import annotations

from grafana_foundation_sdk.models import dashboard as models

from components.observability.dashboards.panels import (
    TENANTS,
    Query,
    Thresholds,
    lines,
    made,
    number,
    tenant_variables,
)
from components.observability.recording_rules import SPARK_CONTAINER
from components.observability.scrape_jobs import KSM, NODE_EXPORTER, SPARK_HISTORY

WHERE = 'namespace=~"$namespace"'
HISTORY = f'job="{SPARK_HISTORY}", {WHERE}'
ALLOCATED = (
    f"sum((max by (namespace, pod) (kube_pod_container_resource_requests{{{KSM}, {SPARK_CONTAINER}, "
    f'{WHERE}, resource="memory"}}) and on (namespace, pod) '
    'spark:pod:phase{phase="Running", team!=""}) / 2 ^ 20)'
)
DISK = f'job="{NODE_EXPORTER}", fstype!~"tmpfs|ramfs", mountpoint=~"/|/mnt/k8s-disks/.*"'


def emr() -> models.Dashboard:
    """Make the dashboard."""
    return made(
        "spark-emr",
        "Spark: for people from EMR",
        "What EMR calls AppsPending, ContainerPending or IsIdle, computed from this platform.",
        tenant_variables(),
        [
            ("Cluster", _CLUSTER),
            ("Applications", _APPS),
            ("Containers and memory", _CONTAINERS),
            ("I/O", _IO),
        ],
    )


_CLUSTER = [
    number(
        "IsIdle",
        "1 if no team's application runs or waits. Here nothing is paid for then: nodes end by themselves.",
        "short",
        Query('(sum(spark:pods:count{phase=~"Pending|Running", team!=""}) or vector(0)) == bool 0'),
        width=6,
    ),
    number(
        "CoreNodesRunning",
        "Nodes that are ready. There are no core and task nodes: data is in S3.",
        "short",
        Query(f'sum(kube_node_status_condition{{{KSM}, condition="Ready", status="true"}})'),
        width=6,
    ),
    number(
        "MRUnhealthyNodes",
        "Nodes that are not ready.",
        "short",
        Query(f'sum(kube_node_status_condition{{{KSM}, condition="Ready", status!="true"}})'),
        width=6,
        limits=Thresholds(1, 2),
    ),
    number(
        "HDFSUtilization",
        "There is no HDFS. What fills up here is the nodes' disk, with shuffle files.",
        "percentunit",
        Query(f"max(1 - node_filesystem_avail_bytes{{{DISK}}} / node_filesystem_size_bytes{{{DISK}}})"),
        width=6,
        limits=Thresholds(0.8, 0.9),
    ),
]

_APPS = [
    lines(
        "AppsPending",
        "Drivers without a node, and applications that were submitted and have no driver yet.",
        "short",
        Query(
            f'sum by (team) (spark:pods:count{{role="driver", phase="Pending", {TENANTS}}})',
            "{{team}} driver",
        ),
        Query(f'count by (team) (spark:app:state{{state="SUBMITTED", {TENANTS}}})', "{{team}} submitted"),
    ),
    lines(
        "AppsRunning",
        "Drivers that run.",
        "short",
        Query(f'sum by (team) (spark:pods:count{{role="driver", phase="Running", {TENANTS}}})', "{{team}}"),
    ),
    lines(
        "AppsCompleted, AppsFailed",
        "Drivers that ended within the hour before each point. AppsKilled is a deleted application here: it "
        "leaves nothing to count.",
        "short",
        Query(
            f'sum by (team) (spark:drivers_finished:count1h{{phase="Succeeded", {TENANTS}}})',
            "{{team}} completed",
        ),
        Query(
            f'sum by (team) (spark:drivers_finished:count1h{{phase="Failed", {TENANTS}}})', "{{team}} failed"
        ),
    ),
]

_CONTAINERS = [
    lines(
        "ContainerPending",
        "Executors without a node. A quota's refusals are not here but in the next panel.",
        "short",
        Query(f'sum by (team) (spark:pods:count{{role="executor", phase="Pending", {TENANTS}}})', "{{team}}"),
    ),
    lines(
        "ContainerAllocated, ContainerReserved",
        "Executors that run, and those that drivers want and don't have.",
        "short",
        Query(
            f'sum by (team) (spark:pods:count{{role="executor", phase="Running", {TENANTS}}})',
            "{{team}} running",
        ),
        Query(f"sum by (team) (spark:driver:executors_missing{{{TENANTS}}})", "{{team}} wanted"),
    ),
    lines(
        "MemoryAllocatedMB",
        "Memory that running drivers and executors reserve, in MiB.",
        "mbytes",
        Query(ALLOCATED, "allocated"),
    ),
    lines(
        "YARNMemoryAvailablePercentage",
        "What teams may still reserve, by their quotas. On EMR: of the cluster. Here nodes are added as "
        "needed, and the quota is the bound.",
        "percentunit",
        Query(
            f'1 - max by (team) (spark:quota_used:ratio{{resource="requests.memory", {WHERE}}})', "{{team}}"
        ),
        width=12,
        maximum=1,
    ),
    lines(
        "MemoryAvailableMB",
        "What is free on the nodes that are there, in MiB.",
        "mbytes",
        Query(f'sum(node_memory_MemAvailable_bytes{{job="{NODE_EXPORTER}"}}) / 2 ^ 20', "available"),
        width=12,
    ),
]

_IO = [
    lines(
        "S3BytesRead",
        "By running executors, a second, added when a task ends. EMR shows a sum for each five minutes.",
        "Bps",
        Query(f"spark:input_bytes:rate5m{{{WHERE}}}", "{{namespace}}"),
        width=12,
    ),
    lines(
        "S3BytesWritten",
        "Written by runs that ended within the hour before each point.",
        "bytes",
        Query(
            f"sum by (namespace) (increase(spark_history_output_bytes_total{{{HISTORY}}}[1h]))",
            "{{namespace}}",
        ),
        width=12,
    ),
]

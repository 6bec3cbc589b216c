"""The whole platform in one look: who is saturated, slow, idle or failing."""

from __future__ import annotations

from grafana_foundation_sdk.models import dashboard as models

from components.observability.dashboards.panels import (
    TENANTS,
    Query,
    Thresholds,
    bars,
    lines,
    made,
    number,
    tenant_variables,
)
from components.observability.scrape_jobs import NODE_EXPORTER, SPARK_HISTORY

WHERE = 'namespace=~"$namespace"'


def overview() -> models.Dashboard:
    """Make the dashboard."""
    return made(
        "spark-overview",
        "Spark: overview",
        "The four golden signals of all teams. Start here.",
        tenant_variables(),
        [
            ("At a glance", _GLANCE),
            ("Errors", _ERRORS),
            ("Latency", _LATENCY),
            ("Traffic", _TRAFFIC),
            ("Saturation", _SATURATION),
        ],
    )


_GLANCE = [
    number(
        "Running jobs",
        "Drivers that run now.",
        "short",
        Query(f'sum(spark:pods:count{{role="driver", phase="Running", {TENANTS}}}) or vector(0)'),
    ),
    number(
        "Running executors",
        "Executors that run now.",
        "short",
        Query(f'sum(spark:pods:count{{role="executor", phase="Running", {TENANTS}}}) or vector(0)'),
    ),
    number(
        "Waiting pods",
        "Drivers and executors that no node has taken yet. Pods that a quota refused are not among them.",
        "short",
        Query(f'sum(spark:pods:count{{phase="Pending", {TENANTS}}}) or vector(0)'),
        limits=Thresholds(5, 20),
    ),
    number(
        "Failed in the last hour",
        "Runs whose driver ended with an error within the last hour.",
        "short",
        Query(f'sum(spark:drivers_finished:count1h{{phase="Failed", {TENANTS}}}) or vector(0)'),
        limits=Thresholds(1, 5),
    ),
    number(
        "Fullest quota",
        "The largest part that a team holds of any of its quotas. At 100% its next pod is refused.",
        "percentunit",
        Query(f"max(spark:quota_used:ratio{{{WHERE}}})"),
        limits=Thresholds(0.8, 0.95),
    ),
    number(
        "Firing alerts",
        "Alerts of this platform that fire now; the list is below.",
        "short",
        Query('count(ALERTS{alertname=~"Spark.*", alertstate="firing"}) or vector(0)'),
        limits=Thresholds(1, 3),
    ),
]

_ERRORS = [
    bars(
        "Firing alerts",
        "Each alert that fires, with its team. Its runbook says what to do.",
        "short",
        Query(
            "sum by (alertname, severity, team, namespace) "
            '(ALERTS{alertname=~"Spark.*", alertstate="firing"})'
        ),
    ),
    lines(
        "Runs that ended within an hour",
        "Drivers by how they ended, counted over the hour before each point.",
        "short",
        Query(f"sum by (team, phase) (spark:drivers_finished:count1h{{{TENANTS}}})", "{{team}} {{phase}}"),
        width=12,
    ),
    bars(
        "Budget left",
        "Of the runs that each team's objectives allow to fail or be late, in four weeks or in as long as "
        "metrics are kept. Below 0: more than agreed on.",
        "percentunit",
        Query(f"min by (team, namespace, objective) (spark:objective:budget_left:ratio{{{WHERE}}})"),
    ),
    bars(
        "Why pods failed",
        "Failed drivers and executors whose pods are still there, by job and by what ended them. "
        "OOMKilled: they outgrew their memory limit.",
        "short",
        Query(f"count by (team, spark_job, role, reason) (spark:pod:failed_reason{{{TENANTS}}})"),
    ),
    bars(
        "Applications the operator could not submit or that failed",
        "SparkApplications by job and state, as the operator reports them.",
        "short",
        Query(
            "count by (team, namespace, spark_job, state) "
            f'(spark:app:state{{state=~"SUBMISSION_FAILED|FAILED|FAILING|PENDING_RERUN", {TENANTS}}})'
        ),
    ),
]

_LATENCY = [
    lines(
        "How long runs take",
        "Median and 95th percentile of finished runs whose pods are still there.",
        "s",
        Query(f"quantile(0.5, spark:driver:run_seconds{{{TENANTS}}})", "median"),
        Query(f"quantile(0.95, spark:driver:run_seconds{{{TENANTS}}})", "95%"),
    ),
    lines(
        "How long drivers wait for a node",
        "From the pod's creation to its start. Above two minutes: nodes are missing.",
        "s",
        Query(f"max by (team) (spark:driver:queue_seconds{{{TENANTS}}})", "{{team}}, longest"),
    ),
    lines(
        "From submission to a running driver",
        "95th percentile over half an hour, as the operator measures it.",
        "s",
        Query(f"spark:start_latency_seconds:p95{{{WHERE}}}", "{{namespace}}"),
    ),
    bars(
        "Used of the agreed time",
        "Unfinished applications that have an SLA in their annotation. Above 100% they are late.",
        "percentunit",
        Query(f"max by (team, namespace, spark_job, name) (spark:app:sla_used:ratio{{{TENANTS}}})"),
        limits=Thresholds(0.8, 1),
    ),
    bars(
        "Age of the newest data",
        "From the end of the data interval of the last finished run to now; it grows until the next one.",
        "s",
        Query(
            "time() - max by (team, namespace, spark_job) "
            f'(spark_history_data_interval_end_timestamp_seconds{{job="{SPARK_HISTORY}", {WHERE}}})'
        ),
    ),
]

_TRAFFIC = [
    lines(
        "Running drivers",
        "Jobs that run, by team.",
        "short",
        Query(f'sum by (team) (spark:pods:count{{role="driver", phase="Running", {TENANTS}}})', "{{team}}"),
        stacked=True,
    ),
    lines(
        "Bytes read by running executors",
        "By namespace, over five minutes. A task's input is added when it ends: long tasks come as a peak.",
        "Bps",
        Query(f"spark:input_bytes:rate5m{{{WHERE}}}", "{{namespace}}"),
        stacked=True,
    ),
    lines(
        "Rows read by finished runs",
        "From the event logs, added when a run ends; each point is the hour before it.",
        "short",
        Query(
            "sum by (namespace, spark_job) "
            f'(increase(spark_history_input_records_total{{job="{SPARK_HISTORY}", {WHERE}}}[1h]))',
            "{{spark_job}}",
        ),
    ),
]

_SATURATION = [
    bars(
        "Used of the quotas",
        "What each team holds of each of its quotas. At 100% its next pod is refused.",
        "percentunit",
        Query(f"max by (team, namespace, resource) (spark:quota_used:ratio{{{WHERE}}})"),
        limits=Thresholds(0.8, 0.95),
    ),
    lines(
        "Pods that wait",
        "Pending drivers and executors.",
        "short",
        Query(f'sum by (team, role) (spark:pods:count{{phase="Pending", {TENANTS}}})', "{{team}} {{role}}"),
        width=6,
    ),
    lines(
        "Executors that are wanted and missing",
        "What drivers ask for and no pod exists of: refused by a quota, or just being started.",
        "short",
        Query(
            f"sum by (team, spark_job) (spark:driver:executors_missing{{{TENANTS}}})",
            "{{team}} {{spark_job}}",
        ),
        width=6,
    ),
    lines(
        "Memory used of the limit",
        "95th percentile of containers. At 100% the kernel kills them.",
        "percentunit",
        Query(f"spark:container_memory_limit_ratio:p95{{{WHERE}}}", "{{namespace}} {{container}}"),
    ),
    lines(
        "CPU used for each core reserved",
        "Far below 1: reserve less. Above 1: the cluster is overcommitted, and jobs slow each other down.",
        "short",
        Query(f"spark:container_cpu_request_ratio:avg5m{{{WHERE}}}", "{{namespace}} {{container}}"),
    ),
    lines(
        "Busy CPU of the nodes",
        "All nodes, Spark or not.",
        "percentunit",
        Query(
            "1 - avg by (instance) "
            f'(rate(node_cpu_seconds_total{{job="{NODE_EXPORTER}", mode="idle"}}[$__rate_interval]))',
            "{{instance}}",
        ),
        maximum=1,
    ),
]

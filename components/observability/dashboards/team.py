"""What a team's jobs do: for the people who own them."""

from __future__ import annotations

from grafana_foundation_sdk.models import dashboard as models

from components.observability.dashboards.panels import (
    HISTORY,
    TENANTS,
    Query,
    Thresholds,
    bars,
    lines,
    made,
    number,
    tenant_variables,
)
from components.observability.dashboards.slow import WHY

WHERE = 'namespace=~"$namespace"'


def team() -> models.Dashboard:
    """Make the dashboard."""
    return made(
        "spark-team",
        "Spark: a team's jobs",
        "Which of our jobs run, wait, fail or are late, and how much of our quota they hold.",
        tenant_variables(),
        [
            ("Now", _NOW),
            ("Objectives", _OBJECTIVES),
            ("Jobs", _JOBS),
            ("Volume", _VOLUME),
            ("Why slow, why dear", WHY),
            ("Quota", _QUOTA),
        ],
    )


_NOW = [
    number(
        "Running",
        "Drivers that run now.",
        "short",
        Query(f'sum(spark:pods:count{{role="driver", phase="Running", {TENANTS}}}) or vector(0)'),
    ),
    number(
        "Waiting",
        "Drivers that no node has taken yet.",
        "short",
        Query(f'sum(spark:pods:count{{role="driver", phase="Pending", {TENANTS}}}) or vector(0)'),
        limits=Thresholds(1, 5),
    ),
    number(
        "Succeeded in the last hour",
        "Runs that ended well.",
        "short",
        Query(f'sum(spark:drivers_finished:count1h{{phase="Succeeded", {TENANTS}}}) or vector(0)'),
    ),
    number(
        "Failed in the last hour",
        "Runs whose driver ended with an error.",
        "short",
        Query(f'sum(spark:drivers_finished:count1h{{phase="Failed", {TENANTS}}}) or vector(0)'),
        limits=Thresholds(1, 3),
    ),
    number(
        "Executors killed for memory",
        "Failed executors whose pods are still there and that outgrew their memory limit.",
        "short",
        Query(
            f'count(spark:pod:failed_reason{{role="executor", reason="OOMKilled", {TENANTS}}}) or vector(0)'
        ),
        limits=Thresholds(1, 3),
    ),
    number(
        "Fullest quota",
        "The largest part held of any quota. At 100% the next pod is refused.",
        "percentunit",
        Query(f"max(spark:quota_used:ratio{{{WHERE}}})"),
        limits=Thresholds(0.8, 0.95),
    ),
]

_OBJECTIVES = [
    bars(
        "Budget left",
        "Of the runs that may fail or be late in four weeks, or in as long as metrics are kept. 100%: none "
        "was. Below 0: more than agreed on. Empty: the team has no objective, or nothing has ended.",
        "percentunit",
        Query(f"min by (team, namespace, objective) (spark:objective:budget_left:ratio{{{WHERE}}})"),
        width=8,
    ),
    lines(
        "How fast the budget goes",
        "1 uses it up just in time. An hour at 14.4 or six at 6 call somebody; three days at 1 are a ticket.",
        "short",
        *(
            Query(
                f"max by (namespace, objective) (spark:objective:burn:rate{window}{{{WHERE}}})",
                f"{{{{namespace}}}} {{{{objective}}}}, {window}",
            )
            for window in ("1h", "6h", "3d")
        ),
    ),
    lines(
        "Runs that count",
        "Of the hour before each point: kept (good) or broken (bad), by objective.",
        "short",
        Query(
            f"sum by (namespace, objective, result) (spark:objective:events:count1h{{{WHERE}}})",
            "{{namespace}} {{objective}}, {{result}}",
        ),
    ),
]

_JOBS = [
    bars(
        "Applications and their states",
        "Every SparkApplication that exists. One that you created is missing: the operator has not seen it.",
        "short",
        Query(f"max by (namespace, spark_job, name, state) (spark:app:state{{{TENANTS}}})"),
    ),
    bars(
        "Duration of runs whose pods are still there",
        "From the driver's start to its end.",
        "s",
        Query(f"max by (namespace, spark_job, app) (spark:driver:run_seconds{{{TENANTS}}})"),
    ),
    bars(
        "Why pods failed",
        "OOMKilled: raise memoryOverhead or use smaller partitions. Error: read the driver's log.",
        "short",
        Query(f"count by (spark_job, role, reason) (spark:pod:failed_reason{{{TENANTS}}})"),
    ),
    bars(
        "Used of the agreed time",
        "Unfinished applications with an SLA in their annotation. Above 100% they are late.",
        "percentunit",
        Query(f"max by (namespace, spark_job, name) (spark:app:sla_used:ratio{{{TENANTS}}})"),
        limits=Thresholds(0.8, 1),
    ),
    lines(
        "Runs that ended within an hour",
        "From the event logs. Completed: no Spark job of it failed. A program that failed outside of a Spark "
        'job is among them, and in "Failed in the last hour".',
        "short",
        Query(
            f"sum by (spark_job, outcome) (increase(spark_history_apps_finished_total{{{HISTORY}}}[1h]))",
            "{{spark_job}} {{outcome}}",
        ),
        width=12,
    ),
    lines(
        "Duration of finished runs, by job",
        "Median over the day before each point, from the event logs: a job that grows slower shows here.",
        "s",
        Query(
            "histogram_quantile(0.5, sum by (le, spark_job) "
            f"(increase(spark_history_app_duration_seconds_bucket{{{HISTORY}}}[1d])))",
            "{{spark_job}}",
        ),
        width=12,
    ),
]

_VOLUME = [
    lines(
        "Rows read",
        "By finished runs; each point is the hour before it.",
        "short",
        Query(
            f"sum by (spark_job) (increase(spark_history_input_records_total{{{HISTORY}}}[1h]))",
            "{{spark_job}}",
        ),
    ),
    lines(
        "Rows written",
        "By finished runs; each point is the hour before it. A drop to nothing is a job that found no input.",
        "short",
        Query(
            f"sum by (spark_job) (increase(spark_history_output_records_total{{{HISTORY}}}[1h]))",
            "{{spark_job}}",
        ),
    ),
    lines(
        "Bytes shuffled",
        "Written between stages by finished runs; each point is the hour before it.",
        "bytes",
        Query(
            f"sum by (spark_job) (increase(spark_history_shuffle_write_bytes_total{{{HISTORY}}}[1h]))",
            "{{spark_job}}",
        ),
    ),
]

_QUOTA = [
    lines(
        "Used of the quotas",
        "At 100% the next pod is refused, not queued.",
        "percentunit",
        Query(
            f"max by (namespace, resource) (spark:quota_used:ratio{{{WHERE}}})", "{{namespace}} {{resource}}"
        ),
        width=12,
    ),
    lines(
        "Executors that are wanted and missing",
        "Refused by the quota, or just being started.",
        "short",
        Query(f"sum by (spark_job) (spark:driver:executors_missing{{{TENANTS}}})", "{{spark_job}}"),
        width=12,
    ),
]

"""The Spark operator: whether it keeps up with what teams submit."""

from __future__ import annotations

from grafana_foundation_sdk.models import dashboard as models

from components.naming import OPERATOR_NAMESPACE
from components.observability.dashboards.panels import Query, Thresholds, bars, lines, made, number
from components.observability.recording_rules import CONTAINERS
from components.observability.scrape_jobs import SPARK_CANARY, SPARK_OPERATOR

JOB = f'job="{SPARK_OPERATOR}"'
CANARY = f'job="{SPARK_CANARY}"'
CONTAINER = f'{CONTAINERS}, namespace="{OPERATOR_NAMESPACE}", container="spark-operator-controller"'


def operator() -> models.Dashboard:
    """Make the dashboard."""
    return made(
        "spark-operator",
        "Spark: operator",
        "Whether the operator lives, how fast it submits, and what it waits for; and the canary.",
        [],
        [
            ("State", _STATE),
            ("Canary", _CANARY),
            ("Submissions", _SUBMISSIONS),
            ("Queue", _QUEUE),
            ("Resources", _RESOURCES),
        ],
    )


def _count(metric: str) -> str:
    return f"sum by (exported_namespace) (increase({metric}{{{JOB}}}[$__rate_interval]))"


_STATE = [
    number(
        "Operators that answer",
        "0: nothing is submitted. Running jobs go on.",
        "short",
        Query(f"sum(up{{{JOB}}})"),
        width=6,
    ),
    number(
        "Leaders",
        "Exactly one works; others wait for its lease.",
        "short",
        Query(f"sum(leader_election_master_status{{{JOB}}})"),
        width=6,
    ),
    number(
        "Waiting in the queue",
        "Applications and events that no worker has taken yet.",
        "short",
        Query(f"sum(workqueue_depth{{{JOB}}})"),
        width=6,
        limits=Thresholds(20, 100),
    ),
    number(
        "Longest work on one item",
        "A submission takes seconds; minutes mean that it hangs.",
        "s",
        Query(f"max(workqueue_longest_running_processor_seconds{{{JOB}}})"),
        width=6,
        limits=Thresholds(30, 120),
    ),
]

_CANARY = [
    number(
        "Last canary that got through",
        "Since a small job went all the way, from submission to the history server.",
        "s",
        Query(f"time() - max(spark_canary_last_success_timestamp_seconds{{{CANARY}}})"),
        width=6,
        limits=Thresholds(900, 1800),
    ),
    lines(
        "What the canary found",
        "Looks at the chain by what they found. Anything but ok and waiting is the name of the broken link.",
        "short",
        Query(
            f"sum by (outcome) (increase(spark_canary_checks_total{{{CANARY}}}[$__rate_interval])) > 0",
            "{{outcome}}",
        ),
        width=18,
        stacked=True,
    ),
]

_SUBMISSIONS = [
    lines(
        "Submitted",
        "Applications handed to Kubernetes. For trends: a restarted operator counts what it finds again.",
        "short",
        Query(_count("spark_application_submit_count"), "{{exported_namespace}}"),
    ),
    lines(
        "Ended",
        "As the operator counts them; a restart counts what it finds once more.",
        "short",
        Query(_count("spark_application_success_count"), "{{exported_namespace}} well"),
        Query(_count("spark_application_failure_count"), "{{exported_namespace}} failed"),
        Query(_count("spark_application_failed_submission_count"), "{{exported_namespace}} not submitted"),
    ),
    lines(
        "From creation to a running driver",
        "50th and 95th percentile over half an hour.",
        "s",
        Query(
            "histogram_quantile(0.5, sum by (le) "
            f"(rate(spark_application_start_latency_seconds_histogram_bucket{{{JOB}}}[30m])))",
            "median",
        ),
        Query("max(spark:start_latency_seconds:p95)", "95%, slowest namespace"),
    ),
    bars(
        "Applications by state",
        "What the operator says now of every application that exists.",
        "short",
        Query("count by (namespace, state) (spark:app:state)"),
    ),
    lines(
        "Running, as the operator counts",
        "Applications and executors by its own gauges.",
        "short",
        Query(f"sum(spark_application_running_count{{{JOB}}})", "applications"),
        Query(f"sum(spark_executor_running_count{{{JOB}}})", "executors"),
        width=12,
    ),
]

_QUEUE = [
    lines(
        "Waiting time in the queue",
        "99th percentile. The buckets are powers of ten: read it as below 1, 10 or 100 seconds.",
        "s",
        Query(
            "histogram_quantile(0.99, sum by (le, controller) "
            f"(rate(workqueue_queue_duration_seconds_bucket{{{JOB}}}[$__rate_interval])))",
            "{{controller}}",
        ),
    ),
    lines(
        "Work on one item",
        "99th percentile; a submission starts a Java process.",
        "s",
        Query(
            "histogram_quantile(0.99, sum by (le, controller) "
            f"(rate(workqueue_work_duration_seconds_bucket{{{JOB}}}[$__rate_interval])))",
            "{{controller}}",
        ),
    ),
    lines(
        "Errors and retries",
        "In a second. Conflicts with other writers are retried and do no harm; a steady rate does.",
        "cps",
        Query(
            "sum by (controller) "
            f"(rate(controller_runtime_reconcile_errors_total{{{JOB}}}[$__rate_interval]))",
            "{{controller}} errors",
        ),
        Query(
            f"sum by (controller) (rate(workqueue_retries_total{{{JOB}}}[$__rate_interval]))",
            "{{controller}} retries",
        ),
    ),
]

_RESOURCES = [
    lines(
        "CPU",
        "Cores in use; a submission keeps one busy for seconds.",
        "short",
        Query(
            f"max by (pod) (rate(container_cpu_usage_seconds_total{{{CONTAINER}}}[$__rate_interval]))",
            "{{pod}}",
        ),
        width=12,
    ),
    lines(
        "Memory",
        "Close to the limit a submission is killed, and its job fails with signal: killed.",
        "bytes",
        Query(f"max by (pod) (container_memory_working_set_bytes{{{CONTAINER}}})", "{{pod}}"),
        width=12,
    ),
]

"""The history server and what its event logs say."""

from __future__ import annotations

from grafana_foundation_sdk.models import dashboard as models

from components.naming import HISTORY_NAMESPACE
from components.observability.dashboards.panels import (
    Query,
    Thresholds,
    bars,
    lines,
    made,
    number,
    tenant_variables,
)
from components.observability.recording_rules import CONTAINERS
from components.observability.scrape_jobs import SPARK_DRIVER, SPARK_HISTORY

JOB = f'job="{SPARK_HISTORY}"'
HERE = f'{JOB}, namespace=~"$namespace"'
CONTAINER = f'{CONTAINERS}, namespace="{HISTORY_NAMESPACE}", container="history-server"'


def history() -> models.Dashboard:
    """Make the dashboard."""
    return made(
        "spark-history",
        "Spark: history server",
        "Whether finished runs can be looked at, and what they did. The server itself has no metrics: these "
        "come from its REST API.",
        tenant_variables(),
        [("State", _STATE), ("Runs", _RUNS), ("Resources", _RESOURCES)],
    )


_STATE = [
    number(
        "Last look",
        "Since the exporter last read the server's list of runs.",
        "s",
        Query(f"time() - max(spark_history_last_poll_timestamp_seconds{{{JOB}}})"),
        width=6,
        limits=Thresholds(120, 600),
    ),
    number(
        "Errors of the last hour",
        "Looks at the server that failed.",
        "short",
        Query(f"sum(increase(spark_history_poll_errors_total{{{JOB}}}[1h]))"),
        width=6,
        limits=Thresholds(1, 10),
    ),
    number(
        "Behind the cluster",
        "From the end of the newest listed run to the end of the newest driver that ended well.",
        "s",
        Query(
            "clamp_min(max(max_over_time("
            'spark:pod:finished_timestamp_seconds{role="driver", phase="Succeeded"}[2h])) '
            f"- max(spark_history_newest_end_timestamp_seconds{{{JOB}}}), 0)"
        ),
        width=6,
        limits=Thresholds(300, 900),
    ),
    number(
        "Dropped events",
        "Events that running drivers did not write into their logs. Above 0 the history is wrong.",
        "short",
        Query(
            "sum(metrics_spark_driver_LiveListenerBus_queue_eventLog_numDroppedEvents_Count"
            f'{{job="{SPARK_DRIVER}"}}) or vector(0)'
        ),
        width=6,
        limits=Thresholds(1, 1),
    ),
]

_RUNS = [
    lines(
        "Runs that ended within an hour",
        "Completed: no Spark job of it failed. A program that failed outside of a Spark job is among them: "
        'how drivers ended is on "Spark: overview".',
        "short",
        Query(f"sum by (outcome) (increase(spark_history_apps_finished_total{{{HERE}}}[1h]))", "{{outcome}}"),
    ),
    lines(
        "Duration",
        "Median and 95th percentile of the runs that ended within an hour.",
        "s",
        Query(
            "histogram_quantile(0.5, sum by (le) "
            f"(increase(spark_history_app_duration_seconds_bucket{{{HERE}}}[1h])))",
            "median",
        ),
        Query(
            "histogram_quantile(0.95, sum by (le) "
            f"(increase(spark_history_app_duration_seconds_bucket{{{HERE}}}[1h])))",
            "95%",
        ),
    ),
    lines(
        "Bytes",
        "Of the runs that ended within an hour.",
        "bytes",
        Query(f"sum(increase(spark_history_input_bytes_total{{{HERE}}}[1h]))", "read"),
        Query(f"sum(increase(spark_history_output_bytes_total{{{HERE}}}[1h]))", "written"),
        Query(f"sum(increase(spark_history_shuffle_read_bytes_total{{{HERE}}}[1h]))", "shuffled"),
    ),
    bars(
        "Runs that are not counted",
        "Given up in the time that is shown. Unreadable: the server could not tell of it in ten tries, or "
        "reading it ended the exporter three times. The other reasons: its log says what can't be.",
        "short",
        Query(f"sum by (reason) (increase(spark_history_dropped_runs_total{{{JOB}}}[$__range]))"),
    ),
    bars(
        "Last end of each job",
        "How long ago its newest finished run ended.",
        "s",
        Query(
            f"time() - max by (namespace, spark_job) (spark_history_app_last_end_timestamp_seconds{{{HERE}}})"
        ),
    ),
    bars(
        "Age of the newest data",
        "From the end of the data interval of the last finished run to now.",
        "s",
        Query(
            "time() - max by (namespace, spark_job) "
            f"(spark_history_data_interval_end_timestamp_seconds{{{HERE}}})"
        ),
    ),
]

_RESOURCES = [
    lines(
        "CPU",
        "Cores in use; the replay of a large log keeps one busy.",
        "short",
        Query(
            f"max by (pod) (rate(container_cpu_usage_seconds_total{{{CONTAINER}}}[$__rate_interval]))",
            "{{pod}}",
        ),
        width=12,
    ),
    lines(
        "Memory",
        "Large event logs need it while they are read.",
        "bytes",
        Query(f"max by (pod) (container_memory_working_set_bytes{{{CONTAINER}}})", "{{pod}}"),
        width=12,
    ),
]

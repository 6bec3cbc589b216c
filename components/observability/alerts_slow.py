"""Alerts that say why a job is slow, or its data old: one cause each, for the team. Pure.

Those about finished runs last for an hour after the run, and leave out runs that are too short to be worth a
ticket. What the figures are made of: apps/history_exporter.
"""

from __future__ import annotations

from typing import Final

from components.observability.rule_model import JOB, Alert, Severity, Signal, Site
from components.observability.scrape_jobs import SPARK_HISTORY

WAITED_SHARE: Final = 0.25
"""Part of a run that its executors waited for one task, from which on it is called skewed."""

SLOWEST_TIMES: Final = 4
"""How many times the median the slowest task has to take. Spark's own AQE takes a partition of five times
the median's size for skewed (spark.sql.adaptive.skewJoin.skewedPartitionFactor)."""

GC_SHARE: Final = 0.2
"""Part of the tasks' time, or of the executors' while a run goes on; Spark's page paints executors red from a
tenth on (executorspage.js), which is worth a look and no ticket."""

SPILLED_SHARE: Final = 0.5
"""Bytes spilled to disk for each that was read: half of all data is written and read once more."""

LOAD: Final = 1.05
"""Rows that come for each that is done, in a mean of ten minutes: with less, the mean's own spread shows."""

LAG_SECONDS: Final = 900
"""Age of what a stream works off from which on somebody looks, if it also grows."""

LAG_GROWTH: Final = 0.2
"""Seconds a second by which it has to grow: a stream that allows for late events is always that late."""

_JOB: Final = f'job="{SPARK_HISTORY}"'
_BY: Final = f"namespace, team, {JOB}"


def slow_alerts(site: Site) -> tuple[Alert, ...]:
    """List them.

    Args:
        site: the cluster that they are for.
    """
    return (*_finished(site.slow_run_seconds), *_UNFINISHED)


def _newest(metric: str, *chosen: str) -> str:
    return f"max by ({_BY}) (spark_history_{metric}{{{', '.join((_JOB, *chosen))}}})"


def _lately(counter: str) -> str:
    """What runs of a job that ended within an hour add up to."""
    return f"sum by ({_BY}) (increase(spark_history_{counter}{{{_JOB}}}[1h]))"


def _of_run(expr: str) -> str:
    """Name the job's newest run: neither a page of logs nor a dashboard of a run is found by the job.

    Args:
        expr: PromQL that gives one series for each of the exporter's jobs.
    """
    newest = f"""topk by (namespace, {JOB}) (1, max by (namespace, {JOB}, run) (
              spark_history_app_newest_run{{{_JOB}}}))"""
    return f"""
            max by (namespace, team, {JOB}, app) (label_replace(
              ({expr}) * on (namespace, {JOB}) group_left (run) {newest},
              "app", "$1", "run", "(.+)"))
            """


def _finished(least_seconds: int) -> tuple[Alert, ...]:
    slowest = _newest("app_task_quantile_seconds", 'quantile="1"')
    median = _newest("app_task_quantile_seconds", 'quantile="0.5"')
    long = (
        f"{_lately('app_duration_seconds_sum')} / {_lately('app_duration_seconds_count')} >= {least_seconds}"
    )
    return (
        Alert(
            name="SparkJobSkewed",
            severity=Severity.WARNING,
            signal=Signal.LATENCY,
            expr=_of_run(
                f"""
                ({slowest} - {median}) / {_newest("app_last_duration_seconds")} > {WAITED_SHARE}
                and {slowest} > {SLOWEST_TIMES} * {median}
                and {_newest("app_last_duration_seconds")} >= {least_seconds}
                and time() - {_newest("app_last_end_timestamp_seconds")} < 3600
                """
            ),
            hold="0s",
            summary="{{ $labels.app }} of team {{ $labels.team }} waits for single tasks",
            description="The newest run of {{ $labels.app }} in {{ $labels.namespace }} waited for one task "
            "during {{ $value | humanizePercentage }} of its time, while the other tasks were done.",
        ),
        Alert(
            name="SparkJobSpills",
            severity=Severity.WARNING,
            signal=Signal.LATENCY,
            expr=_of_run(
                f"""
                {_lately("spilled_disk_bytes_total")}
                  / ({_lately("input_bytes_total")} + {_lately("shuffle_read_bytes_total")}) > {SPILLED_SHARE}
                and {long}
                """
            ),
            hold="0s",
            summary="{{ $labels.app }} of team {{ $labels.team }} spills to disk",
            description="Runs of {{ $labels.app }} in {{ $labels.namespace }} wrote to disk what does not "
            "fit into memory: {{ $value | humanizePercentage }} of all that they read.",
        ),
        Alert(
            name="SparkJobCollectsGarbage",
            severity=Severity.WARNING,
            signal=Signal.LATENCY,
            expr=_of_run(
                f"{_lately('gc_seconds_total')} / {_lately('task_seconds_total')} > {GC_SHARE} and {long}"
            ),
            hold="0s",
            summary="{{ $labels.app }} of team {{ $labels.team }} spends its time in garbage collection",
            description="Tasks of {{ $labels.app }} in {{ $labels.namespace }} spent "
            "{{ $value | humanizePercentage }} of their time in garbage collection.",
        ),
    )


_UNFINISHED: Final = (
    Alert(
        name="SparkRunCollectsGarbage",
        severity=Severity.WARNING,
        signal=Signal.LATENCY,
        # A stream never ends, and a run of hours ends too late for anybody to give it a larger heap.
        expr=f"spark:driver:gc:ratio > {GC_SHARE}",
        hold="10m",
        summary="Executors of {{ $labels.app }}, team {{ $labels.team }}, stand still in garbage collection",
        description="Executors of {{ $labels.app }} in {{ $labels.namespace }}, which is under way, spend "
        "{{ $value | humanizePercentage }} of their time in garbage collection.",
    ),
    Alert(
        name="SparkStreamBehind",
        severity=Severity.WARNING,
        signal=Signal.LATENCY,
        expr=f"""
        avg_over_time(spark:stream:load:ratio[10m]) > {LOAD}
        or (spark:stream:lag_seconds > {LAG_SECONDS}
          and deriv(spark:stream:lag_seconds[15m]) > {LAG_GROWTH}
          and spark:stream:load:ratio > 0)
        """,
        hold="10m",
        summary="The stream {{ $labels.query }} of {{ $labels.app }}, team {{ $labels.team }}, falls behind",
        description="The query {{ $labels.query }} of {{ $labels.app }} in {{ $labels.namespace }} gets more "
        "rows than it gets done, or what it works off grows older.",
    ),
    Alert(
        name="SparkDataStale",
        severity=Severity.WARNING,
        signal=Signal.LATENCY,
        expr=_of_run(
            f"time() - {_newest('data_interval_end_timestamp_seconds')} > {_newest('data_max_age_seconds')}"
        ),
        hold="0s",
        summary="The data of {{ $labels.app }}, team {{ $labels.team }}, is older than it says it may be",
        description="What {{ $labels.app }} in {{ $labels.namespace }} has processed ends "
        "{{ $value | humanizeDuration }} ago, more than its spark.platform.dataMaxAge.",
    ),
)

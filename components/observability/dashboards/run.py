"""One application, while it runs and after it has ended."""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.models import dashboard as models

from components.observability.dashboards.panels import (
    DRIVERS,
    HISTORY,
    Query,
    app_variable,
    bars,
    lines,
    made,
    number,
    tenant_variables,
)
from components.observability.dashboards.slow import STREAMS
from components.observability.recording_rules import CONTAINERS, SPARK_CONTAINER
from components.observability.rule_model import JOB

PODS = 'namespace=~"$namespace", app=~"$app"'
OF_APP = f"max by (namespace, pod, app) (spark:pod:info{{{PODS}}})"
EXECUTORS = f'{DRIVERS}, executor_id!="driver"'
SPARK = f'{CONTAINERS}, {SPARK_CONTAINER}, namespace=~"$namespace"'


def run() -> models.Dashboard:
    """Make the dashboard."""
    return made(
        "spark-run",
        "Spark: one run",
        "What one application does now, what it used, and how its earlier runs were.",
        [*tenant_variables(), app_variable()],
        [
            ("Progress", _PROGRESS),
            ("What it uses", _USE),
            ("Data", _DATA),
            ("Streams", STREAMS),
            ("How it ended", _END),
            ("Finished runs, from the event logs", _FINISHED),
        ],
    )


_DAG: Final = "metrics_spark_driver_DAGScheduler_stage"


_DONE: Final = "metrics_spark_driver_appStatus_stages_completedStages_Count"
"""Needs spark.metrics.appStatusSource.enabled."""


def _of_driver(metric: str, function: str = "", *, own: bool = False) -> str:
    """A metric of the driver's endpoint, of executors or of itself, summed up for each application."""
    chosen = f"{metric}{{{DRIVERS if own else EXECUTORS}}}"
    value = f"{function}({chosen}[$__rate_interval])" if function else chosen
    return f"sum by (app) (sum by (namespace, pod) ({value}) * on (namespace, pod) group_left (app) {OF_APP})"


_STAGES_DONE: Final = _of_driver(_DONE, own=True)
_STAGES_LEFT: Final = " + ".join(
    _of_driver(f"{_DAG}_{state}Stages_Value", own=True) for state in ("running", "waiting")
)

_PROGRESS = [
    lines(
        "Pods by phase",
        "Driver and executors. Executors that stay Pending find no node.",
        "short",
        Query(f"count by (role, phase) (spark:pod:phase{{{PODS}}})", "{{role}} {{phase}}"),
        stacked=True,
    ),
    lines(
        "Executors wanted and missing",
        "What the driver asks for, and how many of them have no pod: refused by a quota if that stays.",
        "short",
        Query(f"sum by (app) (spark:driver:executors_target{{{PODS}}})", "{{app}} wanted"),
        Query(f"sum by (app) (spark:driver:executors_missing{{{PODS}}})", "{{app}} missing"),
    ),
    lines(
        "Tasks",
        "Running now. Fewer than the executors' cores: too few partitions, or one slow task at the end.",
        "short",
        Query(_of_driver("metrics_executor_activeTasks"), "{{app}} running"),
    ),
    lines(
        "Tasks that ended",
        "In a second, by outcome. Failed tasks are tried again, up to spark.task.maxFailures.",
        "cps",
        Query(_of_driver("metrics_executor_completedTasks_total", "rate"), "{{app}} done"),
        Query(_of_driver("metrics_executor_failedTasks_total", "rate"), "{{app}} failed"),
        width=6,
    ),
    lines(
        "Stages",
        "Running now, and waiting for another one to end. One that runs while none waits: the last one.",
        "short",
        Query(_of_driver(f"{_DAG}_runningStages_Value", own=True), "{{app}} running"),
        Query(_of_driver(f"{_DAG}_waitingStages_Value", own=True), "{{app}} waiting"),
        width=6,
    ),
    lines(
        "Stages done, of those known",
        "What has ended, of it and of what runs and waits. A program that starts one job after the other "
        "makes more known: then it falls. Stages whose result is there already don't count.",
        "percentunit",
        Query(f"{_STAGES_DONE} / ({_STAGES_DONE} + {_STAGES_LEFT} > 0)", "{{app}}"),
        width=6,
    ),
    lines(
        "Time in garbage collection",
        "Share of the time of tasks that ended. Above 10%: more memory for executors, or fewer cores each.",
        "percentunit",
        Query(
            f"{_of_driver('metrics_executor_totalGCTime_seconds_total', 'rate')} "
            f"/ ({_of_driver('metrics_executor_totalDuration_seconds_total', 'rate')} > 0)",
            "{{app}}",
        ),
        width=6,
    ),
    lines(
        "Highest heap so far",
        "The most JVM heap that each executor ever had, added up: it never falls. What is in use now is in "
        '"Memory by pod".',
        "bytes",
        Query(_of_driver("metrics_executor_JVMHeapMemory_bytes"), "{{app}}"),
        width=6,
    ),
]

_USE = [
    lines(
        "CPU by pod",
        "Cores in use.",
        "short",
        Query(
            f"max by (namespace, pod) (rate(container_cpu_usage_seconds_total{{{SPARK}}}"
            f"[$__rate_interval])) * on (namespace, pod) group_left (app) {OF_APP}",
            "{{pod}}",
        ),
        width=12,
    ),
    lines(
        "Memory by pod",
        "What the kernel compares with the limit.",
        "bytes",
        Query(
            f"max by (namespace, pod) (container_memory_working_set_bytes{{{SPARK}}}) "
            f"* on (namespace, pod) group_left (app) {OF_APP}",
            "{{pod}}",
        ),
        width=12,
    ),
]

_DATA = [
    lines(
        "Bytes read, as tasks end",
        "A task's input is added when it ends: long tasks show nothing for a while, and then a peak.",
        "Bps",
        Query(_of_driver("metrics_executor_totalInputBytes_bytes_total", "rate"), "{{app}}"),
    ),
    lines(
        "Bytes shuffled, as tasks end",
        "Between executors; added when a task ends, as what is read.",
        "Bps",
        Query(_of_driver("metrics_executor_totalShuffleRead_bytes_total", "rate"), "{{app}} read"),
        Query(_of_driver("metrics_executor_totalShuffleWrite_bytes_total", "rate"), "{{app}} written"),
    ),
    lines(
        "Cached blocks",
        "Memory and disk that cached data of all executors takes.",
        "bytes",
        Query(_of_driver("metrics_executor_memoryUsed_bytes"), "{{app}} in memory"),
        Query(_of_driver("metrics_executor_diskUsed_bytes"), "{{app}} on disk"),
    ),
]

_END = [
    bars(
        "Why pods failed",
        "What ended failed pods. Empty for a run without any.",
        "short",
        Query(f"count by (app, role, pod, reason) (spark:pod:failed_reason{{{PODS}}})"),
        width=8,
    ),
    bars(
        "How long it took",
        "From the driver's start to its end, while the pod is there.",
        "s",
        Query(f"max by (app, pod) (spark:driver:run_seconds{{{PODS}}})"),
        width=8,
    ),
    bars(
        "How long it waited",
        "From the driver's creation to its start.",
        "s",
        Query(f"max by (app, pod) (spark:driver:queue_seconds{{{PODS}}})"),
        width=8,
    ),
]

_JOBS_CHOSEN: Final = f"""and on (namespace, {JOB}) (
  max_over_time(spark:pod:info{{role="driver", {PODS}}}[$__range])
  or on (namespace, {JOB}) spark_history_app_newest_run{{{HISTORY}, run=~"$app"}})"""
"""The exporter counts by job. Chosen are runs: shown is what is of their jobs, as their pods say in the time
that is shown, and of a newest run the exporter."""


def _grown(counter: str) -> Query:
    """What finished runs of the chosen runs' jobs add up to."""
    by_job = f"sum by (namespace, {JOB}) (increase(spark_history_{counter}_total{{{HISTORY}}}[$__range]))"
    return Query(f"sum({by_job} {_JOBS_CHOSEN})")


def _since_it_began(metric: str, *more: str) -> str:
    return f"sum by ({', '.join(('namespace', JOB, *more))}) (spark_history_{metric}{{{HISTORY}}})"


_FINISHED = [
    number(
        "Rows read",
        "By all finished runs of the job in the time that is shown.",
        "short",
        _grown("input_records"),
        width=6,
    ),
    number(
        "Bytes read",
        "By all finished runs of the job in the time that is shown.",
        "bytes",
        _grown("input_bytes"),
        width=6,
    ),
    number(
        "Rows written",
        "By all finished runs of the job in the time that is shown.",
        "short",
        _grown("output_records"),
        width=6,
    ),
    number(
        "Bytes written",
        "By all finished runs of the job in the time that is shown.",
        "bytes",
        _grown("output_bytes"),
        width=6,
    ),
    bars(
        "Average duration by job",
        "Since the exporter began, from the event logs, of the jobs of the chosen applications.",
        "s",
        Query(
            f"{_since_it_began('app_duration_seconds_sum')} "
            f"/ {_since_it_began('app_duration_seconds_count')} {_JOBS_CHOSEN}"
        ),
    ),
    bars(
        "Finished runs by outcome",
        "Since the exporter began, of the same jobs. Completed: no Spark job of it failed. A program that "
        'failed outside of a Spark job is among them; "Why pods failed" has it.',
        "short",
        Query(f"{_since_it_began('apps_finished_total', 'outcome')} {_JOBS_CHOSEN}"),
    ),
]

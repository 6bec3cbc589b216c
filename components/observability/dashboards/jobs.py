"""Jobs from Git: whether the worker keeps up, what it sees, and whether people see it."""

from __future__ import annotations

from grafana_foundation_sdk.models import dashboard as models

from components.observability.dashboards.panels import Query, Thresholds, bars, lines, made, number
from components.observability.scrape_jobs import SPARK_JOBS_PAGES, SPARK_JOBS_WORKER

JOB = f'job="{SPARK_JOBS_WORKER}"'
PAGES = f'job="{SPARK_JOBS_PAGES}"'


def jobs() -> models.Dashboard:
    """Make the dashboard."""
    return made(
        "spark-jobs",
        "Spark: jobs from Git",
        "Whether the worker keeps up, what it sees of definitions and runs, and whether the index follows.",
        [],
        [
            ("Worker", _WORKER),
            ("Runs", _RUNS),
            ("Schedules", _SCHEDULES),
            ("Definitions", _DEFINITIONS),
            ("Pages", _PAGES),
        ],
    )


def _now(metric: str) -> Query:
    return Query(f"max({metric}{{{JOB}}})")


_WORKER = [
    number(
        "Since the last pass",
        "One is due every five seconds; nothing is started or judged between two of them.",
        "s",
        Query(f"time() - max(spark_jobs_last_pass_timestamp_seconds{{{JOB}}})"),
        width=6,
        limits=Thresholds(60, 300),
    ),
    number(
        "Since the index could last be written",
        "0 while it can. The pages show what was then; the database is away.",
        "s",
        _now("spark_jobs_index_behind_seconds"),
        width=6,
        limits=Thresholds(30, 120),
    ),
    number(
        "Runs that wait for the index",
        "Written within seconds; a number that stays is more than the database keeps up with.",
        "short",
        _now("spark_jobs_index_waiting_runs"),
        width=6,
        limits=Thresholds(100, 500),
    ),
    number(
        "Since the repository was read",
        "What was pushed later is not seen yet.",
        "s",
        Query(f"time() - max(spark_jobs_sync_timestamp_seconds{{{JOB}}})"),
        width=6,
    ),
    lines(
        "How long a pass takes",
        "It grows with definitions and runs under way; while it takes long, all wait.",
        "s",
        Query(f"max(spark_jobs_pass_seconds{{{JOB}}})", "the last pass"),
        width=12,
    ),
    lines(
        "Passes that did not go through",
        "Tried again by themselves; the worker's log says why.",
        "short",
        Query(f"sum(increase(spark_jobs_failed_passes_total{{{JOB}}}[$__rate_interval]))", "failed"),
        width=12,
    ),
]

_RUNS = [
    lines(
        "Runs under way",
        "Of all that the worker follows, whatever they came by.",
        "short",
        Query(f"sum by (phase) (spark_jobs_runs{{{JOB}}})", "{{phase}}"),
        width=12,
        stacked=True,
    ),
    bars(
        "How runs ended, by their verdict",
        "In the time that is shown, each once; the reason is the verdict's code, and is empty for those that "
        "did not fail. Retried: another attempt followed.",
        "short",
        Query(f"round(sum by (outcome, reason) (increase(spark_job_ends_total{{{JOB}}}[$__range]))) > 0"),
    ),
    bars(
        "How runs of each job ended",
        "In the time that is shown, also if their pods were deleted at once. Other: runs that have no name "
        "but their own, and jobs beyond the 200 of a namespace that have series.",
        "short",
        Query(
            "round(sum by (namespace, spark_job, outcome) "
            f"(increase(spark_job_ends_total{{{JOB}}}[$__range]))) > 0"
        ),
        width=12,
    ),
    lines(
        "How long runs of each job take",
        "Mean of those that succeeded in the day before each point, from the driver's start to its end.",
        "s",
        Query(
            "sum by (namespace, spark_job) "
            f'(increase(spark_job_run_seconds_sum{{{JOB}, outcome="succeeded"}}[1d])) '
            "/ (sum by (namespace, spark_job) "
            f'(increase(spark_job_run_seconds_count{{{JOB}, outcome="succeeded"}}[1d])) > 0)',
            "{{namespace}} {{spark_job}}",
        ),
        width=12,
    ),
]

_SCHEDULES = [
    number(
        "Missed in the last hour",
        "Intervals that nobody started in time, and that are let go: a backfill makes up for them.",
        "short",
        _now("spark_jobs_intervals_missed"),
        width=6,
        limits=Thresholds(1, 10),
    ),
    number(
        "Intervals that wait",
        "For the run of their job that is under way.",
        "short",
        _now("spark_jobs_intervals_waiting"),
        width=6,
    ),
    lines(
        "Age of the oldest interval that is due",
        "It has no run yet, most likely because the run before it is under way.",
        "s",
        Query(f"max(spark_jobs_oldest_due_interval_seconds{{{JOB}}})", "the oldest"),
        width=12,
    ),
]

_DEFINITIONS = [
    number(
        "Jobs that are defined",
        "Last good definitions, also where the newest file is wrong.",
        "short",
        _now("spark_jobs_definitions"),
        width=8,
    ),
    number(
        "Faults in files",
        "The page Sync names each with file and line.",
        "short",
        _now("spark_jobs_definition_faults"),
        width=8,
        limits=Thresholds(1, 10),
    ),
    number(
        "Definitions that vanished and are kept",
        "Half of them or more went with one commit: the page Sync lets them go if that is meant.",
        "short",
        _now("spark_jobs_definitions_held"),
        width=8,
        limits=Thresholds(1, 10),
    ),
]

_PAGES = [
    lines(
        "Answers of the pages",
        "By the class of their status: 4xx is what people may not see or wrote wrongly, 5xx what fails.",
        "cps",
        Query(
            f"sum by (status) (rate(spark_jobs_web_answers_total{{{PAGES}}}[$__rate_interval]))", "{{status}}"
        ),
        width=8,
        stacked=True,
    ),
    lines(
        "Answers that fail",
        "By page. A driver's own page (live) is its tenant's; the others are ours, and their log says why.",
        "cps",
        Query(
            f'sum by (route) (rate(spark_jobs_web_answers_total{{{PAGES}, status="5xx"}}[$__rate_interval]))',
            "{{route}}",
        ),
        width=8,
    ),
    lines(
        "How long the slow answers take",
        "95 of 100 take less, by page; the list of 10,000 runs has a second.",
        "s",
        Query(
            "histogram_quantile(0.95, sum by (le, route) "
            f"(rate(spark_jobs_web_answer_seconds_bucket{{{PAGES}}}[$__rate_interval])))",
            "{{route}}",
        ),
        width=8,
    ),
]

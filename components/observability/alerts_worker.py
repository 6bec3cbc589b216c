"""Alerts about the worker that makes runs of what is in Git. Pure."""

from __future__ import annotations

from components.observability.rule_model import Alert, Severity, Signal
from components.observability.scrape_jobs import SPARK_JOBS_WORKER

BEHIND_SECONDS = 300
"""Age of the last pass: one is due every five seconds; a first one over hundreds of files takes a minute."""

SLACK_SECONDS = 600
"""Beyond three looks at the repository that failed: a Git server restarts in less."""

LATE_SECONDS = 3600
"""Age of an interval that is due and has no run: its job's run before may be under way until then."""

AWAY_SECONDS = 120
"""Since when the index could not be written: PostgreSQL's pod starts again in less, and RDS fails over."""

WAITING_RUNS = 500
"""Runs that wait for the index: as many as one statement writes, so more are more than it keeps up with."""

_OF = f'{{job="{SPARK_JOBS_WORKER}"}}'


def worker_alerts(sync_seconds: int) -> tuple[Alert, ...]:
    """List them.

    Args:
        sync_seconds: time between two looks at the repository.
    """
    return (
        Alert(
            name="SparkJobsWorkerBehind",
            severity=Severity.CRITICAL,
            signal=Signal.PLATFORM,
            expr=f"""
            absent(up{{job="{SPARK_JOBS_WORKER}"}} == 1)
            or time() - max(spark_jobs_last_pass_timestamp_seconds{_OF}) > {BEHIND_SECONDS}
            """,
            hold="5m",
            summary="The worker of the jobs does not get through",
            description="Nothing that Git, schedules or people ask for is started, and no run is judged. "
            "Runs under way go on, and nothing is lost: it is made up for.",
        ),
        Alert(
            name="SparkJobsRepositoryUnread",
            severity=Severity.WARNING,
            signal=Signal.PLATFORM,
            expr=f"""
            time() - max(spark_jobs_sync_timestamp_seconds{_OF}) > {3 * sync_seconds + SLACK_SECONDS}
            """,
            hold="5m",
            summary="The repository of the jobs can't be read",
            description="What was pushed since is not seen; schedules go on by the last good definitions.",
        ),
        Alert(
            name="SparkJobsDefinitionRefused",
            severity=Severity.WARNING,
            signal=Signal.ERRORS,
            expr=f"max(spark_jobs_definition_faults{_OF}) + max(spark_jobs_definitions_held{_OF}) > 0",
            hold="30m",
            summary="Files in the repository of the jobs are refused",
            description="{{ $value | humanize }} faults or vanished definitions: the last good ones go on.",
        ),
        Alert(
            name="SparkJobsIntervalLate",
            severity=Severity.WARNING,
            signal=Signal.LATENCY,
            expr=f"max(spark_jobs_oldest_due_interval_seconds{_OF}) > {LATE_SECONDS}",
            hold="5m",
            summary="An interval of a scheduled job is due and has no run",
            description="It waits for {{ $value | humanizeDuration }}, most likely for the run before it.",
        ),
        Alert(
            name="SparkJobsScheduleMissed",
            severity=Severity.WARNING,
            signal=Signal.ERRORS,
            expr=f"max(spark_jobs_intervals_missed{_OF}) > 0",
            hold="0s",
            summary="Intervals of scheduled jobs were not started in time, and are let go",
            description="{{ $value | humanize }} in the last hour. Each is in the list of runs as skipped, "
            "with its reason; a backfill makes up for them.",
        ),
        Alert(
            name="SparkJobsDatabaseAway",
            severity=Severity.CRITICAL,
            signal=Signal.PLATFORM,
            expr=f"max(spark_jobs_index_behind_seconds{_OF}) > {AWAY_SECONDS}",
            hold="3m",
            summary="The database of the runs' index can't be written",
            description="The pages show what was {{ $value | humanizeDuration }} ago, or nothing. "
            "Jobs are started and judged all the same, and the index is made up for from the bucket.",
        ),
        Alert(
            name="SparkJobsIndexBehind",
            severity=Severity.WARNING,
            signal=Signal.SATURATION,
            expr=f"max(min_over_time(spark_jobs_index_waiting_runs{_OF}[10m])) > {WAITING_RUNS}",
            hold="5m",
            summary="The index of runs does not keep up with the worker",
            description="{{ $value | humanize }} runs wait to be written: the pages show them as they were.",
        ),
    )

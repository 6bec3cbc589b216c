"""When the alerts about the worker of the jobs fire, and when they don't."""

from __future__ import annotations

from tests.observability.series import Case, Series, merged, series

WORKER = "spark-jobs"
CRITICAL = {"severity": "critical", "signal": "platform"}
WARNING = {"severity": "warning", "signal": "platform"}


def _of(metric: str, values: str) -> Series:
    return merged(
        series("up", "1x200", job=WORKER),
        series(f"spark_jobs_{metric}", values, job=WORKER, namespace="spark-jobs"),
    )


def _faults(faults: str, held: str) -> Series:
    kept = series("spark_jobs_definitions_held", held, job=WORKER, namespace="spark-jobs")
    return merged(_of("definition_faults", faults), kept)


CASES: tuple[Case, ...] = (
    Case("SparkJobsWorkerBehind", "it is gone", series("up", "1x5 stale", job=WORKER), "9m", [CRITICAL]),
    Case(
        "SparkJobsWorkerBehind",
        "it answers, and its passes fail",
        _of("last_pass_timestamp_seconds", "0x200"),
        "12m",
        [CRITICAL],
    ),
    Case("SparkJobsWorkerBehind", "it passes", _of("last_pass_timestamp_seconds", "0+30x200"), "60m"),
    Case(
        "SparkJobsRepositoryUnread",
        "the last look that went well is long ago",
        _of("sync_timestamp_seconds", "0x200"),
        "20m",
        [WARNING],
    ),
    Case(
        "SparkJobsRepositoryUnread",
        "it is read again and again",
        _of("sync_timestamp_seconds", "0+30x200"),
        "60m",
    ),
    Case(
        "SparkJobsDefinitionRefused",
        "a file is wrong for half an hour",
        _faults("2x200", "0x200"),
        "40m",
        [{"severity": "warning", "signal": "errors"}],
    ),
    Case(
        "SparkJobsDefinitionRefused",
        "jobs vanished, and nobody said that it is meant",
        _faults("0x200", "5x200"),
        "40m",
        [{"severity": "warning", "signal": "errors"}],
    ),
    Case("SparkJobsDefinitionRefused", "it was mended in time", _faults("1x20 0x200", "0x200"), "40m"),
    Case(
        "SparkJobsIntervalLate",
        "yesterday's waits for the day before",
        _of("oldest_due_interval_seconds", "0+30x300"),
        "70m",
        [{"severity": "warning", "signal": "latency"}],
    ),
    Case(
        "SparkJobsIntervalLate",
        "the run before takes a while",
        _of("oldest_due_interval_seconds", "600x200"),
        "70m",
    ),
)

"""When the alerts about the worker of the jobs fire, and when they don't."""

from __future__ import annotations

from tests.observability.series import Case, Series, merged, series

WORKER = "spark-jobs"
PAGES = "spark-jobs-pages"
ERRORS = {"severity": "warning", "signal": "errors"}
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


def _answers(well: str, failed: str, route: str = "/runs") -> Series:
    kept = {"job": PAGES, "namespace": "spark-jobs", "route": route}
    return merged(
        series("up", "1x200", job=PAGES),
        series("spark_jobs_web_answers_total", well, status="2xx", **kept),
        series("spark_jobs_web_answers_total", failed, status="5xx", **kept),
    )


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
    Case(
        "SparkJobsScheduleMissed",
        "a worker that was away lets three intervals go in its first pass",
        _of("intervals_missed", "3x100"),
        "1m",
        [{"severity": "warning", "signal": "errors"}],
    ),
    Case("SparkJobsScheduleMissed", "an hour later", _of("intervals_missed", "3x120 0x100"), "90m"),
    Case("SparkJobsScheduleMissed", "each starts in time", _of("intervals_missed", "0x200"), "60m"),
    Case(
        "SparkJobsDatabaseAway",
        "nothing can be written",
        _of("index_behind_seconds", "0+30x200"),
        "12m",
        [CRITICAL],
    ),
    Case(
        "SparkJobsDatabaseAway",
        "its pod starts again",
        _of("index_behind_seconds", "0 30 60 90 120 0x200"),
        "12m",
    ),
    Case(
        "SparkJobsIndexBehind",
        "runs come faster than they are written",
        _of("index_waiting_runs", "600+10x200"),
        "20m",
        [{"severity": "warning", "signal": "saturation"}],
    ),
    Case(
        "SparkJobsIndexBehind",
        "many come at once, and are written",
        _of("index_waiting_runs", "0 5000 2000 0x200"),
        "20m",
    ),
    Case("SparkJobsPagesFailing", "they are gone", series("up", "1x5 stale", job=PAGES), "13m", [ERRORS]),
    Case(
        "SparkJobsPagesFailing",
        "one answer of eleven fails",
        _answers("0+10x200", "0+1x200"),
        "20m",
        [ERRORS],
    ),
    Case("SparkJobsPagesFailing", "one of a hundred does", _answers("0+200x200", "0+2x200"), "60m"),
    Case("SparkJobsPagesFailing", "all of a few do, for one person", _answers("0x200", "0 4x200"), "20m"),
    Case(
        "SparkJobsPagesFailing",
        "a tenant's driver does not answer",
        _answers("0x200", "0+10x200", "/live/{sealed}/{rest:path}"),
        "20m",
    ),
)

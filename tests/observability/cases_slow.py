"""When the alerts about slow jobs and old data fire, and when they don't."""

from __future__ import annotations

from tests.observability.series import Case, Series, merged, pod, series

WHO = {"namespace": "data-dev", "team": "data"}
WARNING = {"severity": "warning", "signal": "latency", **WHO}
SAID = [{**WARNING, "app": "orders-7", "spark_job": "orders"}]
PROGRAM = {"job": "spark-history", "namespace": "data-dev", "spark_job": "orders", "team": "data"}
NEWEST = series("spark_history_app_newest_run", "1x400", **PROGRAM, run="orders-7")
RUNNING = pod("d1", [("Running", 200)], app="orders-7", job="orders")


def _run(
    *,
    ended: int = 120,
    seconds: int = 1000,
    tasks: tuple[float, float, float] = (10, 12, 14),
    **counted: float,
) -> Series:
    """A run as the history exporter shows it: zeros at first, then what was counted.

    Args:
        ended: second of its end.
        seconds: its duration.
        tasks: median, 99th percentile and slowest task.
        counted: counters, without prefix and `_total`.
    """
    who = PROGRAM
    counters = {"input_bytes": 1000, "shuffle_read_bytes": 1000, "task_seconds": 5000, **counted}
    for name in ("spilled_disk_bytes", "gc_seconds"):
        counters.setdefault(name, 0)
    found = merged(
        *(
            series(f"spark_history_{name}_total", f"0x5 {value}x400", **who)
            for name, value in counters.items()
        ),
        series("spark_history_app_duration_seconds_sum", f"0x5 {seconds}x400", **who),
        series("spark_history_app_duration_seconds_count", "0x5 1x400", **who),
        series("spark_history_app_last_duration_seconds", f"_x5 {seconds}x400", **who),
        series("spark_history_app_last_end_timestamp_seconds", f"_x5 {ended}x400", **who),
    )
    for quantile, value in zip(("0.5", "0.99", "1"), tasks, strict=True):
        name = "spark_history_app_task_quantile_seconds"
        found |= series(name, f"_x5 {value:g}x400", **who, quantile=quantile)
    return found | NEWEST


def _stream(comes: str, done: str, watermark: str = "0x400") -> Series:
    where = {"job": "spark-driver", "namespace": "data-dev", "pod": "d1", "query": "clicks", "type": "gauges"}
    return merged(
        RUNNING,
        series("spark_streaming_inputRate_total", comes, **where),
        series("spark_streaming_processingRate_total", done, **where),
        series("spark_streaming_eventTime_watermark", watermark, **where),
    )


def _executors(*paused: float, samples: int = 200) -> Series:
    """Executors of a running driver, by the seconds of each 30 that they stand still."""
    found = dict(RUNNING)
    for number, seconds in enumerate(paused):
        where = {"job": "spark-driver", "namespace": "data-dev", "pod": "d1", "executor_id": f"{number + 1}"}
        for name, part in (("Minor", 1 / 3), ("Major", 2 / 3)):
            rises = f"0+{seconds * part:g}x{samples}"
            found |= series(f"metrics_executor_{name}GCTime_seconds_total", rises, **where)
    return found


def _data(until: int, age: int | None) -> Series:
    promised = {} if age is None else series("spark_history_data_max_age_seconds", f"{age}x400", **PROGRAM)
    told = series("spark_history_data_interval_end_timestamp_seconds", f"{until}x400", **PROGRAM)
    return told | promised | NEWEST


BEHIND = [{**SAID[0], "query": "clicks"}]

CASES: tuple[Case, ...] = (
    Case(
        "SparkJobSkewed",
        "one task took 400 seconds of 1000, the median 10",
        _run(tasks=(10, 15, 400)),
        "20m",
        SAID,
    ),
    Case("SparkJobSkewed", "all tasks are long", _run(tasks=(390, 395, 400)), "20m"),
    Case("SparkJobSkewed", "the slowest is three times the median", _run(tasks=(200, 590, 600)), "20m"),
    Case("SparkJobSkewed", "a slow task of a long run", _run(seconds=10_000, tasks=(10, 15, 400)), "20m"),
    Case("SparkJobSkewed", "the run took five minutes", _run(seconds=300, tasks=(10, 15, 200)), "20m"),
    Case("SparkJobSkewed", "it was an hour ago", _run(tasks=(10, 15, 400)), "70m"),
    Case("SparkJobSpills", "it spilled 1500 bytes of 2000", _run(spilled_disk_bytes=1500), "20m", SAID),
    Case("SparkJobSpills", "it spilled 500 bytes of 2000", _run(spilled_disk_bytes=500), "20m"),
    Case("SparkJobSpills", "the run took five minutes", _run(seconds=300, spilled_disk_bytes=1500), "20m"),
    Case("SparkJobSpills", "it was an hour ago", _run(spilled_disk_bytes=1500), "70m"),
    Case("SparkJobCollectsGarbage", "1500 seconds of 5000", _run(gc_seconds=1500), "20m", SAID),
    Case("SparkJobCollectsGarbage", "500 seconds of 5000", _run(gc_seconds=500), "20m"),
    Case("SparkJobCollectsGarbage", "the run took five minutes", _run(seconds=300, gc_seconds=1500), "20m"),
    Case("SparkRunCollectsGarbage", "9 seconds of 30, while it goes on", _executors(9, 9), "30m", SAID),
    Case("SparkRunCollectsGarbage", "3 seconds of 30", _executors(3, 3), "30m"),
    Case("SparkRunCollectsGarbage", "one executor of four does", _executors(15, 1, 1, 1), "30m"),
    Case("SparkRunCollectsGarbage", "it has done so for five minutes", _executors(9, 9), "10m"),
    Case("SparkRunCollectsGarbage", "its executors are gone", _executors(9, 9, samples=60), "45m"),
    Case("SparkStreamBehind", "120 rows come and 100 are done", _stream("120x400", "100x400"), "30m", BEHIND),
    Case("SparkStreamBehind", "100 rows come and 120 could be done", _stream("100x400", "120x400"), "60m"),
    Case(
        "SparkStreamBehind",
        "its first batch had all that waited, and was slow",
        _stream("1000x4 50x400", "22x4 100x400"),
        "12m",
    ),
    Case("SparkStreamBehind", "nothing comes", _stream("0x400", "0x400", "60000x400"), "60m"),
    Case(
        "SparkStreamBehind",
        "each batch has its most rows, and what it works off grows older",
        _stream("100x400", "100x400", "1+15000x400"),
        "60m",
        BEHIND,
    ),
    Case(
        "SparkStreamBehind",
        "it waits half an hour for late events, and no longer",
        _stream("90x400", "100x400", "_x60 1+30000x400"),
        "100m",
    ),
    Case("SparkDataStale", "two hours old, of one that may be", _data(0, 3600), "2h", SAID),
    Case("SparkDataStale", "half an hour old, of an hour that may be", _data(0, 3600), "30m"),
    Case("SparkDataStale", "nobody has said how old it may be", _data(0, None), "3h"),
)

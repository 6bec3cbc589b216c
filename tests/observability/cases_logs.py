"""When alerts about what waits fire, and when they don't: logs, runs to count, samples for elsewhere."""

from __future__ import annotations

from tests.observability.series import Case, Series, merged, series

COLLECTOR = "log-collector"
WARNING = {"severity": "warning", "signal": "platform"}


def _queues(**taken: str) -> Series:
    """Queues of a collector of 16 MiB each, by the namespace whose logs they hold."""
    return merged(
        *(
            merged(
                series("otelcol_exporter_queue_size", values, job=COLLECTOR, exporter=f"s3archive/{name}"),
                series(
                    "otelcol_exporter_queue_capacity", "16x100", job=COLLECTOR, exporter=f"s3archive/{name}"
                ),
            )
            for name, values in taken.items()
        )
    )


def _backlog(values: str) -> Series:
    return series("spark_history_backlog_runs", values, job="spark-history")


def _remote(sent: str, failed: str = "0x100") -> Series:
    """What Prometheus says of its remote write: time of the newest sample that it sent, and what failed."""
    labels = {"job": "prometheus", "remote_name": "outside"}
    return merged(
        series("prometheus_remote_storage_queue_highest_sent_timestamp_seconds", sent, **labels),
        series("prometheus_remote_storage_samples_failed_total", failed, **labels),
    )


REMOTE = {**WARNING, "remote_name": "outside"}

CASES: tuple[Case, ...] = (
    Case(
        "SparkLogsNotStored",
        "one namespace's queue is nearly full",
        _queues(data="15x100", science="1x100"),
        "12m",
        [{**WARNING, "exporter": "s3archive/data"}],
    ),
    Case("SparkLogsNotStored", "it was full for a moment", _queues(data="15x10 1x90"), "12m"),
    Case("SparkRemoteWriteBehind", "nothing was ever taken", _remote("_x100"), "11m", [REMOTE]),
    Case("SparkRemoteWriteBehind", "nothing is taken any more", _remote("0+30x20 600x80"), "31m", [REMOTE]),
    Case(
        "SparkRemoteWriteBehind",
        "samples are refused for good",
        _remote("0+30x100", "0+5x100"),
        "12m",
        [REMOTE],
    ),
    Case(
        "SparkRemoteWriteBehind",
        "the other side was away for eight minutes",
        _remote("_x16 510+30x80"),
        "21m",
    ),
    Case("SparkRemoteWriteBehind", "some were refused once", _remote("0+30x100", "0x10 9x90"), "21m"),
    Case("SparkHistoryBacklog", "it gets no smaller", _backlog("500x100"), "20m", [WARNING]),
    Case("SparkHistoryBacklog", "a burst is worked off", _backlog("400-10x100"), "20m"),
)

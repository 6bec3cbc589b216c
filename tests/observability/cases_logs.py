"""When the alerts about logs, and about runs that are counted late, fire, and when they don't."""

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


CASES: tuple[Case, ...] = (
    Case(
        "SparkLogsNotStored",
        "one namespace's queue is nearly full",
        _queues(data="15x100", science="1x100"),
        "12m",
        [{**WARNING, "exporter": "s3archive/data"}],
    ),
    Case("SparkLogsNotStored", "it was full for a moment", _queues(data="15x10 1x90"), "12m"),
    Case("SparkHistoryBacklog", "it gets no smaller", _backlog("500x100"), "20m", [WARNING]),
    Case("SparkHistoryBacklog", "a burst is worked off", _backlog("400-10x100"), "20m"),
)

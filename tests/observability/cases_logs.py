"""When alerts about what waits fire, and when they don't: logs, runs to count, samples for elsewhere."""

from __future__ import annotations

from tests.observability.series import Case, Series, merged, series

COLLECTOR = "log-collector"
WARNING = {"severity": "warning", "signal": "platform"}


def _sent(name: str, values: str, instance: str = "node-1") -> Series:
    """Lines of a namespace that a node's collector has sent."""
    key = {"job": COLLECTOR, "exporter": f"s3archive/{name}", "instance": instance}
    return series("otelcol_exporter_sent_log_records", values, **key)


def _waits(name: str, values: str, instance: str = "node-1") -> Series:
    """Megabytes of a namespace that wait on a node, of a share that they never fill."""
    key = {"job": COLLECTOR, "exporter": f"s3archive/{name}", "instance": instance}
    return merged(
        series("otelcol_exporter_queue_size", values, **key),
        series("otelcol_exporter_queue_capacity", "160x100", **key),
    )


def _queues(**taken: str) -> Series:
    """Shares of 16 MiB each, of which something is always sent, by the namespace whose logs they hold."""
    found: Series = {}
    for name, values in taken.items():
        waits = {
            series: "16x100" if "capacity" in series else kept
            for series, kept in _waits(name, values).items()
        }
        found = merged(found, waits, _sent(name, "0+9x100"))
    return found


def _refused(values: str, side: str = "otlp_http") -> Series:
    """Lines that a store refused for good; the series comes with the first."""
    key = {"job": COLLECTOR, "exporter": f"{side}/data", "instance": "node-1"}
    return series("otelcol_exporter_send_failed_log_records", values, **key)


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
    Case(
        "SparkLogsNotStored",
        "the little that one namespace prints is not sent, and another's is",
        merged(
            _waits("data", "1x100"),
            _sent("data", "700x100"),
            _waits("science", "1x100"),
            _sent("science", "0+9x100"),
        ),
        "27m",
        [{**WARNING, "exporter": "s3archive/data"}],
    ),
    Case(
        "SparkLogsNotStored",
        "one node sends nothing of it, and another does",
        merged(
            _waits("data", "1x100"), _waits("data", "2x100", "node-2"), _sent("data", "0+9x100", "node-2")
        ),
        "27m",
        [{**WARNING, "exporter": "s3archive/data"}],
    ),
    Case(
        "SparkLogsNotStored",
        "nothing is sent, as nothing waits",
        merged(_waits("data", "0x100"), _sent("data", "700x100")),
        "40m",
    ),
    Case(
        "SparkLogsNotStored",
        "the store was away for ten minutes",
        merged(_waits("data", "1x20 0x80"), _sent("data", "7x20 9x80")),
        "22m",
    ),
    Case("SparkLogsNotStored", "it was full for a moment", _queues(data="15x10 1x90"), "12m"),
    Case(
        "SparkLogsLost",
        "the first lines are refused, with which their counter comes",
        _refused("_x60 25x100"),
        "35m",
        [{**WARNING, "exporter": "otlp_http/data"}],
    ),
    Case(
        "SparkLogsLost",
        "more are refused, long after the first",
        _refused("25x140 60x60"),
        "75m",
        [{**WARNING, "exporter": "otlp_http/data"}],
    ),
    Case("SparkLogsLost", "none was refused since an hour ago", _refused("_x10 25x160"), "75m"),
    Case("SparkLogsLost", "none is ever refused", _sent("data", "0+9x100"), "40m"),
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

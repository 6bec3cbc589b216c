"""Panels that say why a job is slow or dear: of finished runs by their logs, of streams by their drivers."""

from __future__ import annotations

from typing import Final

from components.observability.dashboards.panels import DRIVERS, HISTORY, Query, Thresholds, bars, lines
from components.observability.rule_model import JOB

_BY: Final = f"namespace, {JOB}"


def _lately(counter: str) -> str:
    return f"sum by ({_BY}) (increase(spark_history_{counter}_total{{{HISTORY}}}[$__range]))"


def _tasks(quantile: str) -> str:
    return f'max by ({_BY}) (spark_history_app_task_quantile_seconds{{{HISTORY}, quantile="{quantile}"}})'


_CORE_HOURS: Final = f"{_lately('core_seconds')} / 3600"

WHY: Final = [
    bars(
        "Skew: slowest task against the median",
        "Of the newest run, in the stage that waited longest. 1: all tasks take the same time. Above 4 the "
        "executors wait for one: split its key, or let adaptive execution do it.",
        "short",
        Query(f"{_tasks('1')} / ({_tasks('0.5')} > 0)"),
        width=8,
        limits=Thresholds(2, 4),
    ),
    bars(
        "Skew: 99 of 100 tasks against the median",
        "The same for all but the slowest hundredth. High here as well: many tasks are slow, not one.",
        "short",
        Query(f"{_tasks('0.99')} / ({_tasks('0.5')} > 0)"),
        width=8,
        limits=Thresholds(2, 4),
    ),
    bars(
        "Spilled to disk",
        "By runs that ended in the time that is shown. More memory for each task, or more partitions.",
        "bytes",
        Query(_lately("spilled_disk_bytes")),
        width=8,
    ),
    bars(
        "Spilled, as it was in memory",
        "The same data before it was packed for the disk: about what was lacking in memory.",
        "bytes",
        Query(_lately("spilled_memory_bytes")),
        width=8,
    ),
    bars(
        "Garbage collection, share of task time",
        "Of runs that ended in the time that is shown. Above 20%: more memory, or fewer cores an executor.",
        "percentunit",
        Query(f"{_lately('gc_seconds')} / ({_lately('task_seconds')} > 0)"),
        width=8,
        limits=Thresholds(0.1, 0.2),
    ),
    bars(
        "Waiting for shuffled data, share of task time",
        "Of runs that ended in the time that is shown. High: busy network or disks, or executors that went.",
        "percentunit",
        Query(f"{_lately('fetch_wait_seconds')} / ({_lately('task_seconds')} > 0)"),
        width=8,
        limits=Thresholds(0.1, 0.25),
    ),
    bars(
        "Core-hours",
        "Cores of drivers and executors times hours, of runs that ended in the time that is shown.",
        "short",
        Query(_CORE_HOURS),
        width=8,
    ),
    bars(
        "USD",
        "Core-hours times observability.coreHourPrice of the stack file. Empty if that is not set.",
        "short",
        Query(f"{_CORE_HOURS} * on () group_left () spark:core_hour:usd"),
        width=8,
    ),
    bars(
        "Cores that worked",
        "Task time for each second of a core that was held. Low: they wait, for tasks or for the driver.",
        "percentunit",
        Query(f"{_lately('task_seconds')} / ({_lately('core_seconds')} > 0)"),
        width=8,
    ),
]
"""Of a team's jobs."""

_OF_APP: Final = (
    "* on (namespace, pod) group_left (app) "
    'max by (namespace, pod, app) (spark:pod:info{role="driver", namespace=~"$namespace", app=~"$app"})'
)


def _stream(metric: str) -> str:
    return f"max by (app, query) (spark_streaming_{metric}{{{DRIVERS}}} {_OF_APP})"


_CHOSEN: Final = 'namespace=~"$namespace", app=~"$app"'

STREAMS: Final = [
    lines(
        "Rows of streams",
        "In a second: what comes, and what could be done in the time of the last batch. More comes than is "
        "done: it falls behind.",
        "cps",
        Query(_stream("inputRate_total"), "{{app}} {{query}} comes"),
        Query(_stream("processingRate_total"), "{{app}} {{query}} done"),
    ),
    lines(
        "How far streams are behind",
        "Age of the newest events that are worked off; only of queries with a watermark, and with the delay "
        "that it allows.",
        "s",
        Query(f"max by (app, query) (spark:stream:lag_seconds{{{_CHOSEN}}})", "{{app}} {{query}}"),
    ),
    lines(
        "Batches of streams",
        "How long the last batch took. Longer than its trigger's interval: the next one starts late.",
        "s",
        Query(f"{_stream('latency')} / 1000", "{{app}} {{query}}"),
    ),
]
"""Of one run's streaming queries."""

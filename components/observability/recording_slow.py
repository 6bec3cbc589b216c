"""Recording rules about how runs keep up while they go on, and what a core costs. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from components.observability.rule_model import JOB, RecordingRule, RuleGroup, Site
from components.observability.scrape_jobs import SPARK_DRIVER

_DRIVERS: Final = f'job="{SPARK_DRIVER}"'
_OF_APP: Final = (
    f"* on (namespace, pod) group_left (app, {JOB}, team) "
    f'max by (namespace, pod, app, {JOB}, team) (spark:pod:phase{{role="driver", phase="Running"}})'
)
_MOST_LOAD: Final = 2
"""A stream's first batch has rows at once that came over hours: one point must not decide a mean."""


def slow_groups(site: Site) -> tuple[RuleGroup, ...]:
    """List the groups of these rules.

    Args:
        site: the cluster that they are for.
    """
    return (RuleGroup(name="spark-streams", recording=(*_STREAMS, _GARBAGE, *_prices(site))),)


def _prices(site: Site) -> Sequence[RecordingRule]:
    if site.core_hour_price is None:
        return ()
    return (
        RecordingRule(
            record="spark:core_hour:usd",
            expr=f"vector({site.core_hour_price})",
            gives="",
            why="what an hour of a core costs, as the stack file says",
        ),
    )


def _paused(collections: str) -> str:
    return (
        f'rate(metrics_executor_{collections}GCTime_seconds_total{{{_DRIVERS}, executor_id!="driver"}}[10m])'
    )


_GARBAGE: Final = RecordingRule(
    record="spark:driver:gc:ratio",
    # Heartbeats bring these also in the middle of a task; a task's own figure comes with its end, which in a
    # stage of hours is too late. G1's concurrent phases stop no task and are left out.
    expr=f"""
    max by (namespace, app, {JOB}, team) (
      avg by (namespace, pod) ({_paused("Minor")} + {_paused("Major")}) {_OF_APP})
    """,
    gives="namespace app spark_job team",
    why="part of the time that the executors of a running driver stood still for garbage collection",
)

_STREAMS: Final = (
    RecordingRule(
        record="spark:stream:load:ratio",
        expr=f"""
        clamp_max(max by (namespace, app, {JOB}, team, query) (
          spark_streaming_inputRate_total{{{_DRIVERS}}}
          / (spark_streaming_processingRate_total{{{_DRIVERS}}} > 0) {_OF_APP}), {_MOST_LOAD})
        """,
        gives="namespace app spark_job team query",
        why="rows that come to a stream for each that it gets done, of its last batch. Above 1 each batch is "
        "larger than the one before",
    ),
    RecordingRule(
        record="spark:stream:lag_seconds",
        # Without a watermark, and before the first batch, the gauge is 0 (MetricsReporter).
        expr=f"""
        max by (namespace, app, {JOB}, team, query) (
          (time() - (spark_streaming_eventTime_watermark{{{_DRIVERS}}} > 0) / 1000) {_OF_APP})
        """,
        gives="namespace app spark_job team query",
        why="age of the newest events that a stream has worked off, with the delay that it allows for late "
        "ones",
    ),
)

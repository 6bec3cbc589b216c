"""Alerts about the platform itself: operator, history server, event logs, canary, and the metrics. Pure."""

from __future__ import annotations

from components.observability.monitors import DRIVER_MONITOR
from components.observability.recording_ends import POD
from components.observability.recording_rules import SPARK_CONTAINER
from components.observability.rule_model import JOB, OF_TEAM, Alert, CanaryTimes, Severity, Signal, Site
from components.observability.scrape_jobs import (
    KSM,
    KUBE_STATE_METRICS,
    PROMETHEUS,
    SPARK_CANARY,
    SPARK_DRIVER,
    SPARK_HISTORY,
    SPARK_OPERATOR,
)

METRICS_SOURCE_DOWN = "SparkMetricsSourceDown"
"""While it fires, alerts that are computed from what is missing say nothing true."""


def platform_alerts(site: Site) -> tuple[Alert, ...]:
    """List them.

    Args:
        site: the cluster that they are for.
    """
    canary = [] if site.canary is None else [_canary(site.canary)]
    return (*_OPERATOR, *_HISTORY, *canary, *_METRICS)


_OPERATOR = (
    Alert(
        name="SparkOperatorDown",
        severity=Severity.CRITICAL,
        signal=Signal.PLATFORM,
        expr=f"""
        absent(up{{job="{SPARK_OPERATOR}"}} == 1)
        or max(leader_election_master_status{{job="{SPARK_OPERATOR}"}}) == 0
        """,
        hold="5m",
        summary="The Spark operator is down",
        description="No operator answers or none is the leader: nothing is submitted, scheduled or cleaned "
        "up. Running jobs go on.",
    ),
    Alert(
        name="SparkOperatorWorkqueueBacklog",
        severity=Severity.WARNING,
        signal=Signal.PLATFORM,
        # The buckets are decades from 1e-8 to 1e3 s: only thresholds like 1, 10 and 100 mean anything.
        expr=f"""
        histogram_quantile(0.99, sum by (le, controller) (
          rate(workqueue_queue_duration_seconds_bucket{{job="{SPARK_OPERATOR}"}}[10m]))) > 10
        or max by (controller) (
          workqueue_longest_running_processor_seconds{{job="{SPARK_OPERATOR}"}}) > 120
        """,
        hold="10m",
        summary="The Spark operator lags behind",
        description="Queue {{ $labels.controller }}: {{ $value | humanizeDuration }} of waiting or of one "
        "submission. Jobs start late, and their status is old.",
    ),
)

_HISTORY = (
    Alert(
        name="SparkHistoryServerLag",
        severity=Severity.WARNING,
        signal=Signal.PLATFORM,
        expr=f"""
        max(max_over_time(spark:pod:finished_timestamp_seconds{{role="driver", phase="Succeeded"}}[2h]))
          - max(spark_history_newest_end_timestamp_seconds{{job="{SPARK_HISTORY}"}}) > 900
        """,
        hold="15m",
        summary="The history server does not show the latest runs",
        description="The newest run that it lists ended {{ $value | humanizeDuration }} before the newest "
        "driver that ended well.",
    ),
    Alert(
        name="SparkHistoryNotAnswering",
        severity=Severity.WARNING,
        signal=Signal.PLATFORM,
        expr=f"""
        absent(up{{job="{SPARK_HISTORY}"}} == 1)
        or time() - max(spark_history_last_poll_timestamp_seconds{{job="{SPARK_HISTORY}"}}) > 600
        """,
        hold="10m",
        summary="The history server or its exporter does not answer",
        description="Nobody can look at finished runs, and rows, bytes and durations are not counted.",
    ),
    Alert(
        name="SparkHistoryBacklog",
        severity=Severity.WARNING,
        signal=Signal.PLATFORM,
        # It counts 20 runs a minute at most: a quarter of an hour's work, not done in another.
        expr=f'max(spark_history_backlog_runs{{job="{SPARK_HISTORY}"}}) > 300',
        hold="15m",
        summary="Finished runs are counted late",
        description="{{ $value }} finished runs wait for the exporter of the history server: rows, bytes, "
        "durations and outcomes on the dashboards are those of some time ago.",
    ),
    Alert(
        name="SparkEventLogEventsDropped",
        severity=Severity.WARNING,
        signal=Signal.PLATFORM,
        expr=f"""
        sum by (namespace, app, {JOB}, team) (
          sum by (namespace, pod) (increase(
            metrics_spark_driver_LiveListenerBus_queue_eventLog_numDroppedEvents_Count{{
              job="{SPARK_DRIVER}"}}[10m]))
          * on (namespace, pod) group_left (app, {JOB}, team)
            max by (namespace, pod, app, {JOB}, team) (spark:pod:info{{role="driver"}})) > 0
        """,
        hold="0s",
        summary="The event log of {{ $labels.app }} has gaps",
        description="The driver of {{ $labels.app }} in {{ $labels.namespace }} dropped about "
        "{{ $value | humanize }} events in 10 minutes: the history server will show a wrong picture.",
    ),
)


def _canary(times: CanaryTimes) -> Alert:
    deadline, patience = times.deadline_seconds, times.patience_seconds
    last = f'max(spark_canary_last_success_timestamp_seconds{{job="{SPARK_CANARY}"}})'
    looks = f'spark_canary_checks_total{{job="{SPARK_CANARY}"'
    up = f'up{{job="{SPARK_CANARY}"}}'
    return Alert(
        name="SparkCanaryFailing",
        severity=Severity.CRITICAL,
        signal=Signal.PLATFORM,
        # What the checker sees broken comes first, with the link; the deadline is for what it cannot name.
        # A new platform's first success takes its time, so that there is none counts only after the deadline.
        expr=f"""
        sum by (outcome) (increase({looks}, outcome!~"ok|waiting"}}[2m])) > 0
          unless on () sum(increase({looks}, outcome="ok"}}[{patience}s])) > 0
        or on () time() - {last} > {deadline}
        or on () absent({last}) and on () max({up} offset {deadline}s) == 1
        or on () absent({up} == 1)
        """,
        hold="5m",
        summary="The canary job does not get through",
        description="No small job has passed from submission to the history server for too long: a link of "
        "operator, quota, scheduler, object store and history server is broken. The label outcome "
        "names it where the checker saw which.",
    )


def _refused(chosen: str) -> str:
    """Targets that answered within ten minutes with something of which Prometheus kept nothing."""
    return f"max_over_time((up{{{chosen}}} == 0 and scrape_samples_scraped{{{chosen}}} > 0)[10m:30s])"


def _limit_hit() -> Alert:
    pool = "prometheus_target_scrape_pool_target"
    return Alert(
        name="SparkScrapeLimitHit",
        severity=Severity.WARNING,
        signal=Signal.PLATFORM,
        # The counters of exceeded limits say of nobody whose they were. A pool's name is that of its monitor,
        # which is one for each tenant.
        expr=f"""
        sum by (namespace, team, bound) (
          label_replace(count by (namespace) ({_refused(f'job="{SPARK_DRIVER}"')}),
            "bound", "samplesPerDriver", "", "") {OF_TEAM}
          or label_replace(max by (namespace) (label_replace(
            max_over_time({pool}s{{job="{PROMETHEUS}"}}[10m])
              > ({pool}_limit{{job="{PROMETHEUS}"}} > 0),
            "namespace", "$1", "scrape_job", "podMonitor/[^/]+/{DRIVER_MONITOR}(.+)/[0-9]+")),
            "bound", "driversPerTenant", "", "") {OF_TEAM})
        """,
        hold="5m",
        summary="Drivers of team {{ $labels.team }} go unseen: more than {{ $labels.bound }} allows",
        description="{{ $value }} target(s) in {{ $labels.namespace }} are beyond the bound "
        "{{ $labels.bound }}. Of a driver with too many series or too long labels nothing is kept; with too "
        "many drivers none of the team's is scraped, and alerts about its running jobs are blind.",
    )


_METRICS = (
    Alert(
        name=METRICS_SOURCE_DOWN,
        severity=Severity.CRITICAL,
        signal=Signal.PLATFORM,
        expr=f'absent(up{{job="{KUBE_STATE_METRICS}"}} == 1)',
        hold="5m",
        summary="kube-state-metrics is down: nobody sees jobs fail",
        description="Nearly all alerts about jobs are computed from it; nobody is told of them while "
        "this one fires.",
    ),
    Alert(
        name="SparkPodLabelsMissing",
        severity=Severity.CRITICAL,
        signal=Signal.PLATFORM,
        # kube-state-metrics exports no pod label by default, and then rules and panels are just empty.
        expr=f"""
        count(kube_pod_container_info{{{KSM}, {SPARK_CONTAINER}}}) > 0
          unless on () count(spark:pod:info) > 0
        """,
        hold="10m",
        summary="Spark's pods can't be told apart: kube-state-metrics does not export their labels",
        description="There are {{ $value }} Spark containers, and none has the labels that rules select by.",
    ),
    Alert(
        name="SparkDriverMetricsMissing",
        severity=Severity.WARNING,
        signal=Signal.PLATFORM,
        expr=f"""
        count by (namespace, team) (
          spark:pod:phase{{role="driver", phase="Running"}}
          and {POD} (time() - max by (namespace, pod, uid) (kube_pod_start_time{{{KSM}}}) > 600)
          unless on (namespace, pod) (max by (namespace, pod) (up{{job="{SPARK_DRIVER}"}}) == 1)) > 0
        """,
        hold="10m",
        summary="Drivers of team {{ $labels.team }} can't be scraped",
        description="{{ $value }} driver(s) in {{ $labels.namespace }} have run for more than 10 minutes "
        "without metrics.",
    ),
    Alert(
        name="SparkRuleEvaluationFailing",
        severity=Severity.WARNING,
        signal=Signal.PLATFORM,
        expr=f"""
        sum by (rule_group) (increase(prometheus_rule_evaluation_failures_total{{
          job="{PROMETHEUS}", rule_group=~".*;spark-.*"}}[10m])) > 0
        """,
        hold="0s",
        summary="Rules of {{ $labels.rule_group }} can't be evaluated",
        description="{{ $value | humanize }} evaluations failed in 10 minutes: alerts that depend on them "
        "are blind.",
    ),
    _limit_hit(),
    Alert(
        name="SparkTargetRefused",
        severity=Severity.WARNING,
        signal=Signal.PLATFORM,
        expr=f"""
        count by (job) ({_refused(f'job!="{SPARK_DRIVER}"')}) > 0
        """,
        hold="5m",
        summary="What targets of {{ $labels.job }} say is thrown away",
        description="{{ $value }} target(s) of {{ $labels.job }} answer, and Prometheus keeps nothing of it: "
        "a label is too long, there are too many, or it is no page of metrics.",
    ),
)

"""When the alerts about the platform itself fire, and when they don't."""

from __future__ import annotations

from tests.observability.series import NAMESPACE, Case, Series, ksm, merged, pod, series

WHO = {"namespace": "data-dev", "team": "data"}
CRITICAL = {"severity": "critical", "signal": "platform"}
WARNING = {"severity": "warning", "signal": "platform"}


def _up(job: str, values: str, **labels: str) -> Series:
    return series("up", values, job=job, **labels)


def _leader(value: int) -> Series:
    return series("leader_election_master_status", f"{value}x60", job="spark-operator", name="lease")


def _queue(slow: str, fast: str) -> Series:
    """Items that waited less than 10 s, and less than 100 s."""
    key = {"job": "spark-operator", "controller": "sparkapplication"}
    return merged(
        series("workqueue_queue_duration_seconds_bucket", fast, **key, le="10"),
        series("workqueue_queue_duration_seconds_bucket", slow, **key, le="100"),
        series("workqueue_queue_duration_seconds_bucket", slow, **key, le="+Inf"),
    )


def _longest(seconds: int) -> Series:
    return series(
        "workqueue_longest_running_processor_seconds",
        f"{seconds}x60",
        job="spark-operator",
        controller="sparkapplication",
    )


def _history(newest: str) -> Series:
    return merged(
        pod("d1", [("Running", 30), ("Succeeded", 60)]),
        series(
            "spark_history_newest_end_timestamp_seconds",
            newest,
            job="spark-history",
            namespace=NAMESPACE,
            app="etl",
        ),
    )


def _poll(values: str) -> Series:
    return merged(
        _up("spark-history", "1x100"),
        series("spark_history_last_poll_timestamp_seconds", values, job="spark-history"),
    )


def _dropped(values: str) -> Series:
    return merged(
        pod("etl-driver", [("Running", 60)]),
        series(
            "metrics_spark_driver_LiveListenerBus_queue_eventLog_numDroppedEvents_Count",
            values,
            job="spark-driver",
            namespace=NAMESPACE,
            pod="etl-driver",
            type="counters",
        ),
    )


def _canary(values: str) -> Series:
    return merged(
        _up("spark-canary", "1x100"),
        series("spark_canary_last_success_timestamp_seconds", values, job="spark-canary"),
    )


def _looks(outcome: str, values: str) -> Series:
    """Looks of the checker once a minute, of which those counted found this."""
    return series("spark_canary_checks_total", values, job="spark-canary", outcome=outcome)


def _container(labelled: bool) -> Series:
    found = ksm(
        "kube_pod_container_info",
        "1x60",
        namespace=NAMESPACE,
        pod="d1",
        uid="d1",
        container="spark-kubernetes-driver",
    )
    return merged(found, pod("d1", [("Running", 30)])) if labelled else found


def _failures(group: str, values: str) -> Series:
    return series(
        "prometheus_rule_evaluation_failures_total",
        values,
        job="prometheus",
        rule_group=f"/rules/all.yaml;{group}",
    )


def _scraped(namespace: str, up: str, samples: str, *, job: str = "spark-driver") -> Series:
    """A target, and how many samples its answers have."""
    where = {"namespace": namespace, "pod": "d1", "metrics_path": "/metrics/prometheus/"}
    return merged(_up(job, up, **where), series("scrape_samples_scraped", samples, job=job, **where))


def _pool(namespace: str, drivers: str, *, limit: str = "400x60") -> Series:
    """The pool of a tenant's drivers, as Prometheus tells of it."""
    key = {"job": "prometheus", "scrape_job": f"podMonitor/monitoring/spark-driver-{namespace}/0"}
    return merged(
        series("prometheus_target_scrape_pool_targets", drivers, **key),
        series("prometheus_target_scrape_pool_target_limit", limit, **key),
    )


CASES = (
    Case("SparkOperatorDown", "no operator answers", _up("spark-operator", "1x10 0x30"), "11m", [CRITICAL]),
    Case("SparkOperatorDown", "its target is gone", _up("spark-operator", "1x10 stale"), "12m", [CRITICAL]),
    Case(
        "SparkOperatorDown",
        "it answers, and none is the leader",
        merged(_up("spark-operator", "1x60"), _leader(0)),
        "11m",
        [CRITICAL],
    ),
    Case(
        "SparkOperatorDown",
        "one of two is the leader",
        merged(_up("spark-operator", "1x60"), _leader(1)),
        "11m",
    ),
    Case(
        "SparkOperatorDown",
        "it restarts within two minutes",
        merged(_up("spark-operator", "1x10 0x3 1x40"), _leader(1)),
        "8m",
    ),
    Case(
        "SparkOperatorWorkqueueBacklog",
        "half of the items wait longer than 10 s",
        _queue("0+2x60", "0+1x60"),
        "22m",
        [{**WARNING, "controller": "sparkapplication"}],
    ),
    Case(
        "SparkOperatorWorkqueueBacklog",
        "one submission has been running for five minutes",
        _longest(300),
        "11m",
        [{**WARNING, "controller": "sparkapplication"}],
    ),
    Case(
        "SparkOperatorWorkqueueBacklog",
        "all items wait less than 10 s",
        merged(_queue("0+2x60", "0+2x60"), _longest(20)),
        "22m",
    ),
    Case(
        "SparkHistoryServerLag",
        "the newest listed run ended half an hour before the newest driver",
        _history("0x180"),
        "50m",
        [WARNING],
    ),
    Case(
        "SparkHistoryServerLag", "the run is listed a minute after its end", _history("0x62 1800x100"), "50m"
    ),
    Case(
        "SparkHistoryNotAnswering",
        "the exporter is gone",
        _up("spark-history", "1x10 stale"),
        "16m",
        [WARNING],
    ),
    Case(
        "SparkHistoryNotAnswering",
        "the exporter answers, the server does not",
        _poll("0x100"),
        "21m",
        [WARNING],
    ),
    Case("SparkHistoryNotAnswering", "every poll works", _poll("0+30x100"), "30m"),
    Case(
        "SparkEventLogEventsDropped",
        "a driver drops events",
        _dropped("0x10 0+50x50"),
        "10m",
        [{**WARNING, **WHO, "app": "etl", "spark_job": "etl"}],
    ),
    Case("SparkEventLogEventsDropped", "a driver drops none", _dropped("0x60"), "10m"),
    Case("SparkCanaryFailing", "the last success is half an hour old", _canary("0x100"), "30m", [CRITICAL]),
    Case(
        "SparkCanaryFailing",
        "none has got through since its checker started",
        _up("spark-canary", "1x100"),
        "26m",
        [CRITICAL],
    ),
    Case("SparkCanaryFailing", "its checker is gone", _up("spark-canary", "1x10 stale"), "11m", [CRITICAL]),
    Case(
        "SparkCanaryFailing", "a new platform's first one is on its way", _up("spark-canary", "1x100"), "15m"
    ),
    Case("SparkCanaryFailing", "it got through a moment ago", _canary("0+30x100"), "30m"),
    Case(
        "SparkCanaryFailing",
        "every look finds the store broken",
        merged(_canary("0+60x100"), _looks("store", "0x10 1+1x90"), _looks("ok", "0+1x10 10x90")),
        "25m",
        [{**CRITICAL, "outcome": "store"}],
    ),
    Case(
        "SparkCanaryFailing",
        "one run failed at the store, and the next went through",
        merged(_canary("0+60x100"), _looks("store", "0x10 1+1x6 7x90"), _looks("ok", "0+1x10 10x6 10+1x90")),
        "18m",
    ),
    Case(
        "SparkCanaryFailing",
        "a new platform's store answers late",
        merged(_up("spark-canary", "1x100"), _looks("store", "0+1x4 4x90"), _looks("waiting", "0x4 0+1x90")),
        "10m",
    ),
    Case(
        "SparkMetricsSourceDown",
        "kube-state-metrics does not answer",
        _up("kube-state-metrics", "1x10 0x30"),
        "11m",
        [CRITICAL],
    ),
    Case("SparkMetricsSourceDown", "it answers", _up("kube-state-metrics", "1x60"), "11m"),
    Case(
        "SparkPodLabelsMissing",
        "there is a driver, and its labels are not exported",
        _container(labelled=False),
        "11m",
        [CRITICAL],
    ),
    Case("SparkPodLabelsMissing", "there is a driver, with its labels", _container(labelled=True), "11m"),
    Case(
        "SparkDriverMetricsMissing",
        "a driver has run for 25 minutes and was never scraped",
        pod("d1", [("Running", 60)]),
        "25m",
        [{**WARNING, **WHO}],
    ),
    Case(
        "SparkDriverMetricsMissing",
        "a driver's scrapes fail",
        merged(pod("d1", [("Running", 60)]), _up("spark-driver", "0x100", namespace=NAMESPACE, pod="d1")),
        "25m",
        [{**WARNING, **WHO}],
    ),
    Case(
        "SparkDriverMetricsMissing",
        "a driver is scraped",
        merged(pod("d1", [("Running", 60)]), _up("spark-driver", "1x100", namespace=NAMESPACE, pod="d1")),
        "25m",
    ),
    Case(
        "SparkDriverMetricsMissing",
        "a driver has just started",
        pod("d1", [("Pending", 12), ("Running", 60)]),
        "20m",
    ),
    Case(
        "SparkRuleEvaluationFailing",
        "a rule of ours can't be evaluated",
        _failures("spark-signals", "0+1x40"),
        "10m",
        [{**WARNING, "rule_group": "/rules/all.yaml;spark-signals"}],
    ),
    Case(
        "SparkRuleEvaluationFailing",
        "somebody else's rule can't be evaluated",
        _failures("node.rules", "0+1x40"),
        "10m",
    ),
    Case("SparkRuleEvaluationFailing", "every rule works", _failures("spark-signals", "0x40"), "10m"),
    Case(
        "SparkScrapeLimitHit",
        "a driver shows more than it may, and another team's does not",
        merged(_scraped("data-dev", "0x60", "60000x60"), _scraped("science-dev", "1x60", "800x60")),
        "20m",
        [{**WARNING, **WHO, "bound": "samplesPerDriver"}],
    ),
    Case(
        "SparkScrapeLimitHit",
        "a tenant has more drivers than are scraped, and another one fewer",
        merged(
            _pool("data-dev", "401x60"), _pool("science-dev", "400x60"), _scraped("data-dev", "0x60", "0x60")
        ),
        "20m",
        [{**WARNING, **WHO, "bound": "driversPerTenant"}],
    ),
    Case(
        "SparkScrapeLimitHit",
        "both at once",
        merged(_pool("data-dev", "401x60"), _scraped("data-dev", "0x60", "60000x60")),
        "20m",
        [{**WARNING, **WHO, "bound": each} for each in ("driversPerTenant", "samplesPerDriver")],
    ),
    Case("SparkScrapeLimitHit", "a driver does not answer", _scraped("data-dev", "0x60", "0x60"), "20m"),
    Case(
        "SparkScrapeLimitHit", "its drivers are fewer since long ago", _pool("data-dev", "401x4 3x60"), "20m"
    ),
    Case("SparkScrapeLimitHit", "there is no bound", _pool("data-dev", "401x60", limit="0x60"), "20m"),
    Case(
        "SparkTargetRefused",
        "kube-state-metrics shows a label that is too long",
        _scraped("monitoring", "0x60", "9000x60", job="kube-state-metrics"),
        "20m",
        [{**WARNING, "job": "kube-state-metrics"}],
    ),
    Case(
        "SparkTargetRefused",
        "it does not answer",
        _scraped("monitoring", "0x60", "0x60", job="kube-state-metrics"),
        "20m",
    ),
    Case(
        "SparkTargetRefused",
        "a team's driver shows too much",
        _scraped("data-dev", "0x60", "60000x60"),
        "20m",
    ),
)

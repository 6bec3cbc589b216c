"""Spark's properties for what Prometheus reads of drivers: metrics, and how they are called. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from components.spark.setting import Setting


def metrics_settings() -> Iterable[Setting]:
    """List the properties, with their reasons."""
    sink = "spark.metrics.conf.*.sink.prometheusServlet."
    yield Setting(
        "spark.metrics.namespace",
        "spark",
        "the application's id by default, as part of every metric's name: a new set of names in each run",
    )
    yield Setting(
        f"{sink}class",
        "org.apache.spark.metrics.sink.PrometheusServlet",
        "without it the driver answers 404 there",
    )
    yield Setting(f"{sink}path", "/metrics/prometheus", "where the pod monitor scrapes")
    yield Setting("spark.ui.prometheus.enabled", "true", "false in 3.5; executors' metrics, by the driver")
    yield Setting(
        "spark.metrics.appStatusSource.enabled",
        "true",
        "off by default: how many stages are done is told nowhere else while a run is under way",
    )
    yield Setting(
        "spark.sql.streaming.metricsEnabled",
        "true",
        "off by default: rate and lag of a stream stand in its driver's log alone. Six series a query",
    )

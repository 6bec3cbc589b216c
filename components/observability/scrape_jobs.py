"""Names of what Prometheus scrapes: the label `job` of every series. Pure.

Rules, alerts and dashboards select by them, so they are an API. Well-known sources are called as
kube-prometheus-stack calls them: what others publish for those works here as well.
"""

from __future__ import annotations

from typing import Final

from components.records import canary, database, history_exporter, jobs, logs, spark_operator

SPARK_OPERATOR: Final = spark_operator.SCRAPE.job
SPARK_DRIVER: Final = "spark-driver"
SPARK_HISTORY: Final = history_exporter.SCRAPE.job
"""The exporter that reads the history server; the server itself has no metrics."""
SPARK_CANARY: Final = canary.SCRAPE.job
LOG_COLLECTOR: Final = logs.SCRAPE.job
DATABASE: Final = database.SCRAPE.job
SPARK_JOBS_WORKER: Final = jobs.WORKERS.job
SPARK_JOBS_PAGES: Final = jobs.PAGES.job

KUBE_STATE_METRICS: Final = "kube-state-metrics"
KUBELET: Final = "kubelet"
NODE_EXPORTER: Final = "node-exporter"
API_SERVER: Final = "apiserver"
PROMETHEUS: Final = "prometheus"
ALERTMANAGER: Final = "alertmanager"
KARPENTER: Final = "karpenter"

KSM: Final = f'job="{KUBE_STATE_METRICS}"'
"""Matcher of what kube-state-metrics says, as most rules begin with."""

CADVISOR_PATH: Final = "/metrics/cadvisor"
"""Value of the label `metrics_path` of containers' series: job `kubelet` has two sources."""

RESOURCE_PATH: Final = "/metrics/resource"
"""The kubelet's own figures of containers: CPU and memory alone."""

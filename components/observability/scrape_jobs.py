"""Names of what Prometheus scrapes: the label `job` of every series. Pure.

Rules, alerts and dashboards select by them, so they are an API. Well-known sources are called as
kube-prometheus-stack calls them: what others publish for those works here as well.
"""

from __future__ import annotations

from typing import Final

SPARK_OPERATOR: Final = "spark-operator"
SPARK_DRIVER: Final = "spark-driver"
SPARK_HISTORY: Final = "spark-history"
"""The exporter that reads the history server; the server itself has no metrics."""
SPARK_CANARY: Final = "spark-canary"
LOG_COLLECTOR: Final = "log-collector"
DATABASE: Final = "postgres"
SPARK_JOBS_WORKER: Final = "spark-jobs"
SPARK_JOBS_PAGES: Final = "spark-jobs-pages"

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

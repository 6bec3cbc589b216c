"""What is scraped where: the label `job` of every series, by what a platform has. Pure."""

from __future__ import annotations

from typing import Final

from components.observability import scrape_jobs as jobs

SPARK: Final = (jobs.SPARK_OPERATOR, jobs.SPARK_DRIVER, jobs.SPARK_HISTORY, jobs.SPARK_CANARY)

CLUSTER: Final = (
    jobs.KUBE_STATE_METRICS,
    jobs.KUBELET,
    jobs.NODE_EXPORTER,
    jobs.API_SERVER,
    jobs.PROMETHEUS,
    jobs.ALERTMANAGER,
)

LOGS: Final = (jobs.LOG_COLLECTOR,)
"""What only a platform has that stores logs."""

WORKER: Final = (jobs.SPARK_JOBS_WORKER, jobs.SPARK_JOBS_PAGES)
"""What only a platform has that makes runs of what is in Git."""

EKS: Final = (jobs.KARPENTER,)
"""What only a cluster on EKS has."""

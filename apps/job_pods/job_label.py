"""The label by which metrics know a run's job, on driver and executors alike. Pure.

All ways to a SparkApplication come by the operator's submission: Git, kubectl, its own schedules, Airflow.
The worker's records call the job by the same rule (apps/jobs, runs/external.py); a test compares the two.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

Json = dict[str, Any]

JOB: Final = "jobs.spark-on-eks/job"
"""Label that names the job; runs of the jobs' repository have it already."""

SCHEDULE: Final = "sparkoperator.k8s.io/scheduled-app-name"
"""Label that the operator gives the runs of a schedule (operator 2.5, pkg/common)."""

AIRFLOW: Final = ("dag_id", "task_id")
"""Labels that Airflow's SparkKubernetesOperator gives to drivers and executors."""

LONGEST: Final = 63
"""Characters of a label's value (Kubernetes' limit)."""

PROPERTY: Final = "spark.kubernetes.{role}.label." + JOB


def job_label(application: Json) -> dict[str, str]:
    """Find the properties that put the label on the pods; they win over the definition's own.

    Args:
        application: the SparkApplication.
    """
    name = job_of(application)
    return {PROPERTY.format(role=role): name for role in ("driver", "executor")}


def job_of(application: Json) -> str:
    """The job of a run: what it says, else its schedule, else Airflow's dag and task, else its own name.

    Args:
        application: the SparkApplication.
    """
    has: Mapping[str, str] = application["metadata"].get("labels") or {}
    driver = (application["spec"].get("driver") or {}).get("labels") or {}
    dag, task = (has.get(name) or driver.get(name) or "" for name in AIRFLOW)
    of_airflow = f"{dag}-{task}" if dag and task else ""
    text = has.get(JOB) or has.get(SCHEDULE) or of_airflow or application["metadata"]["name"]
    name = re.sub(r"[^a-z0-9]+", "-", str(text).lower()).strip("-")
    name = name if name[:1].isalpha() else f"job-{name}"
    return name[:LONGEST].rstrip("-")

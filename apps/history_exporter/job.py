"""Which job a finished run is of, and what the run is called, by its Spark properties. Pure.

What the program calls itself says neither: `appName(f"orders-{day}")` is another name each day, and two jobs
may be called alike. The job has the name that pods, records and alerts know it by (apps/job_pods, `job_of`;
a test compares the two).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from .listing import Ended, plain

_LABEL: Final = "spark.kubernetes.driver.label."
"""The driver's own labels stand among the properties of its event log: spark-submit hands them on."""

JOB: Final = f"{_LABEL}jobs.spark-on-eks/job"
"""The job of a run, whichever way it came: the operator's spark-submit says it (apps/job_pods)."""
SCHEDULE: Final = f"{_LABEL}sparkoperator.k8s.io/scheduled-app-name"
"""The operator names each run of a schedule anew; this label of the driver has the schedule's own name."""
AIRFLOW: Final = (f"{_LABEL}dag_id", f"{_LABEL}task_id")
"""Labels that Airflow's SparkKubernetesOperator gives to drivers."""
RUN_NAME: Final = f"{_LABEL}sparkoperator.k8s.io/app-name"
DRIVER_POD: Final = "spark.kubernetes.driver.pod.name"
"""Set by spark-submit, with the name that was submitted in it: the log page and the metrics of pods know the
run by that, whatever the program calls itself."""

LONGEST: Final = 63
"""Characters of a label's value (Kubernetes' limit)."""

_SUBMITTED: Final = re.compile(r"(.+?)(?:-[0-9a-f]{16})?-driver")
"""Name of a driver's pod: what was submitted, and an id of the submission (KubernetesConf)."""


def job_of(end: Ended, properties: Mapping[str, str]) -> str:
    """The job that a run is of: what it says, else its schedule, else Airflow's dag and task, else its name.

    Args:
        end: the run.
        properties: its Spark properties.
    """
    dag, task = (properties.get(name, "") for name in AIRFLOW)
    of_airflow = f"{dag}-{task}" if dag and task else ""
    return named(properties.get(JOB) or properties.get(SCHEDULE) or of_airflow or run_name(end, properties))


def run_name(end: Ended, properties: Mapping[str, str]) -> str:
    """The name that a run was submitted by; a program may call itself otherwise, and many do.

    Args:
        end: the run.
        properties: its Spark properties.
    """
    pod = _SUBMITTED.fullmatch(properties.get(DRIVER_POD, ""))
    return plain(properties.get(RUN_NAME) or (pod[1] if pod else end.name))


def named(text: str) -> str:
    """A job's name as the label of its pods has it.

    Args:
        text: what it is called.
    """
    name = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    name = name if name[:1].isalpha() else f"job-{name}"
    return name[:LONGEST].rstrip("-")

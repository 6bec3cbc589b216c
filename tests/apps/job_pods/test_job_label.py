"""Driver and executors of a run are labelled with its job, by the name that its record has."""

from __future__ import annotations

from typing import Any

import pytest

from apps.job_pods.job_label import JOB, PROPERTY, job_label, job_of
from apps.jobs.runs.external import of_application
from components.naming import JOB_LABEL
from tests.support.definitions import definition

SCHEDULE = {"sparkoperator.k8s.io/scheduled-app-name": "nightly.orders"}
AIRFLOW = {"dag_id": "Daily_Report", "task_id": "load.orders"}


def application(
    labels: dict[str, str], driver: dict[str, str] | None = None, name: str = "j1"
) -> dict[str, Any]:
    made = definition(name=name, driver={"labels": driver} if driver else {})
    made["metadata"] |= {"labels": labels, "creationTimestamp": "2026-11-21T05:00:20Z"}
    return made


@pytest.mark.parametrize(
    ("labels", "driver", "name", "job"),
    [
        ({JOB: "orders", **SCHEDULE}, AIRFLOW, "orders-2026-11-20-0a1b2c3d", "orders"),
        (SCHEDULE, AIRFLOW, "nightly-1732449600000000000", "nightly-orders"),
        ({}, AIRFLOW, "load-orders-x7f2", "daily-report-load-orders"),
        (AIRFLOW, {}, "load-orders-x7f2", "daily-report-load-orders"),
        ({}, {"dag_id": "daily"}, "load-orders-x7f2", "load-orders-x7f2"),
        ({}, {}, "2026-orders", "job-2026-orders"),
        ({JOB: "Orders_" + "x" * 80}, {}, "j1", "orders-" + "x" * 56),
    ],
    ids=["git", "schedule", "airflow", "airflow-of-all", "half-of-airflow", "its-own-name", "too-long"],
)
def test_a_runs_pods_and_its_record_name_the_same_job(
    labels: dict[str, str], driver: dict[str, str], name: str, job: str
) -> None:
    run = application(labels, driver, name)
    assert job_of(run) == job == of_application(run).series.job


def test_driver_and_executors_get_the_label_that_metrics_read() -> None:
    assert JOB == JOB_LABEL
    label = {PROPERTY.format(role=role): "j1" for role in ("driver", "executor")}
    assert job_label(application({})) == label
    assert label.keys() == {f"spark.kubernetes.{role}.label.{JOB_LABEL}" for role in ("driver", "executor")}


def test_a_definition_without_labels_and_driver_has_a_job_too() -> None:
    assert job_of({"metadata": {"name": "j1", "labels": None}, "spec": {"driver": None}}) == "j1"

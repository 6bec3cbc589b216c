"""Who is scraped, as whom, and how much of it: one monitor for each tenant's drivers."""

from __future__ import annotations

from typing import Any

import pytest

from components.kube.monitors import LABEL_LIMIT, ScrapeLimits
from components.observability import scrape_jobs
from components.observability.cluster_monitors import cluster_monitors
from components.observability.monitors import platform_monitors
from components.records.every import RECORDS
from tests.observability import groups_of_jobs

LIMITS = ScrapeLimits(interval_seconds=30, samples=5000, drivers=40)
TENANTS = ("data-dev", "science-dev")
SCRAPED = [each for record in RECORDS.values() for each in record.scraped]
ALL = [
    *platform_monitors(TENANTS, LIMITS, scraped=SCRAPED, karpenter=True),
    *cluster_monitors(LIMITS),
]


def endpoints(monitor: dict[str, Any]) -> list[dict[str, Any]]:
    spec = monitor["spec"]
    found = spec.get("podMetricsEndpoints") or spec["endpoints"]
    assert isinstance(found, list)
    return found


def job(endpoint: dict[str, Any]) -> str:
    (name,) = (each["replacement"] for each in endpoint["relabelings"] if each.get("targetLabel") == "job")
    assert isinstance(name, str)
    return name


def monitor(name: str) -> dict[str, Any]:
    (found,) = (each for each in ALL if each["metadata"]["name"] == name)
    return found


def test_every_job_is_scraped_and_no_other() -> None:
    jobs = {job(each) for found in ALL for each in endpoints(found)}
    of_services = {*groups_of_jobs.SPARK, *groups_of_jobs.LOGS, *groups_of_jobs.WORKER, scrape_jobs.DATABASE}
    assert jobs == {*of_services, *groups_of_jobs.CLUSTER, *groups_of_jobs.EKS}


def test_only_a_cluster_with_karpenter_looks_for_it() -> None:
    names = {each["metadata"]["name"] for each in platform_monitors(TENANTS, LIMITS)}
    assert "karpenter" not in names


@pytest.mark.parametrize("tenant", TENANTS)
def test_each_tenants_drivers_have_a_monitor_with_bounds_of_their_own(tenant: str) -> None:
    spec = monitor(f"spark-driver-{tenant}")["spec"]
    assert spec["namespaceSelector"] == {"matchNames": [tenant]}
    assert spec["sampleLimit"] == 5000
    assert spec["targetLimit"] == 40, "for each of its two endpoints, which count apart"


def test_the_two_endpoints_of_a_driver_are_told_apart() -> None:
    found = endpoints(monitor("spark-driver-data-dev"))
    assert {each["path"] for each in found} == {"/metrics/executors/prometheus/", "/metrics/prometheus/"}
    for each in found:
        targets = {rule.get("targetLabel") for rule in each["relabelings"]}
        assert "metrics_path" in targets, "their `up` would be one series"


def test_no_series_of_a_run_carries_its_id() -> None:
    (found,) = (each for each in endpoints(monitor("spark-driver-data-dev")) if "executors" in each["path"])
    assert {"action": "labeldrop", "regex": "application_id"} in found["metricRelabelings"]


def test_labels_are_bounded_wherever_a_job_could_add_some() -> None:
    for found in ALL:
        if found["kind"] == "PodMonitor":
            assert found["spec"]["labelLimit"] == LABEL_LIMIT
            assert found["spec"]["keepDroppedTargets"] > 0, "every finished pod is a dropped target"


@pytest.mark.parametrize("name", ["kube-state-metrics", "spark-history"])
def test_what_speaks_of_other_namespaces_keeps_their_names(name: str) -> None:
    assert all(each["honorLabels"] for each in endpoints(monitor(name)))


def test_every_endpoint_is_scraped_as_often_as_the_settings_say() -> None:
    assert {each["interval"] for found in ALL for each in endpoints(found)} == {"30s"}


@pytest.mark.parametrize("name", [each["metadata"]["name"] for each in ALL])
def test_nobody_who_is_scraped_can_send_prometheus_elsewhere(name: str) -> None:
    assert [each["followRedirects"] for each in endpoints(monitor(name))] == [False] * len(
        endpoints(monitor(name))
    ), "it would follow a redirect past the walls, and a GET of a driver's page can kill a stage"

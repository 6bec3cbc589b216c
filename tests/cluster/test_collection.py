"""What is collected on the real node: every source is up, bounded, and says what the rules read."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import urllib3

import flights
import metering
from components.domain import Tenant, size_bytes
from components.naming import DATABASE_NAMESPACE, JOBS_NAMESPACE, MONITORING_NAMESPACE, NODE_METRICS_NAMESPACE
from components.observability import rights, scrape_jobs
from components.records.monitoring import PAGE
from local import pages
from tests.cluster.conftest import Say
from tests.cluster.history import History
from tests.cluster.waiting import eventually
from tests.observability import groups_of_jobs
from tests.observability.api import PrometheusApi
from tests.support.access_table import account_user
from toolchain.kubectl import Kubectl

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1200)]

SCRAPED_SECONDS = 180.0
"""Some scrapes after a pod is ready, and the operator's minute for the nodes' addresses."""

OF_SERVICES = (scrape_jobs.LOG_COLLECTOR, scrape_jobs.DATABASE, *groups_of_jobs.WORKER)
"""Jobs of services that other stacks may go without."""

ALWAYS = (
    scrape_jobs.SPARK_OPERATOR,
    scrape_jobs.SPARK_HISTORY,
    *groups_of_jobs.CLUSTER,
    *OF_SERVICES,
)
"""Jobs that are up whether or not a Spark job runs."""

SERIES_PER_EXECUTOR = 200
"""Most series that one executor may bring, from all sources together: 1,000 executors stay far below the
million series that the default memory is meant for."""

POD_FIELDS = ("kube_pod_labels", "kube_pod_status_phase", "kube_pod_start_time", "kube_pod_created")


@pytest.fixture(scope="module")
def number(prometheus: PrometheusApi) -> Callable[[str], float]:
    """The value of an expression that has one; 0 if it has none."""

    def ask(promql: str) -> float:
        return sum(float(each["value"][1]) for each in prometheus.query(promql))

    return ask


@pytest.mark.parametrize("job", ALWAYS)
def test_every_source_of_the_platform_is_up(job: str, prometheus: PrometheusApi) -> None:
    def up() -> bool:
        found = prometheus.query(f'up{{job="{job}"}}')
        return bool(found) and all(each["value"][1] == "1" for each in found)

    eventually(f"{job} is scraped", up, timeout=SCRAPED_SECONDS)


def test_no_job_is_called_otherwise_than_the_rules_call_it(prometheus: PrometheusApi) -> None:
    found = {each["metric"]["job"] for each in prometheus.query("count by (job) (up)")}
    assert found <= {*groups_of_jobs.SPARK, *groups_of_jobs.CLUSTER, *OF_SERVICES}


def test_containers_are_known_by_namespace_and_pod(prometheus: PrometheusApi) -> None:
    def known() -> list[dict[str, Any]]:
        return prometheus.query(
            f'container_memory_working_set_bytes{{job="{scrape_jobs.KUBELET}", namespace="object-store"}}'
        )

    eventually("the store's container is measured", known, timeout=SCRAPED_SECONDS)


def test_the_nodes_own_disk_is_measured_and_the_pods_mounts_are_not(prometheus: PrometheusApi) -> None:
    found = prometheus.query(f'node_filesystem_size_bytes{{job="{scrape_jobs.NODE_EXPORTER}"}}')
    mounts = {each["metric"]["mountpoint"] for each in found}
    assert "/" in mounts
    assert not [mount for mount in mounts if "kubelet" in mount or "containerd" in mount]


def test_quotas_of_every_tenant_are_known(prometheus: PrometheusApi, tenants: tuple[Tenant, ...]) -> None:
    found = prometheus.query('kube_resourcequota{type="hard"}')
    assert {each["metric"]["namespace"] for each in found} >= {tenant.namespace for tenant in tenants}


def test_the_flights_run_left_what_it_read_and_wrote(
    prometheus: PrometheusApi, mine: flights.Platform, history: History
) -> None:
    assert any(name.startswith("flights") for name in history.names().values()), "`make up` ran the job"

    def rows() -> dict[str, float]:
        found = prometheus.query(f'spark_history_input_records_total{{namespace="{mine.namespace}"}}')
        counted = {each["metric"]["spark_job"]: float(each["value"][1]) for each in found}
        return {job: number for job, number in counted.items() if number > 0}

    found = eventually("the run's rows are counted", rows, timeout=SCRAPED_SECONDS)
    assert max(found.values()) >= 3_000_000, "there are three million flights"
    teams = prometheus.query(
        f'count by (team) (spark_history_apps_finished_total{{namespace="{mine.namespace}"}})'
    )
    assert {each["metric"]["team"] for each in teams} == {"data"}


def test_an_application_is_known_by_its_state(prometheus: PrometheusApi, mine: flights.Platform) -> None:
    def completed() -> list[dict[str, Any]]:
        return prometheus.query(
            f'kube_sparkapp_state{{namespace="{mine.namespace}", state="COMPLETED"}} == 1'
        )

    eventually("the run is known as completed", completed, timeout=SCRAPED_SECONDS)
    assert prometheus.query(f'kube_sparkapp_created{{namespace="{mine.namespace}"}}')


def test_no_series_carries_an_applications_id_beside_its_pod(prometheus: PrometheusApi) -> None:
    assert prometheus.query('count({application_id=~".+"})') == []


def test_no_scrape_ran_into_a_limit(number: Callable[[str], float]) -> None:
    for metric in (
        "prometheus_target_scrapes_exceeded_sample_limit_total",
        "prometheus_target_scrape_pool_exceeded_target_limit_total",
        "prometheus_target_scrapes_sample_duplicate_timestamp_total",
        "prometheus_target_scrapes_sample_out_of_order_total",
    ):
        assert number(f"sum({metric})") == 0, metric


def test_every_rule_was_loaded_and_evaluates(prometheus: PrometheusApi) -> None:
    groups = prometheus.get("rules")["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert rules
    broken = [(rule["name"], rule.get("lastError")) for rule in rules if rule["health"] == "err"]
    assert broken == []


def test_the_page_is_served_with_every_dashboard(outputs: dict[str, Any], signed_in: dict[str, str]) -> None:
    from components.observability.dashboard_files import dashboard_files

    page = urllib3.request("GET", outputs["signalsUrl"], headers=signed_in, timeout=10)
    assert b"<html" in page.data.lower()
    for name, text in dashboard_files().items():
        url = f"{outputs['signalsUrl']}dashboards/{name}"
        shown = urllib3.request("GET", url, headers=signed_in, timeout=10).json()
        assert shown == json.loads(text), f"{name} is another one than the committed"


@pytest.mark.parametrize("account", sorted(rights.GRANTS))
@pytest.mark.parametrize("resource", ["secrets", "configmaps"])
def test_what_watches_reads_nothing_that_holds_secrets(
    kubectl: Kubectl, tenants: tuple[Tenant, ...], account: str, resource: str
) -> None:
    user = account_user(MONITORING_NAMESPACE, account)
    for verb in ("get", "list", "create"):
        asked = {"namespace": tenants[0].namespace, "verb": verb, "resource": resource}
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {"user": user, "resourceAttributes": asked},
        }
        said = kubectl.run("create", "-f", "-", "-o", "jsonpath={.status.allowed}", stdin=json.dumps(review))
        assert said == "false", f"{account} may {verb} {resource}"


def test_the_operators_refuse_nothing_for_want_of_rights(kubectl: Kubectl) -> None:
    log = kubectl.run("logs", "--namespace", MONITORING_NAMESPACE, "deployment/prometheus-operator")
    lines = [line for line in log.splitlines() if "forbidden" in line or "missing permission" in line]
    # Events about its objects would be nice to have, and are not worth a right.
    refused = [line for line in lines if "missing permission to emit events" not in line]
    assert refused == []
    log = kubectl.run("logs", "--namespace", MONITORING_NAMESPACE, "deployment/kube-state-metrics")
    assert "forbidden" not in log


@pytest.mark.parametrize("namespace", [MONITORING_NAMESPACE, NODE_METRICS_NAMESPACE])
def test_nothing_of_the_collection_was_restarted(kubectl: Kubectl, namespace: str) -> None:
    for pod in kubectl.list("pods", namespace):
        for status in pod["status"].get("containerStatuses", ()):
            assert status["restartCount"] == 0, f"{pod['metadata']['name']}: {status.get('lastState')}"


def test_watching_costs_what_it_is_meant_to(outputs: dict[str, Any], say: Say, kubectl: Kubectl) -> None:
    spec = kubectl.get("prometheus", "prometheus", MONITORING_NAMESPACE)
    assert spec is not None
    interval = float(spec["spec"]["scrapeInterval"].removesuffix("s"))
    with pages.asked(kubectl, PAGE) as address:
        measured = metering.measure(
            metering.Prometheus(address), outputs["namespaces"], interval_seconds=interval
        )
    metering.show(measured, say)
    assert measured.executors, "`make up` ran a job, and its executors' pods are kept"
    assert measured.series_per_executor <= SERIES_PER_EXECUTOR
    assert measured.memory_bytes < size_bytes(spec["spec"]["resources"]["limits"]["memory"])


JOBS_PODS = ("jobs-web", "jobs-worker", "postgres")


def test_no_pod_of_the_jobs_pages_worker_and_index_comes_near_to_its_limit(
    kubectl: Kubectl, say: Say
) -> None:
    with pages.asked(kubectl, PAGE) as address:
        found = metering.memory(metering.Prometheus(address), [JOBS_NAMESPACE, DATABASE_NAMESPACE])
    metering.show_memory(found, say)
    for name in JOBS_PODS:
        # One that a test has just ended may still be among them.
        mine = [each for each in found if each.pod.startswith(name)]
        assert mine, found
        for pod in mine:
            assert pod.limit, pod
            assert 0 < pod.held <= pod.most < 0.9 * pod.limit, pod

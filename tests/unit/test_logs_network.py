"""Who reaches whom around the logs."""

from __future__ import annotations

import pytest

from components.kube.network_rules import NetworkPlan, Spec
from components.naming import LOG_NODES_NAMESPACE, LOGIN_NAMESPACE, LOGS_NAMESPACE
from components.records.logs import LOKI_PORT, METRICS_PORT, PAGE_PORT
from components.services.logs.network import collector_policies, log_policies
from components.services.logs.pods import CLEANER, COLLECTOR, PAGE, part_labels
from tests.support.network_reach import Endpoint, Port, reaches
from tests.support.object_storages import IN_CLUSTER

PLAN = NetworkPlan(
    api_server_port=6443,
    storage=IN_CLUSTER,
    monitoring_namespace="monitoring",
    login_namespace=LOGIN_NAMESPACE,
)
LOGIN = Endpoint(name="login proxy", address="10.244.0.4", namespace=LOGIN_NAMESPACE)
STORE = Endpoint(
    name="store",
    address="10.244.0.9",
    namespace="object-store",
    labels={"app.kubernetes.io/name": "object-store"},
)
OUTSIDE = Endpoint(name="a browser", address="192.0.2.1")
SCRAPER = Endpoint(name="prometheus", address="10.244.0.8", namespace="monitoring")
TENANT = Endpoint(name="driver", address="10.244.0.7", namespace="data-dev", labels={"spark-role": "driver"})


def part(name: str) -> Endpoint:
    namespace = LOG_NODES_NAMESPACE if name == COLLECTOR else LOGS_NAMESPACE
    return Endpoint(name=name, address="10.244.0.5", namespace=namespace, labels=part_labels(name))


def allowed(source: Endpoint, target: Endpoint, port: int, *, loki: bool = False) -> bool:
    policies: dict[str, list[Spec]] = {
        LOGS_NAMESPACE: list(log_policies(PLAN, loki=loki).values()),
        LOG_NODES_NAMESPACE: list(collector_policies(PLAN, loki=loki).values()),
    }
    return reaches(policies, source, target, Port(port))


@pytest.mark.parametrize("name", [COLLECTOR, PAGE, CLEANER])
def test_each_part_reaches_the_store(name: str) -> None:
    assert allowed(part(name), STORE, 7070)


@pytest.mark.parametrize("name", [PAGE, CLEANER])
def test_only_the_collector_reaches_the_api_server(name: str) -> None:
    api_server = Endpoint(name="api server", address="10.0.0.1")
    assert not allowed(part(name), api_server, 6443)
    assert allowed(part(COLLECTOR), api_server, 6443)


def test_a_job_reaches_none_of_them() -> None:
    ports = {COLLECTOR: METRICS_PORT, PAGE: PAGE_PORT, CLEANER: PAGE_PORT}
    assert not [name for name, port in ports.items() if allowed(TENANT, part(name), port)]


def test_the_page_is_reached_by_the_login_alone() -> None:
    assert not allowed(OUTSIDE, part(PAGE), PAGE_PORT)
    assert allowed(LOGIN, part(PAGE), PAGE_PORT)


def test_prometheus_reads_the_collectors_metrics_and_a_job_does_not() -> None:
    assert allowed(SCRAPER, part(COLLECTOR), METRICS_PORT)


def test_loki_takes_lines_from_the_collector_and_questions_from_monitoring() -> None:
    loki = Endpoint(
        name="loki",
        address="10.244.0.6",
        namespace=LOGS_NAMESPACE,
        labels={"app.kubernetes.io/name": "loki"},
    )
    assert allowed(part(COLLECTOR), loki, LOKI_PORT, loki=True)
    assert allowed(SCRAPER, loki, LOKI_PORT, loki=True)
    assert not allowed(TENANT, loki, LOKI_PORT, loki=True)

"""The canary's job and tenant."""

from __future__ import annotations

import pytest

from components.domain import (
    JVM_MEMORY_MIN_MIB,
    MIB,
    OVERHEAD_FACTOR,
    OVERHEAD_MIN_MIB,
    cpu_millicores,
    size_bytes,
)
from components.kube.network_rules import NetworkPlan, Spec
from components.naming import CANARY_NAMESPACE
from components.records.canary import METRICS_PORT, RECORD
from components.records.every import PLATFORM_NAMESPACES
from components.services.canary.plan import CANARY_TENANT, RUN_SECONDS, SCHEDULE, canary_spec, schedule, times
from components.services.canary.pods import checker_labels, checker_pod, checker_policy, store_url
from tests.support.kube import restricted_faults
from tests.support.network_reach import Endpoint, Port, reaches
from tests.support.object_storages import AWS, IN_CLUSTER

SPEC = canary_spec(interval_minutes=5, image="registry.example/spark:4.1.2", spark_version="4.1.2")
CHECKER = checker_pod(
    image="registry.example/canary:1", storage=IN_CLUSTER, history_url="http://history", interval_minutes=5
)["spec"]


@pytest.mark.parametrize(
    ("minutes", "cron"),
    [(1, "*/1 * * * *"), (5, "*/5 * * * *"), (30, "*/30 * * * *"), (60, "0 * * * *")],
)
def test_runs_are_evenly_spaced(minutes: int, cron: str) -> None:
    assert schedule(minutes) == cron


@pytest.mark.parametrize("minutes", [0, 7, 45, 90])
def test_an_interval_that_does_not_fit_an_hour_is_refused(minutes: int) -> None:
    with pytest.raises(ValueError, match="divisor of 60"):
        schedule(minutes)


def test_where_nodes_are_started_for_a_run_the_alert_waits_for_them() -> None:
    warm, cold = times(60), times(60, cold_nodes=True)
    assert cold.patience_seconds == 60 * 60 + RUN_SECONDS, "two minutes are less than a node takes to start"
    assert warm.patience_seconds < cold.patience_seconds < cold.deadline_seconds


def test_where_nodes_come_in_pools_a_run_needs_one_node_and_not_two() -> None:
    pooled = canary_spec(interval_minutes=60, image="spark:4", spark_version="4.1.2", driver_pool="driver")
    assert pooled["template"]["sparkConf"]["spark.kubernetes.executor.node.selector.spark-on-eks/pool"] == (
        "driver"
    )
    assert not [key for key in SPEC["template"]["sparkConf"] if "node.selector" in key], (
        "elsewhere any will do"
    )


def test_the_schedule_says_what_becomes_of_a_run_that_still_runs() -> None:
    assert SPEC["concurrencyPolicy"] == "Replace", "without the key, operator 2.5.2 runs it only once"


def test_a_failed_run_is_not_tried_again() -> None:
    assert SPEC["template"]["restartPolicy"] == {"type": "Never"}, "a retry hides what failed"


def test_the_name_leaves_room_for_what_the_operator_appends() -> None:
    assert len(SCHEDULE) <= 43, "longer, and a run's name is no legal label"


def test_the_quota_holds_one_run_and_the_checker_and_not_two_runs() -> None:
    template, quota = SPEC["template"], CANARY_TENANT.quota
    (checker,) = CHECKER["containers"]
    heap = int(template["driver"]["memory"].removesuffix("m"))
    assert heap >= JVM_MEMORY_MIN_MIB
    pod = heap + max(OVERHEAD_MIN_MIB, int(heap * OVERHEAD_FACTOR))
    one = 2 * pod * MIB
    rest = size_bytes(checker["resources"]["limits"]["memory"])
    assert one + rest <= size_bytes(quota.memory) < 2 * one
    cpu = 2 * cpu_millicores(template["driver"]["coreRequest"])
    assert (
        cpu + cpu_millicores(checker["resources"]["requests"]["cpu"]) <= cpu_millicores(quota.cpu) < 2 * cpu
    )
    assert quota.pods == 3


def test_no_tenant_can_take_the_canarys_namespace() -> None:
    assert CANARY_TENANT.namespace == CANARY_NAMESPACE
    assert CANARY_NAMESPACE in PLATFORM_NAMESPACES


def test_the_checker_reads_and_changes_nothing() -> None:
    assert {verb for grant in RECORD.grants for rule in grant.rules for verb in rule.verbs} <= {"get", "list"}
    assert list(restricted_faults(CHECKER)) == []


def test_the_checker_looks_for_the_store_where_jobs_do() -> None:
    assert store_url(IN_CLUSTER) == IN_CLUSTER.endpoint
    assert store_url(AWS) == "https://s3.eu-central-1.amazonaws.com"


def _reached(target: Endpoint, port: int) -> bool:
    plan = NetworkPlan(api_server_port=6443, storage=IN_CLUSTER, monitoring_namespace="monitoring")
    policies: dict[str, list[Spec]] = {CANARY_NAMESPACE: [checker_policy(plan)]}
    checker = Endpoint(
        name="checker", address="10.244.0.5", namespace=CANARY_NAMESPACE, labels=checker_labels()
    )
    return reaches(policies, checker, target, Port(port))


def test_the_checker_reaches_what_it_looks_at() -> None:
    label = {"app.kubernetes.io/name": "object-store"}
    store = Endpoint(name="store", address="10.244.0.7", namespace="object-store", labels=label)
    assert _reached(Endpoint(name="api", address="10.0.0.1"), 443)
    assert _reached(Endpoint(name="history", address="10.244.0.6", namespace="spark-history"), 18080)
    assert _reached(store, 7070)
    assert not _reached(Endpoint(name="tenant", address="10.244.0.8", namespace="data-dev"), 4040)


def test_prometheus_reaches_the_checker() -> None:
    plan = NetworkPlan(api_server_port=6443, storage=IN_CLUSTER, monitoring_namespace="monitoring")
    policies: dict[str, list[Spec]] = {CANARY_NAMESPACE: [checker_policy(plan)]}
    prometheus = Endpoint(name="prometheus", address="10.244.0.6", namespace="monitoring")
    checker = Endpoint(
        name="checker", address="10.244.0.5", namespace=CANARY_NAMESPACE, labels=checker_labels()
    )
    assert reaches(policies, prometheus, checker, Port(METRICS_PORT))

"""A thousand executors at once: what watching them costs, and that the collection bears it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import metering
from components.domain import size_bytes
from components.naming import MONITORING_NAMESPACE
from components.observability.scrape_jobs import KUBE_STATE_METRICS
from components.records.monitoring import PAGE
from local import pages
from local.platform import Target
from tests.cluster.conftest import Say
from tests.cluster.crowd import Crowd, crowd
from tests.cluster.test_collection import SERIES_PER_EXECUTOR
from tests.cluster.waiting import eventually
from toolchain.kubectl import Kubectl

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1200)]

EXECUTORS = 1000
KNOWN_SECONDS = 300.0

INTERVAL_SHARE = 0.5
"""Most of the interval between two scrapes that one scrape, or one round of the rules, may take."""


@pytest.fixture(scope="module")
def prometheus(kubectl: Kubectl) -> Iterator[metering.Prometheus]:
    with pages.asked(kubectl, PAGE) as address:
        yield metering.Prometheus(address)


@pytest.fixture(scope="module")
def spec(kubectl: Kubectl) -> dict[str, Any]:
    """The spec of the platform's Prometheus."""
    found = kubectl.get("prometheus", "prometheus", MONITORING_NAMESPACE)
    assert found is not None
    return dict(found["spec"])


@pytest.fixture(scope="module")
def interval(spec: dict[str, Any]) -> float:
    """Seconds between two scrapes."""
    return float(spec["scrapeInterval"].removesuffix("s"))


@pytest.fixture(scope="module")
def before(prometheus: metering.Prometheus, outputs: dict[str, Any], interval: float) -> metering.Measured:
    """What watching costs without them."""
    return metering.measure(prometheus, outputs["namespaces"], interval_seconds=interval)


@pytest.fixture(scope="module")
def many(before: metering.Measured, where: Target, prometheus: metering.Prometheus) -> Iterator[Crowd]:
    with crowd(where.kubeconfig, EXECUTORS) as made:
        question = f'count(kube_pod_info{{namespace="{made.namespace}"}})'
        eventually(
            "kube-state-metrics knows all executors",
            lambda: prometheus.number(question) == EXECUTORS,
            timeout=KNOWN_SECONDS,
        )
        # Two more rounds, so that the rules have seen them all as well.
        question = f'count(spark:pod:phase{{namespace="{made.namespace}", phase="Running"}})'
        eventually(
            "the rules know all executors",
            lambda: prometheus.number(question) == EXECUTORS,
            timeout=KNOWN_SECONDS,
        )
        yield made


def test_an_executor_brings_no_more_series_than_it_may(
    many: Crowd,
    before: metering.Measured,
    prometheus: metering.Prometheus,
    outputs: dict[str, Any],
    interval: float,
    say: Say,
) -> None:
    namespaces = [*outputs["namespaces"], many.namespace]
    after = metering.measure(prometheus, namespaces, interval_seconds=interval)
    say(f"before, with {before.executors:.0f} executors known")
    metering.show(before, say)
    say(f"with {many.size} more executors")
    metering.show(after, say)
    brought = after.tenants[many.namespace] / many.size
    say(f"kube-state-metrics and the rules: {brought:.1f} series for each of {many.size} executors")
    # What only a real executor has: its container, and what its driver says of it.
    real = sum(number for source, number in before.executor.items() if source != "kube-state-metrics")
    assert set(before.executor) >= {"kube-state-metrics", "its driver"}, "run a job meanwhile"
    assert brought + real <= SERIES_PER_EXECUTOR


@pytest.mark.parametrize(
    ("what", "question"),
    [
        ("a scrape of kube-state-metrics", f'max(scrape_duration_seconds{{job="{KUBE_STATE_METRICS}"}})'),
        ("a round of all rules", "sum(prometheus_rule_group_last_duration_seconds)"),
    ],
)
def test_there_is_time_to_spare_in_each_round(
    many: Crowd, prometheus: metering.Prometheus, interval: float, say: Say, what: str, question: str
) -> None:
    seconds = prometheus.number(question)
    say(f"{what} of {many.size} executors: {seconds:.2f} s of {interval:.0f} s")
    assert 0 < seconds < interval * INTERVAL_SHARE


def test_prometheus_and_kube_state_metrics_have_room(
    many: Crowd, prometheus: metering.Prometheus, spec: dict[str, Any], kubectl: Kubectl, say: Say
) -> None:
    held = prometheus.number('max(process_resident_memory_bytes{job="prometheus"})')
    limit = size_bytes(spec["resources"]["limits"]["memory"])
    say(f"Prometheus with {many.size} executors: {held / 2**20:.0f} MiB of {limit / 2**20:.0f}")
    assert held < limit
    for pod in kubectl.list("pods", MONITORING_NAMESPACE):
        for status in pod["status"]["containerStatuses"]:
            assert status["restartCount"] == 0, f"{pod['metadata']['name']} died of it"

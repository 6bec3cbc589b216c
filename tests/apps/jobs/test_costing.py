"""The worker reads each node once, and does not remember all that there ever were."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from apps.jobs.cost.prices import Prices
from apps.jobs.ledger.identity import RunId, Series
from apps.jobs.ledger.store import Ledger
from apps.jobs.runs.outcome import COST
from apps.jobs.worker import costing
from apps.jobs.worker.cluster import View
from apps.jobs.worker.costing import UNSEEN, Costs
from tests.apps.jobs.web.memory import MemoryS3

NOW = datetime(2026, 11, 21, 6, tzinfo=UTC)
BEGIN = NOW - timedelta(hours=1)
RUN = RunId(series=Series(namespace="data-dev", job="orders"), n=1)
SPARK = ("data-dev", "spark-1")


class Nodes:
    """As much of a cluster as is asked for: nodes, which are counted when they are read."""

    def __init__(self) -> None:
        self.read: Counter[str] = Counter()

    def node(self, name: str) -> dict[str, Any]:
        """A node of 4 cores and 16 GiB."""
        self.read[name] += 1
        return {
            "metadata": {"name": name, "labels": {"node.kubernetes.io/instance-type": "m5.xlarge"}},
            "status": {"capacity": {"cpu": "4", "memory": "16Gi"}},
        }


def pod(number: int, node: str, *, version: int = 1) -> dict[str, Any]:
    labels = {"spark-role": "executor" if number else "driver"}
    requests = {"cpu": "2", "memory": "8Gi"}
    return {
        "metadata": {"name": f"pod-{number}", "resourceVersion": str(version), "labels": labels},
        "spec": {"nodeName": node, "containers": [{"name": "a", "resources": {"requests": requests}}]},
        "status": {
            "conditions": [
                {"type": "PodScheduled", "status": "True", "lastTransitionTime": BEGIN.isoformat()}
            ]
        },
    }


@pytest.fixture
def nodes() -> Nodes:
    return Nodes()


@pytest.fixture
def costs(nodes: Nodes) -> Costs:
    prices = Prices(own={"m5.xlarge": Decimal("0.24")})
    cluster: Any = nodes
    return Costs(Ledger(MemoryS3(), "records"), cluster, lambda: prices, BEGIN)


def test_a_node_is_read_once_for_all_pods_and_passes(costs: Costs, nodes: Nodes) -> None:
    for version in (1, 1, 2):
        view = View(pods={SPARK: [pod(0, "a", version=version), pod(1, "a", version=version)]})
        costs.see(RUN, SPARK, view, NOW)
    assert nodes.read == {"a": 1}


def test_only_the_latest_nodes_are_remembered_and_what_was_counted_stays(
    costs: Costs, nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(costing, "MOST_NODES", 2)
    pods = [pod(number, f"node-{number}") for number in range(4)]
    costs.see(RUN, SPARK, View(pods={SPARK: pods}), NOW)
    later = [pod(0, "node-0", version=2), *pods[1:3], pod(3, "node-3", version=2)]
    costs.see(RUN, SPARK, View(pods={SPARK: later}), NOW)
    assert nodes.read == {"node-0": 2, "node-1": 1, "node-2": 1, "node-3": 1}
    found = costs.so_far(RUN, NOW)
    assert found is not None
    assert found.dollars is not None
    assert round(found.dollars, 6) == Decimal("0.48")


def test_what_asks_a_runs_data_is_in_its_cost_and_is_no_driver_of_its_own(costs: Costs) -> None:
    asking = pod(0, "a")
    asking["metadata"]["name"] = f"{RUN.sql_check}-driver"
    view = View(pods={SPARK: [pod(1, "a")], (SPARK[0], "spark-2"): [asking]})
    costs.see(RUN, SPARK, view, NOW, check="spark-2")
    costs.see(RUN, SPARK, view, NOW, check="spark-2")
    found = costs.so_far(RUN, NOW)
    assert found is not None
    assert found.core_hours == 4, "an hour of two pods with two cores each, both of which still hold them"
    costs.keep(RUN, NOW)
    kept = json.loads(costs._ledger.beside(RUN, COST) or b"{}")
    assert {each["name"] for each in kept["pods"]} == {"pod-1", f"{RUN.sql_check}-driver"}
    assert kept["unknown"] == UNSEEN, "nobody saw what the run itself took"

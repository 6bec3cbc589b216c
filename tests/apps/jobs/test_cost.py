"""What a run costs follows from its pods and their nodes' prices; what nobody knows is a dash, never 0."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from apps.jobs.cost.pods import Node, PodUse, of_node, of_pod
from apps.jobs.cost.prices import Prices, rates
from apps.jobs.cost.run import cost, shown, total, usual
from costs.prices import load

START = datetime(2026, 11, 20, 5, tzinfo=UTC)
NODE = Node(type="m5.xlarge", zone="us-east-1a", cpu=Decimal(4), memory_gib=Decimal(16))
SPOT = Node(type="m5.xlarge", zone="us-east-1a", spot=True, cpu=Decimal(4), memory_gib=Decimal(16))
OWN = Prices(own={"m5.xlarge": Decimal("0.20")})


def pod(
    name: str = "driver",
    *,
    node: Node | None = NODE,
    cpu: str = "4",
    gib: str = "16",
    minutes: int | None = 60,
    bound: datetime | None = START,
) -> PodUse:
    return PodUse(
        name=name,
        role="driver" if name == "driver" else "executor",
        node=node,
        cpu=Decimal(cpu),
        memory_gib=Decimal(gib),
        bound=bound,
        ended=None if bound is None or minutes is None else bound + timedelta(minutes=minutes),
    )


def test_a_pod_that_asks_for_a_whole_node_for_an_hour_costs_the_nodes_hour() -> None:
    assert round(cost([pod()], OWN, START).usd or 0, 12) == Decimal("0.20")


def test_pods_that_share_a_node_cost_together_what_the_node_does() -> None:
    parts = [pod("driver", cpu="1", gib="10"), pod("a", cpu="1.5", gib="2"), pod("b", cpu="1.5", gib="4")]
    assert round(cost(parts, OWN, START).usd or 0, 12) == Decimal("0.20")


def test_a_core_costs_about_seven_and_a_half_gib() -> None:
    found = rates(Decimal("0.20"), Decimal(4), Decimal(16))
    assert round(found.core / found.gib, 1) == Decimal("7.5")
    assert round(4 * found.core + 16 * found.gib, 12) == Decimal("0.20")


def test_executors_that_came_and_went_count_for_their_own_time() -> None:
    found = cost([pod(minutes=60), pod("a", minutes=15), pod("b", minutes=30)], OWN, START)
    assert round(found.usd or 0, 12) == Decimal("0.35")
    assert found.core_hours == 4 * Decimal("1.75")
    assert found.gib_hours == 16 * Decimal("1.75")


def test_a_run_that_still_goes_on_costs_what_it_has_cost_so_far() -> None:
    running = [pod(minutes=None)]
    assert round(cost(running, OWN, START + timedelta(minutes=30)).usd or 0, 12) == Decimal("0.10")
    assert round(cost(running, OWN, START + timedelta(minutes=45)).usd or 0, 12) == Decimal("0.15")


def test_a_pod_that_waits_for_a_node_costs_nothing() -> None:
    waiting = pod("a", node=None, bound=None)
    assert cost([pod(), waiting], OWN, START).usd == cost([pod()], OWN, START).usd


def test_a_node_without_a_price_makes_the_cost_unknown_and_says_of_which_type() -> None:
    strange = Node(type="x9.huge", cpu=Decimal(4), memory_gib=Decimal(16))
    found = cost([pod(), pod("a", node=strange)], OWN, START)
    assert (found.usd, found.spot, found.on_demand, found.emr) == (None, None, None, None)
    assert found.unpriced == ("x9.huge",)
    assert found.core_hours == 8


def test_a_node_that_does_not_say_its_type_has_no_price() -> None:
    found = cost([pod(node=Node(cpu=Decimal(4), memory_gib=Decimal(16)))], OWN, START)
    assert found.usd is None
    assert found.unpriced == ("unknown",)


def test_a_run_without_pods_is_not_free() -> None:
    assert cost([], OWN, START).usd is None


def test_spot_and_on_demand_are_told_apart() -> None:
    found = cost([pod(), pod("a", node=SPOT, minutes=30)], OWN, START)
    assert (round(found.on_demand or 0, 12), round(found.spot or 0, 12)) == (Decimal("0.20"), Decimal("0.10"))


def test_the_settings_price_comes_before_karpenters_and_that_before_the_tables() -> None:
    table = load("us-east-1")
    offered = {("m5.xlarge", "on-demand", "us-east-1a"): Decimal("0.19")}
    every = Prices(own=OWN.own, karpenter=offered, table=table)
    found = [each.of(NODE) for each in (every, Prices(karpenter=offered, table=table), Prices(table=table))]
    assert [each.hour for each in found if each] == [
        Decimal("0.20"),
        Decimal("0.19"),
        table.on_demand("m5.xlarge"),
    ]
    assert found[2] is not None
    assert found[2].date == table.line("ec2/m5.xlarge").date


def test_karpenters_price_is_that_of_the_nodes_zone_and_kind() -> None:
    offered = {("m5.xlarge", "spot", "us-east-1b"): Decimal("0.05")}
    assert Prices(karpenter=offered).of(SPOT) is None


def test_on_emr_the_same_nodes_cost_their_fee_more_also_on_spot() -> None:
    table = Prices(table=load("us-east-1"))
    fee = table.emr_fee(NODE)
    assert fee
    for node in (NODE, SPOT):
        found = cost([pod(node=node)], table, START)
        assert round((found.emr or 0) - (found.usd or 0), 12) == round(fee, 12)


def test_a_type_that_emr_does_not_offer_has_no_price_there_but_one_here() -> None:
    table = load("us-east-1")
    name = next(
        each.name for each in table.instances.values() if not each.emr and f"ec2/{each.name}" in table.lines
    )
    found = cost([pod(node=Node(type=name))], Prices(table=table), START)
    assert found.usd is not None
    assert found.emr is None


def test_a_node_that_was_never_seen_has_the_size_of_its_type() -> None:
    table = Prices(table=load("us-east-1"))
    seen, unseen = (cost([pod(node=node)], table, START).usd for node in (NODE, Node(type="m5.xlarge")))
    assert seen == unseen


def api_pod(**status: Any) -> Mapping[str, Any]:
    def container(cpu: str, memory: str, **more: str) -> Mapping[str, Any]:
        return {"resources": {"requests": {"cpu": cpu, "memory": memory}}, **more}

    return {
        "metadata": {"name": "orders-driver", "labels": {"spark-role": "driver"}},
        "spec": {
            "initContainers": [container("2", "1Gi"), container("250m", "64Mi", restartPolicy="Always")],
            "containers": [container("500m", "2Gi"), container("100m", "128Mi")],
            "overhead": {"cpu": "50m", "memory": "64Mi"},
        },
        "status": status,
    }


BOUND = {"type": "PodScheduled", "status": "True", "lastTransitionTime": "2026-11-20T05:00:00Z"}


def test_a_pod_asks_for_what_the_scheduler_counts() -> None:
    found = of_pod(api_pod(conditions=[BOUND]), NODE)
    assert found.cpu == Decimal("2.05"), "the largest init container asks for more than the others together"
    assert found.memory_gib == Decimal("2.25"), "a sidecar is counted with the containers"


@pytest.mark.parametrize(
    ("phase", "finished", "ended"),
    [
        ("Running", None, None),
        ("Succeeded", "2026-11-20T05:40:00Z", START + timedelta(minutes=40)),
        ("Failed", None, START),
    ],
)
def test_a_pod_holds_what_it_asked_for_until_its_last_container_ended(
    phase: str, finished: str | None, ended: datetime | None
) -> None:
    states = [{"state": {"terminated": {"finishedAt": finished}} if finished else {"running": {}}}]
    status = {"conditions": [BOUND], "phase": phase, "containerStatuses": [] if phase == "Failed" else states}
    found = of_pod(api_pod(**status), NODE)
    assert (found.bound, found.ended) == (START, ended)


@pytest.mark.parametrize(
    ("status", "end"),
    [
        ({"phase": "Running", "containerStatuses": [{"state": {"running": {}}}]}, ""),
        (
            {"containerStatuses": [{"state": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}}]},
            "exit 137 (OOMKilled)",
        ),
        ({"containerStatuses": [{"state": {"terminated": {"exitCode": 1}}}]}, "exit 1"),
        (
            {
                "containerStatuses": [
                    {"state": {"terminated": {"exitCode": 0, "finishedAt": "2026-11-20T05:40:00Z"}}},
                    {"state": {"terminated": {"exitCode": 52, "finishedAt": "2026-11-20T05:41:00Z"}}},
                ]
            },
            "exit 52",
        ),
        ({"phase": "Failed", "reason": "Evicted", "message": "no disk"}, "Evicted"),
    ],
)
def test_a_pod_says_how_it_ended_as_its_kubelet_does(status: dict[str, Any], end: str) -> None:
    assert of_pod(api_pod(conditions=[BOUND], **{"phase": "Succeeded", **status}), NODE).end == end


def test_a_pod_without_a_node_holds_nothing() -> None:
    waiting = of_pod(api_pod(conditions=[{**BOUND, "status": "False"}], phase="Pending"), NODE)
    assert waiting.node is None
    assert waiting.hours(START + timedelta(hours=3)) == 0


def test_a_node_says_its_type_its_kind_and_its_size() -> None:
    labels = {
        "node.kubernetes.io/instance-type": "m5.xlarge",
        "topology.kubernetes.io/zone": "us-east-1a",
        "karpenter.sh/capacity-type": "spot",
    }
    found = of_node({"metadata": {"labels": labels}, "status": {"capacity": {"cpu": "4", "memory": "16Gi"}}})
    assert found == SPOT


def test_the_sum_of_runs_is_unknown_if_that_of_one_is() -> None:
    known, unknown = cost([pod()], OWN, START), cost([pod()], Prices(), START)
    assert round(total([known, known]) or 0, 12) == Decimal("0.40")
    assert total([known, unknown]) is None
    assert total([]) is None


def test_the_usual_range_is_of_what_is_known_of_the_last_runs() -> None:
    found = usual([Decimal(3), None, Decimal(1), Decimal(2), Decimal(10)])
    assert found is not None
    assert [found.least, found.median, found.most, found.runs] == [1, Decimal("2.5"), 10, 4]
    assert found.times(30).most == 300
    assert usual([None]) is None


@pytest.mark.parametrize(
    ("usd", "text"),
    [
        (None, "\u2013"),
        (Decimal("1234.5"), "$1,234.50"),
        (Decimal("0.0042"), "$0.0042"),
        (Decimal("0.00001"), "<$0.0001"),
        (Decimal(0), "$0.00"),
    ],
)
def test_an_amount_is_shown_so_that_unknown_and_small_are_not_nothing(usd: Decimal | None, text: str) -> None:
    assert shown(usd) == text

"""What goes on running while a new version of a workload takes the place of the old one."""

from __future__ import annotations

import math
from typing import Any

import pytest

from components.naming import CANARY_NAMESPACE
from tests.support.kube import kind_of, pod_of
from tests.support.recorder import World
from tests.support.stacks import STACKS, world_of


@pytest.fixture(params=STACKS)
def world(request: pytest.FixtureRequest) -> World:
    return world_of(request.param)


def _surge(spec: dict[str, Any]) -> int:
    """Pods beyond the replicas while a Deployment is updated; Kubernetes takes 25 % if it says nothing."""
    strategy = spec.get("strategy") or {}
    if strategy.get("type") == "Recreate":
        return 0
    share = (strategy.get("rollingUpdate") or {}).get("maxSurge", "25%")
    if isinstance(share, int):
        return int(share)
    return math.ceil(int(spec["replicas"]) * int(share.removesuffix("%")) / 100)


def _leaves_most(away: int | str) -> bool:
    """Whether most nodes keep a daemon's pod while so many of them, or such a share, may be without it."""
    if isinstance(away, int):
        return away == 1
    return 0 < int(away.removesuffix("%")) <= 25


def test_an_update_of_the_canarys_checker_leaves_room_for_a_run(world: World) -> None:
    job = world.one("ScheduledSparkApplication").inputs["spec"]["template"]
    run = 1 + int(job["executor"]["instances"])
    checkers = [
        each.inputs["spec"]
        for each in world.of("Deployment")
        if each.metadata["namespace"] == CANARY_NAMESPACE
    ]
    (quota,) = (
        each.inputs["spec"]["hard"]
        for each in world.of("ResourceQuota")
        if each.metadata["namespace"] == CANARY_NAMESPACE and each.metadata["name"] == "quota"
    )
    assert checkers
    pods = run + sum(spec["replicas"] + _surge(spec) for spec in checkers)
    assert pods <= int(quota["pods"]), "the run or the new checker would be refused until somebody looks"


def test_what_holds_a_volume_lets_go_of_it_before_its_successor_starts(world: World) -> None:
    held = [
        each
        for each in world.of("Deployment")
        if any("persistentVolumeClaim" in volume for volume in (pod_of(each) or {}).get("volumes", ()))
    ]
    assert held
    for each in held:
        assert _surge(each.inputs["spec"]) == 0, f"{each.name}: two pods on one volume wait for each other"


def test_an_update_of_a_daemon_leaves_most_nodes_with_it(world: World) -> None:
    daemons = [each for each in world.landed if kind_of(each) == "DaemonSet"]
    assert daemons
    for each in daemons:
        strategy = each.inputs["spec"].get("updateStrategy") or {"type": "RollingUpdate"}
        assert strategy["type"] == "RollingUpdate", f"{each.name}: an update would wait for each pod's end"
        away = (strategy.get("rollingUpdate") or {}).get("maxUnavailable", 1)
        assert _leaves_most(away), f"{each.name}: {away} of the nodes would be without it at once"


@pytest.mark.parametrize(
    ("away", "most"), [(1, True), ("25%", True), ("26%", False), ("100%", False), (20, False), (2, False)]
)
def test_a_number_of_nodes_is_no_share_of_them(away: int | str, most: bool) -> None:
    assert _leaves_most(away) is most, "a cluster may have two nodes"

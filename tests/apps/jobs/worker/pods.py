"""Nodes with and without a price, and pods of runs on them, as operator and kubelet would write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from apps.jobs.cost.prices import Prices
from apps.jobs.runs.objects import Json
from tests.apps.jobs.worlds import NAMESPACE, World

START: Final = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
HOUR: Final = Prices(own={"m5.xlarge": Decimal("0.24")})
"""A node with 4 cores and 16 GiB: a pod that asks for half of it costs 0.12 an hour."""

_PODS: Final = f"/api/v1/namespaces/{NAMESPACE}/pods"


def at(minute: int) -> datetime:
    """A minute after the begin."""
    return START + timedelta(minutes=minute)


def _text(minute: int) -> str:
    return f"{at(minute):%Y-%m-%dT%H:%M:%SZ}"


def machines(world: World) -> None:
    """Nodes: one that has a price, one that has none, and one that says nothing of itself."""
    for name, kind in {"large": "m5.xlarge", "strange": "x9.huge", "silent": ""}.items():
        labels = {"node.kubernetes.io/instance-type": kind} if kind else {}
        node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}}
        world.server.call("POST", "/api/v1/nodes", node)
        capacity = {"status": {"capacity": {"cpu": "4", "memory": "16Gi"}}}
        answer = world.server.call(
            "PATCH", f"/api/v1/nodes/{name}/status", capacity, content="application/merge-patch+json"
        )
        assert not answer.refusal, answer.refusal


def pod(world: World, run: str, number: int | None = None, *, node: str = "large", begin: int = 0) -> str:
    """A driver, or an executor, that asks for half a node and runs from a minute on; gives its name."""
    name = f"{run}-driver" if number is None else f"{run}-exec-{number}"
    role = {"spark-role": "driver" if number is None else "executor"}
    labels = {**role, "spark-app-selector": f"spark-{run}", "sparkoperator.k8s.io/app-name": run}
    if number is not None:
        labels["spark-exec-id"] = str(number)
    inside = "spark-kubernetes-driver" if number is None else "spark-kubernetes-executor"
    container = {
        "name": inside,
        "image": "spark:4",
        "resources": {"requests": {"cpu": "2", "memory": "8Gi"}},
    }
    body = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": labels},
        "spec": {"containers": [container], "nodeName": node},
    }
    answer = world.server.call("POST", _PODS, body)
    assert not answer.refusal, answer.refusal
    says(world, name, {"phase": "Running", **bound(begin), **_container(inside, _runs(begin))})
    return name


def ends(world: World, name: str, minute: int, *, code: int = 0) -> None:
    """A pod's container ends."""
    container = "spark-kubernetes-driver" if name.endswith("-driver") else "spark-kubernetes-executor"
    ended = {"exitCode": code, "startedAt": _text(0), "finishedAt": _text(minute)}
    status = {
        "phase": "Failed" if code else "Succeeded",
        **_container(container, {"running": None, "terminated": ended}),
    }
    says(world, name, status)


def says(world: World, name: str, status: Json) -> None:
    """A kubelet says something of a pod."""
    patch = "application/merge-patch+json"
    answer = world.server.call("PATCH", f"{_PODS}/{name}/status", {"status": status}, content=patch)
    assert not answer.refusal, answer.refusal


def bound(minute: int) -> Json:
    """A pod has a node from a minute on."""
    at = _text(minute)
    return {"conditions": [{"type": "PodScheduled", "status": "True", "lastTransitionTime": at}]}


def _runs(minute: int) -> Json:
    return {"running": {"startedAt": _text(minute)}}


def _container(name: str, state: Json) -> Json:
    said = {"name": name, "image": "spark:4", "imageID": "", "ready": False, "restartCount": 0}
    return {"containerStatuses": [{**said, "state": state}]}

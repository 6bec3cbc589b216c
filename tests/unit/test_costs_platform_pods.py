"""What watches the platform is on the bill: its pods, its volumes, and the nodes that the canary keeps."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from components.domain import cpu_millicores, size_bytes
from components.observability.alert_routing import AlertRouting
from components.observability.chart_values import StackValues, chart_values
from components.observability.prometheus import MetricStorage
from components.settings import KEY, parse
from components.settings.model import Settings
from costs.disks import NodeDisk
from costs.platform_pods import kept_nodes, platform_pods, volumes
from tests.support.pages_on_aws import with_login

ROOT = Path(__file__).resolve().parents[2]
FILE = yaml.safe_load((ROOT / "Pulumi.prod.yaml").read_text())["config"][f"spark-on-eks:{KEY}"]


def settings(**observability: Any) -> Settings:
    watched = {**FILE["observability"], **observability}
    if not watched.get("enabled", True):
        # Nothing is there that could tell anybody, which production has to say.
        watched["alerts"] = {**watched["alerts"], "without": ["default", "heartbeat"]}
    return parse({**FILE, "observability": watched}, source="Pulumi.prod.yaml")


def without_signals() -> Settings:
    return settings(enabled=False, logs={"enabled": False}, canary={"enabled": False})


def test_without_signals_only_operator_and_history_server_are_paid() -> None:
    found = platform_pods(without_signals())
    # The operator's default, and the chart's own request of the history server.
    assert found.millicores == 1000 + 250, "nothing else runs"
    assert [each.name for each in volumes(without_signals())] == ["the history server"]


def test_every_pod_of_the_chart_on_aws_is_counted_with_what_its_values_reserve() -> None:
    bare = platform_pods(without_signals())
    watched = platform_pods(settings(memory="6Gi", logs={"enabled": False}, canary={"enabled": False}))
    values = chart_values(
        StackValues(
            storage=MetricStorage(retention_days=1, size="1Gi", storage_class=None),
            interval_seconds=30,
            memory="6Gi",
            state_metrics_memory="512Mi",
            cluster="any",
            alerts=AlertRouting(),
        )
    )
    asked = list(_requests(values))
    assert len(asked) == 8, "Prometheus and its reloader, two exporters, operator, alerts, Grafana, sidecar"
    # Besides the chart's there is the history exporter: 10m and 128Mi.
    cpu = sum(cpu_millicores(each["cpu"]) for each in asked) + 10
    memory = sum(size_bytes(each["memory"]) for each in asked) // 2**20 + 128
    assert (watched.millicores - bare.millicores, watched.memory_mib - bare.memory_mib) == (cpu, memory)


def _requests(part: Any) -> Any:
    if not isinstance(part, dict):
        return
    if "cpu" in part.get("requests", {}):
        yield part["requests"]
    for value in part.values():
        yield from _requests(value)


def test_log_page_and_checker_are_counted_and_the_collectors_are_not() -> None:
    bare = platform_pods(without_signals())
    logs = platform_pods(settings(enabled=False, canary={"enabled": False}))
    assert logs.millicores - bare.millicores == 10, "collectors run on jobs' nodes, which jobs pay for"
    canary = platform_pods(settings(enabled=False, logs={"enabled": False}))
    assert (canary.millicores - bare.millicores, canary.memory_mib - bare.memory_mib) == (20, 96)


DATABASE = (110, 432)
"""Server and exporter: CPU in thousandths and memory in MiB."""

JOBS: dict[str, Any] = {"enabled": True, "disk": "500Gi"}


def with_jobs(**jobs: Any) -> Settings:
    values = with_login() if jobs.pop("login", False) else FILE
    return parse({**values, "jobs": {**JOBS, **jobs}}, source="Pulumi.prod.yaml")


def added(settings: Settings) -> tuple[int, int]:
    """CPU in thousandths and memory in MiB beyond those of prod without jobs."""
    found, bare = platform_pods(settings), platform_pods(parse(FILE))
    return found.millicores - bare.millicores, found.memory_mib - bare.memory_mib


def test_worker_repository_and_their_volume_are_counted_and_pages_where_a_login_opens_them() -> None:
    worker, repository, pages, login = (50, 384), (10, 192), (20, 384), (10, 64)
    assert added(with_jobs()) == total(DATABASE, worker, repository)
    assert added(with_jobs(login=True)) == total(DATABASE, worker, repository, pages, login)
    assert {each.name: each.gib for each in volumes(with_jobs())}["the repository of the jobs"] == 500


def test_of_a_repository_that_is_named_neither_pod_nor_volume_is_paid() -> None:
    named = with_jobs(repository="https://git.example.com/jobs.git")
    assert added(named) == total(DATABASE, (50, 384))
    assert "the repository of the jobs" not in {each.name for each in volumes(named)}


def total(*pods: tuple[int, int]) -> tuple[int, int]:
    return sum(cpu for cpu, _ in pods), sum(memory for _, memory in pods)


def test_the_exporter_of_pods_is_counted_as_large_as_the_canarys_pods_make_it() -> None:
    # 64 MiB, and 20 KiB for each of these 36,652 pods and of the 12,500 that have ended: 1 GiB to the byte.
    sizes = zip(FILE["tenants"], (36_552, 100), strict=True)
    tenants = [{**each, "quota": {**each["quota"], "pods": pods}} for each, pods in sizes]
    on = {**FILE["observability"], "driversPerTenant": 36_552}
    seen, unseen = (
        platform_pods(parse({**FILE, "tenants": tenants, "observability": watched}))
        for watched in (on, {**on, "canary": {"enabled": False}})
    )
    assert seen.memory_mib - unseen.memory_mib == 96 + 64, "the checker, and a step for the canary's pods"


def test_a_canary_every_five_minutes_keeps_a_node_for_ever() -> None:
    (node,) = kept_nodes(settings(canary={"intervalMinutes": 5}), disk=NodeDisk(gib=80))
    assert node.share == Decimal(1), "the next run comes before Karpenter takes the node away"
    assert not node.spot, "its driver is on it"


def test_an_hourly_canary_keeps_a_node_for_minutes() -> None:
    (node,) = kept_nodes(settings(canary={"intervalMinutes": 60}), disk=NodeDisk(gib=80))
    # Seven minutes at most for a run that waits for its node, then Karpenter's wait of 60 s.
    assert node.share == Decimal(480) / 3600


def test_driver_and_executor_of_the_canary_share_the_node_that_is_paid() -> None:
    (node,) = kept_nodes(settings(), disk=NodeDisk(gib=80))
    assert (node.pods.millicores, node.pods.memory_mib) == (400, 2 * 1024)


def test_no_canary_keeps_no_node() -> None:
    assert kept_nodes(without_signals(), disk=NodeDisk(gib=80)) == []


def test_volumes_of_signals_are_counted_with_the_settings_sizes() -> None:
    found = volumes(settings(storage="120Gi", logs={"loki": {"enabled": True, "disk": "30Gi"}}))
    assert {each.name: each.gib for each in found} == {
        "the history server": 100,
        "Prometheus": 120,
        "the history exporter": 1,
        "Alertmanager": 1,
        "Loki": 30,
    }

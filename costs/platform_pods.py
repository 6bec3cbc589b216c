"""What the platform's own pods reserve on AWS, by the services' records and the stack's settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import yaml

from components.aws_plans.node_pools import KINDS, Pool
from components.domain import MIB, cpu_millicores, size_bytes
from components.observability.chart_values import ALERTMANAGER_DISK
from components.records import canary, database, jobs, login, logs, monitoring
from components.records.every import RECORDS
from components.records.model import PodRequest, ServiceRecord, Where
from components.services.canary.plan import usual_run_seconds
from components.services.history_exporter.component import LEDGER_SIZE
from components.services.spark_operator.chart_values import operator_memory_mib
from components.settings.aws import AwsFoundationSettings
from components.settings.model import Settings
from components.wiring.database import is_in_cluster as database_in_cluster
from components.wiring.tenancy import job_tenants
from costs.disks import NodeDisk
from costs.shape import KeptNode, PlatformPods, Volume

GIB: Final = 1024 * MIB
_ON_PLATFORM: Final = (Where.PLATFORM, Where.EVERY_NODE)


def platform_pods(settings: Settings, *, root: Path) -> PlatformPods:
    """Sum up what the pods on the platform's own nodes reserve.

    Args:
        settings: the stack's settings.
        root: the checkout, for the history server's chart.
    """
    requests = list(_requests(settings, root))
    return PlatformPods(
        millicores=sum(cpu for cpu, _ in requests), memory_mib=sum(memory for _, memory in requests)
    )


def volumes(settings: Settings) -> list[Volume]:
    """List the volumes of the platform's services.

    Args:
        settings: of a stack.
    """
    watched = settings.observability
    found = {"the history server": settings.history.disk}
    if watched.enabled:
        found |= {"Prometheus": watched.storage, "the history exporter": LEDGER_SIZE}
        found["Alertmanager"] = ALERTMANAGER_DISK
    if watched.logs.enabled and watched.logs.loki.enabled:
        found["Loki"] = watched.logs.loki.disk
    if database_in_cluster(settings):
        found["the database"] = settings.database.storage
    if jobs.REPOSITORY in _jobs_pods(settings):
        found["the repository of the jobs"] = settings.jobs.disk
    return [Volume(name=name, gib=-(-size_bytes(size) // GIB)) for name, size in found.items()]


def kept_nodes(settings: Settings, *, disk: NodeDisk) -> list[KeptNode]:
    """List the job nodes that the canary keeps, for the part of the time that it does.

    Its driver and executor share a node, which stays for a run and then for as long as Karpenter waits; if
    the next run comes before that, it stays for ever.

    Args:
        settings: the stack's settings.
        disk: root disk of drivers' nodes.
    """
    chosen = settings.observability.canary
    if not chosen.enabled:
        return []
    kind = KINDS[Pool.DRIVER]
    requests = [canary.RECORD.pods[role] for role in ("driver", "executor")]
    return [
        KeptNode(
            name="node that the canary keeps",
            pods=PlatformPods(
                millicores=sum(cpu_millicores(request.cpu) for request in requests),
                memory_mib=sum(_memory_mib(request, None) for request in requests),
            ),
            categories=kind.categories,
            generation=kind.generation,
            cpu=kind.cpu,
            disk=disk,
            spot=kind.spot,
            busy_seconds=usual_run_seconds(cold_nodes=True) + int(kind.wait.removesuffix("s")),
            interval_seconds=chosen.interval_minutes * 60,
        )
    ]


def _requests(settings: Settings, root: Path) -> Iterator[tuple[int, int]]:
    """CPU in thousandths and memory in MiB of each pod."""
    operator, history, watched = settings.operator, settings.history, settings.observability
    yield cpu_millicores(operator.cpu_request), operator_memory_mib(operator.workers)
    yield _history_cpu(root), size_bytes(history.memory) // MIB
    if watched.enabled:
        states = monitoring.state_metrics_memory(
            job_tenants(settings), least=monitoring.STATE_METRICS_LEAST_ON_AWS
        )
        yield from _of(monitoring.RECORD, {"prometheus": watched.memory, monitoring.STATE_METRICS: states})
    if watched.logs.enabled:
        yield from _of(logs.RECORD, {})
        if watched.logs.loki.enabled:
            yield cpu_millicores(logs.LOKI_CPU), size_bytes(watched.logs.loki.memory) // MIB
    if watched.canary.enabled:
        yield from _of(canary.RECORD, {})
    if database_in_cluster(settings):
        yield from _of(database.RECORD, {database.SERVER: settings.database.memory})
    if _has_login(settings):
        yield from _of(login.RECORD, {})
    if settings.jobs.enabled:
        yield from _of(jobs.RECORD, {}, only=_jobs_pods(settings))
    named = (monitoring.RECORD, logs.RECORD, canary.RECORD, database.RECORD, login.RECORD, jobs.RECORD)
    for record in RECORDS.values():
        if record not in named:
            yield from _of(record, {})


def _has_login(settings: Settings) -> bool:
    return isinstance(settings.foundation, AwsFoundationSettings) and settings.foundation.login is not None


def _jobs_pods(settings: Settings) -> frozenset[str]:
    """The pods of the jobs' record that there are: pages need a login, and a repository may be elsewhere."""
    if not settings.jobs.enabled:
        return frozenset()
    pages = {jobs.WEB} if _has_login(settings) else set()
    repository = {jobs.REPOSITORY} if settings.jobs.repository is None else set()
    return frozenset({jobs.WORKER} | pages | repository)


def _of(
    record: ServiceRecord, sizes: Mapping[str, str], *, only: frozenset[str] | None = None
) -> Iterator[tuple[int, int]]:
    for name, request in record.pods.items():
        if request.where in _ON_PLATFORM and (only is None or name in only):
            yield cpu_millicores(request.cpu), _memory_mib(request, sizes.get(name))


def _memory_mib(request: PodRequest, size: str | None) -> int:
    wanted = size or request.memory
    if wanted is None:
        raise ValueError("a pod's memory is neither in its record nor in the settings; give it in one")
    return size_bytes(wanted) // MIB


def _history_cpu(root: Path) -> int:
    """CPU that the history server's chart asks for, in thousandths."""
    chart = yaml.safe_load((root / "charts" / "spark-history-server" / "values.yaml").read_text())
    return cpu_millicores(str(chart["cpu"]["request"]))

"""Rules between keys: what each key alone can't know."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, Final

from components import versions
from components.buckets import JOBS_PREFIX, PUBLIC_PREFIX, overlapping
from components.domain import DNS_LABEL_MAX, MIB, cpu_millicores, size_bytes
from components.naming import CANARY_NAMESPACE, CLUSTER_NAMESPACES
from components.records.every import PLATFORM_NAMESPACES
from components.releases import RELEASES
from components.settings import (
    alerts_rules,
    aws_rules,
    conf_rules,
    database_rules,
    jobs_rules,
    login_rules,
    node_ports,
    objectives,
    tenant_rules,
)
from components.settings.aws import AwsFoundationSettings
from components.settings.problems import ABSENT, Path, Problem

if TYPE_CHECKING:
    from components.settings.model import Settings, TenantSettings

COLLECTOR_MIB: Final = 128
"""Least memory of a log collector in MiB: below it, a quarter kept free is no room for a chunk of lines."""

OLDEST_SPARK: Final = (3, 5, 0)
"""The oldest release that `components.spark.conf` writes properties for."""

_JOB: Final[tuple[Path, ...]] = tuple(
    ("spark", role, key) for role in ("driver", "executor") for key in ("cpuRequest", "memory")
)


def check(settings: Settings) -> list[Problem]:
    """Find everything that contradicts something else; an empty list means fit for use.

    Args:
        settings: complete, and each value fit by itself.
    """
    return [
        *_buckets_differ(settings),
        *_image_has_version(settings),
        *conf_rules.check(settings),
        *_requests_fit_cores(settings),
        *_chart_is_named_once(settings),
        *_namespaces(settings),
        *_names_begin_apart(settings),
        *_collector_has_memory(settings),
        *chain.from_iterable(_tenant(settings, *each) for each in enumerate(settings.tenants)),
        *tenant_rules.check(settings),
        *objectives.check(settings),
        *_foundation(settings),
        *_remote_write(settings),
        *alerts_rules.check(settings, on_aws=isinstance(settings.foundation, AwsFoundationSettings)),
        *jobs_rules.check(settings.jobs),
        *database_rules.check(settings),
        *node_ports.check(settings),
    ]


def _foundation(settings: Settings) -> list[Problem]:
    chosen = settings.foundation
    if isinstance(chosen, AwsFoundationSettings):
        return aws_rules.check(settings, chosen)
    return list(login_rules.check(chosen.login))


def _collector_has_memory(settings: Settings) -> Iterator[Problem]:
    memory = settings.observability.logs.memory
    if size_bytes(memory) < COLLECTOR_MIB * MIB:
        yield Problem(
            path=("observability", "logs", "memory"),
            value=memory,
            message=f"is too little: the collector and its caches take {COLLECTOR_MIB}Mi; write that or more",
        )


def _remote_write(settings: Settings) -> Iterator[Problem]:
    remote = settings.observability.remote_write
    if remote is None:
        return
    here = ("observability", "remoteWrite")
    if remote.workspace is None and remote.url is None:
        yield Problem(
            path=(*here, "url"), value=ABSENT, message="is missing; write it, or on AWS a workspace"
        )
    elif remote.workspace is not None and remote.url is not None:
        yield Problem(
            path=(*here, "url"),
            value=remote.url,
            message="is beside a workspace, and metrics go to one place; remove one of the two",
            read=((*here, "workspace"),),
        )
    elif remote.workspace is not None and not isinstance(settings.foundation, AwsFoundationSettings):
        yield Problem(
            path=(*here, "workspace"),
            value=remote.workspace,
            message="is on AWS, and only pods on the foundation aws have an identity there; write a url",
            read=(("foundation", "kind"),),
        )
    elif remote.workspace is not None and remote.secret is not None:
        yield Problem(
            path=(*here, "secret"),
            value=remote.secret,
            message="is of no use to a workspace, which knows the pod's own identity; remove it",
            read=((*here, "workspace"),),
        )


def _buckets_differ(settings: Settings) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for role, name in settings.object_storage.buckets.model_dump().items():
        path = ("objectStorage", "buckets", role)
        if name in seen:
            yield Problem(
                path=path,
                value=name,
                message=f"is also the {seen[name]} bucket; write another name, as their rights differ",
                read=(("objectStorage", "buckets", seen[name]),),
            )
        seen.setdefault(name, role)


def _image_has_version(settings: Settings) -> Iterator[Problem]:
    version = settings.spark.version
    if tuple(map(int, version.split("."))) < OLDEST_SPARK:
        yield Problem(
            path=("spark", "version"),
            value=version,
            message="is too old: 3.5.0 is the oldest whose properties are known here; move jobs to "
            f"{versions.SPARK_LTS} first",
        )
    if settings.spark.image is None and version not in RELEASES:
        yield Problem(
            path=("spark", "version"),
            value=version,
            message=f"is not a release that the platform has an image of: {', '.join(RELEASES)}; "
            "write one of them, or name an image with this version in spark.image",
            read=(("spark", "image"),),
        )


def _requests_fit_cores(settings: Settings) -> Iterator[Problem]:
    for role, pod in (("driver", settings.spark.driver), ("executor", settings.spark.executor)):
        if cpu_millicores(pod.cpu_request) > pod.cores * 1000:
            yield Problem(
                path=("spark", role, "cpuRequest"),
                value=pod.cpu_request,
                message=f"reserves more than its {pod.cores} cores can use; "
                f"write {pod.cores} or less, or raise spark.{role}.cores",
                read=(("spark", role, "cores"),),
            )


def _chart_is_named_once(settings: Settings) -> Iterator[Problem]:
    operator = settings.operator
    folder = operator.chart.startswith((".", "/"))
    chart: tuple[Path, ...] = (("operator", "chart"),)
    if operator.repository and (folder or "://" in operator.chart):
        yield Problem(
            path=("operator", "repository"),
            value=operator.repository,
            message=f"is of no use with {operator.chart}, which says itself where it is; remove one",
            read=chart,
        )
    if operator.chart_version and folder:
        yield Problem(
            path=("operator", "chartVersion"),
            value=operator.chart_version,
            message=f"is of no use with the folder {operator.chart}, which holds one version; remove it",
            read=chart,
        )


def _namespaces(settings: Settings) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for number, tenant in enumerate(settings.all_tenants):
        path: Path = ("tenants", number, "team")
        read: tuple[Path, ...] = (("environment",), ("tenants", number, "environment"))
        name = tenant.namespace
        if message := _namespace_fault(name):
            yield Problem(path=path, value=tenant.team, message=message, read=read)
        if name in seen:
            first: Path = ("tenants", seen[name])
            yield Problem(
                path=path,
                value=tenant.team,
                message=f"gives the namespace {name}, as another tenant does; remove one, "
                "or give them different teams or environments",
                read=(*read, (*first, "team"), (*first, "environment")),
            )
        seen.setdefault(name, number)


def _names_begin_apart(settings: Settings) -> Iterator[Problem]:
    """To list a name in a bucket is to see what begins with it: see `components.buckets.listable`."""
    numbers = {tenant.namespace: number for number, tenant in enumerate(settings.all_tenants)}
    kept = [JOBS_PREFIX] if settings.jobs.enabled else []
    for shorter, longer in overlapping([PUBLIC_PREFIX, *kept, CANARY_NAMESPACE, *numbers]):
        if longer not in numbers:
            continue
        number = numbers[longer]
        read: list[Path] = [("environment",), ("tenants", number, "environment")]
        if shorter in numbers:
            read.append(("tenants", numbers[shorter], "team"))
        yield Problem(
            path=("tenants", number, "team"),
            value=settings.tenants[number].team,
            message=f"gives the namespace {longer}, which begins with {shorter}: whoever may list that "
            "folder of a bucket sees the names in this one; choose another team or environment",
            read=tuple(read),
        )


def _namespace_fault(name: str) -> str | None:
    if len(name) > DNS_LABEL_MAX:
        return (
            f"gives the namespace {name} of {len(name)} characters; at most {DNS_LABEL_MAX} are allowed; "
            "shorten the team or the environment"
        )
    if name.startswith("kube-") or name in (*PLATFORM_NAMESPACES, *CLUSTER_NAMESPACES):
        return f"gives the namespace {name}, which the cluster or the platform uses; choose another name"
    return None


def _tenant(settings: Settings, number: int, tenant: TenantSettings) -> Iterator[Problem]:
    here: Path = ("tenants", number)
    yield from _job_fits_quota(settings, here, tenant)
    yield from _pods_fit_limits(settings, here, tenant)
    yield from _defaults_fit_limits(here, tenant)
    quota = tenant.quota
    if bool(quota.pvcs) != bool(size_bytes(quota.storage)):
        wrong, other = ("storage", "pvcs") if quota.pvcs else ("pvcs", "storage")
        yield Problem(
            path=(*here, "quota", wrong),
            value=getattr(quota, wrong),
            message=f"leaves no room for the claims that quota.{other} allows; raise it, or set both to 0",
            read=((*here, "quota", other),),
        )


def _job_fits_quota(settings: Settings, here: Path, tenant: TenantSettings) -> Iterator[Problem]:
    driver, executor = settings.spark.driver.size, settings.spark.executor.size
    cpu = cpu_millicores(driver.cpu_request) + cpu_millicores(executor.cpu_request)
    memory = driver.pod_memory_bytes + executor.pod_memory_bytes
    advice = "raise it, or lower spark.driver and spark.executor"
    if cpu_millicores(tenant.quota.cpu) < cpu:
        yield Problem(
            path=(*here, "quota", "cpu"),
            value=tenant.quota.cpu,
            message=f"is too little for one driver and one executor, which reserve {cpu}m; {advice}",
            read=_JOB,
        )
    if size_bytes(tenant.quota.memory) < memory:
        yield Problem(
            path=(*here, "quota", "memory"),
            value=tenant.quota.memory,
            message="is too little for one driver and one executor, which take "
            f"{_mib(memory)} with overhead; {advice}",
            read=_JOB,
        )


def _pods_fit_limits(settings: Settings, here: Path, tenant: TenantSettings) -> Iterator[Problem]:
    sizes = (settings.spark.driver.size, settings.spark.executor.size)
    cpu = max(each.cores for each in sizes)
    memory = max(each.pod_memory_bytes for each in sizes)
    cores: tuple[Path, ...] = (("spark", "driver", "cores"), ("spark", "executor", "cores"))
    if cpu_millicores(tenant.limits.max_cpu) < cpu * 1000:
        yield Problem(
            path=(*here, "limits", "maxCpu"),
            value=tenant.limits.max_cpu,
            message=f"is less than the {cpu} cores of a driver or executor; raise it, or lower their cores",
            read=(*_JOB, *cores),
        )
    if size_bytes(tenant.limits.max_memory) < memory:
        yield Problem(
            path=(*here, "limits", "maxMemory"),
            value=tenant.limits.max_memory,
            message=f"is less than the {_mib(memory)} of a driver or executor with overhead; "
            "raise it, or lower their memory",
            read=_JOB,
        )


def _defaults_fit_limits(here: Path, tenant: TenantSettings) -> Iterator[Problem]:
    limits = tenant.limits
    pairs = (
        ("defaultCpu", limits.default_cpu, "maxCpu", limits.max_cpu, cpu_millicores),
        ("defaultMemory", limits.default_memory, "maxMemory", limits.max_memory, size_bytes),
    )
    for default_key, default, most_key, most, measure in pairs:
        if measure(default) > measure(most):
            yield Problem(
                path=(*here, "limits", default_key),
                value=default,
                message=f"is more than limits.{most_key}, {most}; lower it, or raise that",
                read=((*here, "limits", most_key),),
            )


def _mib(size: int) -> str:
    return f"{-(-size // MIB)}Mi"

"""The platform's vocabulary: named types, their rules, and the plain values that components exchange.

Pure: nothing here knows Pulumi or pydantic. Each `check_*` function returns its argument or raises ValueError
with a sentence that names the bound and what to write instead; the settings attach it to the key in the file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

Manifest = dict[str, Any]
"""A Kubernetes object, as its API takes it."""

DNS_LABEL_MAX: Final = 63
"""Characters in a DNS label, and so in a Kubernetes namespace or Service name (RFC 1123, section 2.1)."""

NODE_PORTS: Final = range(30000, 32768)
"""Kubernetes' default node port range (kube-apiserver `--service-node-port-range`)."""

REGISTRY_NODE_PORT: Final = 30500
"""Port of the registry that a cluster without one is given (`local.own_registry`): no service opens it."""

DNS_NAME_MAX: Final = 253
"""Characters in a DNS subdomain, and so in most Kubernetes object names (RFC 1123)."""

MIB: Final = 1024**2
"""Bytes in a mebibyte."""

JOB_NAMESPACE: Final = "${spark.kubernetes.namespace}"
"""The namespace of a job, in values of its other properties: Spark fills it in when it reads them
(ConfigReader). The operator's defaults are the same for all tenants, so they can't name one."""

OVERHEAD_FACTOR: Final = Decimal("0.2")
"""Part of a JVM's heap added for memory outside it: Parquet, zstd and Python need more than Spark's 10 %."""

OVERHEAD_MIN_MIB: Final = 512
"""Least memory overhead of a driver or executor in MiB; Spark's own is 384. The reason is beside
its property, in `components.spark.conf_memory`."""

JVM_MEMORY_MIN_MIB: Final = 512
"""Least heap of a driver or executor in MiB; see `check_jvm_memory`."""

_DNS_LABEL: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_DNS_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_BUCKET: Final = re.compile(r"[a-z0-9][-a-z0-9]{1,61}[a-z0-9]")
_CPU: Final = re.compile(r"(?P<number>[0-9]+(\.[0-9]{1,3})?|[0-9]+m)")
_BYTES: Final = re.compile(r"(?P<number>[0-9]+(\.[0-9]+)?)(?P<unit>Ki|Mi|Gi|Ti|Pi|k|M|G|T|P)?")
_JVM_MEMORY: Final = re.compile(r"(?P<number>[0-9]+)(?P<unit>[mg])")
_VERSION: Final = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")
_UNITS: Final[Mapping[str, int]] = MappingProxyType(
    {"": 1}
    | {f"{letter}i": 1024**power for power, letter in enumerate("KMGTP", start=1)}
    | {letter: 1000**power for power, letter in enumerate("kMGTP", start=1)}
)


class Priority(StrEnum):
    """How much a tenant's pods matter when the cluster is full; its PriorityClass is `spark-<value>`."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


@dataclass(frozen=True, kw_only=True)
class Quota:
    """What one tenant may hold at a time: the hard limits of its namespace.

    Args:
        cpu: sum of CPU requests, as a Kubernetes quantity of cores ("8", "500m").
        memory: sum of memory requests and limits, as a Kubernetes quantity of bytes ("32Gi").
        pods: pods that are not finished.
        pvcs: PersistentVolumeClaims.
        storage: sum of the claims' sizes, as a Kubernetes quantity of bytes.
        devices: how many of each extended resource, such as `nvidia.com/gpu`; what is missing is none.
    """

    cpu: str
    memory: str
    pods: int
    pvcs: int = 0
    storage: str = "0"
    devices: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ContainerLimits:
    """What a tenant's container gets when it asks for nothing, and the most that it may ask for (LimitRange).

    Args:
        default_cpu: CPU request of a container that names none, in cores.
        default_memory: memory request and limit of a container that names none, in bytes.
        max_cpu: most CPU that one container may have, in cores.
        max_memory: most memory that one container may have, in bytes.
    """

    default_cpu: str = "250m"
    default_memory: str = "1Gi"
    max_cpu: str = "16"
    max_memory: str = "64Gi"


@dataclass(frozen=True, kw_only=True)
class Egress:
    """Something outside the cluster that a tenant's jobs reach.

    Args:
        cidrs: blocks of addresses.
        ports: TCP ports.
    """

    cidrs: tuple[str, ...]
    ports: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Tenant:
    """One team in one environment: the unit of isolation.

    Args:
        team: the team's name, a DNS label.
        environment: the environment's name, a DNS label.
        quota: hard limits of the namespace.
        priority: name of the priority, one of `Priority`.
        groups: names of the people's groups that may submit and watch jobs here.
        limits: limits of one container.
        egress: what its jobs reach outside the cluster.
    """

    team: str
    environment: str
    quota: Quota
    priority: str = Priority.NORMAL
    groups: tuple[str, ...] = ()
    limits: ContainerLimits = field(default_factory=ContainerLimits)
    egress: tuple[Egress, ...] = ()

    @property
    def namespace(self) -> str:
        """The tenant's Kubernetes namespace, and its prefix in the buckets."""
        return f"{self.team}-{self.environment}"


@dataclass(frozen=True, kw_only=True)
class ObjectStorage:
    """Where data lives, as Spark has to know it; the foundation says so.

    Args:
        endpoint: URL of the S3 server; None means AWS itself.
        region: the region that requests are signed for.
        path_style: True if buckets are addressed by path instead of by host name.
        data_bucket: the tenants' data, each below `{namespace}/`, and public data below `public/`.
        events_bucket: Spark event logs.
        artifacts_bucket: job files, each tenant's below `{namespace}/`.
        static_credentials: True if pods get an access key from a Secret, False if the cloud gives them
            an identity.
    """

    endpoint: str | None
    region: str
    path_style: bool
    data_bucket: str
    events_bucket: str
    artifacts_bucket: str
    static_credentials: bool

    @property
    def event_log_dir(self) -> str:
        """Directory that the event logs of all tenants are below; the history server reads it."""
        return f"s3a://{self.events_bucket}/spark/"

    @property
    def job_event_log_dir(self) -> str:
        """Directory that a job writes its event log into; Spark itself puts the job's namespace in."""
        return f"{self.event_log_dir}{JOB_NAMESPACE}/"

    @property
    def job_warehouse_dir(self) -> str:
        """Directory of a namespace's tables; a job of the operator gets a folder of its own below it."""
        return f"s3a://{self.data_bucket}/{JOB_NAMESPACE}/warehouse"


@dataclass(frozen=True, kw_only=True)
class PodSize:
    """What one Spark driver or executor takes.

    Args:
        cores: tasks that it runs at once.
        cpu_request: CPU reserved for it, in cores; less than `cores` overcommits the node.
        memory: JVM heap in Spark's notation ("512m", "4g"); the pod asks for the overhead on top.
    """

    cores: int
    cpu_request: str
    memory: str

    @property
    def pod_memory_bytes(self) -> int:
        """Memory that the pod asks for: heap plus overhead, in bytes."""
        heap = jvm_memory_mib(self.memory)
        return (heap + max(int(heap * OVERHEAD_FACTOR), OVERHEAD_MIN_MIB)) * MIB


SPARK_SIZE: Final = PodSize(cores=1, cpu_request="1", memory="1g")
"""What Spark itself gives a driver or executor whose size nobody names."""


def cpu_millicores(quantity: str) -> int:
    """Convert a Kubernetes CPU quantity to millicores.

    Args:
        quantity: whole cores ("2"), a fraction ("0.5") or thousandths of a core ("500m").

    Raises:
        ValueError: it is no CPU quantity.
    """
    if not _CPU.fullmatch(quantity):
        raise ValueError(
            "is not a CPU quantity; write whole cores (2), a fraction (0.5) or thousandths of a core (500m)"
        )
    return int(quantity[:-1]) if quantity.endswith("m") else int(Decimal(quantity) * 1000)


def size_bytes(quantity: str) -> int:
    """Convert a Kubernetes memory or storage quantity to bytes.

    Args:
        quantity: a number and a unit ("8Gi", "500M"), or bytes.

    Raises:
        ValueError: it is no size.
    """
    match = _BYTES.fullmatch(quantity)
    if not match:
        raise ValueError(
            "is not a size; write a number and a unit, such as 512Mi or 8Gi (units: Ki Mi Gi Ti Pi k M G T P)"
        )
    return int(Decimal(match["number"]) * _UNITS[match["unit"] or ""])


def jvm_memory_mib(size: str) -> int:
    """Convert a JVM heap size in Spark's notation to MiB.

    Args:
        size: whole mebibytes ("512m") or gibibytes ("4g").

    Raises:
        ValueError: it is no such size.
    """
    match = _JVM_MEMORY.fullmatch(size)
    if not match:
        raise ValueError("is not a Spark memory size; write whole mebibytes (512m) or gibibytes (4g)")
    return int(match["number"]) * (1024 if match["unit"] == "g" else 1)


def check_cpu(quantity: str) -> str:
    """Accept a CPU quantity above zero.

    Args:
        quantity: what a person wrote, such as "500m".

    Raises:
        ValueError: it is no CPU quantity, or zero.
    """
    if cpu_millicores(quantity) <= 0:
        raise ValueError("must be more than 0 cores")
    return quantity


def check_size(quantity: str) -> str:
    """Accept a memory or storage quantity above zero.

    Args:
        quantity: what a person wrote, such as "8Gi".

    Raises:
        ValueError: it is no size, or zero.
    """
    if size_bytes(quantity) <= 0:
        raise ValueError("must be more than 0 bytes")
    return quantity


def check_jvm_memory(size: str) -> str:
    """Accept a heap that a Spark driver or executor starts with.

    Spark refuses less than 1.5 times its reserved 300 MiB (UnifiedMemoryManager), as the JVM reports it; the
    serial collector, which small containers get, reports up to a tenth less than it was given.

    Args:
        size: in Spark's notation, such as "4g".

    Raises:
        ValueError: it is no such size, or below `JVM_MEMORY_MIN_MIB`.
    """
    if jvm_memory_mib(size) < JVM_MEMORY_MIN_MIB:
        raise ValueError(
            f"must be {JVM_MEMORY_MIN_MIB}m or more: Spark refuses to start a driver or executor with less"
        )
    return size


def check_dns_label(name: str) -> str:
    """Accept a DNS label (RFC 1123): what namespaces and most Kubernetes names must be.

    Args:
        name: what a person wrote.

    Raises:
        ValueError: it is too long, or has characters that such a label can't have.
    """
    if len(name) > DNS_LABEL_MAX:
        raise ValueError(f"has {len(name)} characters; at most {DNS_LABEL_MAX} are allowed; shorten it")
    if not _DNS_LABEL.fullmatch(name):
        raise ValueError(
            "is not a DNS label; use lower-case letters, digits and inner hyphens, such as data or team-2"
        )
    return name


def check_dns_name(name: str) -> str:
    """Accept a DNS subdomain (RFC 1123), such as the name of a StorageClass.

    Args:
        name: what a person wrote.

    Raises:
        ValueError: it is too long, or has characters that such a name can't have.
    """
    if len(name) > DNS_NAME_MAX or not _DNS_NAME.fullmatch(name):
        raise ValueError(
            f"is not a DNS name; use up to {DNS_NAME_MAX} lower-case letters, digits, inner hyphens and dots"
        )
    return name


def check_bucket(name: str) -> str:
    """Accept an S3 bucket name (AWS bucket naming rules) without dots, which break TLS host names.

    Args:
        name: what a person wrote.

    Raises:
        ValueError: S3 refuses it, or it has a dot.
    """
    if not _BUCKET.fullmatch(name) or name.startswith("xn--") or name.endswith("-s3alias"):
        raise ValueError(
            "is not a bucket name; use 3 to 63 lower-case letters, digits and inner hyphens (no dots)"
        )
    return name


def check_version(version: str) -> str:
    """Accept a full release version: three numbers, no prefix and no range.

    Args:
        version: what a person wrote.

    Raises:
        ValueError: it is anything else.
    """
    if not _VERSION.fullmatch(version):
        raise ValueError("is not a release version; write three numbers, such as 4.1.2")
    return version


def check_node_port(port: int) -> int:
    """Accept a port in Kubernetes' default node port range.

    Args:
        port: what a person wrote.

    Raises:
        ValueError: it is outside of that range.
    """
    if port not in NODE_PORTS:
        raise ValueError(
            f"is outside Kubernetes' node port range; write {NODE_PORTS.start} to {NODE_PORTS.stop - 1}"
        )
    return port

"""The stack file as typed settings: every key, its type, default, bound and reason."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, Strict, model_validator
from pydantic_core import PydanticCustomError

from components import versions
from components.domain import ContainerLimits, Egress, PodSize, Priority, Quota, Tenant
from components.settings import rules
from components.settings.database import DatabaseSettings
from components.settings.fields import (
    BinarySize,
    BucketName,
    ConfKey,
    ConfValue,
    CpuQuantity,
    DeviceCount,
    DeviceName,
    DnsLabel,
    Group,
    Image,
    JvmMemory,
    Region,
    Section,
    SizeQuantity,
    SizeQuantityOrZero,
    TaggedImage,
    Text,
    Version,
    why,
)
from components.settings.foundation import Foundation
from components.settings.jobs import JobsSettings
from components.settings.objectives import ObjectiveSettings
from components.settings.observability import ObservabilitySettings
from components.settings.tenant_access import EgressSettings, TenantAccessSettings
from components.spark.conf_values import DEFAULT_MAX_EXECUTORS

RULES_ERROR = "rules"
"""Type of the pydantic error that carries the problems between keys."""


class BucketSettings(Section):
    """Names of the platform's buckets."""

    data: BucketName = Field(
        "data",
        description="Bucket of the tenants' data, each below `<namespace>/`; below `public/` all may read.",
        json_schema_extra=why("Short in a cluster's own store; on AWS a name must be unique in the world."),
    )
    events: BucketName = Field(
        "events",
        description="Bucket of the Spark event logs.",
        json_schema_extra=why("Apart from data: its objects expire and the history server reads them all."),
    )
    artifacts: BucketName = Field(
        "artifacts",
        description="Bucket of job files, each tenant's below `<namespace>/`.",
        json_schema_extra=why("Code has other writers than data: people and CI, not jobs."),
    )


class ObjectStorageSettings(Section):
    """Where data lives."""

    region: Region = Field(
        "us-east-1",
        description="Region that S3 requests are signed for.",
        json_schema_extra=why("S3 servers other than AWS expect us-east-1 unless told otherwise."),
    )
    buckets: BucketSettings = Field(
        default_factory=BucketSettings, description="Names of the platform's buckets."
    )


class PodSettings(Section):
    """Size of a driver or executor that names none itself."""

    @property
    def size(self) -> PodSize:
        """The same as a plain value."""
        return self.plain(PodSize)


class DriverSettings(PodSettings):
    """Size of a driver that names none itself."""

    cores: Annotated[int, Strict(), Field(ge=1, le=64)] = Field(
        1,
        description="Cores that it may use.",
        json_schema_extra=why("A driver plans and collects; it computes little."),
    )
    cpu_request: CpuQuantity = Field(
        "1",
        description="CPU that is reserved for it.",
        json_schema_extra=why("As much as its cores; a small machine has to overcommit."),
    )
    memory: JvmMemory = Field(
        "2g",
        description="JVM heap. The pod asks for 20 % more, at least 512 MiB more.",
        json_schema_extra=why("Plans of thousands of tasks fit; what is collected comes on top."),
    )


class ExecutorSettings(PodSettings):
    """Size of an executor that names none itself."""

    cores: Annotated[int, Strict(), Field(ge=1, le=64)] = Field(
        4,
        description="Tasks that it runs at once.",
        json_schema_extra=why("Four share memory and jars well and still fit small nodes."),
    )
    cpu_request: CpuQuantity = Field(
        "4",
        description="CPU that is reserved for it.",
        json_schema_extra=why("As much as its cores; a small machine has to overcommit."),
    )
    memory: JvmMemory = Field(
        "8g",
        description="JVM heap. The pod asks for 20 % more, at least 512 MiB more.",
        json_schema_extra=why("2 GiB a core suits joins and aggregations; others name their own."),
    )


class SparkSettings(Section):
    """What a job gets that doesn't say otherwise."""

    version: Version = Field(
        versions.SPARK,
        description="Spark version of the image.",
        json_schema_extra=why("The newest whose S3 committers, Iceberg and Delta are all published."),
    )
    image: Image | None = Field(
        None,
        description="Spark image; none means the platform's own in the foundation's registry.",
        json_schema_extra=why("The platform's image is tagged by its content, so it is never stale."),
    )
    driver: DriverSettings = Field(default_factory=DriverSettings, description="Size of a driver.")
    executor: ExecutorSettings = Field(default_factory=ExecutorSettings, description="Size of an executor.")
    max_executors: Annotated[int, Strict(), Field(ge=1, le=10_000)] = Field(
        DEFAULT_MAX_EXECUTORS,
        description="Most executors that dynamic allocation gives to one job.",
        json_schema_extra=why("Spark's own default is no limit: one job could fill its tenant's quota."),
    )
    conf: dict[ConfKey, ConfValue] = Field(
        default_factory=dict,
        description="Further Spark properties for all jobs; they override the platform's defaults.",
        json_schema_extra=why("For what has no setting of its own."),
    )


class OperatorSettings(Section):
    """The Spark operator."""

    chart: Text = Field(
        "spark-operator",
        description="Helm chart: a folder (`./...`), an `oci://` address, or a name in `repository`.",
        json_schema_extra=why("The upstream chart, unchanged."),
    )
    repository: Text | None = Field(
        None,
        description="Helm repository of a chart given by name; none means upstream's.",
        json_schema_extra=why("Name a mirror here where clusters can't reach the internet."),
    )
    chart_version: Version | None = Field(
        None,
        description="Version of a chart that is not a folder; none means the pinned one.",
        json_schema_extra=why("The typed values are tested with the pinned version."),
    )
    image: TaggedImage | None = Field(
        None,
        description="Operator image; none means the platform's own in the foundation's registry.",
        json_schema_extra=why("It submits with the platform's Spark, so jobs and operator agree."),
    )
    workers: Annotated[int, Strict(), Field(ge=1, le=100)] = Field(
        10,
        description="Submissions at a time.",
        json_schema_extra=why(
            "Upstream's default; each takes a core for seconds and 410 MiB, which the pod gets."
        ),
    )
    cpu_request: CpuQuantity = Field(
        "1",
        description="CPU that is reserved for the operator.",
        json_schema_extra=why("Some ten submissions a minute; it may use more while nodes have it."),
    )


class HistorySettings(Section):
    """The Spark history server."""

    memory: BinarySize = Field(
        "2Gi",
        description="Memory of the pod, request and limit; 60 % of it is JVM heap.",
        json_schema_extra=why("Room for some applications that people have open at a time."),
    )
    disk: BinarySize = Field(
        "10Gi",
        description="Volume for what was read from the logs.",
        json_schema_extra=why("Spark's own default for this cache; a lost one is read again."),
    )
    replay_threads: Annotated[int, Strict(), Field(ge=1, le=64)] = Field(
        4,
        description="Event logs read at a time.",
        json_schema_extra=why("Spark takes a quarter of the cores: in a small pod one, and a slow start."),
    )
    update_interval_seconds: Annotated[int, Strict(), Field(ge=5, le=3600)] = Field(
        30,
        description="Seconds between two looks at the event logs.",
        json_schema_extra=why("Each look lists the bucket, and each list is paid; Spark's default is 10."),
    )
    log_retention_days: Annotated[int, Strict(), Field(ge=1, le=3650)] = Field(
        30,
        description="Days after which an event log is deleted.",
        json_schema_extra=why("A month shows a monthly job beside its last run; Spark keeps all."),
    )

    @property
    def conf(self) -> dict[str, str]:
        """The same as Spark properties."""
        return {
            "spark.history.fs.numReplayThreads": str(self.replay_threads),
            "spark.history.fs.update.interval": f"{self.update_interval_seconds}s",
            "spark.history.fs.cleaner.maxAge": f"{self.log_retention_days}d",
        }


class QuotaSettings(Section):
    """What a tenant may hold at a time."""

    cpu: CpuQuantity = Field(
        "32",
        description="Sum of CPU requests.",
        json_schema_extra=why("A driver and seven executors of the default size."),
    )
    memory: SizeQuantity = Field(
        "96Gi",
        description="Sum of memory requests and limits.",
        json_schema_extra=why("3 GiB a core: heap, overhead and room for small pods."),
    )
    pods: Annotated[int, Strict(), Field(ge=2, le=100_000)] = Field(
        100,
        description="Pods that are not finished.",
        json_schema_extra=why("A driver and an executor is the least; bounds what a faulty job makes."),
    )
    pvcs: Annotated[int, Strict(), Field(ge=0, le=100_000)] = Field(
        Quota.pvcs,
        description="PersistentVolumeClaims.",
        json_schema_extra=why("Jobs spill to the node's disk by default and need none."),
    )
    storage: SizeQuantityOrZero = Field(
        Quota.storage,
        description="Sum of the claims' sizes.",
        json_schema_extra=why("Goes with `pvcs`."),
    )
    devices: dict[DeviceName, DeviceCount] = Field(
        default_factory=dict,
        description="How many GPUs and other devices of nodes, by Kubernetes' name for them.",
        json_schema_extra=why("They are dear, and what no quota names is refused."),
    )


class LimitSettings(Section):
    """What one container gets and may have."""

    default_cpu: CpuQuantity = Field(
        ContainerLimits.default_cpu,
        description="CPU request of a container that names none.",
        json_schema_extra=why("Enough for a pod that submits a job."),
    )
    default_memory: SizeQuantity = Field(
        ContainerLimits.default_memory,
        description="Memory request and limit of a container that names none.",
        json_schema_extra=why("Enough for a pod that submits a job: its JVM takes about 0.5 GiB."),
    )
    max_cpu: CpuQuantity = Field(
        ContainerLimits.max_cpu,
        description="Most CPU of one container.",
        json_schema_extra=why("A pod larger than a node would wait for ever."),
    )
    max_memory: SizeQuantity = Field(
        ContainerLimits.max_memory,
        description="Most memory of one container.",
        json_schema_extra=why("A pod larger than a node would wait for ever."),
    )


class TenantSettings(Section):
    """One team in one environment."""

    team: DnsLabel = Field(
        description="Name of the team; the namespace is `<team>-<environment>`.",
        json_schema_extra=why("It is in names that can't change later, so it is never guessed."),
    )
    environment: DnsLabel | None = Field(
        None,
        description="Environment of this tenant; none means the stack's.",
        json_schema_extra=why("Most stacks hold one environment."),
    )
    quota: QuotaSettings = Field(
        default_factory=QuotaSettings, description="What the tenant may hold at a time."
    )
    limits: LimitSettings = Field(
        default_factory=LimitSettings, description="What one container gets and may have."
    )
    priority: Priority = Field(
        Priority.NORMAL,
        description="Whose pods go first when the cluster is full.",
        json_schema_extra=why("A higher one takes the place of lower ones' pods, so it is granted."),
    )
    groups: tuple[Group, ...] = Field(
        (),
        description="Groups whose people may submit jobs and watch them.",
        json_schema_extra=why("No one unless named."),
    )
    egress: tuple[EgressSettings, ...] = Field(
        (),
        max_length=50,
        description="What its drivers and executors reach outside the cluster, such as a database.",
        json_schema_extra=why("Nothing unless named: only S3, the API server and DNS are open to a job."),
    )
    objectives: ObjectiveSettings = Field(
        default_factory=ObjectiveSettings, description="What the team has agreed on; none unless named."
    )
    access: TenantAccessSettings = Field(
        default_factory=TenantAccessSettings,
        description="What its jobs may use of what exists on AWS. The foundation aws alone.",
    )

    def tenant(self, environment: str) -> Tenant:
        """Hand on the same as a plain value, in the stack's environment unless it has its own.

        Args:
            environment: of the stack ("prod").
        """
        return self.plain(
            Tenant,
            environment=self.environment or environment,
            quota=self.quota.plain(Quota),
            limits=self.limits.plain(ContainerLimits),
            priority=self.priority.value,
            egress=tuple(each.plain(Egress) for each in self.egress),
        )


class Settings(Section):
    """Everything that a stack file may say."""

    environment: DnsLabel = Field(
        description="Environment of this stack, such as dev or prod; part of the tenants' namespaces.",
        json_schema_extra=why("Stacks and environments may differ: the local stack is a dev one."),
    )
    foundation: Foundation = Field(
        description="What the platform stands on.",
        json_schema_extra=why("A cluster that exists, or one that is made: jobs can't tell."),
    )
    object_storage: ObjectStorageSettings = Field(
        default_factory=ObjectStorageSettings, description="Where data lives."
    )
    spark: SparkSettings = Field(
        default_factory=SparkSettings, description="What a job gets that doesn't say otherwise."
    )
    operator: OperatorSettings = Field(default_factory=OperatorSettings, description="The Spark operator.")
    history: HistorySettings = Field(default_factory=HistorySettings, description="The Spark history server.")
    observability: ObservabilitySettings = Field(
        default_factory=ObservabilitySettings, description="How the platform is watched."
    )
    database: DatabaseSettings = Field(
        default_factory=DatabaseSettings, description="PostgreSQL, for services that keep an index in it."
    )
    jobs: JobsSettings = Field(default_factory=JobsSettings, description="Runs that come from Git.")
    tenants: tuple[TenantSettings, ...] = Field(
        min_length=1,
        max_length=500,
        description="The teams; at least one.",
        json_schema_extra=why("Without a namespace to watch, the operator would watch them all."),
    )

    @property
    def all_tenants(self) -> tuple[Tenant, ...]:
        """The tenants as plain values, in the order of the file."""
        return tuple(each.tenant(self.environment) for each in self.tenants)

    @model_validator(mode="after")
    def _keys_fit_together(self) -> Self:
        if problems := rules.check(self):
            raise PydanticCustomError(RULES_ERROR, "keys contradict each other", {"problems": problems})
        return self

"""A tenant's namespace and all that separates it from the others, and what exists once for all tenants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import pulumi
import pulumi_kubernetes as k8s

from components.domain import SPARK_SIZE, PodSize, Priority, Tenant
from components.kube.accounts import account_subject, group_subject, role_manifests
from components.kube.credentials import Credentials
from components.kube.image_digests import Digests, in_texts
from components.kube.network_rules import NetworkPlan
from components.kube.objects import declare, typed
from components.kube.placement import ANY_NODE, Placement
from components.kube.pod_security import namespace_labels
from components.kube.service_space import key_secret, network_walls, service_account
from components.naming import (
    CREDENTIALS_SECRET,
    DEFAULTS_CONFIG_MAP,
    EXECUTOR_ACCOUNT,
    PRIORITY_LABEL,
    PROJECT,
    labels,
    priority_class,
    tenant_labels,
    type_token,
)
from components.records.rights import PolicyRule
from components.releases import RELEASES
from components.spark.conf import JobDefaults, config_map_data, tenant_defaults
from components.spark.pod_templates import driver_template, executor_template, render_template
from components.tenants.admission import JOB_WORDS
from components.tenants.admission_claims import CLAIMS
from components.tenants.admission_committers import DEFAULT_FS
from components.tenants.admission_connect import CONNECT
from components.tenants.admission_containers import containers_policy
from components.tenants.admission_doubles import DOUBLES
from components.tenants.admission_exposure import EXPOSURE, FINALIZERS
from components.tenants.admission_fields import DECOMMISSION, fields_policy
from components.tenants.admission_names import NAMES, TIMES
from components.tenants.admission_own import LABELS, PLATFORM_CONFIG_MAPS, REAPING
from components.tenants.admission_placement import PLACEMENT
from components.tenants.admission_places import WAREHOUSE, places_policy
from components.tenants.admission_pods import pods_policy
from components.tenants.admission_policy import Policy
from components.tenants.admission_properties import PROPERTIES
from components.tenants.admission_quota import quota_annotations
from components.tenants.admission_releases import releases_policy
from components.tenants.admission_schedules import RETRIES, SCHEDULES
from components.tenants.admission_scratch import SCRATCH
from components.tenants.admission_services import SERVICES
from components.tenants.admission_sizes import TASK_CPUS, sizes_policies
from components.tenants.admission_workloads import WORKLOADS
from components.tenants.limits import limit_range_spec, priority_quota_spec, quota_spec
from components.tenants.network import tenant_policies
from components.tenants.rbac import ACCOUNTS, PEOPLE_ROLE, PEOPLE_RULES

SQL_CHECK: Final = Path(__file__).resolve().parents[2] / "apps" / "sql_check" / "sql_check.py"
"""The program by which a tenant's own account asks its data; jobs that ask mount it (apps/jobs/checks)."""

PRIORITY_VALUES: Final[Mapping[Priority, int]] = {
    Priority.LOW: -9,
    Priority.NORMAL: -5,
    Priority.HIGH: -1,
}
"""Below 0, which pods without a class have: no job takes the place of the store, of what watches, or of
anybody's service. Above -10: for lower ones the cluster autoscaler adds no node
(--expendable-pods-priority-cutoff)."""


@dataclass(frozen=True, kw_only=True)
class TenantNamespaceArgs:
    """Arguments of a `TenantNamespace`.

    Args:
        tenant: whose namespace it is, with its limits.
        network: what lies around it.
        spark_defaults: what jobs get, the same for all tenants.
        credentials: the tenant's S3 key; None where pods get their identity from the cloud.
        driver_placement: nodes that drivers started by spark-submit in this namespace may run on.
        executor_placement: the same for their executors.
        digests: images of `spark_defaults` that have a digest.
        protect: True to refuse the deletion of the namespace, which takes all jobs and claims with it.
        devices: extended resources that the quota of some tenant names.
    """

    tenant: Tenant
    network: NetworkPlan
    spark_defaults: JobDefaults
    credentials: Credentials | None = None
    driver_placement: Placement = ANY_NODE
    executor_placement: Placement = ANY_NODE
    digests: Digests = field(default_factory=dict)
    protect: bool = False
    devices: Sequence[str] = ()


class TenantNamespace(pulumi.ComponentResource):
    """One team in one environment: a namespace with its limits, accounts, rights and walls.

    Outputs:
        namespace: the namespace's name, known once the namespace exists.
    """

    namespace: pulumi.Output[str]

    def __init__(
        self, name: str, args: TenantNamespaceArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(type_token("TenantNamespace"), name, {}, opts)
        self._name, self._args = name, args
        namespace = k8s.core.v1.Namespace(
            f"{name}-namespace",
            metadata={
                "name": args.tenant.namespace,
                "labels": {
                    **tenant_labels(args.tenant),
                    PRIORITY_LABEL: priority_class(args.tenant.priority),
                    **namespace_labels(),
                },
            },
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        self._inside = pulumi.ResourceOptions(parent=self, depends_on=[namespace])
        self._limits()
        self._accounts()
        self._people()
        walls = tenant_policies(args.network, args.tenant.egress)
        network_walls(
            name, namespace, walls, {policy: self._metadata(policy) for policy in walls}, parent=self
        )
        self._configuration()
        self.namespace = namespace.id.apply(lambda _: args.tenant.namespace)
        self.register_outputs({"namespace": self.namespace})

    def _limits(self) -> None:
        # The API server's refusal names the quota, and little else.
        quotas = {
            "quota": quota_spec(self._args.tenant, self._args.devices),
            "other-priorities": priority_quota_spec(self._args.tenant),
        }
        for quota, spec in quotas.items():
            metadata = self._metadata(quota)
            if quota == "quota":
                metadata["annotations"] = quota_annotations(self._args.tenant.limits)
            k8s.core.v1.ResourceQuota(
                f"{self._name}-{quota}", metadata=metadata, spec=typed(spec), opts=self._inside
            )
        k8s.core.v1.LimitRange(
            f"{self._name}-limits",
            metadata=self._metadata("limits"),
            spec=typed(limit_range_spec(self._args.tenant.limits)),
            opts=self._inside,
        )

    def _accounts(self) -> None:
        for account, rules in ACCOUNTS.items():
            service_account(
                f"{self._name}-{account}",
                self._metadata(account),
                self._inside,
                token=account != EXECUTOR_ACCOUNT,
            )
            if rules:
                self._grant(account, rules, [account_subject(account, self._args.tenant.namespace)])

    def _people(self) -> None:
        groups = [group_subject(group) for group in self._args.tenant.groups]
        if groups:
            self._grant(PEOPLE_ROLE, PEOPLE_RULES, groups)

    def _grant(self, role: str, rules: Sequence[PolicyRule], subjects: Sequence[Mapping[str, str]]) -> None:
        made = role_manifests(self._metadata(role), [rule.manifest() for rule in rules], subjects)
        for end, manifest in zip(("role", "binding"), made, strict=True):
            declare(f"{self._name}-{role}-{end}", manifest, self._inside)

    def _configuration(self) -> None:
        tenant, network = self._args.tenant, self._args.network
        priority = priority_class(tenant.priority)
        driver = driver_template(priority_class=priority, placement=self._args.driver_placement)
        executor = executor_template(priority_class=priority, placement=self._args.executor_placement)
        defaults = tenant_defaults(self._args.spark_defaults, network.storage, tenant.namespace)
        k8s.core.v1.ConfigMap(
            f"{self._name}-defaults",
            metadata=self._metadata(DEFAULTS_CONFIG_MAP),
            data=in_texts(
                defaults.references,
                self._args.digests,
                lambda named: {
                    **config_map_data(
                        defaults.named(named), render_template(driver), render_template(executor)
                    ),
                    SQL_CHECK.name: SQL_CHECK.read_text(encoding="utf-8"),
                },
            ),
            opts=self._inside,
        )
        if self._args.credentials is not None:
            key_secret(
                f"{self._name}-credentials",
                self._metadata(CREDENTIALS_SECRET),
                self._args.credentials,
                self._inside,
            )

    def _metadata(self, name: str) -> dict[str, Any]:
        tenant = self._args.tenant
        return {"name": name, "namespace": tenant.namespace, "labels": tenant_labels(tenant)}


@dataclass(frozen=True, kw_only=True)
class PriorityClassesArgs:
    """Arguments of `PriorityClasses`.

    Args:
        values: priority of each class; the higher goes first.
    """

    values: Mapping[Priority, int] = field(default_factory=lambda: dict(PRIORITY_VALUES))


class PriorityClasses(pulumi.ComponentResource):
    """How much each tenant's pods matter when the cluster is full; one class for each `Priority`.

    A higher class is scheduled first. Only the highest also takes the place of running pods of a lower class:
    an executor that has to go moves its blocks first, but a driver that has to go ends its job.
    """

    def __init__(
        self, name: str, args: PriorityClassesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(type_token("PriorityClasses"), name, {}, opts)
        for priority, value in args.values.items():
            k8s.scheduling.v1.PriorityClass(
                f"{name}-{priority}",
                metadata={"name": priority_class(priority), "labels": labels("spark", "priority")},
                value=value,
                global_default=False,
                preemption_policy="PreemptLowerPriority" if priority is Priority.HIGH else "Never",
                description=f"Spark jobs of tenants with priority {priority} ({PROJECT}).",
                # Kubernetes changes neither in place, and the provider doesn't know.
                opts=pulumi.ResourceOptions(
                    parent=self,
                    replace_on_changes=["value", "preemptionPolicy"],
                    delete_before_replace=True,
                ),
            )
        self.register_outputs({})


@dataclass(frozen=True, kw_only=True)
class JobRulesArgs:
    """Arguments of `JobRules`.

    Args:
        deny: True to refuse a job that breaks a rule, False to warn whoever creates it.
        pools: True where nodes come in pools, and the platform has one of its own.
        devices: extended resources that a quota of some tenant counts.
        driver: size of a driver that names none.
        executor: size of an executor that names none.
        releases: releases of Spark that there is an image of.
        images: references of the images that the platform built, by release, and by other names.
        defaults: properties of a job that says nothing.
    """

    deny: bool = True
    pools: bool = False
    devices: Sequence[str] = ()
    releases: Sequence[str] = tuple(RELEASES)
    images: Mapping[str, str] = field(default_factory=dict)
    driver: PodSize
    executor: PodSize
    defaults: Mapping[str, str] = field(default_factory=dict)


class JobRules(pulumi.ComponentResource):
    """What jobs and their pods may not be, checked by the API server in all tenants' namespaces."""

    def __init__(self, name: str, args: JobRulesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(type_token("JobRules"), name, {}, opts)
        self._land(name, JOB_WORDS, deny=args.deny)
        policies = admission_policies(
            pools=args.pools,
            devices=args.devices,
            driver=args.driver,
            executor=args.executor,
            releases=args.releases,
            images=args.images,
            defaults=args.defaults,
        )
        for further in policies:
            self._land(f"{name}-{further.subject}", further, deny=args.deny)
        self.register_outputs({})

    def _land(self, name: str, policy: Policy, *, deny: bool) -> None:
        metadata = {"name": policy.name, "labels": labels("spark", "admission")}
        landed = k8s.admissionregistration.v1.ValidatingAdmissionPolicy(
            f"{name}-policy",
            metadata=typed(metadata),
            spec=typed(policy.spec()),
            opts=pulumi.ResourceOptions(parent=self),
        )
        k8s.admissionregistration.v1.ValidatingAdmissionPolicyBinding(
            f"{name}-binding",
            metadata=typed(metadata),
            spec=typed(policy.binding_spec(deny=deny)),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[landed]),
        )


def admission_policies(
    *,
    pools: bool,
    devices: Sequence[str] = (),
    driver: PodSize = SPARK_SIZE,
    executor: PodSize = SPARK_SIZE,
    releases: Sequence[str] = tuple(RELEASES),
    images: Mapping[str, str] = MappingProxyType({}),
    defaults: Mapping[str, str] = MappingProxyType({}),
) -> tuple[Policy, ...]:
    """All policies besides the one for the words of a job, which the operator hands on.

    Args:
        pools: True where nodes come in pools, and the platform has one of its own.
        devices: extended resources that a quota of some tenant counts.
        driver: size of a driver that names none.
        executor: size of an executor that names none.
        releases: releases of Spark that there is an image of.
        images: references of the images that the platform built, by release, and by other names.
        defaults: properties of a job that says nothing.
    """
    return (
        SERVICES,
        SCHEDULES,
        RETRIES,
        EXPOSURE,
        FINALIZERS,
        CLAIMS,
        CONNECT,
        LABELS,
        PLACEMENT,
        places_policy(
            default_fs=defaults.get(f"spark.hadoop.{DEFAULT_FS}", ""), warehouse=defaults.get(WAREHOUSE, "")
        ),
        PLATFORM_CONFIG_MAPS,
        REAPING,
        containers_policy(devices),
        pods_policy(pools=pools),
        fields_policy(decommission=defaults.get(DECOMMISSION, "true").strip().lower() != "false"),
        NAMES,
        DOUBLES,
        SCRATCH,
        PROPERTIES,
        TIMES,
        WORKLOADS,
        releases_policy(releases, images, defaults),
        *sizes_policies(driver, executor, task_cpus=defaults.get(TASK_CPUS, "1")),
    )

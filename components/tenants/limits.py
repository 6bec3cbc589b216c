"""How much a tenant may use, and which pods its namespace admits: quota, limit range and labels. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from components.domain import ContainerLimits, Priority, Tenant
from components.naming import priority_class
from components.records.rights import SPARK_GROUP

Spec = dict[str, Any]
"""Spec of a Kubernetes object."""

SYSTEM_CLASSES: Final = ("system-cluster-critical", "system-node-critical")
"""Kubernetes' own PriorityClasses: a tenant's pod of that class would drive out the platform's."""


KEPT_JOBS: Final = 400
"""Jobs that a namespace holds at a time, finished ones included: etcd keeps all their objects in memory, and
8,000 ConfigMaps of 1 MiB, the most that one holds, stop the whole cluster (8 GiB, EKS' quota of etcd)."""

KEPT_SCHEDULES: Final = 100
"""Schedules of a namespace: each is looked at whenever the operator starts."""

CONFIG_MAPS_PER_JOB: Final = 3
"""The driver's, its pod template's and the executors' (KubernetesClientUtils, PodTemplateConfigMapStep)."""

SERVICES_PER_JOB: Final = 2
"""The driver's headless one, which the driver removes at its end, and the operator's for the page."""

SECRETS: Final = 50
"""The platform makes one, and the tenant's own accounts may make none."""


def quota_spec(tenant: Tenant, devices: Sequence[str] = ()) -> Spec:
    """Make the spec of the tenant's ResourceQuota.

    CPU is limited by requests alone: it can be shared, and a job that takes what is idle does no harm. Memory
    is limited by requests and limits, which are equal in Spark's pods.

    Job definitions have a quota of their own (`job_counts_spec`), which comes after their kinds.

    Args:
        tenant: whose quota.
        devices: extended resources that the quota of some tenant names; the others have none of them.
    """
    quota = tenant.quota
    return {
        "hard": {
            "requests.cpu": quota.cpu,
            "requests.memory": quota.memory,
            "limits.memory": quota.memory,
            "pods": str(quota.pods),
            "persistentvolumeclaims": str(quota.pvcs),
            "requests.storage": quota.storage,
            **{f"requests.{name}": str(quota.devices.get(name, 0)) for name in devices},
            # Both open a port of the cluster to the outside, which is not a tenant's decision.
            "services.nodeports": "0",
            "services.loadbalancers": "0",
            # What finished jobs leave counts here as well: the pods above are those that are not finished.
            "count/pods": str(quota.pods + KEPT_JOBS),
            "count/configmaps": str(CONFIG_MAPS_PER_JOB * KEPT_JOBS),
            "count/services": str(SERVICES_PER_JOB * KEPT_JOBS),
            "count/secrets": str(SECRETS),
        }
    }


def job_counts_spec(tenant: Tenant) -> Spec:
    """Make the spec of the quota for job definitions: etcd takes 1.5 MiB of each.

    Kubernetes refuses every object of a kind that a quota names, until it has counted that kind; and it
    learns of a new kind when it next asks for all of them, every 30 seconds, and goes over quotas that are
    older every five minutes. So this quota is made after the kinds, and waited for.

    Args:
        tenant: whose quota.
    """
    return {
        "hard": {
            f"count/sparkapplications.{SPARK_GROUP}": str(tenant.quota.pods + KEPT_JOBS),
            f"count/scheduledsparkapplications.{SPARK_GROUP}": str(KEPT_SCHEDULES),
        }
    }


def priority_quota_spec(tenant: Tenant) -> Spec:
    """Make the spec of the quota that keeps a tenant to its own PriorityClass: no pod of any other.

    Args:
        tenant: whose quota.
    """
    others = [priority_class(each) for each in Priority if each != tenant.priority]
    expression = {
        "scopeName": "PriorityClass",
        "operator": "In",
        "values": sorted([*others, *SYSTEM_CLASSES]),
    }
    return {"hard": {"pods": "0"}, "scopeSelector": {"matchExpressions": [expression]}}


POD_DISK_LIMIT: Final = "256Gi"
"""Most that all containers of a pod may write to their node's disk: a Spark pod and a sidecar that names no
limit."""

DISK_LIMIT: Final = "128Gi"
"""Most that a container and its pod's scratch volumes may write to the node's disk, unless it names less:
an executor's scratch of 100 GiB and its two small volumes, and room for what it writes beside them. Without a
limit, one pod may fill the disk, and the kubelet then evicts its neighbours as well."""

DISK_REQUEST: Final = "256Mi"
"""What a container counts for on its node's disk: most write little; a shuffle's volume bounds it."""


def limit_range_spec(limits: ContainerLimits) -> Spec:
    """Make the spec of the tenant's LimitRange.

    A container that names no CPU limit gets the largest that is allowed, so that it may use idle cores:
    Spark's executors name none, and Kubernetes would refuse them without any. One that asks for more is
    refused.

    Args:
        limits: defaults and bounds of one container.
    """
    return {
        "limits": [
            {
                "type": "Container",
                "defaultRequest": {
                    "cpu": limits.default_cpu,
                    "memory": limits.default_memory,
                    "ephemeral-storage": DISK_REQUEST,
                },
                "default": {
                    "cpu": limits.max_cpu,
                    "memory": limits.default_memory,
                    "ephemeral-storage": DISK_LIMIT,
                },
                "max": {
                    "cpu": limits.max_cpu,
                    "memory": limits.max_memory,
                    "ephemeral-storage": DISK_LIMIT,
                },
            },
            {"type": "Pod", "max": {"ephemeral-storage": POD_DISK_LIMIT}},
        ]
    }

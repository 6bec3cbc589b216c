"""What of a tenant's namespace is the platform's own: its labels, and ConfigMaps that it keeps there. Pure.

A tenant's accounts may make and remove ConfigMaps, Services and claims, because Spark does; and what a job
says becomes labels of what the operator makes for it. So both are asked, and who sets the platform up is not.
"""

from __future__ import annotations

from typing import Final

from components.naming import (
    JOBS_NAMESPACE,
    OPERATOR_NAMESPACE,
    PROJECT,
    SLA_ANNOTATION,
    TENANT_LABEL,
)
from components.records.jobs import WORKER
from components.records.rights import CORE, JOBS, SPARK_GROUP
from components.spark.pod_labels import ROLE_LABEL
from components.tenants.admission_policy import Check, Policy

OPERATOR_LABELS: Final = "sparkoperator.k8s.io"
"""Prefix of the labels by which the operator finds what it has made."""

CLUSTER_CONFIG_MAP: Final = "kube-root-ca.crt"
"""The API server's certificate authority, which Kubernetes puts into every namespace."""

_TENANTS: Final = "request.userInfo.username.startsWith('system:serviceaccount:' + request.namespace + ':')"
_OPERATORS: Final = f"request.userInfo.username.startsWith('system:serviceaccount:{OPERATOR_NAMESPACE}:')"

BY_TENANTS: Final = f"{_TENANTS} || {_OPERATORS}"
"""That a tenant's account asks, or the operator for a tenant."""

_VARIABLES: Final = {
    "jobs": f"request.resource.group == '{SPARK_GROUP}'",
    "operators": _OPERATORS,
    "asked": f"variables.jobs || variables.operators || {_TENANTS}",
    "old": (
        "request.operation == 'UPDATE' && has(oldObject.metadata.labels) ? oldObject.metadata.labels : {}"
    ),
    # What was admitted before these rules must still change and go: only what is new is looked at.
    "labels": (
        "!variables.asked || !has(object.metadata.labels) ? [] : object.metadata.labels.filter(key, "
        "!(key in variables.old && variables.old[key] == object.metadata.labels[key]))"
    ),
    # The agreed time is the one that people write: a schedule can hand its runs nothing but labels.
    "platforms": (
        f"variables.labels.filter(key, key.startsWith('{PROJECT}/') && "
        f"!(variables.jobs && key == '{SLA_ANNOTATION}'))"
    ),
    "finders": (
        "!variables.jobs || variables.operators ? [] : "
        f"variables.labels.filter(key, key.startsWith('{OPERATOR_LABELS}/'))"
    ),
}

LABELS: Final = Policy(
    subject="labels",
    kinds={SPARK_GROUP: JOBS, CORE: ("services", "configmaps", "persistentvolumeclaims")},
    variables=_VARIABLES,
    checks=(
        Check(
            "variables.platforms.size() == 0",
            f"'metadata.labels must not begin with {PROJECT}/: ' + variables.platforms.join(', ') + "
            "'. They are the platform\\'s own; remove them'",
            "it would pass for a part of the platform, or for another tenant's",
        ),
        Check(
            "variables.finders.size() == 0",
            f"'metadata.labels must not begin with {OPERATOR_LABELS}/: ' + variables.finders.join(', ') + "
            "'. The operator finds a schedule\\'s runs by them; remove them'",
            "a job would pass for the run of a schedule and hold it up, or hide a schedule's runs from it",
        ),
    ),
)
"""The rules for labels of what is no pod."""

PLATFORM_CONFIG_MAPS: Final = Policy(
    subject="config-maps",
    kinds={CORE: ("configmaps",)},
    checks=(
        Check(
            f"!({BY_TENANTS}) || !(oldObject.metadata.name == '{CLUSTER_CONFIG_MAP}' || "
            f"(has(oldObject.metadata.labels) && '{TENANT_LABEL}' in oldObject.metadata.labels))",
            "'metadata.name: the ConfigMap ' + oldObject.metadata.name + ' is the platform\\'s own, and no "
            "account of a tenant may change or remove it. Put a job\\'s settings into its sparkConf'",
            "jobs of the whole team would start with somebody's settings, or not at all",
        ),
    ),
    operations=("UPDATE", "DELETE"),
)
"""The rule for the platform's ConfigMaps."""

_WORKER: Final = f"system:serviceaccount:{JOBS_NAMESPACE}:{WORKER}"

REAPING: Final = Policy(
    subject="reaping",
    kinds={CORE: ("pods",)},
    checks=(
        Check(
            f"request.userInfo.username != '{_WORKER}' || (has(oldObject.metadata.labels) && "
            f"'{ROLE_LABEL}' in oldObject.metadata.labels && "
            f"oldObject.metadata.labels['{ROLE_LABEL}'] == 'executor' && "
            "has(oldObject.status.phase) && oldObject.status.phase == 'Pending')",
            "'metadata.labels: the worker of the jobs may delete executors that are Pending alone, and ' + "
            "oldObject.metadata.name + ' is none'",
            "a right to delete pods knows no labels, and would let it end what runs",
        ),
    ),
    operations=("DELETE",),
)
"""The rule for what the worker of the jobs takes away: executors that wait, of drivers that have ended."""

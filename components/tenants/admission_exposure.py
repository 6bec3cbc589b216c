"""How a job's pages may not be shown, and what may not hold up its removal. Pure."""

from __future__ import annotations

from typing import Final

from components.kube.rights import CORE, JOBS, SPARK_GROUP
from components.tenants.admission_policy import Check, Policy, quoted

_PORT_FORWARD: Final = "The page of a running job: kubectl port-forward to its driver, port 4040"

EXPOSURE: Final = Policy(
    subject="exposure",
    kinds={SPARK_GROUP: JOBS},
    variables={"job": "object.kind == 'ScheduledSparkApplication' ? object.spec.template : object.spec"},
    checks=(
        Check(
            "!has(variables.job.sparkUIOptions) || !has(variables.job.sparkUIOptions.serviceType) || "
            "variables.job.sparkUIOptions.serviceType == 'ClusterIP'",
            "'spec.sparkUIOptions.serviceType must be ClusterIP, not ' + "
            f"variables.job.sparkUIOptions.serviceType + '. {_PORT_FORWARD}'",
            "a port of every node would be open, and the quota refuses it late and without a word",
        ),
        Check(
            "!has(variables.job.sparkUIOptions) || !(has(variables.job.sparkUIOptions.ingressAnnotations) || "
            "has(variables.job.sparkUIOptions.ingressTLS))",
            f"'spec.sparkUIOptions must not have ingressAnnotations or ingressTLS. {_PORT_FORWARD}'",
            "annotations of an Ingress configure the cluster's entry point, which all share",
        ),
        Check(
            "!has(variables.job.driverIngressOptions) || variables.job.driverIngressOptions.size() == 0",
            f"'spec.driverIngressOptions can not be used: nothing leads to a job from outside. "
            f"{_PORT_FORWARD}'",
            "a job could take over a host name and path of the cluster's entry point",
        ),
    ),
)
"""The rules for a job's pages."""

KEPT_FINALIZERS: Final = ("foregroundDeletion", "orphan")
"""Finalizers that Kubernetes itself sets on any object, and takes away again."""

KEPT_BY_KIND: Final = {
    "persistentvolumeclaims": "kubernetes.io/pvc-protection",
    "pods": "batch.kubernetes.io/job-tracking",
}
"""The same of one kind alone: on another nobody would take it away."""

_KEPT: Final = f"{quoted(KEPT_FINALIZERS)} + " + " + ".join(
    f"(request.resource.resource == '{kind}' ? {quoted([name])} : [])" for kind, name in KEPT_BY_KIND.items()
)

CLUSTER_ACCOUNTS: Final = "system:serviceaccounts:kube-system"
"""Group of the cluster's own controllers, which may set others: drivers of volumes do."""

FINALIZERS: Final = Policy(
    subject="finalizers",
    kinds={SPARK_GROUP: JOBS, CORE: ("pods", "services", "configmaps", "persistentvolumeclaims")},
    variables={
        "kept": _KEPT,
        "old": (
            "request.operation == 'UPDATE' && has(oldObject.metadata.finalizers) ? "
            "oldObject.metadata.finalizers : []"
        ),
        "added": (
            f"'{CLUSTER_ACCOUNTS}' in request.userInfo.groups || !has(object.metadata.finalizers) ? [] : "
            "object.metadata.finalizers.filter(each, "
            "!(each in variables.kept) && !(each in variables.old))"
        ),
    },
    checks=(
        Check(
            "variables.added.size() == 0",
            "'metadata.finalizers must not have ' + variables.added.join(', ') + "
            "': nothing would ever take it away. Remove it'",
            "the object and its namespace could not be removed, nor the stack destroyed",
        ),
    ),
)
"""The rules for finalizers."""

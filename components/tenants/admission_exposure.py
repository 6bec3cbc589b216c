"""How a job's pages may not be shown, and what may not hold up its removal. Pure."""

from __future__ import annotations

from typing import Final

from components.records.rights import CORE, JOBS, SPARK_GROUP
from components.spark.conf_values import UI_PORT
from components.tenants.admission_policy import JOB, Check, Policy, quoted
from components.tenants.admission_services import ANNOTATIONS_CURE, PLAIN_ANNOTATIONS

_PORT_FORWARD: Final = "The page of a running job: kubectl port-forward to its driver, port 4040"

_IN_CONF: Final = "spark.kubernetes.driver.service.annotation."

_SUBMITTED: Final = "the operator can not make the Service of the page, and the job stays SUBMITTED for ever"

_PORT_NAME: Final = "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"
"""Of a Service's port (IsDNS1123Label of k8s.io/apimachinery)."""

_LABEL: Final = "[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_LABEL_KEY: Final = f"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?{_LABEL}$"
_LABEL_VALUE: Final = f"^({_LABEL})?$"
"""Labels (IsQualifiedName and IsValidLabelValue of k8s.io/apimachinery)."""


def _mislabelled(path: tuple[str, str]) -> str:
    """Labels that no object may have, as a list of texts in CEL."""
    section = f"variables.job.{path[0]}"
    labels = f"{section}.{path[1]}"
    return (
        f"(!has({section}) || !has({labels}) ? [] : {labels}.filter(key, !key.matches('{_LABEL_KEY}') || "
        f"!{labels}[key].matches('{_LABEL_VALUE}')).map(key, key + ': ' + {labels}[key]))"
    )


EXPOSURE: Final = Policy(
    subject="exposure",
    kinds={SPARK_GROUP: JOBS},
    of_spec=True,
    variables={
        "job": JOB,
        # What becomes an annotation of a Service, said in any of three ways.
        "annotations": (
            "(has(variables.job.driver.serviceAnnotations) ? "
            "variables.job.driver.serviceAnnotations.map(key, key) : []) + "
            "(has(variables.job.sparkUIOptions) && has(variables.job.sparkUIOptions.serviceAnnotations) ? "
            "variables.job.sparkUIOptions.serviceAnnotations.map(key, key) : []) + "
            "(has(variables.job.sparkConf) ? variables.job.sparkConf.filter(key, "
            f"key.startsWith('{_IN_CONF}')).map(key, key.substring({len(_IN_CONF)})) : [])"
        ),
        "port": "variables.job.?sparkConf[?'spark.ui.port'].orValue('4040').trim()",
        "mislabelled": " + ".join(
            map(_mislabelled, (("sparkUIOptions", "serviceLabels"), ("driver", "serviceLabels")))
        ),
        "orders": f"variables.annotations.filter(key, !key.matches(r'{PLAIN_ANNOTATIONS}'))",
    },
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
            "!has(variables.job.sparkUIOptions) || !has(variables.job.sparkUIOptions.servicePort) || "
            "(variables.job.sparkUIOptions.servicePort > 0 && "
            "variables.job.sparkUIOptions.servicePort < 65536)",
            "'spec.sparkUIOptions.servicePort must be a port, 1 to 65535, not ' + "
            "string(variables.job.sparkUIOptions.servicePort) + '. Remove it: 4040 is the default'",
            _SUBMITTED,
        ),
        Check(
            f"variables.port == '{UI_PORT}'",
            f"'spec.sparkConf: spark.ui.port must be {UI_PORT}, not ' + variables.port + ': network policies "
            "and metrics know no other, and each driver has an address of its own. Remove it'",
            "the run would have no live page and no metrics, and nothing would say so",
        ),
        Check(
            "!has(variables.job.sparkUIOptions) || !has(variables.job.sparkUIOptions.servicePortName) || "
            f"variables.job.sparkUIOptions.servicePortName.matches('{_PORT_NAME}')",
            "'spec.sparkUIOptions.servicePortName must have only a-z, 0-9 and -, not ' + "
            "variables.job.sparkUIOptions.servicePortName + '. Remove it, or write a name such as "
            "spark-driver-ui-port'",
            _SUBMITTED,
        ),
        Check(
            "variables.mislabelled.size() == 0",
            "'spec.sparkUIOptions.serviceLabels and spec.driver.serviceLabels: a label has letters, digits, "
            "-, _ and . (63 characters or fewer), not ' + variables.mislabelled.join(', ')",
            _SUBMITTED,
        ),
        Check(
            "!has(variables.job.driverIngressOptions) || variables.job.driverIngressOptions.size() == 0",
            f"'spec.driverIngressOptions can not be used: nothing leads to a job from outside. "
            f"{_PORT_FORWARD}'",
            "a job could take over a host name and path of the cluster's entry point",
        ),
        Check(
            "variables.orders.size() == 0",
            "'spec.driver.serviceAnnotations, spec.sparkUIOptions.serviceAnnotations and sparkConf must not "
            f"have ' + variables.orders.join(', ') + '{ANNOTATIONS_CURE}'",
            "what runs at the cluster's edge would give the job a name or an address that others have",
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

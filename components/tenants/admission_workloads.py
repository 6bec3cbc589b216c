"""What makes pods for somebody, as a Job: refused itself where its pods would be, or could do nothing. Pure.

A Job whose pods are refused is created, has none, and says so in its events alone.
"""

from __future__ import annotations

from typing import Final

from components.naming import SUBMITTER_ACCOUNT
from components.spark.pod_labels import SUBMITTER
from components.tenants.admission_pods import NAMESPACE_PRIORITY
from components.tenants.admission_policy import Check, Policy

_LABELLED: Final = " && ".join(
    f"'{key}' in variables.labels && variables.labels['{key}'] == '{value}'"
    for key, value in SUBMITTER.items()
)
_LABELS: Final = ", ".join(f"{key}: {value}" for key, value in SUBMITTER.items())

WORKLOADS: Final = Policy(
    subject="workloads",
    # What Deployments and CronJobs make in turn was looked at with them.
    kinds={"apps": ("daemonsets", "deployments", "statefulsets"), "batch": ("cronjobs", "jobs")},
    # One that is there must still be suspended and scaled to none; its pods are looked at themselves.
    operations=("CREATE",),
    variables={
        "priority": NAMESPACE_PRIORITY,
        "where": "object.kind == 'CronJob' ? 'jobTemplate.spec.template' : 'template'",
        "pod": (
            "object.kind == 'CronJob' ? object.spec.jobTemplate.spec.template.spec : "
            "object.spec.template.spec"
        ),
        "labels": (
            "object.kind == 'CronJob' ? "
            "object.spec.jobTemplate.spec.template.?metadata.?labels.orValue({}) : "
            "object.spec.template.?metadata.?labels.orValue({})"
        ),
    },
    checks=(
        Check(
            "has(variables.pod.priorityClassName) && variables.pod.priorityClassName == variables.priority",
            "'spec.' + variables.where + '.spec.priorityClassName must be ' + variables.priority + ', the "
            "class of this namespace: without it no pod of it is let in. Write it out'",
            "it is created, has no pod, and only its events say why",
        ),
        Check(
            f"variables.pod.?serviceAccountName.orValue('') != '{SUBMITTER_ACCOUNT}' || ({_LABELLED})",
            f"'spec.' + variables.where + '.metadata.labels must have {_LABELS} beside the account "
            f"{SUBMITTER_ACCOUNT}: network policies let no other pod of it reach the API server. Write it'",
            "spark-submit waits for the API server, and ends with a timeout that names no cause",
        ),
    ),
    canary=False,
)
"""The rules."""

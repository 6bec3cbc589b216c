"""What makes pods for somebody, as a Job: refused itself where each of its pods would be. Pure.

A Job whose pods are refused is created, has none, and says so in its events alone.
"""

from __future__ import annotations

from typing import Final

from components.tenants.admission_pods import NAMESPACE_PRIORITY
from components.tenants.admission_policy import Check, Policy

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
    },
    checks=(
        Check(
            "has(variables.pod.priorityClassName) && variables.pod.priorityClassName == variables.priority",
            "'spec.' + variables.where + '.spec.priorityClassName must be ' + variables.priority + ', the "
            "class of this namespace: without it no pod of it is let in. Write it out'",
            "it is created, has no pod, and only its events say why",
        ),
    ),
    canary=False,
)
"""The rules."""

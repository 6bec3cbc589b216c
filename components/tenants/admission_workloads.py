"""What makes pods for somebody, as a Job: refused itself where its pods would be, or could do nothing. Pure.

A Job whose pods are refused is created, has none, and says so in its events alone.
"""

from __future__ import annotations

from typing import Final

from components.records.rights import CORE
from components.tenants import admission_api_server
from components.tenants.admission_pods import NAMESPACE_PRIORITY
from components.tenants.admission_policy import Check, Policy

WORKLOADS: Final = Policy(
    subject="workloads",
    kinds={
        CORE: ("replicationcontrollers",),
        "apps": ("daemonsets", "deployments", "replicasets", "statefulsets"),
        "batch": ("cronjobs", "jobs"),
    },
    # One that is there must still be suspended and scaled to none; its pods are looked at themselves.
    operations=("CREATE",),
    variables={
        "priority": NAMESPACE_PRIORITY,
        "where": "object.kind == 'CronJob' ? 'jobTemplate.spec.template' : 'template'",
        "pod": (
            "object.kind == 'CronJob' ? object.spec.jobTemplate.spec.template.spec : "
            "object.spec.template.spec"
        ),
        "labelled": (
            "object.kind == 'CronJob' ? "
            "object.spec.jobTemplate.spec.template.?metadata.?labels.orValue({}) : "
            "object.spec.template.?metadata.?labels.orValue({})"
        ),
        **admission_api_server.VARIABLES,
    },
    checks=(
        Check(
            "has(variables.pod.priorityClassName) && variables.pod.priorityClassName == variables.priority",
            "'spec.' + variables.where + '.spec.priorityClassName must be ' + variables.priority + ', the "
            "class of this namespace: without it no pod of it is let in. Write it out'",
            "it is created, has no pod, and only its events say why",
        ),
        admission_api_server.reaching("'spec.' + variables.where + '.'"),
    ),
    canary=False,
)
"""The rules."""

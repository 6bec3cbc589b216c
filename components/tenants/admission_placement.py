"""Where a job may not ask its pods to run, and before whom: what pods are refused for, said at once. Pure.

The rules for pods hold whoever makes them. But by then a job is submitted, and its author would find the
refusal in the operator's words, or, for executors, in the driver's log again and again.
"""

from __future__ import annotations

from typing import Final

from components.naming import POOL_LABEL
from components.records.rights import JOBS, SPARK_GROUP
from components.tenants.admission_pods import FOREIGN_TOLERATION, NAMESPACE_PRIORITY, TAINT_NAMES
from components.tenants.admission_policy import Check, Policy

_ROLES: Final = ("driver", "executor")
_TEMPLATE: Final = ".template.spec"


def _given(field: str, otherwise: str, *belows: str) -> list[str]:
    """A field of both roles, at each of some places below them, as terms in CEL."""
    places = [f"{role}{below}.{field}" for role in _ROLES for below in belows]
    return [f"variables.job.?{place.replace('.', '.?')}.orValue({otherwise})" for place in places]


_TOLERATIONS: Final = " + ".join(_given("tolerations", "[]", "", _TEMPLATE))
_NODES: Final = ", ".join(_given("nodeName", "''", _TEMPLATE))
_RANKS: Final = ", ".join(_given("priorityClassName", "''", "", _TEMPLATE))

PLACEMENT: Final = Policy(
    subject="placement",
    kinds={SPARK_GROUP: JOBS},
    variables={
        "job": "object.kind == 'ScheduledSparkApplication' ? object.spec.template : object.spec",
        "tolerated": f"({_TOLERATIONS}).filter(each, {FOREIGN_TOLERATION})",
        "nodes": f"[{_NODES}].filter(each, each != '')",
        "priority": NAMESPACE_PRIORITY,
        "ranks": f"[{_RANKS}].filter(each, each != '' && each != variables.priority)",
    },
    checks=(
        Check(
            "variables.tolerated.size() == 0",
            f"'spec.driver and spec.executor: tolerations may name {POOL_LABEL} and no other taint, not ' + "
            f"variables.tolerated.{TAINT_NAMES} + '. Remove the rest'",
            "the pods would be refused, after the job was submitted",
        ),
        Check(
            "variables.nodes.size() == 0",
            "'spec.driver and spec.executor: the template must not have nodeName: ' + "
            "variables.nodes.join(', ') + '. The scheduler chooses the node; write nodeSelector for a kind'",
            "the pods would be refused, after the job was submitted",
        ),
        Check(
            "variables.ranks.size() == 0",
            "'spec.driver and spec.executor: priorityClassName must be ' + variables.priority + "
            "', the class of this namespace, not ' + variables.ranks.join(', ') + '. Remove it'",
            "the pods would be refused, after the job was submitted",
        ),
    ),
    canary=False,
)
"""The rules for where a job's pods may be."""

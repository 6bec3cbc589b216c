"""Where, before whom and by what names a job's pods may not be: what is refused later, said at once. Pure.

The rules for pods hold whoever makes them. But by then a job is submitted, and its author would find the
refusal in the operator's words, or, for executors, in the driver's log again and again.
"""

from __future__ import annotations

from typing import Final

from components.naming import POOL_LABEL, PROJECT
from components.records.rights import JOBS, SPARK_GROUP
from components.spark.pod_labels import RESERVED
from components.tenants.admission_own import OPERATOR_LABELS
from components.tenants.admission_pods import FOREIGN_TOLERATION, NAMESPACE_PRIORITY, ROLES, TAINT_NAMES
from components.tenants.admission_policy import CONF, JOB, Check, Policy

_TEMPLATE: Final = ".template.spec"


def _given(field: str, otherwise: str, *belows: str) -> list[str]:
    """A field of both roles, at each of some places below them, as terms in CEL."""
    places = [f"{role}{below}.{field}" for role in ROLES for below in belows]
    return [f"variables.job.?{place.replace('.', '.?')}.orValue({otherwise})" for place in places]


_TOLERATIONS: Final = " + ".join(_given("tolerations", "[]", "", _TEMPLATE))
_NODES: Final = ", ".join(_given("nodeName", "''", _TEMPLATE))
_LABELS: Final = " + ".join(
    f"{given}.map(key, key)" for given in _given("labels", "{}", "", ".template.metadata")
)
_LABEL_IN_CONF: Final = "^spark[.]kubernetes[.](driver|executor)[.]label[.]"

_RESERVED: Final = f"({'|'.join(RESERVED)}|{OPERATOR_LABELS.replace('.', '[.]')}/.*)"
"""Labels that are Spark's or its operator's, as a pattern."""

_PREFIX_KEY: Final = "spark.kubernetes.executor.podNamePrefix"
_PREFIX: Final = "^[a-z0-9]([-a-z0-9]{0,45}[a-z0-9])?$"
"""What Spark takes there: a label's 63 characters without `-exec-` and ten digits
(isValidExecutorPodNamePrefix in deploy.k8s.Config)."""

POD_NAME: Final = "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"
"""A DNS label, since a pod's name is its host's as well."""

_RANKS: Final = ", ".join(_given("priorityClassName", "''", _TEMPLATE))
"""Of templates: the roles' own fields are looked at with the other fields."""

PLACEMENT: Final = Policy(
    subject="placement",
    kinds={SPARK_GROUP: JOBS},
    variables={
        "job": JOB,
        "tolerated": f"({_TOLERATIONS}).filter(each, {FOREIGN_TOLERATION})",
        "nodes": f"[{_NODES}].filter(each, each != '')",
        "labels": (
            f"({_LABELS}).filter(key, key.startsWith('{PROJECT}/')) + variables.job.?sparkConf.orValue({{}})"
            f".filter(key, key.matches('{_LABEL_IN_CONF}{PROJECT}/'))"
        ),
        "reserved": (
            f"({_LABELS}).filter(key, key.matches('^{_RESERVED}$')) + "
            f"variables.job.?sparkConf.orValue({{}}).filter(key, key.matches('{_LABEL_IN_CONF}{_RESERVED}$'))"
        ),
        "conf": CONF,
        "accounts": " + ".join(
            f"[variables.job.?{role}.?template.?spec.?serviceAccountName.orValue('')].filter(each, "
            f"each != '' && each != variables.job.?{role}.?serviceAccount.orValue(''))"
            for role in ROLES
        ),
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
        Check(
            "variables.labels.size() == 0",
            f"'spec.driver and spec.executor: labels must not begin with {PROJECT}/: ' + "
            "variables.labels.join(', ') + '. They are the platform\\'s own; remove them'",
            "the pods would be refused, after the job was submitted",
        ),
        Check(
            "variables.reserved.size() == 0",
            "'spec.driver and spec.executor: labels must not be ' + variables.reserved.join(', ') + "
            "': Spark and its operator find the pods by them, and set them. Write another name'",
            "Spark makes no such pod, or the operator does not find its driver: SUBMITTED for ever",
        ),
        Check(
            f"!has(variables.job.driver.podName) || variables.job.driver.podName.matches('{POD_NAME}')",
            "'spec.driver.podName must be a DNS label, up to 63 of a-z, 0-9 and inner -, not ' + "
            "variables.job.driver.podName + '. Leave it out, and it is the name of the job and -driver'",
            "the API server would refuse the pod, and the operator could not look for it either",
        ),
        Check(
            f"!('{_PREFIX_KEY}' in variables.conf) || variables.conf['{_PREFIX_KEY}'].matches('{_PREFIX}')",
            f"'spec.sparkConf: {_PREFIX_KEY} must have up to 47 of a-z, 0-9 and inner -, not ' + "
            f"variables.conf['{_PREFIX_KEY}'] + ': names of pods begin with it. Remove it'",
            "the driver ends at its start",
        ),
        Check(
            "variables.accounts.size() == 0",
            "'spec.driver and spec.executor: the template must not have serviceAccountName: ' + "
            "variables.accounts.join(', ') + '. Write it into serviceAccount of the role'",
            "Spark would take the role's account, or the platform's, and nothing would say so",
        ),
    ),
    canary=False,
)
"""The rules for where a job's pods may be."""

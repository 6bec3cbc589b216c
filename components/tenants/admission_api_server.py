"""Which pods need the API server, and the labels that open it to them: shared by rules for pods. Pure.

Network policies let a pod of a tenant reach nothing but the cluster's DNS, unless a label says what it is.
What runs spark-submit, or a driver of its own, waits for the API server then, and ends with a timeout that
names no cause. A rule can know it by two things: the account that is there for nothing else, and the address
of the API server in Spark's form, `k8s://`, among a container's words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from components.naming import DRIVER_ACCOUNT, SUBMITTER_ACCOUNT
from components.spark.pod_labels import DRIVER, SUBMITTER
from components.tenants.admission_policy import Check

_ADDRESS: Final = "k8s://"
"""How a master begins that is an API server."""


def _has(labels: Mapping[str, str]) -> str:
    return " && ".join(
        f"'{key}' in variables.labelled && variables.labelled['{key}'] == '{value}'"
        for key, value in labels.items()
    )


def _written(labels: Mapping[str, str]) -> str:
    return ", ".join(f"{key}: {value}" for key, value in labels.items())


VARIABLES: Final = {
    "containers": "variables.pod.containers + variables.pod.?initContainers.orValue([])",
    "words": (
        "variables.containers.exists(each, (each.?command.orValue([]) + each.?args.orValue([]) + "
        "each.?env.orValue([]).map(one, one.?value.orValue('')))"
        f".exists(word, word.contains('{_ADDRESS}')))"
    ),
    "submits": (
        f"variables.pod.?serviceAccountName.orValue('') == '{SUBMITTER_ACCOUNT}' && "
        "variables.pod.?automountServiceAccountToken.orValue(true)"
    ),
}
"""Parts that the rule needs; they build on `pod`, a pod's spec, and `labelled`, its labels."""


def reaching(where: str) -> Check:
    """Make the rule.

    Args:
        where: the place of the pod in the object, as text in CEL that ends with a dot or is empty.
    """
    beside = f"the account {SUBMITTER_ACCOUNT}"
    return Check(
        f"!(variables.submits || variables.words) || ({_has(SUBMITTER)}) || ({_has(DRIVER)})",
        f"{where} + 'metadata.labels must have {_written(SUBMITTER)} beside ' + (variables.submits ? "
        f"'{beside}' : '{_ADDRESS}, and {beside}') + ': network policies let no other pod of it reach the "
        f"API server. Write it; a driver of its own, in client mode, has {_written(DRIVER)} and the account "
        f"{DRIVER_ACCOUNT}'",
        "spark-submit waits for the API server, and ends with a timeout that names no cause",
    )

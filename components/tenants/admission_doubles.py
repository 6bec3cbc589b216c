"""What a job says twice: one of the two is lost without a word, so both are refused. Pure.

The operator writes the fields behind `sparkConf`, and of two values of one property Spark takes the last
(buildSubmissionCommandArgs in submission.go 2.5.2). Pod templates are merged by names, so of two things with
one name the later takes the place of the other (apps/job_pods/merging.py), where an API server would refuse.
"""

from __future__ import annotations

from typing import Final

from components.records.rights import JOBS, SPARK_GROUP
from components.spark.pod_templates import DRIVER_CONTAINER, EXECUTOR_CONTAINER
from components.tenants.admission_pods import ROLES
from components.tenants.admission_policy import CONF, JOB, Check, Policy, quoted

_OF_A_ROLE: Final = {
    "javaOptions": "spark.{role}.extraJavaOptions",
    "memory": "spark.{role}.memory",
    "memoryOverhead": "spark.{role}.memoryOverhead",
    "cores": "spark.{role}.cores",
    "coreRequest": "spark.kubernetes.{role}.request.cores",
    "coreLimit": "spark.kubernetes.{role}.limit.cores",
    "serviceAccount": "spark.kubernetes.authenticate.{role}.serviceAccountName",
}
_LISTS: Final = {
    "jars": "spark.jars",
    "files": "spark.files",
    "pyFiles": "spark.submit.pyFiles",
    "archives": "spark.archives",
}
_OF_ALL: Final = {
    "image": "spark.kubernetes.container.image",
    "memoryOverheadFactor": "spark.kubernetes.memoryOverheadFactor",
}
_SECTION: Final = "dynamicAllocation"
_RANGE: Final = ("initialExecutors", "minExecutors", "maxExecutors")
"""The section counts where it is switched on; off, the operator writes nothing of it."""

_CONTAINERS: Final = {"driver": DRIVER_CONTAINER, "executor": EXECUTOR_CONTAINER}


def _pair(place: str, key: str, value: str = "string({})", *, when: str = "true") -> str:
    """A field and its property where the job has both and they differ, as a list of a text in CEL."""
    steps = place.split(".")
    there = " && ".join(f"has(variables.job.{'.'.join(steps[: end + 1])})" for end in range(len(steps)))
    said = value.format(f"variables.job.{place}")
    return (
        f"({there} && '{key}' in variables.conf && {when} && variables.conf['{key}'] != {said} ? "
        f"['spec.{place} and {key}'] : [])"
    )


_PAIRS: Final = " + ".join(
    (
        *(_pair(field, key) for field, key in _OF_ALL.items()),
        *(
            _pair(f"{role}.{field}", key.format(role=role))
            for role in ROLES
            for field, key in _OF_A_ROLE.items()
        ),
        _pair("executor.instances", "spark.executor.instances"),
        *(_pair(f"deps.{field}", key, "{}.join(',')") for field, key in _LISTS.items()),
        *(
            _pair(
                f"{_SECTION}.{field}",
                f"spark.{_SECTION}.{field}",
                when=f"has(variables.job.{_SECTION}.enabled) && variables.job.{_SECTION}.enabled",
            )
            for field in _RANGE
        ),
    )
)


def _named(role: str, *belows: str) -> str:
    """Names in lists of a role, those of all its lists together."""
    return " + ".join(
        f"variables.job.{role}.?{below.replace('.', '.?')}.orValue([]).map(each, each.name)"
        for below in belows
    )


def _repeated(texts: str) -> str:
    return f"({texts}).filter(each, ({texts}).filter(other, other == each).size() > 1)"


_NAMES: Final = " + ".join(
    (
        _repeated("variables.job.?volumes.orValue([]).map(each, each.name)"),
        *(
            _repeated(_named(role, below))
            for role in ROLES
            for below in (
                "template.spec.volumes",
                "template.spec.containers",
                "template.spec.initContainers",
                "initContainers",
            )
        ),
        # A sidecar with the name of Spark's own container would be laid over it.
        *(
            _repeated(f"{quoted([_CONTAINERS[role]])} + ({_named(role, 'sidecars', 'initContainers')})")
            for role in ROLES
        ),
    )
)
_MOUNTS: Final = " + ".join(
    _repeated(
        f"variables.job.{role}.?volumeMounts.orValue([]).map(each, each.mountPath) + "
        f"variables.job.{role}.?configMaps.orValue([]).map(each, each.path) + "
        f"variables.job.{role}.?secrets.orValue([]).map(each, each.path)"
    )
    for role in ROLES
)

_ENABLED: Final = f"spark.{_SECTION}.enabled"

DOUBLES: Final = Policy(
    subject="doubles",
    kinds={SPARK_GROUP: JOBS},
    of_spec=True,
    variables={
        "job": JOB,
        "conf": CONF,
        "pairs": _PAIRS,
        "names": _NAMES,
        "mounts": _MOUNTS,
    },
    checks=(
        Check(
            "variables.pairs.size() == 0",
            "'spec says different things in a field and in its property in sparkConf: ' + "
            "variables.pairs.join('; ') + '. The field would win; remove one of the two'",
            "options of Java, sizes or files that somebody wrote would be missing, and nothing would say so",
        ),
        Check(
            f"!has(variables.job.{_SECTION}) || !has(variables.job.{_SECTION}.enabled) || "
            f"!('{_ENABLED}' in variables.conf) || variables.job.{_SECTION}.enabled == "
            f"(variables.conf['{_ENABLED}'].trim().lowerAscii() == 'true')",
            f"'spec.{_SECTION}.enabled and {_ENABLED} in sparkConf say different things. Remove one of "
            "the two'",
            "the job would have another number of executors than one of them says",
        ),
        Check(
            "variables.names.size() == 0",
            "'spec names two volumes, or two containers of a pod, alike: ' + variables.names.join(', ') + "
            "'. Give each a name of its own; that of Spark\\'s container belongs into the template'",
            "the later would take the place of the other",
        ),
        Check(
            "variables.mounts.size() == 0",
            "'spec.driver and spec.executor: two volumes would be mounted at one path: ' + "
            "variables.mounts.join(', ') + '. Give each a path of its own'",
            "one of them would not be there",
        ),
    ),
)
"""The rules for what is said twice."""

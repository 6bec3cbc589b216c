"""Fields of a job's definition that can do nothing here: refused, with what to write instead. Pure.

All others work: docs/fields.md has the table. What the operator leaves to a webhook is done by apps/job_pods.
Read from the operator's submission.go, controller.go and sparkpod_defaulter.go, version 2.5.2.
"""

from __future__ import annotations

from typing import Final

from components.records.rights import JOBS, SPARK_GROUP
from components.spark.pod_templates import EXECUTOR_CONTAINER
from components.spark.shared_properties import JAVA_OPTIONS, SCHEDULERS, SHUFFLE_SERVICE
from components.tenants.admission_pods import NAMESPACE_PRIORITY, ROLES
from components.tenants.admission_policy import CONF, HADOOP, JOB, Check, Policy


def _no_role(condition: str) -> str:
    """Neither role fulfils a condition, in which `{role}` is the role's section."""
    return " && ".join(f"!({condition.format(role=f'variables.job.{role}')})" for role in ROLES)


def _said(*path: str) -> str:
    """A field of both roles, where it is there, as a list in CEL."""

    def one(role: str) -> str:
        steps = [".".join((f"variables.job.{role}", *path[: end + 1])) for end in range(len(path))]
        return f"({' && '.join(f'has({step})' for step in steps)} ? [{steps[-1]}] : [])"

    return " + ".join(map(one, ROLES))


_SCHEDULERS: Final = (
    f"{_said('schedulerName')} + {_said('template', 'spec', 'schedulerName')} + "
    "(!has(variables.job.sparkConf) ? [] : variables.job.sparkConf.filter(key, "
    f"key.matches(r'^{SCHEDULERS}$'))"
    ".map(key, variables.job.sparkConf[key]))"
)
"""Every scheduler that a job names."""


def _unknown_volumes(role: str) -> str:
    """Names that a role mounts and that no volume has, as a list in CEL."""
    mounts, own = f"variables.job.{role}.volumeMounts", f"variables.job.{role}.template"
    there = f"has({own}) && has({own}.spec) && has({own}.spec.volumes)"
    return (
        f"(!has({mounts}) ? [] : {mounts}.filter(each, !(each.name in variables.volumes) && "
        f"!({there} && {own}.spec.volumes.exists(volume, volume.name == each.name)))"
        ".map(each, each.name))"
    )


_HEAPS: Final = (
    f"({_said('javaOptions')} + (!has(variables.job.sparkConf) ? [] : variables.job.sparkConf.filter(key, "
    f"key.matches(r'^{JAVA_OPTIONS}$'))"
    ".map(key, variables.job.sparkConf[key]))).filter(each, each.contains('-Xmx'))"
)
"""Options of Java that name the heap."""

_VARIABLES: Final = {
    "job": JOB,
    "conf": CONF,
    "hadoop": HADOOP,
    "unread": "variables.conf.filter(key, !key.startsWith('spark.'))",
    "misplaced": "variables.hadoop.filter(key, key.startsWith('spark.'))",
    "priority": NAMESPACE_PRIORITY,
    "schedulers": _SCHEDULERS,
    "volumes": "has(variables.job.volumes) ? variables.job.volumes.map(each, each.name) : []",
    "unknown": " + ".join(map(_unknown_volumes, ROLES)),
    "heaps": _HEAPS,
}

_CHECKS: Final = (
    Check(
        _no_role("has({role}.hostNetwork) && {role}.hostNetwork"),
        "'spec.driver.hostNetwork and spec.executor.hostNetwork can not be used: a pod of this namespace "
        "has a network of its own. Remove them'",
        "Pod Security refuses such pods: the driver would never start, or never get an executor",
    ),
    Check(
        _no_role("has({role}.memoryLimit)"),
        "'spec.driver.memoryLimit and spec.executor.memoryLimit can not be used: Spark makes the limit "
        "the same as the request. Write memoryOverhead for what lies outside the heap'",
        "Spark itself sets the limit, over that of any template",
    ),
    Check(
        "!has(variables.job.batchScheduler) && !has(variables.job.batchSchedulerOptions)",
        "'spec.batchScheduler and spec.batchSchedulerOptions can not be used: there is no batch "
        "scheduler here. Remove them; what waits for room is in the quota and priority of the namespace'",
        "the operator would submit the job as if they were not there",
    ),
    Check(
        "variables.schedulers.all(each, each in ['', 'default-scheduler'])",
        "'schedulerName of spec.driver, spec.executor and their templates, and that of sparkConf, must "
        "be default-scheduler, not ' + variables.schedulers.join(', ') + ': there is no other "
        "scheduler here. Remove it'",
        "the pods would wait for ever, and nobody would say why",
    ),
    Check(
        "!has(variables.job.sparkConfigMap)",
        "'spec.sparkConfigMap can not be used: Spark mounts its own configuration. Write properties into "
        "spec.sparkConf; a log4j2.properties comes by driver.configMaps and "
        "javaOptions: -Dlog4j2.configurationFile=file:...'",
        "Spark names its own folder after that of the ConfigMap, and reads nothing of it",
    ),
    Check(
        "!has(variables.job.failureRetries) && !has(variables.job.retryInterval)",
        "'spec.failureRetries and spec.retryInterval are read by nobody. Write restartPolicy: type: "
        "OnFailure, with onFailureRetries and onFailureRetryInterval'",
        "the job would not be tried again",
    ),
    Check(
        "!has(variables.job.pythonVersion) || variables.job.pythonVersion != '2'",
        "'spec.pythonVersion must be 3: Spark has had no Python 2 since 3.1. Remove it'",
        "the job would run with Python 3 all the same",
    ),
    Check(
        _no_role(
            "has({role}.priorityClassName) && {role}.priorityClassName != '' && "
            "{role}.priorityClassName != variables.priority"
        ),
        "'spec.driver.priorityClassName and spec.executor.priorityClassName must be ' + "
        "variables.priority + ', the class of this namespace. Remove them'",
        "the pods would be refused: the driver never gets an executor",
    ),
    Check(
        "variables.unknown.size() == 0",
        "'spec.driver.volumeMounts and spec.executor.volumeMounts name volumes that are not there: ' + "
        "variables.unknown.join(', ') + '. Write them into spec.volumes'",
        "the files would be missing, and nothing would say so",
    ),
    Check(
        "!has(variables.job.monitoring) || has(variables.job.monitoring.prometheus) || "
        "!(has(variables.job.monitoring.metricsProperties) || "
        "has(variables.job.monitoring.metricsPropertiesFile))",
        "'spec.monitoring.metricsProperties and metricsPropertiesFile are read beside prometheus alone. "
        "Write spec.sparkConf: spark.metrics.conf with the path of the file, or spark.metrics.conf.* "
        "with its lines; /metrics/prometheus of the driver is there without'",
        "the file would be mounted nowhere, and nothing would say so",
    ),
    Check(
        "variables.heaps.size() == 0",
        "'javaOptions of spec.driver and spec.executor, and their properties in sparkConf, must not have "
        "-Xmx: ' + variables.heaps.join('; ') + '. Write memory for the heap'",
        "the driver ends at its start",
    ),
    Check(
        f"!has(variables.job.sparkConf) || !('{SHUFFLE_SERVICE}' in variables.job.sparkConf) || "
        f"variables.job.sparkConf['{SHUFFLE_SERVICE}'].trim().lowerAscii() == 'false'",
        f"'spec.sparkConf must not switch {SHUFFLE_SERVICE} on: Kubernetes has no such service. "
        "Remove it; spark.dynamicAllocation.shuffleTracking.enabled is on and does without'",
        "executors look for the service on their node, and end",
    ),
    Check(
        "variables.unread.size() == 0",
        "'spec.sparkConf: Spark reads no property whose name does not begin with spark.: ' + "
        "variables.unread.join(', ') + '. Write a property of Hadoop or Hive into hadoopConf'",
        "the property would have no effect, and nothing would say so",
    ),
    Check(
        "variables.misplaced.size() == 0",
        "'spec.hadoopConf: Hadoop reads no property that begins with spark.: ' + "
        "variables.misplaced.join(', ') + '. Write it into sparkConf; of spark.hadoop.NAME only NAME here'",
        "the operator puts spark.hadoop. before it, and nobody reads that",
    ),
    Check(
        "!has(variables.job.sparkConf) || !('spark.eventLog.enabled' in variables.job.sparkConf) || "
        "variables.job.sparkConf['spark.eventLog.enabled'].trim().lowerAscii() == 'true'",
        "'spec.sparkConf must not switch spark.eventLog.enabled off: the history server would not know "
        "of the run. Remove it; logs go after some weeks by themselves'",
        "the run has no page after its end, and no exit that metrics could count",
    ),
)

DECOMMISSION: Final = "spark.decommission.enabled"
"""Whether an executor hands on its blocks before it goes."""

_HOOKS: Final = {
    "containers": "variables.job.?executor.?template.?spec.?containers.orValue([])",
    # The one of Spark's name becomes Spark's, or the first.
    "sparks": (
        f"variables.containers.exists(each, each.name == '{EXECUTOR_CONTAINER}') ? "
        f"variables.containers.filter(each, each.name == '{EXECUTOR_CONTAINER}') : "
        "(variables.containers.size() == 0 ? [] : [variables.containers[0]])"
    ),
    "hooks": (
        "(has(variables.job.executor.lifecycle) ? ['spec.executor.lifecycle'] : []) + "
        "variables.sparks.filter(each, has(each.lifecycle))"
        ".map(each, 'lifecycle of ' + each.name + ' in spec.executor.template')"
    ),
}
"""Where a job says a hook of its executors' own container."""


def fields_policy(*, decommission: bool) -> Policy:
    """Make the rules for fields that can do nothing here.

    Args:
        decommission: True if executors of a job that says nothing hand on their blocks before they go.
    """
    return Policy(
        subject="fields",
        kinds={SPARK_GROUP: JOBS},
        of_spec=True,
        variables={**_VARIABLES, **_HOOKS},
        checks=(*_CHECKS, _lifecycle(decommission)),
    )


def _lifecycle(decommission: bool) -> Check:
    said = (
        f"has(variables.job.sparkConf) && '{DECOMMISSION}' in variables.job.sparkConf ? "
        f"variables.job.sparkConf['{DECOMMISSION}'].trim().lowerAscii() == 'false' : "
    )
    return Check(
        f"variables.hooks.size() == 0 || ({said}{'false' if decommission else 'true'})",
        "variables.hooks.join(' and ') + ' can not be used: Spark puts the hook by which an executor hands "
        f'on its blocks in its place. Remove it, or write spec.sparkConf: {DECOMMISSION}: "false" as well\'',
        "Spark would replace it without a word (BasicExecutorFeatureStep)",
    )

"""Every field of the operator's definitions, and what becomes of it here: the table of docs/fields.md. Pure.

A field that is missing here fails a test that reads the CRDs of the pinned operator: a new release can not
add one that is silently without effect.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "fields.md"


class Effect(StrEnum):
    """Who does what a field says."""

    OPERATOR = "the operator"
    PODS = "the pod templates"
    REFUSED = "refused"


_ROLES: Final = ("driver", "executor")

_OPERATOR: Final = (
    "arguments",
    "deps.archives",
    "deps.files",
    "deps.jars",
    "deps.pyFiles",
    "hadoopConf",
    "image",
    "imagePullPolicy",
    "imagePullSecrets",
    "mainApplicationFile",
    "mainClass",
    "memoryOverheadFactor",
    "mode",
    "nodeSelector",
    "pythonVersion",
    "sparkConf",
    "sparkVersion",
    "suspend",
    "timeToLiveSeconds",
    "type",
    "dynamicAllocation.enabled",
    "dynamicAllocation.initialExecutors",
    "dynamicAllocation.maxExecutors",
    "dynamicAllocation.minExecutors",
    "dynamicAllocation.shuffleTrackingEnabled",
    "dynamicAllocation.shuffleTrackingTimeout",
    "monitoring.metricsProperties",
    "monitoring.metricsPropertiesFile",
    "monitoring.prometheus.configFile",
    "monitoring.prometheus.configuration",
    "monitoring.prometheus.jmxExporterJar",
    "restartPolicy.onFailureRetries",
    "restartPolicy.onFailureRetryInterval",
    "restartPolicy.onSubmissionFailureRetries",
    "restartPolicy.onSubmissionFailureRetryInterval",
    "restartPolicy.type",
    "sparkUIOptions.serviceAnnotations",
    "sparkUIOptions.serviceLabels",
    "sparkUIOptions.servicePort",
    "sparkUIOptions.servicePortName",
    "sparkUIOptions.serviceType",
    "driver.kubernetesMaster",
    "driver.podName",
    "driver.serviceAnnotations",
    "driver.serviceLabels",
    "executor.deleteOnTermination",
    "executor.instances",
)
_OPERATOR_BY_ROLE: Final = (
    "annotations",
    "coreLimit",
    "coreRequest",
    "cores",
    "envSecretKeyRefs",
    "envVars",
    "image",
    "javaOptions",
    "labels",
    "memory",
    "memoryOverhead",
    "secrets",
    "serviceAccount",
)
_PODS: Final = (
    "hadoopConfigMap",
    "volumes",
    "monitoring.exposeDriverMetrics",
    "monitoring.exposeExecutorMetrics",
    "monitoring.prometheus.port",
    "monitoring.prometheus.portName",
)
_PODS_BY_ROLE: Final = (
    "affinity",
    "configMaps",
    "dnsConfig",
    "env",
    "envFrom",
    "gpu",
    "hostAliases",
    "initContainers",
    "lifecycle",
    "nodeSelector",
    "podSecurityContext",
    "ports",
    "priorityClassName",
    "schedulerName",
    "securityContext",
    "shareProcessNamespace",
    "sidecars",
    "template",
    "terminationGracePeriodSeconds",
    "tolerations",
    "volumeMounts",
)

REFUSED: Final[Mapping[str, str]] = {
    "batchScheduler": "remove it: there is no batch scheduler",
    "batchSchedulerOptions": "remove it: there is no batch scheduler",
    "deps.excludePackages": "jars in the artifacts bucket, or an image",
    "deps.packages": "jars in the artifacts bucket, or an image",
    "deps.repositories": "jars in the artifacts bucket, or an image",
    "driver.hostNetwork": "remove it: Pod Security refuses such pods",
    "driver.memoryLimit": "`memoryOverhead`: Spark makes limit and request the same",
    "driverIngressOptions": "`kubectl port-forward` to the driver",
    "executor.hostNetwork": "remove it: Pod Security refuses such pods",
    "executor.memoryLimit": "`memoryOverhead`: Spark makes limit and request the same",
    "failureRetries": "`restartPolicy`: the operator does not read it",
    "proxyUser": "remove it: there is no other user to act for",
    "retryInterval": "`restartPolicy`: the operator does not read it",
    "sparkConfigMap": "`sparkConf`; a log4j2.properties by `driver.configMaps`",
    "sparkUIOptions.ingressAnnotations": "`kubectl port-forward` to the driver",
    "sparkUIOptions.ingressTLS": "`kubectl port-forward` to the driver",
}
"""Field -> what to write instead; the API server says it when the job is created."""

_TEMPLATE: Final = "laid over the platform's, containers and volumes by name; the job's own words count"

BOUNDS: Final[Mapping[str, str]] = {
    "driver.coreLimit": "no less than what is reserved, no more than a container may have",
    "executor.coreLimit": "no less than what is reserved, no more than a container may have",
    "driver.gpu": "within `quota.devices`",
    "executor.gpu": "within `quota.devices`, all executors together",
    "driver.cores": "reserved, unless `coreRequest` says otherwise",
    "executor.cores": "reserved, unless `coreRequest` says otherwise",
    "driver.javaOptions": "without `-Xmx`: that is `memory`",
    "executor.javaOptions": "without `-Xmx`: that is `memory`",
    "driver.podName": "not in a schedule, nor in a definition in Git: all of its runs would have one driver",
    "driver.sidecars": (
        "each has to end by itself: the operator sees a job's end when its whole pod has ended. One that "
        "goes on belongs into `driver.initContainers`, with `restartPolicy: Always`"
    ),
    "executor.sidecars": (
        "each has to end by itself: one that goes on keeps its pod, and its part of the quota, when the job "
        "has ended. It belongs into `executor.initContainers`, with `restartPolicy: Always`"
    ),
    "driver.volumeMounts": "of `volumes`, or of the role's own template",
    "executor.volumeMounts": "of `volumes`, or of the role's own template",
    "driver.memory": "Java's sizes (`512m`, `4g`), 466m or more, within the namespace's limits and quota",
    "executor.memory": "Java's sizes (`512m`, `4g`), 466m or more, within the namespace's limits and quota",
    "driver.priorityClassName": "the namespace's own class only",
    "executor.priorityClassName": "the namespace's own class only",
    "driver.schedulerName": "`default-scheduler` only",
    "executor.schedulerName": "`default-scheduler` only",
    "driver.template": _TEMPLATE,
    "executor.template": _TEMPLATE,
    "driver.tolerations": "of the platform's pools",
    "executor.tolerations": "of the platform's pools",
    "dynamicAllocation.enabled": "false, or no section: `executor.instances` for the whole run",
    "dynamicAllocation.initialExecutors": "over the platform's greatest number, that rises with it",
    "dynamicAllocation.maxExecutors": "1 or more, and no less than the others and `executor.instances`",
    "dynamicAllocation.minExecutors": "over the platform's greatest number, that rises with it",
    "hadoopConf": (
        "classes that the image has; a committer that stages with a place that all pods share; S3A's "
        "names and switches as it knows them"
    ),
    "hadoopConfigMap": "what the platform does not set itself: that is `hadoopConf`'s",
    "executor.instances": "the number for the whole run, unless `dynamicAllocation.enabled`",
    "mainApplicationFile": "a program of R with an image of one's own",
    "memoryOverheadFactor": "0.2 for the JVM and 0.4 for Python and R if nobody says",
    "mode": "`cluster` only",
    "executor.lifecycle": (
        "where `spark.decommission.enabled` is false, in the job or the stack: else Spark's own hook takes "
        "its place"
    ),
    "monitoring.metricsProperties": "beside `monitoring.prometheus`; else `sparkConf`",
    "monitoring.metricsPropertiesFile": "beside `monitoring.prometheus`; else `sparkConf`",
    "pythonVersion": "`3` only",
    "restartPolicy.onFailureRetries": "has to be written for `OnFailure`",
    "restartPolicy.type": "`Never`, or `OnFailure` beside retries",
    "sparkConf": (
        "without what acts in the operator (submission.md), with the event log on and `spark.ui.port` 4040; "
        "classes and committers as for `hadoopConf`; a driver's metrics stay at /metrics/prometheus; "
        "nothing that a field says otherwise; names and values that Spark reads "
        "([submission.md](submission.md#properties-that-nobody-would-read)), `spark.task.cpus` within "
        "`executor.cores`"
    ),
    "sparkUIOptions.serviceLabels": "values of labels: up to 63 letters, digits and inner `-`, `_`, `.`",
    "sparkUIOptions.servicePort": "1 to 65535",
    "sparkUIOptions.servicePortName": "up to 15 of a-z, 0-9 and inner `-`",
    "sparkUIOptions.serviceType": "`ClusterIP` only",
    "sparkVersion": "a release of [releases.md](releases.md), whose image the job gets unless it names one",
    "type": "as the program's name says, which Spark goes by: `.py`, `.R`, or a jar",
    "timeToLiveSeconds": "0 to a year; `jobs.keepSeconds` of the stack, nine hours, if nobody says",
    "volumes": (
        "those that a container mounts; for a claim that is not there its pods wait, and an alert names it "
        "([SparkVolumeClaimMissing](runbooks/SparkVolumeClaimMissing.md))"
    ),
}
"""What a field that works may be, or what it means."""

CONNECT: Final = (
    "dynamicAllocation",
    "executor",
    "hadoopConf",
    "image",
    "server",
    "sparkConf",
    "sparkVersion",
)
"""Fields of a SparkConnect: refused as a whole (components.tenants.admission_connect)."""

SCHEDULES: Final[Mapping[str, str]] = {
    "concurrencyPolicy": "has to be written: `Allow`, `Forbid` or `Replace`",
    "failedRunHistoryLimit": "0 to 20",
    "schedule": "five fields, `@daily` and the like, or `@every` of a minute or more",
    "successfulRunHistoryLimit": "0 to 20",
    "suspend": "",
    "template": "as for a SparkApplication",
    "timeZone": "`UTC`, or a name such as `Europe/Berlin`",
}
"""Field of a ScheduledSparkApplication -> its bound."""

_HEAD: Final = """\
# Fields of a job's definition

Operator {operator}'s SparkApplication has {all} fields: {works} work, {refused} are refused when the job is
created, with a line that says what to write instead. None is without effect. `spark-on-eks generated` writes
this page; a field that it lacks fails the tests.

| field | done by | bound, or what to write instead |
|---|---|---|
"""
_TAIL: Final = """
## ScheduledSparkApplication

| field | bound |
|---|---|
{schedules}
## SparkConnect

Nobody may create one in a tenant's namespace, administrators included: the API server refuses it, and says to
write a SparkApplication whose `mainApplicationFile` has what the client would send. None of its fields does
anything: {connect}.
A Connect server would outlive every job, and anybody who reaches its port acts with its rights.

## Raw spark-submit

Cores, the memory of Python, numbers of executors, pod templates and tables mean something else there:
[raw-submit.md](raw-submit.md) says what, and what to write.
"""


def effects() -> dict[str, Effect]:
    """Every field of a SparkApplication, by its path below `spec`, with who does what it says."""
    works = {
        **dict.fromkeys(_OPERATOR, Effect.OPERATOR),
        **dict.fromkeys(_PODS, Effect.PODS),
        **{f"{role}.{field}": Effect.OPERATOR for role in _ROLES for field in _OPERATOR_BY_ROLE},
        **{f"{role}.{field}": Effect.PODS for role in _ROLES for field in _PODS_BY_ROLE},
    }
    return dict(sorted({**works, **dict.fromkeys(REFUSED, Effect.REFUSED)}.items()))


def documentation(operator: str) -> str:
    """Write the page.

    Args:
        operator: the operator's release.
    """
    found = effects()
    rows = "".join(
        f"| `{field}` | {effect} | {REFUSED.get(field) or BOUNDS.get(field, '')} |\n"
        for field, effect in found.items()
    )
    refused = sum(effect is Effect.REFUSED for effect in found.values())
    head = _HEAD.format(operator=operator, all=len(found), works=len(found) - refused, refused=refused)
    schedules = "".join(f"| `{field}` | {bound} |\n" for field, bound in SCHEDULES.items())
    connect = ", ".join(f"`{field}`" for field in CONNECT)
    return head + rows + _TAIL.format(schedules=schedules, connect=connect)

"""Fields of a job's definition that can do nothing here: refused, with what to write instead. Pure.

All others work: docs/fields.md has the table. What the operator leaves to a webhook is done by apps/job_pods.
Read from the operator's submission.go, controller.go and sparkpod_defaulter.go, version 2.5.2.
"""

from __future__ import annotations

from typing import Final

from components.records.rights import JOBS, SPARK_GROUP
from components.tenants.admission_pods import NAMESPACE_PRIORITY, ROLES
from components.tenants.admission_policy import JOB, Check, Policy


def _no_role(condition: str) -> str:
    """Neither role fulfils a condition, in which `{role}` is the role's section."""
    return " && ".join(f"!({condition.format(role=f'variables.job.{role}')})" for role in ROLES)


FIELDS: Final = Policy(
    subject="fields",
    kinds={SPARK_GROUP: JOBS},
    variables={
        "job": JOB,
        "priority": NAMESPACE_PRIORITY,
    },
    checks=(
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
            _no_role("has({role}.schedulerName) && !({role}.schedulerName in ['', 'default-scheduler'])"),
            "'spec.driver.schedulerName and spec.executor.schedulerName must be default-scheduler: there is "
            "no other scheduler here. Remove them'",
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
            "!has(variables.job.sparkConf) || !('spark.eventLog.enabled' in variables.job.sparkConf) || "
            "variables.job.sparkConf['spark.eventLog.enabled'] != 'false'",
            "'spec.sparkConf must not switch spark.eventLog.enabled off: the history server would not know "
            "of the run. Remove it; logs go after some weeks by themselves'",
            "the run has no page after its end, and no exit that metrics could count",
        ),
    ),
)
"""The rules."""

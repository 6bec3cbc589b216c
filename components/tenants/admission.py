"""What a job's definition may not say: rules that the API server checks when it is created. Pure.

The operator runs spark-submit with rights in every tenant's namespace, and hands it the job's own settings
unchecked. So a definition can ask for what its author may not do, and some others can only fail late and
without a word. A ValidatingAdmissionPolicy (Kubernetes 1.30 and later) refuses both at once, with a message
that says what to write instead. It needs no webhook: the API server evaluates the rules itself.

Found by reading the operator's submission.go and ScheduledSparkApplication controller, version 2.5.2.
"""

from __future__ import annotations

from typing import Final

from components.records.rights import JOBS, SPARK_GROUP
from components.tenants import admission_agreed, submission_checks
from components.tenants.admission_policy import JOB, Check, Policy

PLATFORM_KEYS: Final = ("spark.eventLog.dir", "spark.ui.killEnabled")
"""Properties that the platform sets: any other value breaks what a job's pages are for."""

VARIABLES: Final = {
    "job": JOB,
    **submission_checks.VARIABLES,
    **admission_agreed.VARIABLES,
    "given": (
        "!has(variables.job.sparkConf) ? [] : "
        f"variables.job.sparkConf.filter(key, key in {list(PLATFORM_KEYS)})"
    ),
    "retries": (
        "has(variables.job.restartPolicy) && has(variables.job.restartPolicy.type) "
        "&& variables.job.restartPolicy.type != 'Never'"
    ),
}
"""Parts of the definition that the rules share, in the order in which they build on each other."""

CHECKS: Final = (
    Check(
        "has(variables.job.mode) && variables.job.mode == 'cluster'",
        "'spec.mode must be cluster: write it out, nothing fills it in'",
        "client mode runs the job inside the operator, with the operator's rights in all tenants",
    ),
    *submission_checks.CHECKS,
    Check(
        "!has(variables.job.driver.template) || !has(variables.job.driver.template.metadata) "
        "|| !has(variables.job.driver.template.metadata.namespace)",
        "'spec.driver.template must not name a namespace: the driver runs in the namespace of its job'",
        "the operator may make pods in every tenant's namespace",
    ),
    Check(
        "variables.given.size() == 0",
        "'sparkConf must not set ' + variables.given.join(', ') + ': the platform does. Remove it; the event "
        "log lies in the folder of the namespace, and kubectl delete ends a job'",
        "the history server would not find the log, and a link of the job's page could end its stages",
    ),
    Check(
        "!variables.retries || has(variables.job.restartPolicy.onFailureRetryInterval)",
        "'spec.restartPolicy needs onFailureRetryInterval, in seconds, unless its type is Never'",
        "a failed job stays in FAILING for ever",
    ),
    Check(
        "object.kind != 'ScheduledSparkApplication' || (has(object.spec.concurrencyPolicy) && "
        "object.spec.concurrencyPolicy in ['Allow', 'Forbid', 'Replace'])",
        "'spec.concurrencyPolicy must be Allow, Forbid or Replace: write it out, nothing fills it in'",
        "the schedule runs once, and never again; of another word never at all",
    ),
    *admission_agreed.CHECKS,
)
"""The rules."""

JOB_WORDS: Final = Policy(subject="jobs", kinds={SPARK_GROUP: JOBS}, variables=VARIABLES, checks=CHECKS)
"""The policy for what the operator hands on."""

"""What a job's definition may not say: rules that the API server checks when it is created. Pure.

The operator runs spark-submit with rights in every tenant's namespace, and hands it the job's own settings
unchecked. So a definition can ask for what its author may not do, and some others can only fail late and
without a word. A ValidatingAdmissionPolicy (Kubernetes 1.30 and later) refuses both at once, with a message
that says what to write instead. It needs no webhook: the API server evaluates the rules itself.

Found by reading the operator's submission.go and ScheduledSparkApplication controller, version 2.5.2.
"""

from __future__ import annotations

from typing import Any, Final

from components.kube.rights import JOBS, SPARK_GROUP
from components.naming import PROJECT, TENANT_LABEL
from components.tenants import submission_checks
from components.tenants.submission_checks import Check

POLICY_NAME: Final = f"{PROJECT}-jobs"

PLATFORM_KEYS: Final = ("spark.eventLog.dir", "spark.ui.killEnabled")
"""Properties that the platform sets: any other value breaks what a job's pages are for."""

VARIABLES: Final = {
    "job": "object.kind == 'ScheduledSparkApplication' ? object.spec.template : object.spec",
    **submission_checks.VARIABLES,
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
        "object.kind != 'ScheduledSparkApplication' || has(object.spec.concurrencyPolicy)",
        "'spec.concurrencyPolicy must be Allow, Forbid or Replace: write it out, nothing fills it in'",
        "the schedule runs once, and never again",
    ),
)
"""The rules."""


def policy_spec() -> dict[str, Any]:
    """Make the spec of the ValidatingAdmissionPolicy."""
    return {
        # If the rules can't be evaluated, nobody knows whether the job is safe.
        "failurePolicy": "Fail",
        "matchConstraints": {
            "resourceRules": [
                {
                    "apiGroups": [SPARK_GROUP],
                    "apiVersions": ["*"],
                    "operations": ["CREATE", "UPDATE"],
                    "resources": list(JOBS),
                }
            ]
        },
        "variables": [{"name": name, "expression": text} for name, text in VARIABLES.items()],
        "validations": [
            {"expression": check.expression, "messageExpression": check.message} for check in CHECKS
        ],
    }


def binding_spec(*, deny: bool) -> dict[str, Any]:
    """Make the spec of the binding: where the policy holds, which is in every tenant's namespace.

    Args:
        deny: True to refuse what breaks a rule, False to warn whoever creates it.
    """
    selector = {"matchExpressions": [{"key": TENANT_LABEL, "operator": "Exists"}]}
    return {
        "policyName": POLICY_NAME,
        "validationActions": ["Deny" if deny else "Warn"],
        "matchResources": {"namespaceSelector": selector},
    }

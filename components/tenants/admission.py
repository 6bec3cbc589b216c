"""What a job's definition may not say: rules that the API server checks when it is created. Pure.

The operator runs spark-submit with rights in every tenant's namespace, and hands it the job's own settings
unchecked. So a definition can ask for what its author may not do, and some others can only fail late and
without a word. A ValidatingAdmissionPolicy (Kubernetes 1.30 and later) refuses both at once, with a message
that says what to write instead. It needs no webhook: the API server evaluates the rules itself.

Found by reading the operator's submission.go and ScheduledSparkApplication controller, version 2.5.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from components.kube.rights import JOBS, SPARK_GROUP
from components.naming import PROJECT, TENANT_LABEL

POLICY_NAME: Final = f"{PROJECT}-jobs"

RESERVED_KEYS: Final = (
    "spark.kubernetes.namespace",
    "spark.master",
    "spark.submit.deployMode",
    "spark.kubernetes.context",
    "spark.kubernetes.file.upload.path",
)
"""Properties of spark-submit, not of the job: where it makes pods, and where it sends files of its pod."""

RESERVED_PREFIXES: Final = (
    # Its credentials, and files that it would copy out of its pod: tokens, keys, krb5.conf, keytabs.
    "spark.kubernetes.authenticate.",
    "spark.kubernetes.kerberos.",
    "spark.kerberos.",
    "spark.yarn.",
    # Jars that it would download, and classes that it would load.
    "spark.jars.",
    "spark.kubernetes.driver.pod.",
)
"""Beginnings of further such properties."""

ALLOWED_SUFFIX: Final = ".serviceAccountName"
"""End of the only properties of `spark.kubernetes.authenticate.` that a job needs."""

FILE_PATTERN: Final = r"^(local|s3a|https?)://[^*?{},\\[\\]]+$"
"""Files that the driver can fetch by itself, as a regular expression in a CEL text."""


@dataclass(frozen=True)
class Check:
    """One rule.

    Args:
        expression: true if the definition is fine, in CEL; `variables.job` is the job's spec.
        message: what is wrong and what to write, as a CEL expression of text.
        why: what happens without the rule.
    """

    expression: str
    message: str
    why: str


def _quoted(texts: Sequence[str]) -> str:
    return "[" + ", ".join(f"'{text}'" for text in texts) + "]"


VARIABLES: Final = {
    "job": "object.kind == 'ScheduledSparkApplication' ? object.spec.template : object.spec",
    # A key with "=" would set another property than the one that it seems to name.
    "reserved": (
        "!has(variables.job.sparkConf) ? [] : variables.job.sparkConf.filter(key, "
        f"key in {_quoted(RESERVED_KEYS)} || key.contains('=') || "
        f"({_quoted(RESERVED_PREFIXES)}.exists(prefix, key.startsWith(prefix)) "
        f"&& !key.endsWith('{ALLOWED_SUFFIX}')))"
    ),
    # The CRD requires a main file: without one, spark-submit would take arguments for its own options.
    "files": (
        "(has(variables.job.mainApplicationFile) ? [variables.job.mainApplicationFile] : []) + "
        "(!has(variables.job.deps) ? [] : "
        "(has(variables.job.deps.jars) ? variables.job.deps.jars : []) + "
        "(has(variables.job.deps.files) ? variables.job.deps.files : []) + "
        "(has(variables.job.deps.pyFiles) ? variables.job.deps.pyFiles : []) + "
        "(has(variables.job.deps.archives) ? variables.job.deps.archives : []))"
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
    Check(
        "variables.reserved.size() == 0",
        "'sparkConf must not set ' + variables.reserved.join(', ') + "
        "': that acts in the operator, not in the job. Remove it; files belong into spec.deps'",
        "the job would start in another tenant's namespace, or get at the operator's token and other files",
    ),
    Check(
        "!has(variables.job.deps) || !(has(variables.job.deps.packages) "
        "|| has(variables.job.deps.repositories) || has(variables.job.deps.excludePackages))",
        "'spec.deps.packages can not be used: put the jars into the artifacts bucket, and name them in "
        "spec.deps.jars as s3a:// files, or build them into the image'",
        "they would be downloaded into the operator, and their classes loaded there",
    ),
    Check(
        f"variables.files.all(file, file.matches('{FILE_PATTERN}'))",
        "'spec.mainApplicationFile and spec.deps must name files as local://, s3a:// or https://, without "
        f"wildcards: ' + variables.files.filter(file, !file.matches('{FILE_PATTERN}')).join(', ')",
        "other files would be looked for in the operator's pod, and wildcards need rights to the store",
    ),
    Check(
        "!has(variables.job.proxyUser)",
        "'spec.proxyUser can not be used: there is no other user to act for; remove it'",
        "the operator would act for a user that nobody has checked",
    ),
    Check(
        "!has(variables.job.driver.template) || !has(variables.job.driver.template.metadata) "
        "|| !has(variables.job.driver.template.metadata.namespace)",
        "'spec.driver.template must not name a namespace: the driver runs in the namespace of its job'",
        "the operator may make pods in every tenant's namespace",
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

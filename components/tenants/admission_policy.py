"""The form of an admission policy: what it looks at, what it refuses, and where it holds. Pure.

Each subject has a module of its own (`admission_<subject>.py`) and lands as a ValidatingAdmissionPolicy of
its own: a refusal names the policy, and one that can not be evaluated stops nothing but its own kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from components.naming import CANARY_NAMESPACE, PROJECT, TENANT_LABEL

Spec = dict[str, Any]
"""Spec of a Kubernetes object."""

JOB: Final = "object.kind == 'ScheduledSparkApplication' ? object.spec.template : object.spec"
"""The job of a definition, in CEL: the whole of it, or what a schedule starts."""

CONF: Final = "has(variables.job.sparkConf) ? variables.job.sparkConf : {}"
"""Its properties of Spark, where `job` is a variable of the policy."""

HADOOP: Final = "has(variables.job.hadoopConf) ? variables.job.hadoopConf : {}"
"""Its properties of Hadoop, likewise."""

CREATE_AND_UPDATE: Final = ("CREATE", "UPDATE")
"""What one may not create, one may not turn something else into."""


_CHANGES_SPEC: Final = {
    "name": "changes-spec",
    "expression": "request.operation != 'UPDATE' || oldObject.spec != object.spec",
}


@dataclass(frozen=True)
class Check:
    """One rule.

    Args:
        expression: true if the object is fine, in CEL.
        message: what is wrong and what to write, as a CEL expression of text.
        why: what happens without the rule.
    """

    expression: str
    message: str
    why: str


@dataclass(frozen=True)
class Parameter:
    """An object of the namespace that a policy's expressions know as `params`.

    Args:
        api_version: its API version.
        kind: its kind.
        name: its name, the same in every namespace.
    """

    api_version: str
    kind: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Rules about one subject.

    Args:
        subject: what they are about, one word; the policy's name ends with it.
        kinds: API group, and the plural of each kind that they hold for.
        checks: the rules.
        variables: parts that the rules share, in the order in which they build on each other.
        operations: what is looked at.
        of_spec: True lets an update pass that leaves the spec as it is: what was there before a rule was must
            still be labelled, and go.
        canary: False leaves out the canary's namespace, in which only the platform makes objects.
        parameter: an object that the rules look at besides; where there is none, they hold for nothing.
        always: True refuses also where other rules only warn.
    """

    subject: str
    kinds: Mapping[str, Sequence[str]]
    checks: Sequence[Check]
    variables: Mapping[str, str] = field(default_factory=dict)
    operations: Sequence[str] = CREATE_AND_UPDATE
    of_spec: bool = False
    canary: bool = True
    parameter: Parameter | None = None
    always: bool = False

    @property
    def name(self) -> str:
        """Name of the policy and its binding in the cluster."""
        return f"{PROJECT}-{self.subject}"

    def spec(self) -> Spec:
        """Make the spec of the ValidatingAdmissionPolicy."""
        kind = self.parameter
        params = {"paramKind": {"apiVersion": kind.api_version, "kind": kind.kind}} if kind else {}
        return {
            **params,
            # If the rules can't be evaluated, nobody knows whether the object is safe.
            "failurePolicy": "Fail",
            "matchConstraints": {
                "resourceRules": [
                    {
                        "apiGroups": [group],
                        "apiVersions": ["*"],
                        "operations": list(self.operations),
                        "resources": list(kinds),
                    }
                    for group, kinds in self.kinds.items()
                ]
            },
            **({"matchConditions": [_CHANGES_SPEC]} if self.of_spec else {}),
            "variables": [{"name": name, "expression": text} for name, text in self.variables.items()],
            "validations": [
                {"expression": check.expression, "messageExpression": check.message} for check in self.checks
            ],
        }

    def binding_spec(self, *, deny: bool) -> Spec:
        """Make the spec of the binding: where the policy holds, which is in every tenant's namespace.

        Args:
            deny: True to refuse what breaks a rule, False to warn whoever creates it.
        """
        selector: list[Spec] = [{"key": TENANT_LABEL, "operator": "Exists"}]
        if not self.canary:
            selector.append({"key": TENANT_LABEL, "operator": "NotIn", "values": [CANARY_NAMESPACE]})
        named = self.parameter
        params = {"paramRef": {"name": named.name, "parameterNotFoundAction": "Allow"}} if named else {}
        return {
            **params,
            "policyName": self.name,
            "validationActions": ["Deny" if deny or self.always else "Warn"],
            "matchResources": {"namespaceSelector": {"matchExpressions": selector}},
        }


def quoted(texts: Sequence[str]) -> str:
    """Write texts as a list in CEL.

    Args:
        texts: without quotes, which nothing here escapes.
    """
    return "[" + ", ".join(f"'{text}'" for text in texts) + "]"

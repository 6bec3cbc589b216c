"""Decides on one request from policy documents, as IAM does.

Sources: IAM guide, "Policy evaluation logic" (a denial wins, then one allowance in the identity's or in the
resource's policy is enough within an account), "JSON policy elements" (actions without regard to case, `*`
and `?` in actions, resources and the ...Like operators) and "Condition operators" (a key that is absent fails
a condition, except a negated one, `Null`, and one that ends in IfExists).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

Document = Mapping[str, Any]
"""A policy document."""


class NotJudgedError(Exception):
    """Something that no rule here speaks of; judging it would be a guess."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What somebody wants to do.

    Args:
        action: the action, such as "s3:GetObject".
        resource: ARN of what it is done to.
        context: condition keys in lower case, and their values.
    """

    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)


def allowed(
    request: Request, *, identity: Sequence[Document], resource: Document | None, principal: str
) -> bool:
    """Decide on a request within one account.

    Args:
        request: what is wanted.
        identity: policies of the role.
        resource: the policy of the resource, if it has one.
        principal: ARN of the role.

    Raises:
        NotJudgedError: a document says something that is not judged here.
    """
    own = [each for document in identity for each in _statements(document) if _matches(each, request)]
    theirs = [
        (each, names)
        for each in (_statements(resource) if resource else [])
        if _matches(each, request) and (names := _named(each, principal))
    ]
    if any(each["Effect"] == "Deny" for each in (*own, *(each for each, _ in theirs))):
        return False
    # A policy that names the account's root leaves the decision to the identity's policies
    # (IAM guide, "AWS account principals").
    return any(each["Effect"] == "Allow" for each in own) or any(names == "itself" for _, names in theirs)


def delegates(document: Document, request: Request, principal: str) -> bool:
    """Whether a key's policy gives the decision to IAM, or allows the role itself.

    Without one of the two nobody may use a key, whatever their own policies say (KMS guide, "Key policies").

    Args:
        document: the key's policy.
        request: what is wanted of the key.
        principal: ARN of the role.
    """
    return any(
        each["Effect"] == "Allow" and _matches(each, request) and _named(each, principal)
        for each in _statements(document)
    )


def _statements(document: Document) -> list[Mapping[str, Any]]:
    return _listed(document["Statement"])


def _named(statement: Mapping[str, Any], principal: str) -> str:
    """How a statement of a resource's policy names a role: "itself", its account, or not at all."""
    if "NotPrincipal" in statement:
        raise NotJudgedError(f"NotPrincipal in {statement}")
    said = statement["Principal"]
    if said == "*":
        return "itself"
    account = principal.split(":")[4]
    for each in _listed(said.get("AWS", [])):
        if each in ("*", principal):
            return "itself"
        if each == account or re.fullmatch(rf"arn:[\w-]+:iam::{account}:root", each):
            return "its account"
    return ""


def _matches(statement: Mapping[str, Any], request: Request) -> bool:
    return (
        _hits(statement, "Action", request.action, re.IGNORECASE)
        and _hits(statement, "Resource", request.resource)
        and all(
            _holds(operator, key, _listed(wanted), request.context)
            for operator, keys in statement.get("Condition", {}).items()
            for key, wanted in keys.items()
        )
    )


def _hits(statement: Mapping[str, Any], element: str, value: str, flags: int = 0) -> bool:
    if element in statement:
        return any(like(each, value, flags) for each in _listed(statement[element]))
    if f"Not{element}" in statement:
        return not any(like(each, value, flags) for each in _listed(statement[f"Not{element}"]))
    raise NotJudgedError(f"neither {element} nor Not{element} in {statement}")


def like(pattern: str, value: str, flags: int = 0) -> bool:
    """Whether a value is of IAM's pattern: `*` is any text, also none, and `?` one character."""
    if "${" in pattern:
        raise NotJudgedError(f"policy variable in {pattern}")
    expression = "".join({"*": ".*", "?": "."}.get(each, re.escape(each)) for each in pattern)
    return re.fullmatch(expression, value, flags | re.DOTALL) is not None


_OPERATORS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "StringEquals": lambda wanted, value: wanted == value,
    "StringEqualsIgnoreCase": lambda wanted, value: wanted.lower() == value.lower(),
    "StringLike": like,
    "ArnEquals": like,
    "ArnLike": like,
    "Bool": lambda wanted, value: wanted.lower() == value.lower(),
}
"""IAM guide, "IAM JSON policy elements: Condition operators"; ArnEquals and ArnLike behave identically."""

_NEGATED: Final = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
}


def _holds(operator: str, key: str, wanted: Sequence[str], context: Mapping[str, str]) -> bool:
    value = context.get(key.lower())
    if operator == "Null":
        return any((value is None) == (str(each).lower() == "true") for each in wanted)
    base = operator.removesuffix("IfExists")
    negated = base in _NEGATED
    base = _NEGATED.get(base, base)
    if base not in _OPERATORS:
        raise NotJudgedError(f"condition operator {operator}")
    if value is None:
        return negated or operator.endswith("IfExists")
    return any(_OPERATORS[base](str(each), value) for each in wanted) != negated


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]

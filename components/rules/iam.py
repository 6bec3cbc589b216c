"""Rules about rights: no wildcard without a written reason, no policy that gives everything. Pure.

`wildcards` is what the constructors in `components/aws_plans/iam.py` ask of each statement. A document that
has been written no longer carries the reason, so the rule about documents is made of the statements that
have one (`policy/explained.py`).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from components.rules.model import UNKNOWN, Rule, at, items

ALL_BUT: Final = ("NotAction", "NotResource", "NotPrincipal")
"""Elements that allow everything except what they name."""

BROAD_POLICIES: Final = frozenset(
    {"AdministratorAccess", "IAMFullAccess", "PowerUserAccess", "SystemAdministrator"}
)
"""Managed policies that give an account, or the means to take it; those named ...FullAccess count as well."""


class DocumentError(ValueError):
    """A policy document can't be read."""


@dataclass(frozen=True, kw_only=True)
class Explained:
    """A statement that allows a wildcard for a reason that is written down.

    Args:
        sid: its Sid.
        actions: what it allows; a statement with the same Sid may allow less, never more.
        wildcards: its wildcards.
        conditions: what holds it back, as operator and key; a statement may have more, never less.
        why: the reason.
    """

    sid: str
    actions: frozenset[str]
    wildcards: frozenset[str]
    conditions: frozenset[tuple[str, str]]
    why: str

    def covers(self, statement: Mapping[str, Any]) -> bool:
        """Say whether the reason is about this statement.

        Args:
            statement: of a policy, as IAM reads it.
        """
        return (
            at(statement, "Sid") == self.sid
            and self.actions.issuperset(items(statement, "Action"))
            and self.wildcards.issuperset(wildcards(statement))
            and self.conditions.issubset(conditions(at(statement, "Condition")))
        )


def statements(document: Any) -> list[Mapping[str, Any]]:
    """The statements of a policy document.

    Args:
        document: the document, or its text; None or a value that isn't known has no statements.

    Raises:
        DocumentError: the text is not JSON, or not a document.
    """
    if document is None or document is UNKNOWN or document == "":
        return []
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except json.JSONDecodeError as error:
            raise DocumentError(f"it is not JSON: {error}") from error
    found = items(document, "Statement")
    if not isinstance(document, Mapping) or not all(isinstance(each, Mapping) for each in found):
        raise DocumentError("it is not a policy document: an object with a list of statements is wanted")
    return found


def conditions(block: Any) -> frozenset[tuple[str, str]]:
    """Operators and keys of a statement's conditions.

    Args:
        block: the conditions, as IAM reads them; None for none.
    """
    return frozenset((operator, key) for operator, keys in (block or {}).items() for key in keys)


def is_public(statement: Mapping[str, Any]) -> bool:
    """Say whether a statement names everybody as its principal.

    Args:
        statement: of a resource's policy.
    """
    return "*" in _principals(statement)


def wildcards(statement: Mapping[str, Any]) -> tuple[str, ...]:
    """What a statement allows without naming it: actions with a `*`, the resource `*`, the principal `*`.

    A `*` within an ARN is a prefix, and named. What is denied may be as wide as it likes.

    Args:
        statement: as IAM reads it.
    """
    if at(statement, "Effect") == "Deny":
        return ()
    return (
        *(each for each in items(statement, "Action") if "*" in str(each)),
        *(each for each in items(statement, "Resource") if each == "*"),
        *(each for each in _principals(statement) if each == "*"),
        *(element for element in ALL_BUT if element in statement),
    )


def wildcard_rule(explained: Collection[Explained]) -> Rule:
    """Make the rule about wildcards.

    Args:
        explained: the statements that have a reason.
    """
    return Rule(
        id="iam-wildcard",
        reason="Rights that nobody named are rights that nobody meant to give.",
        remedy="name actions and ARNs in full, or write the statement with its `why` in components/aws and "
        "list its document in policy/explained.py",
        check=partial(_unexplained, explained),
    )


def _unexplained(explained: Collection[Explained], document: Any) -> Iterator[str]:
    try:
        found = statements(document)
    except DocumentError as error:
        yield str(error)
        return
    for number, statement in enumerate(found):
        open_ = wildcards(statement)
        if open_ and not any(each.covers(statement) for each in explained):
            sid = at(statement, "Sid") or f"number {number + 1}, without Sid,"
            yield f"statement {sid} allows {', '.join(open_)}"


def _managed_policy(part: Any) -> Iterator[str]:
    if not isinstance(part, str):
        return
    name = part.rpartition("/")[2]
    if ":iam::aws:policy/" in part and (name in BROAD_POLICIES or name.endswith("FullAccess")):
        yield f"{name} is attached"


MANAGED_POLICY: Final = Rule(
    id="iam-managed-policy",
    reason="AWS' broad policies allow every action of a service on every resource, and grow by themselves.",
    remedy="write the rights that are needed with components.aws_plans.iam.policy",
    check=_managed_policy,
)


def _principals(statement: Mapping[str, Any]) -> list[Any]:
    named = at(statement, "Principal")
    if isinstance(named, Mapping):
        return [each for who in named.values() for each in items(who)]
    return items(named)

"""Asks rules about resources, without knowing how Pulumi hands them over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from components.rules.model import Rule, parts
from policy.targets import ANY_AWS, TARGETS


def paths(targets: Mapping[str, str | tuple[str, ...]], type_: str) -> tuple[str, ...]:
    """Paths of the parts that a rule looks at in a resource of some type; none if it does not concern it.

    Args:
        targets: the rule's targets.
        type_: the resource's type token.
    """
    found = targets.get(ANY_AWS) if type_.startswith("aws:") else None
    found = targets.get(type_, found)
    if found is None:
        return ()
    return (found,) if isinstance(found, str) else found


def judge(
    rule: Rule, targets: Mapping[str, str | tuple[str, ...]], type_: str, properties: Mapping[str, Any]
) -> Iterator[str]:
    """What one rule says about one resource: a message for each fault.

    Args:
        rule: the rule.
        targets: what it looks at.
        type_: the resource's type token.
        properties: the resource's properties in camelCase; what is not known yet is `UNKNOWN`.
    """
    for path in paths(targets, type_):
        for where, part in parts(properties, path):
            for fault in rule.faults(part):
                yield rule.message(fault, where)


def judge_all(type_: str, properties: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What all rules about single resources say about one: the rule's id and a message for each fault.

    Args:
        type_: as in `judge`.
        properties: as in `judge`.
    """
    for rule, targets in TARGETS:
        for message in judge(rule, targets, type_, properties):
            yield rule.id, message

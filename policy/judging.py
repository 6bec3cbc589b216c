"""Asks rules about resources, without knowing how Pulumi hands them over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from components.rules.model import Rule, parts
from policy.targets import ANY_AWS, TARGETS, Paths


def paths(targets: Mapping[str, Paths], type_: str) -> tuple[str, ...]:
    """Paths of the parts that a rule looks at in a resource of some type; none if it does not concern it.

    Args:
        targets: the rule's targets.
        type_: the resource's type token.
    """
    any_aws = targets.get(ANY_AWS, ()) if type_.startswith("aws:") else ()
    found = targets.get(type_, any_aws)
    return (found,) if isinstance(found, str) else found


def concerns(type_: str) -> bool:
    """Say whether any rule looks at resources of a type.

    Args:
        type_: the type token.
    """
    return any(paths(targets, type_) for _, targets in TARGETS)


def judge_all(type_: str, properties: Mapping[str, Any]) -> Iterator[tuple[Rule, str]]:
    """What all rules about single resources say about one: the rule, and where something is wrong and what.

    Args:
        type_: the resource's type token.
        properties: the resource's properties in camelCase; what is not known yet is `UNKNOWN`.
    """
    for rule, targets in TARGETS:
        for path in paths(targets, type_):
            for where, part in parts(properties, path):
                for fault in rule.faults(part):
                    yield rule, f"{where}: {fault}" if where else fault

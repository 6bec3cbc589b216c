"""The rules as Pulumi's policies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

from components.rules.model import UNKNOWN, Registered, Rule, StackRule
from policy.judging import judge, paths
from policy.targets import STACK_RULES, TARGETS

NAME = "spark-on-eks"

Targets = Mapping[str, str | tuple[str, ...]]


def policies() -> list[Policy]:
    """Make a policy of every rule; each of them stops what breaks it."""
    resources = [
        ResourceValidationPolicy(
            name=rule.id,
            description=rule.reason,
            validate=partial(_validate, rule, targets),
            enforcement_level=EnforcementLevel.MANDATORY,
        )
        for rule, targets in TARGETS
    ]
    stacks = [
        StackValidationPolicy(
            name=rule.id,
            description=rule.reason,
            validate=partial(_validate_stack, rule),
            enforcement_level=EnforcementLevel.MANDATORY,
        )
        for rule in STACK_RULES
    ]
    return [*resources, *stacks]


def plain(value: Any) -> Any:
    """Properties as the rules take them, with `UNKNOWN` for what a preview can't know.

    Pulumi's own view of them raises where an unknown value is touched, and then says nothing about the rest
    of the resource either.

    Args:
        value: properties as Pulumi hands them over.
    """
    if isinstance(value, Mapping):
        return {key: _item(value, key) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_item(value, number) for number in range(len(value))]
    return value


def _item(container: Any, key: Any) -> Any:
    try:
        return plain(container[key])
    except UnknownValueError:
        return UNKNOWN


def _validate(rule: Rule, targets: Targets, args: ResourceValidationArgs, report: ReportViolation) -> None:
    if not paths(targets, args.resource_type):
        return
    for message in judge(rule, targets, args.resource_type, plain(args.props)):
        report(message)


def _validate_stack(rule: StackRule, args: StackValidationArgs, report: ReportViolation) -> None:
    seen = [
        Registered(
            type=each.resource_type,
            urn=each.urn,
            properties=plain(each.props),
            needs={
                name: frozenset(one.urn for one in needed)
                for name, needed in each.property_dependencies.items()
            },
        )
        for each in args.resources
    ]
    for urn, fault in rule.check(seen):
        report(f"{fault}; {rule.remedy}", urn)

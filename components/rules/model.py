"""What a rule is, and how it looks into properties that may be missing or not yet known. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final


class Unknown:
    """A value that exists only once something has been made: a preview can't judge it, `up` does."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


class RuleError(ValueError):
    """Something breaks a rule; says what is wrong, what to do, and why."""


@dataclass(frozen=True, kw_only=True)
class Guard:
    """What all rules have.

    Args:
        id: its name in the output of `pulumi preview`.
        reason: what goes wrong without it.
        remedy: what to do.
    """

    id: str
    reason: str
    remedy: str

    def message(self, fault: str) -> str:
        """What a person reads about a fault.

        Args:
            fault: what is wrong, and where.
        """
        return f"{self.id}: {fault}; {self.remedy}. {self.reason}"


@dataclass(frozen=True, kw_only=True)
class Rule(Guard):
    """One rule about one resource, or about a part of it.

    Args:
        check: finds what is wrong with the part; takes None for one that is missing.
    """

    check: Callable[[Any], Iterable[str]]

    def faults(self, part: Any) -> list[str]:
        """What is wrong; nothing if the part is not known yet.

        Args:
            part: the inputs that the rule reads, or `UNKNOWN`.
        """
        return [] if part is UNKNOWN else list(self.check(part))


@dataclass(frozen=True, kw_only=True)
class Registered:
    """A resource of a stack, as far as rules about several resources need it.

    Args:
        type: its type token.
        urn: its name for the engine.
        properties: its properties.
        needs: URNs of the resources that each property comes from.
    """

    type: str
    urn: str
    properties: Mapping[str, Any]
    needs: Mapping[str, frozenset[str]]


@dataclass(frozen=True, kw_only=True)
class StackRule(Guard):
    """One rule about how resources belong together.

    Args:
        types: type tokens of the resources that it looks at.
        check: finds what is wrong: URN of a resource and what it lacks.
    """

    types: frozenset[str]
    check: Callable[[Iterable[Registered]], Iterable[tuple[str, str]]]


def enforce(*rules: Rule, part: Any, what: str) -> None:
    """Refuse to make something that breaks a rule: constructors ask what the policy pack asks.

    Args:
        rules: the rules.
        part: the properties, in camelCase; `UNKNOWN` for what is not known yet.
        what: what is about to be made.

    Raises:
        RuleError: it breaks one of the rules; all of them are named.
    """
    broken = [(rule, faults) for rule in rules if (faults := rule.faults(part))]
    if broken:
        raise RuleError("\n".join(rule.message(f"{what}: {'; '.join(faults)}") for rule, faults in broken))


def at(part: Any, *path: str) -> Any:
    """The value at a path: None if a step is missing, `UNKNOWN` if one is not known yet.

    Args:
        part: inputs of a resource, or what lies in them.
        path: keys, from the outermost.
    """
    for step in path:
        if part is UNKNOWN:
            return UNKNOWN
        part = part.get(step) if isinstance(part, Mapping) else None
    return part


def items(part: Any, *path: str) -> list[Any]:
    """The list at a path; a single value counts as a list of it, and one that isn't known as an empty one.

    Args:
        part: inputs of a resource, or what lies in them.
        path: keys, from the outermost; none means the part itself.
    """
    value = at(part, *path)
    if value is None or value is UNKNOWN:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def is_true(value: Any) -> bool:
    """Say whether a switch is on; AWS and Kubernetes write some of them as text. Not known counts as on.

    Args:
        value: a boolean, its text in any case, None or `UNKNOWN`.
    """
    return value is UNKNOWN or value is True or str(value).lower() == "true"


def parts(properties: Mapping[str, Any], path: str) -> Iterator[tuple[str, Any]]:
    """The parts of a resource that a rule is about, each with where it stands.

    Args:
        properties: the resource's properties.
        path: keys with dots between them; `*` stands for every item of a list, and an empty path for the
            whole resource. A part that is missing is None; a list that is missing has no items.
    """
    found: list[tuple[str, Any]] = [("", properties)]
    for step in filter(None, path.split(".")):
        found = [deeper for where, value in found for deeper in _step(where, value, step)]
    yield from found


def _step(where: str, value: Any, step: str) -> Iterator[tuple[str, Any]]:
    if step != "*":
        yield f"{where}.{step}".lstrip("."), at(value, step)
        return
    if value is UNKNOWN:
        yield where, UNKNOWN
    for number, item in enumerate(items(value)):
        yield f"{where}[{number}]", item

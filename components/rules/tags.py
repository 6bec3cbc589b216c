"""Rules about tags: everything in AWS says whose it is. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from components.rules.model import UNKNOWN, Rule, at, items

REQUIRED_TAGS: Final = ("Project", "Environment", "Cluster", "ManagedBy")
"""Tags of everything; `components/aws_plans/tags.py` makes them."""

PAID_FOR: Final = ("instance", "volume")
"""What a launch template makes that costs by the hour."""


def _missing(tags: Any) -> list[str]:
    if tags is UNKNOWN:
        return []
    return [key for key in REQUIRED_TAGS if not at(tags, key)]


def _lacks(tags: Any) -> Iterator[str]:
    if missing := _missing(tags):
        yield f"tags lack {', '.join(missing)}"


def _resource(part: Any) -> Iterator[str]:
    # The AWS provider writes tagsAll into the arguments of whatever can have tags, its default tags included.
    if isinstance(part, Mapping) and "tagsAll" in part:
        yield from _lacks(part["tagsAll"])


RESOURCE_TAGS: Final = Rule(
    id="required-tags",
    reason="Bills, searches and policies go by tags; what has none is nobody's.",
    remedy=f"leave {', '.join(REQUIRED_TAGS)} to the provider's default tags",
    check=_resource,
)


def _provider(part: Any) -> Iterator[str]:
    # A provider's arguments travel as JSON text.
    default = json.loads(part) if isinstance(part, str) else part
    yield from _lacks(at(default, "tags"))


PROVIDER_TAGS: Final = Rule(
    id="provider-tags",
    reason="What the provider tags by default, no resource can forget.",
    remedy="make the provider with the default tags of components/aws_plans/tags.py",
    check=_provider,
)

NODE_CLASS_TAGS: Final = Rule(
    id="node-class-tags",
    reason="Karpenter makes the most expensive resources of all, and no default tag reaches them.",
    remedy="hand the node class the tags of components/aws_plans/tags.py",
    check=_lacks,
)


def _template(part: Any) -> Iterator[str]:
    specifications = items(part, "tagSpecifications")
    given = {at(each, "resourceType"): at(each, "tags") for each in specifications}
    if at(part, "tagSpecifications") is UNKNOWN or UNKNOWN in given:
        return
    for kind in PAID_FOR:
        if missing := _missing(given.get(kind)):
            yield f"tagSpecifications: tags of each {kind} lack {', '.join(missing)}"


LAUNCH_TEMPLATE_TAGS: Final = Rule(
    id="launch-template-tags",
    reason="Default tags stop at the template: its instances and their disks would be nobody's.",
    remedy=f"write tagSpecifications for {' and '.join(PAID_FOR)}",
    check=_template,
)

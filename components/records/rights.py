"""A right as data: verbs on resources, with what needs them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

CORE: Final = ""
"""The API group of pods and services, which has no name."""

SPARK_GROUP: Final = "sparkoperator.k8s.io"
"""API group of the Spark operator's kinds."""

JOBS: Final = ("sparkapplications", "scheduledsparkapplications")
CONNECTS: Final = ("sparkconnects",)


@dataclass(frozen=True)
class PolicyRule:
    """Verbs on resources of one API group.

    Args:
        resources: names in the plural, a subresource after a slash ("pods/log").
        verbs: the verbs of the API.
        why: what needs them.
        group: the API group.
        names: of the objects that it is for; none are all of them.
    """

    resources: tuple[str, ...]
    verbs: tuple[str, ...]
    why: str
    group: str = CORE
    names: tuple[str, ...] = ()

    def manifest(self) -> dict[str, Any]:
        """The rule as it stands in a Role."""
        named = {"resourceNames": list(self.names)} if self.names else {}
        return {
            "apiGroups": [self.group],
            "resources": list(self.resources),
            "verbs": list(self.verbs),
            **named,
        }

    def allows(self, verb: str, group: str, resource: str) -> bool:
        """Say whether the rule grants a verb on each object of a resource; nothing here is a wildcard.

        Args:
            verb: such as "get".
            group: API group of the resource; empty for the core's.
            resource: in the plural, as the API names it ("pods").
        """
        return not self.names and group == self.group and resource in self.resources and verb in self.verbs


@dataclass(frozen=True, kw_only=True)
class Grant:
    """Rights of one service account in one place.

    Args:
        account: the service account.
        home: its namespace.
        place: namespace that they hold in; None for the whole cluster.
        rules: the rights.
        paths: paths of the API server that it may read; only in the whole cluster.
    """

    account: str
    home: str
    place: str | None
    rules: tuple[PolicyRule, ...]
    paths: tuple[str, ...] = ()

    def allows(self, place: str | None, verb: str, group: str, resource: str) -> bool:
        """Say whether it grants a verb on a resource in a namespace, or, for None, outside of all.

        Args:
            place: the namespace, or None.
            verb: such as "get".
            group: API group of the resource; empty for the core's.
            resource: in the plural, as the API names it ("pods").
        """
        here = self.place is None or self.place == place
        return here and any(rule.allows(verb, group, resource) for rule in self.rules)

"""One request: who makes it, what they may see, and what answers it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

from fastapi import Depends, HTTPException, Request

from .cluster import APPLICATIONS, HTTP_FORBIDDEN, HTTP_NOT_FOUND
from .sources import Index, Sources
from .viewer import Viewer


@dataclass
class Visit:
    """A request of a viewer.

    Args:
        request: as it came.
        sources: what answers it.
        viewer: who makes it.
    """

    request: Request
    sources: Sources
    viewer: Viewer

    @cached_property
    def namespaces(self) -> frozenset[str]:
        """Namespaces whose runs they may see."""
        return frozenset(each for each in self.sources.namespaces if self.may("get", each))

    @cached_property
    def index(self) -> Index:
        """The index, of what they may see."""
        return self.sources.index(self.namespaces)

    def may(self, verb: str, namespace: str) -> bool:
        """Say whether they have a right to SparkApplications.

        Args:
            verb: such as `create`.
            namespace: where.
        """
        return self.sources.cluster.may(self.viewer, verb, namespace, APPLICATIONS)

    def check(self, verb: str, namespace: str) -> None:
        """Refuse what they have no right to, whether it is there or not.

        Args:
            verb: such as `get`.
            namespace: where.

        Raises:
            HTTPException: 403.
        """
        if namespace not in self.sources.namespaces or not self.may(verb, namespace):
            words = {"get": "see runs", "create": "start runs", "delete": "stop runs"}
            raise HTTPException(
                HTTP_FORBIDDEN,
                f"You may not {words.get(verb, verb)} in {namespace}: its tenant's groups may, and you "
                "are in none of them.",
            )


def visit(request: Request) -> Visit:
    """The request that is being answered.

    Args:
        request: as the framework hands it on.
    """
    found: Visit = request.state.visit
    return found


Visiting = Annotated[Visit, Depends(visit)]


def missing(what: str) -> HTTPException:
    """What to raise for something that is not there.

    Args:
        what: a sentence.
    """
    return HTTPException(HTTP_NOT_FOUND, what)

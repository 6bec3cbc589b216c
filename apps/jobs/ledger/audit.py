"""Who did what: one object an action in the bucket, written before the action is, and never again.

Each namespace has a folder, so that nobody's many actions hide another team's; names begin with the time,
counted down, so that the latest are listed first.
"""

from __future__ import annotations

import heapq
import uuid
from collections.abc import Iterator, Set
from itertools import islice, takewhile
from typing import Final, Protocol

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from .identity import ROOT

PREFIX: Final = f"{ROOT}/audit/"

_OF: Final = f"{PREFIX}of/"
_NO_NAMESPACE: Final = "-"
"""Folder of what belongs to none: no namespace can have this name."""

_END: Final = 10**14
"""Milliseconds since 1970 that time is counted down from: in the year 5138."""

MOST_READ: Final = 1000
"""Entries that are looked at for a page."""


class Store(Protocol):
    """Objects in the ledger's bucket: `bucket.Bucket`."""

    def get(self, key: str) -> tuple[bytes, str] | None:
        """An object and its mark."""

    def create(self, key: str, content: bytes, media_type: str = ...) -> bool:
        """Write an object that is not there."""

    def keys(self, prefix: str) -> Iterator[str]:
        """Keys below a prefix."""


class Action(BaseModel):
    """What somebody did.

    Args:
        at: when.
        viewer: who, as the login knows them; the platform's own worker by its name.
        action: what, such as `stop`.
        namespace: in which namespace; empty for what belongs to none.
        about: the run, the job or the backfill.
        detail: what else is to be known, in words; without secrets.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    at: AwareDatetime
    viewer: str
    action: str
    namespace: str = ""
    about: str = ""
    detail: str = ""


def note(store: Store, action: Action) -> None:
    """Keep that somebody does something.

    Args:
        store: the bucket.
        action: what.
    """
    left = _END - int(action.at.timestamp() * 1000)
    name = f"{left:014d}-{uuid.uuid4().hex[:8]}.json"
    store.create(f"{_folder(action.namespace)}{name}", action.model_dump_json().encode())


def latest(store: Store, namespaces: Set[str], most: int) -> list[Action]:
    """The latest actions that a viewer may see.

    Args:
        store: the bucket.
        namespaces: those that they may see; what belongs to none is for everybody.
        most: so many.
    """
    found: list[Action] = []
    for key in islice(_keys(store, namespaces), MOST_READ):
        kept = store.get(key)
        if kept is None:
            continue
        try:
            action = Action.model_validate_json(kept[0])
        except ValidationError:
            continue
        if not action.namespace or action.namespace in namespaces:
            found.append(action)
        if len(found) == most:
            break
    return found


def _keys(store: Store, namespaces: Set[str]) -> Iterator[str]:
    """Keys of what these namespaces and no namespace have, the latest first."""
    folders = [store.keys(_folder(each)) for each in sorted({*namespaces, ""})]
    # Written before there were folders, these lie beside them, and are listed first.
    folders.append(takewhile(lambda key: not key.startswith(_OF), store.keys(PREFIX)))
    return heapq.merge(*folders, key=lambda key: key.rpartition("/")[2])


def _folder(namespace: str) -> str:
    return f"{_OF}{namespace or _NO_NAMESPACE}/"

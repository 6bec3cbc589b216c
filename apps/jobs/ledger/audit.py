"""Who did what: one object an action in the bucket, written before the action is, and never again.

Names begin with the time, counted down, so that the latest are listed first.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Set
from datetime import datetime
from itertools import islice
from typing import Final, Protocol

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from .identity import ROOT

PREFIX: Final = f"{ROOT}/audit/"

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
    store.create(f"{PREFIX}{left:014d}-{uuid.uuid4().hex[:8]}.json", action.model_dump_json().encode())


def latest(store: Store, namespaces: Set[str], most: int, *, before: datetime | None = None) -> list[Action]:
    """The latest actions that a viewer may see.

    Args:
        store: the bucket.
        namespaces: those that they may see; what belongs to none is for everybody.
        most: so many.
        before: only those before this moment.
    """
    found: list[Action] = []
    for key in islice(store.keys(PREFIX), MOST_READ):
        kept = store.get(key)
        if kept is None:
            continue
        try:
            action = Action.model_validate_json(kept[0])
        except ValidationError:
            continue
        late = before is not None and action.at >= before
        if not late and (not action.namespace or action.namespace in namespaces):
            found.append(action)
        if len(found) == most:
            break
    return found

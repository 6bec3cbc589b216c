"""Which runs a list shows, as its address says. Pure."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Final, TypeVar

from fastapi import HTTPException, Query
from pydantic import BaseModel

from apps.jobs.index.filters import Filters
from apps.jobs.index.paging import Asked, Order, PageError
from apps.jobs.ledger.record import Cause
from apps.jobs.runs.phase import ACTIVE, Phase

UNPROCESSABLE: Final = 422

SINCE: Final = {"1h": 1, "24h": 24, "7d": 7 * 24, "30d": 30 * 24}
"""Times that a list can be of, in hours; anything else is all."""

UNDER_WAY: Final = "active"
"""Stands for all phases of runs that have not ended."""

Word = TypeVar("Word", bound=StrEnum)


class Wish(BaseModel):
    """What somebody asks for in the address of a list; what is empty is not asked for.

    Args:
        namespace: it is of one of these.
        job: its job is one of these.
        interval: it is for one of these.
        phase: it is in one of these; `active` for all that have not ended.
        code: it failed by one of these.
        cause: it comes from one of these.
        owner: one of these answers for its job.
        commit: its commit begins so.
        key: what it is run for.
        fingerprint: it failed as these did.
        text: words that are in what is shown of it.
        since: one of `SINCE`.
        order: what the list is sorted by.
        ascending: whether the smallest come first.
        size: runs of a page.
        after: mark of the page.
    """

    namespace: list[str] = []
    job: list[str] = []
    interval: list[str] = []
    phase: list[str] = []
    code: list[str] = []
    cause: list[str] = []
    owner: list[str] = []
    commit: str = ""
    key: str = ""
    fingerprint: str = ""
    text: str = ""
    since: str = ""
    order: str = "claimed"
    ascending: bool = False
    size: int = 100
    after: str = ""

    def filters(self, now: datetime) -> Filters:
        """The same for the index.

        Args:
            now: the time.

        Raises:
            HTTPException: 422: a word that is none.
        """
        phases = set(_words(Phase, [each for each in self.phase if each != UNDER_WAY], "phase"))
        if UNDER_WAY in self.phase:
            phases |= ACTIVE
        hours = SINCE.get(self.since)
        return Filters(
            namespaces=_named(self.namespace),
            jobs=_named(self.job),
            intervals=_named(self.interval),
            phases=frozenset(phases),
            codes=_named(self.code),
            causes=frozenset(_words(Cause, self.cause, "cause")),
            owners=_named(self.owner),
            commit=self.commit.strip(),
            key=self.key.strip(),
            fingerprint=self.fingerprint.strip(),
            text=self.text.strip(),
            since=now - timedelta(hours=hours) if hours else None,
        )

    def page(self, now: datetime) -> Asked:
        """Which page of the list.

        Args:
            now: the time.

        Raises:
            HTTPException: 422: there is no such page.
        """
        order = _words(Order, [self.order], "order")[0]
        try:
            asked = Asked(
                order=order, descending=not self.ascending, size=self.size, after=self.after, now=now
            )
        except PageError as error:
            raise HTTPException(UNPROCESSABLE, str(error)) from error
        return asked

    @property
    def is_narrowed(self) -> bool:
        """Whether it asks for less than all runs."""
        lists = (self.namespace, self.job, self.interval, self.phase, self.code, self.cause, self.owner)
        words = (self.commit, self.key, self.fingerprint, self.text, self.since)
        return any(_named(each) for each in lists) or any(word.strip() for word in words)


Asking = Annotated[Wish, Query()]


def _named(given: Collection[str]) -> frozenset[str]:
    """An empty field of a form asks for nothing."""
    return frozenset(each.strip() for each in given if each.strip())


def _words(kind: type[Word], given: Collection[str], what: str) -> list[Word]:
    known = {each.value for each in kind}
    wrong = sorted(_named(given) - known)
    if wrong:
        raise HTTPException(
            UNPROCESSABLE, f"{what} {', '.join(wrong)} is none: write {', '.join(sorted(known))}"
        )
    return [kind(each) for each in given if each.strip()]

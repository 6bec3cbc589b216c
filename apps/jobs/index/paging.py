"""Lists in an order, a page at a time, each page from where the last one ended. Pure.

A page names the last run before it, not how many came before: a run that comes in between moves none to
another page, and the thousandth page costs what the first does.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError
from sqlalchemy import BigInteger, ColumnElement, and_, cast, extract, func, literal, or_, tuple_

from .schema import IDENTITY, RUNS

LARGEST: Final = 1000
"""Most runs of a page: some 4 MB of HTML."""


class Order(StrEnum):
    """What a list is sorted by; equal ones by namespace, job, interval and number."""

    CLAIMED = "claimed"
    ENDED = "ended"
    JOB = "job"
    PHASE = "phase"
    OWNER = "owner"
    WAITED = "waited"
    """How long it waited for its driver, as long as it did so far."""
    RAN = "ran"
    """How long its driver ran, as long as it did so far."""
    DOLLARS = "dollars"


class PageError(ValueError):
    """What was asked for is no page of this list."""


Value = datetime | Decimal | int | str | None


class _Mark(BaseModel):
    """Where a page begins.

    Args:
        order: of the list.
        descending: whether the largest come first.
        now: the time that lengths of what goes on are counted up to: the same on all pages of a list.
        value: what the last run before it is sorted by; None if nobody knows.
        identity: of this run.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    order: Order
    descending: bool
    now: AwareDatetime
    value: str | None
    identity: tuple[str, str, str, int]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A page that somebody wants.

    Args:
        order: of the list.
        descending: whether the largest come first; runs of which nobody knows what they are sorted by are
            last either way.
        size: most runs of it.
        after: mark of the page, from the page before; empty for the first.
        now: the time.

    Raises:
        PageError: the size is out of its bounds, or the mark is not from the same list.
    """

    order: Order = Order.CLAIMED
    descending: bool = True
    size: int = 200
    after: str = ""
    now: datetime

    def __post_init__(self) -> None:
        if not 1 <= self.size <= LARGEST:
            raise PageError(f"a page has 1 to {LARGEST} runs, not {self.size}")
        mark = self._mark
        if mark and (mark.order, mark.descending) != (self.order, self.descending):
            raise PageError("this page is of a list in another order: begin with its first page")

    @property
    def until(self) -> datetime:
        """The time that lengths are counted up to."""
        return self._mark.now if self._mark else self.now

    @property
    def value(self) -> ColumnElement[Any]:
        """What the list is sorted by."""
        return _VALUES[self.order](self.until)

    def sorting(self) -> tuple[ColumnElement[Any], ...]:
        """The order as SQL."""
        columns: tuple[ColumnElement[Any], ...] = (self.value, *IDENTITY)
        if not self.descending:
            return (self.value.asc().nulls_last(), *IDENTITY)
        return (self.value.desc().nulls_last(), *(column.desc() for column in columns[1:]))

    def condition(self) -> ColumnElement[bool] | None:
        """That a run is on this page or on a later one; None if all are."""
        mark = self._mark
        if mark is None:
            return None
        pairs = zip(mark.identity, IDENTITY, strict=True)
        here = tuple_(*(literal(each, column.type) for each, column in pairs))
        identity = tuple_(*IDENTITY)
        later = identity < here if self.descending else identity > here
        if mark.value is None:
            return and_(self.value.is_(None), later)
        last = literal(_READ[self.order](mark.value), self.value.type)
        beyond = self.value < last if self.descending else self.value > last
        return or_(beyond, and_(self.value == last, later), self.value.is_(None))

    def next(self, row: Mapping[str, Any], value: Value) -> str:
        """The mark of the page that comes after a run.

        Args:
            row: with the run's identity.
            value: what it is sorted by.
        """
        shown = value.isoformat() if isinstance(value, datetime) else None if value is None else str(value)
        mark = _Mark(
            order=self.order,
            descending=self.descending,
            now=self.until,
            value=shown,
            identity=tuple(row[column.key] for column in IDENTITY),
        )
        return base64.urlsafe_b64encode(mark.model_dump_json().encode()).decode().rstrip("=")

    @cached_property
    def _mark(self) -> _Mark | None:
        if not self.after:
            return None
        try:
            padded = self.after + "=" * (-len(self.after) % 4)
            mark = _Mark.model_validate_json(base64.urlsafe_b64decode(padded))
            if mark.value is not None:
                _READ[mark.order](mark.value)
        except (ValidationError, binascii.Error, ValueError, ArithmeticError):
            raise PageError("this is no page of the list: begin with its first page") from None
        return mark


def _microseconds(since: ColumnElement[Any], until: ColumnElement[Any]) -> ColumnElement[int]:
    """A length of time as a whole number, which a mark can hold exactly; never less than none.

    What is not known has none: `greatest` passes over what is NULL, the difference does not.
    """
    return cast(extract("epoch", func.greatest(until, since) - since) * 1_000_000, BigInteger)


def _waited(now: datetime) -> ColumnElement[int]:
    return _microseconds(RUNS.c.claimed, func.coalesce(RUNS.c.started, RUNS.c.ended, now))


def _ran(now: datetime) -> ColumnElement[int]:
    return _microseconds(RUNS.c.started, func.coalesce(RUNS.c.ended, now))


_VALUES: Final[Mapping[Order, Callable[[datetime], ColumnElement[Any]]]] = MappingProxyType(
    {
        Order.CLAIMED: lambda _: RUNS.c.claimed,
        Order.ENDED: lambda _: RUNS.c.ended,
        Order.JOB: lambda _: RUNS.c.job,
        Order.PHASE: lambda _: RUNS.c.phase,
        Order.OWNER: lambda _: RUNS.c.owner,
        Order.WAITED: _waited,
        Order.RAN: _ran,
        Order.DOLLARS: lambda _: RUNS.c.dollars,
    }
)

_READ: Final[Mapping[Order, Callable[[str], Value]]] = MappingProxyType(
    {
        Order.CLAIMED: datetime.fromisoformat,
        Order.ENDED: datetime.fromisoformat,
        Order.JOB: str,
        Order.PHASE: str,
        Order.OWNER: str,
        Order.WAITED: int,
        Order.RAN: int,
        Order.DOLLARS: Decimal,
    }
)

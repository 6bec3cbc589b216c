"""Which runs somebody wants to see, of those that they may. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ARRAY, ColumnElement, Text, any_, literal

from apps.jobs.ledger.record import Cause
from apps.jobs.runs.phase import Phase

from .schema import RUNS

_NOTHING: Set[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What has to hold of a run, all of it; what is empty or None is not asked for.

    Args:
        namespaces: it is of one of these.
        jobs: its job is one of these.
        intervals: keys of intervals; it is for one of these.
        phases: it is in one of these.
        codes: codes of verdicts; it failed by one of these.
        causes: it comes from one of these.
        owners: one of these answers for its job.
        commit: its commit begins with this.
        key: what it is run for, such as `backfill:<id>`.
        fingerprint: it failed as these equal failures did.
        text: words that are all in what the list shows of it, in any order and in parts of words.
        since: it was claimed then or later.
        until: it was claimed before.
        checks_failed: whether a check of its data failed.
    """

    namespaces: Set[str] = _NOTHING
    jobs: Set[str] = _NOTHING
    intervals: Set[str] = _NOTHING
    phases: Set[Phase] = frozenset()
    codes: Set[str] = _NOTHING
    causes: Set[Cause] = frozenset()
    owners: Set[str] = _NOTHING
    commit: str = ""
    key: str = ""
    fingerprint: str = ""
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None
    checks_failed: bool | None = None

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """The same as SQL."""
        yield from self._one_of()
        for wanted, column in ((self.key, RUNS.c.key), (self.fingerprint, RUNS.c.fingerprint)):
            if wanted:
                yield column == wanted
        if self.commit:
            yield RUNS.c.commit.startswith(self.commit.lower(), autoescape=True)
        for word in self.text.lower().split():
            yield RUNS.c.words.contains(word, autoescape=True)
        if self.since:
            yield RUNS.c.claimed >= self.since
        if self.until:
            yield RUNS.c.claimed < self.until
        if self.checks_failed is not None:
            failed = RUNS.c.checks_failed > 0
            yield failed if self.checks_failed else failed.is_not(True)

    def _one_of(self) -> Iterator[ColumnElement[bool]]:
        for wanted, column in (
            (self.namespaces, RUNS.c.namespace),
            (self.jobs, RUNS.c.job),
            (self.intervals, RUNS.c.interval),
            (self.phases, RUNS.c.phase),
            (self.codes, RUNS.c.code),
            (self.causes, RUNS.c.cause),
            (self.owners, RUNS.c.owner),
        ):
            if wanted:
                yield is_one_of(column, wanted)


def is_one_of(column: ColumnElement[str], wanted: Set[str]) -> ColumnElement[bool]:
    """Say whether a column has one of some values; it never has if there are none.

    Args:
        column: of text.
        wanted: the values. They are one parameter, so that the statement is the same for any number of them.
    """
    return column == any_(literal(sorted(wanted), ARRAY(Text)))

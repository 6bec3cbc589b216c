"""Follows the repository: fetches it, holds its files against the platform, and keeps what is good."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from apps.jobs.definitions.checking import Platform
from apps.jobs.definitions.reading import read
from apps.jobs.ledger.bucket import Bucket

from .known import STATE, Known, State
from .merging import merged
from .repository import Checkout, Remote, SyncError

LOG = logging.getLogger(__name__)


class Source(Protocol):
    """Where commits come from: `repository.Repository`."""

    def fetch(self) -> Checkout:
        """Get the newest commit."""


class Following:
    """The definitions as they are known, and how they come to be so.

    Args:
        source: the repository.
        remote: where it is, to be shown.
        bucket: where what is known is kept.
        platform: gives what definitions are held against.
        every: time between two looks.
    """

    def __init__(
        self,
        source: Source,
        remote: Remote,
        bucket: Bucket,
        platform: Callable[[], Platform],
        every: timedelta,
    ) -> None:
        self._source = source
        self._remote = remote
        self._bucket = bucket
        self._platform = platform
        self._every = every
        self._looked: datetime | None = None
        self._read = ""
        found = bucket.get(STATE)
        self._seen = "" if found is None else found[1]
        kept = State() if found is None else State.model_validate_json(found[0])
        named = {"url": remote.url, "branch": remote.branch, "folder": remote.folder}
        self.state = kept.model_copy(update=named)

    def is_due(self, now: datetime) -> bool:
        """Say whether it is time for a look.

        Args:
            now: the time.
        """
        return self._looked is None or now - self._looked >= self._every

    def look(self, now: datetime, *, removals: bool = False) -> None:
        """Look at the repository, and keep what is good.

        Args:
            now: the time.
            removals: whether any number of definitions may vanish.
        """
        self._looked = now
        try:
            checkout = self._source.fetch()
        except SyncError as error:
            # Once: an empty repository is nothing new at each look.
            if str(error) != self.state.error:
                LOG.warning("sync: %s", error)
            self._keep(self.state.model_copy(update={"error": str(error)}))
            return
        state = self.state.model_copy(update={"head": checkout.head, "fetched": now, "error": ""})
        # The same commit is read again after a start, and when a person asks: the platform may have changed.
        if checkout.head != self._read or removals:
            reading = read(checkout.folder, self._platform())
            state = merged(state, reading, checkout.commits, now, removals=removals)
            LOG.info(
                "sync: %s, %d files, %d jobs, %d faults",
                *(checkout.head[:10], state.files, len(state.jobs), len(state.faults)),
            )
            for fault in reading.problems:
                LOG.warning("sync: %s", fault)
            self._read = checkout.head
        self._keep(state)

    def reread(self) -> None:
        """Have the next look read all files, though the commit be the same."""
        self._read = ""
        self._looked = None

    def settle(self, job: Known, until: datetime) -> None:
        """Note that all intervals of a job up to a moment are done or let go.

        Args:
            job: which.
            until: end of the last of them.
        """
        if until <= job.since:
            return
        new = {job.place: job.model_copy(update={"since": until})}
        jobs = tuple(new.get(each.place, each) for each in self.state.jobs)
        self._keep(self.state.model_copy(update={"jobs": jobs}))

    def _keep(self, state: State) -> None:
        """Another worker may have written meanwhile: this one's is of the same repository, and as good."""
        self.state = state
        content = state.model_dump_json(exclude_defaults=True).encode()
        mark = self._bucket.replace(STATE, content, self._seen)
        if mark is None:
            found = self._bucket.get(STATE)
            mark = self._bucket.replace(STATE, content, "" if found is None else found[1])
        self._seen = mark or ""

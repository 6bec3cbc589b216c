"""Keeps the index up to date beside a worker that never waits for it, also when the database was away."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from threading import Condition, Thread
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from apps.jobs.ledger.identity import RunId
from apps.jobs.ledger.store import Ledger

from .migrating import NewerIndexError, migrate
from .rebuilding import is_built, rebuild, run_of
from .writing import write

LOG = logging.getLogger(__name__)

AGAIN: Final = timedelta(seconds=5)
"""Pause after something failed: a server that restarts is back in that time."""

LOOK: Final = timedelta(seconds=30)
"""Longest time without a question: so long stays empty what somebody dropped while nothing ran."""


class Keeper:
    """What writes the runs that it is told of in a thread of its own, each as the ledger then has it.

    What it was told before it ended, and did not write, is in the ledger: so it begins by making the index
    from it again, which changes nothing that is right.

    Args:
        engine: of the index.
        ledger: the truth.
        again: pause after something failed.
        look: longest time until it sees that the index is gone, while there is nothing to write.
    """

    def __init__(
        self, engine: Engine, ledger: Ledger, *, again: timedelta = AGAIN, look: timedelta = LOOK
    ) -> None:
        self._engine, self._ledger, self._again, self._look = engine, ledger, again, look
        self._news = Condition()
        self._noted: set[RunId] = set()
        self._taken: set[RunId] = set()
        self._is_ended = False
        self._failing_since: float | None = None
        self._thread = Thread(target=self._go, name="index", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def note(self, run: RunId) -> None:
        """Have a run written; to be called after the ledger was.

        Args:
            run: which.
        """
        with self._news:
            self._noted.add(run)
            self._news.notify()

    @property
    def waiting(self) -> int:
        """Runs that are noted and not written yet."""
        return len(self._noted | self._taken)

    @property
    def behind(self) -> float:
        """Seconds since it could last write; 0 while it can."""
        since = self._failing_since
        return 0.0 if since is None else time.monotonic() - since

    def end(self, timeout: float = 10) -> None:
        """Write what is noted, if that can be done at once, and end.

        Args:
            timeout: seconds.
        """
        with self._news:
            self._is_ended = True
            self._news.notify()
        self._thread.join(timeout)

    def _go(self) -> None:
        is_made = False
        while not self._is_ended:
            if not is_made:
                is_made = self._done(self._make)
            elif not self._done(self._flush if self._wait() else self._see):
                # It may be another database that is there when one is there again.
                is_made = False
            if not is_made:
                self._pause()
        if is_made and self.waiting:
            self._done(self._flush)

    def _wait(self) -> bool:
        """Whether there is something to write, once there is, it is to end, or it is time for a look."""
        with self._news:
            self._news.wait_for(lambda: self.waiting or self._is_ended, self._look.total_seconds())
            return self.waiting > 0

    def _make(self) -> None:
        migrate(self._engine)
        done = rebuild(self._engine, self._ledger)
        LOG.info("the index has %d runs of the ledger; %d were of no record", done.runs, done.removed)

    def _see(self) -> None:
        if not is_built(self._engine):
            raise LookupError("the index is gone; it is made again from the bucket")

    def _flush(self) -> None:
        with self._news:
            # What is noted from here on may be newer than what is read, and waits for the next time.
            self._taken, self._noted = self._noted | self._taken, set()
        found = [run_of(self._ledger, run) for run in sorted(self._taken)]
        write(self._engine, [run for run in found if run is not None])
        self._taken = set()

    def _done(self, what: Callable[[], None]) -> bool:
        """Whether it could be done. Nothing ends the thread: it would be missed for ever, and nobody told."""
        try:
            what()
        except (DBAPIError, NewerIndexError, LookupError) as error:
            # Without its parameters: they are runs, and long.
            self._say(str(error.orig if isinstance(error, DBAPIError) else error))
        except Exception:
            LOG.exception("the index can't be kept")
            self._say("see above")
        else:
            if self._failing_since is not None:
                LOG.info("the index is kept again, after %.0f s", self.behind)
            self._failing_since = None
            return True
        return False

    def _say(self, reason: str) -> None:
        """Once for each time that it fails."""
        if self._failing_since is None:
            self._failing_since = time.monotonic()
            LOG.warning("the index is %d runs behind: %s", self.waiting, reason)

    def _pause(self) -> None:
        with self._news:
            self._news.wait_for(lambda: self._is_ended, self._again.total_seconds())

"""What was counted so far, kept in a file: a restart neither counts a run twice nor loses one.

A run is counted when its end is first seen, and its id is remembered for as long as the history server might
list it again. Totals and ids are written in one step before anybody is shown the totals, so whatever
Prometheus has seen is in the file. A ledger that does not exist begins now: what ended before is not counted.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from .job import named
from .listing import Ended
from .runs import COUNTED, Owner, Run

FORMAT: Final = 2

BY_PROGRAM: Final = 1
"""Format of the releases that counted by what programs call themselves; it is read, and its accounts become
those of jobs."""

OVERLAP_SECONDS: Final = 24 * 3600.0
"""How late the server may list an end after others: a log that is read slowly, or that was unreadable."""

BUCKETS: Final = (30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 1800.0, 3600.0, 7200.0, 14400.0, 28800.0, 86400.0)
"""Upper bounds of the duration's histogram in seconds: half a minute to a day."""

OTHER: Final = "other"
"""Job of all runs beyond the bound of names."""


KILLED_TRIES: Final = 4
"""Tries that reading a run counts for that ended the whole process, as one does that takes more memory than
the pod has: after three such ends it is given up, instead of starting anew for ever."""


class LedgerError(Exception):
    """The file is there and can't be used."""


@dataclass
class Account:
    """What was counted for one owner.

    Args:
        born: when it was made, in seconds since 1970.
        last: when its newest run ended.
        counted: totals by counter.
        completed: runs without a failed job.
        failed: runs with one.
        buckets: runs by duration, one number for each of `BUCKETS` and one for what is longer; not cumulated.
        seconds: sum of the durations.
        data_interval_end: the latest moment up to which a run processed data; None if none said so.
        core_seconds: cores that runs held, times the seconds that they held them.
        last_seconds: duration of the newest run.
        last_tail: median, 99th percentile and slowest of the tasks that the newest run waited for, in
            seconds; None if it had too few.
        data_max_age: seconds that the data of the newest run may grow old; None if it did not say.
        last_name: the newest run's own name; empty if a release counted it that did not keep it.
    """

    born: float
    last: float = 0.0
    counted: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTED, 0))
    completed: int = 0
    failed: int = 0
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    seconds: float = 0.0
    data_interval_end: float | None = None
    core_seconds: float = 0.0
    last_seconds: float = 0.0
    last_tail: list[float] | None = None
    data_max_age: float | None = None
    last_name: str = ""

    def __post_init__(self) -> None:
        """Add the counters that a file of an earlier release lacks."""
        self.counted = {**dict.fromkeys(COUNTED, 0), **self.counted}

    def add(self, run: Run) -> None:
        """Count a run.

        Args:
            run: one that has ended.
        """
        for counter, number in run.counted.items():
            self.counted[counter] += number
        if run.failed:
            self.failed += 1
        else:
            self.completed += 1
        self.buckets[sum(run.seconds > bound for bound in BUCKETS)] += 1
        self.seconds += run.seconds
        self.core_seconds += run.core_seconds
        if run.ended >= self.last:
            self.last, self.last_seconds, self.data_max_age = run.ended, run.seconds, run.data_max_age
            self.last_name = run.name
            self.last_tail = [run.tail.median, run.tail.most, run.tail.slowest] if run.tail else None
        if run.data_interval_end is not None:
            self.data_interval_end = max(self.data_interval_end or 0.0, run.data_interval_end)

    def joined(self, other: Account) -> Account:
        """What two accounts add up to: of one job, whose programs had a name each.

        Args:
            other: the other one.
        """
        newer = max(self, other, key=lambda each: each.last)
        reached = [each.data_interval_end for each in (self, other) if each.data_interval_end is not None]
        return replace(
            newer,
            # The older one's: what has been shown before must not be announced by zeros again.
            born=min(self.born, other.born),
            counted={name: number + other.counted[name] for name, number in self.counted.items()},
            completed=self.completed + other.completed,
            failed=self.failed + other.failed,
            buckets=[one + two for one, two in zip(self.buckets, other.buckets, strict=True)],
            seconds=self.seconds + other.seconds,
            core_seconds=self.core_seconds + other.core_seconds,
            data_interval_end=max(reached, default=None),
        )


class Ledger:
    """All accounts, and which runs are in them.

    Args:
        path: the file.
        now: the clock, in seconds since 1970.
        names: jobs that a namespace may have an account for; further ones share `OTHER`.
        forget_seconds: an account without a run for that long is dropped.

    Raises:
        LedgerError: the file is there and can't be used.
    """

    def __init__(self, path: Path, *, now: Callable[[], float], names: int, forget_seconds: float) -> None:
        self._path, self._now, self._names, self._forget = path, now, names, forget_seconds
        self.accounts: dict[Owner, Account] = {}
        self.begun = now()
        self.newest_end = 0.0
        self.tries: dict[str, int] = {}
        self._seen: dict[str, float] = {}
        if path.exists():
            self._read()
        self._reading = path.with_suffix(".reading")
        if self._reading.exists():
            self._blame(self._reading.read_text())

    @property
    def since(self) -> float:
        """Ends before this moment are never asked for again, in seconds since 1970."""
        return max(self.begun, self.newest_end - OVERLAP_SECONDS)

    def unseen(self, listed: Iterable[Ended]) -> list[Ended]:
        """Those of the listed ends that are to be counted, the oldest first.

        Args:
            listed: what the history server lists.
        """
        return [end for end in listed if end.run not in self._seen and end.ended >= self.since]

    def add(self, end: Ended, run: Run | None) -> None:
        """Count a run; None for one that could not be read and is given up.

        Args:
            end: which run, and when it ended.
            run: what was read of it.
        """
        if run is not None:
            self._account(run.owner).add(run)
        self._seen[end.run] = end.ended
        # Clocks differ: an end that lies ahead must not put off those that come before it.
        self.newest_end = max(self.newest_end, min(end.ended, self._now()))

    def begin(self, run: str) -> None:
        """Write down that a run is about to be read, in case that ends the process.

        Args:
            run: the application's id.

        Raises:
            OSError: the file can't be written.
        """
        self._reading.write_text(run)

    def end(self) -> None:
        """Whatever was being read has not ended the process."""
        self._reading.unlink(missing_ok=True)

    def _blame(self, run: str) -> None:
        self.tries[run] = self.tries.get(run, 0) + KILLED_TRIES
        self.save()
        self.end()

    def save(self) -> None:
        """Write everything down, in one step.

        Raises:
            OSError: the file can't be written.
        """
        oldest = self.since
        self._seen = {run: ended for run, ended in self._seen.items() if ended >= oldest}
        limit = self._now() - self._forget
        self.accounts = {
            owner: account
            for owner, account in self.accounts.items()
            if max(account.born, account.last) >= limit
        }
        content = {
            "format": FORMAT,
            "begun": self.begun,
            "newestEnd": self.newest_end,
            "seen": self._seen,
            "tries": self.tries,
            "accounts": [
                {"owner": asdict(owner), "account": asdict(account)}
                for owner, account in self.accounts.items()
            ],
        }
        partial = self._path.with_suffix(".partial")
        with partial.open("w") as file:
            json.dump(content, file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self._path)

    def _account(self, owner: Owner) -> Account:
        if owner not in self.accounts:
            taken = sum(each.namespace == owner.namespace for each in self.accounts)
            if taken >= self._names:
                owner = replace(owner, job=OTHER)
        return self.accounts.setdefault(owner, Account(born=self._now()))

    def _read(self) -> None:
        try:
            content: Mapping[str, Any] = json.loads(self._path.read_text())
            if content["format"] not in (BY_PROGRAM, FORMAT):
                raise LedgerError(
                    f"{self._path} has format {content['format']}; "
                    f"this program reads {BY_PROGRAM} and {FORMAT}"
                )
            self.begun = float(content["begun"])
            # A file of a release that believed what logs said may be ahead of the clock.
            self.newest_end = min(float(content["newestEnd"]), self._now())
            self._seen = {str(run): float(ended) for run, ended in content["seen"].items()}
            # A file of an earlier release has none.
            self.tries = {str(run): int(tries) for run, tries in content.get("tries", {}).items()}
            for entry in content["accounts"]:
                whose, account = _entry(entry, by_program=content["format"] == BY_PROGRAM)
                held = self.accounts.get(whose)
                self.accounts[whose] = held.joined(account) if held else account
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise LedgerError(f"{self._path} can't be read: {error!r}; move it away to begin anew") from error


def _entry(entry: Mapping[str, Any], *, by_program: bool) -> tuple[Owner, Account]:
    """An account as a file has it.

    Args:
        entry: it.
        by_program: whether it was counted by what a program calls itself. It goes on as its newest run's job;
            where a release kept none, by that name.
    """
    whose, account = entry["owner"], dict(entry["account"])
    job = whose["app"] if by_program else whose["job"]
    if by_program:
        last = account.pop("last_job", "")
        job = job if job == OTHER else named(last or job)
    return Owner(namespace=whose["namespace"], job=job, team=whose["team"]), Account(**account)

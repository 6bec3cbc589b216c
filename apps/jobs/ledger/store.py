"""The ledger in an S3 bucket: nothing is ever overwritten but a run's status."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import ValidationError

from .bucket import ATTEMPTS, Bucket
from .identity import PREFIX, RunId, Series, parse
from .record import Record, Wanted

RECORD: Final = "record.json"
STATUS: Final = "status.json"
VERDICT: Final = "verdict.json"

FIRST_PAUSE_SECONDS: Final = 0.02
"""After the first of these readings; each further pause is twice as long, in all five seconds."""


class LedgerError(Exception):
    """The ledger has something that this release can't read, or is not to be reached."""


class ConflictError(Exception):
    """Somebody else has written a status meanwhile: read it again and decide anew."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A run that is claimed.

    Args:
        record: its record.
        mine: whether this call made it; otherwise somebody did before, for the same key.
    """

    record: Record
    mine: bool


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What an index holds of a run.

    Args:
        record: as it was claimed.
        status: as it was last written; empty before the first time.
        verdict: why it failed; None if it did not, or nobody has said yet.
        beside: names of all other objects of the run, such as `driver.log.gz`.
    """

    record: Record
    status: Mapping[str, Any]
    verdict: Mapping[str, Any] | None
    beside: tuple[str, ...]


class Ledger:
    """Records of runs.

    Args:
        client: a boto3 client for S3.
        bucket: the bucket's name.
        clock: gives the time.
        token: gives a claim its own mark.
        changed: told of each run that something was written of, after it was.
    """

    def __init__(
        self,
        client: Any,
        bucket: str,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        token: Callable[[], str] = lambda: uuid.uuid4().hex,
        changed: Callable[[RunId], None] = lambda _: None,
    ) -> None:
        self._bucket = Bucket(client, bucket)
        self._clock = clock
        self._token = token
        self._changed = changed

    def claim(self, wanted: Wanted) -> Claim:
        """Claim a run: the next of its series, or the one that was claimed for the same key.

        Numbers have no gaps, and whoever takes one has read all below it. So of workers that want the same at
        once, or again after a crash at any point, one makes the run and the others find it.

        Args:
            wanted: the run.

        Raises:
            LedgerError: a record of the series can't be read.
        """
        token = self._token()
        n = 1
        while True:
            record = wanted.as_run(n, token, self._clock())
            found = self.read(record.run)
            if found is None:
                if self._bucket.create(
                    f"{record.run.prefix}{RECORD}", record.model_dump_json(indent=1).encode()
                ):
                    self._changed(record.run)
                    return Claim(record=record, mine=True)
                found = self._there(record.run)
            if found.key == wanted.key:
                return Claim(record=found, mine=found.token == token)
            n += 1

    def _there(self, run: RunId) -> Record:
        """The record that refused another one: some stores show it a moment after they refuse for it."""
        for attempt in range(ATTEMPTS):
            if found := self.read(run):
                return found
            time.sleep(FIRST_PAUSE_SECONDS * 2**attempt)
        raise LedgerError(f"{run.prefix}{RECORD} was there and is gone: who deletes records?")

    def read(self, run: RunId) -> Record | None:
        """A run's record; None if nobody claimed it.

        Args:
            run: which.

        Raises:
            LedgerError: it can't be read.
        """
        content = self._bucket.get(f"{run.prefix}{RECORD}")
        return None if content is None else _record(run, content[0])

    def add(self, run: RunId, name: str, content: bytes, *, media_type: str = "application/json") -> bool:
        """Put something beside a run's record, such as its log or its verdict.

        Args:
            run: which.
            name: of the object, such as `driver.log.gz`; it may have folders.
            content: without secrets.
            media_type: of the content.

        Returns:
            False if there is one already: it stays as it is.

        Raises:
            ValueError: that is no name for something beside a record.
        """
        if name in (RECORD, STATUS) or name.startswith("/") or ".." in name.split("/"):
            raise ValueError(f"{name!r} can not lie beside a record: write a plain name such as verdict.json")
        added = self._bucket.create(f"{run.prefix}{name}", content, media_type)
        if added:
            self._changed(run)
        return added

    def beside(self, run: RunId, name: str) -> bytes | None:
        """What lies beside a run's record; None if it is not there.

        Args:
            run: which.
            name: of the object.
        """
        found = self._bucket.get(f"{run.prefix}{name}")
        return None if found is None else found[0]

    def status(self, run: RunId) -> tuple[Mapping[str, Any], str]:
        """A run's status, and the mark of this state of it; empty both before the first time.

        Args:
            run: which.
        """
        found = self._bucket.get(f"{run.prefix}{STATUS}")
        return ({}, "") if found is None else (json.loads(found[0]), found[1])

    def set_status(self, run: RunId, status: Mapping[str, Any], seen: str) -> str:
        """Write a run's status, if it is still the one that was seen.

        Args:
            run: which.
            status: the new one, as JSON.
            seen: mark of the status that was read; empty if there was none.

        Returns:
            The mark of the new one.

        Raises:
            ConflictError: somebody else was faster.
        """
        written = self._bucket.replace(f"{run.prefix}{STATUS}", json.dumps(status).encode(), seen)
        if written is None:
            raise ConflictError(f"the status of {run.application} has changed since it was read")
        self._changed(run)
        return written

    def entry(self, run: RunId) -> Entry | None:
        """What an index holds of a run; None if nobody claimed it.

        Args:
            run: which.

        Raises:
            LedgerError: its record can't be read.
        """
        return next(self._entry(run, [name for _, name in self._listed(run.prefix)]), None)

    def runs(self, series: Series | None = None, *, namespace: str = "") -> Iterator[Entry]:
        """All runs, by namespace, job, interval and number: what an index is rebuilt from.

        Args:
            series: only those of this job and interval.
            namespace: only those of this namespace.

        Raises:
            LedgerError: a record can't be read.
        """
        prefix = series.prefix if series else f"{PREFIX}/{namespace}/" if namespace else f"{PREFIX}/"
        group: list[str] = []
        current: RunId | None = None
        for run, name in self._listed(prefix):
            if run != current:
                if current is not None:
                    yield from self._entry(current, group)
                current, group = run, []
            group.append(name)
        if current is not None:
            yield from self._entry(current, group)

    def _entry(self, run: RunId, names: list[str]) -> Iterator[Entry]:
        """Nothing for what lies there without a record: it belongs to no run that was ever claimed."""
        record = self.read(run) if RECORD in names else None
        if record is None:
            return
        verdict = self.beside(run, VERDICT) if VERDICT in names else None
        yield Entry(
            record=record,
            status=self.status(run)[0] if STATUS in names else {},
            verdict=None if verdict is None else json.loads(verdict),
            beside=tuple(name for name in names if name not in (RECORD, STATUS)),
        )

    def intervals(self, namespace: str, job: str) -> Iterator[str]:
        """Intervals of a job that have a run.

        Args:
            namespace: the tenant's.
            job: the job's name.
        """
        return self._bucket.folders(f"{PREFIX}/{namespace}/{job}/")

    def _listed(self, prefix: str) -> Iterator[tuple[RunId, str]]:
        for key in self._bucket.keys(prefix):
            if found := parse(key):
                yield found


def _record(run: RunId, content: bytes) -> Record:
    try:
        record = Record.model_validate_json(content)
    except ValidationError as error:
        raise LedgerError(
            f"{run.prefix}{RECORD} can't be read here: {error.errors()[0]['msg']}; restore it from "
            "the bucket's versions, or run the release that wrote it"
        ) from error
    if record.run != run:
        raise LedgerError(f"{run.prefix}{RECORD} is the record of {record.run.prefix}: move it back")
    return record

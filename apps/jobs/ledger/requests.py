"""What people ask the worker for, in an inbox in the bucket.

A run, the end of one, its data's conditions again, a look at Git.

Whoever writes here has asked the API server whether the person may do it; the worker does it with rights of
its own, and takes the request away when it is done. Done twice, after a crash, it is done once.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from .bucket import Bucket
from .identity import ROOT, RunId, Series
from .record import Wanted

PREFIX: Final = f"{ROOT}/requests"


class _Request(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RunRequest(_Request):
    """A run.

    Args:
        wanted: the run; its key is `request:<id>` of this request, or `backfill:<id>`.
    """

    kind: Literal["run"] = "run"
    wanted: Wanted


class StopRequest(_Request):
    """The end of a run.

    Args:
        namespace: of the run.
        job: of the run.
        interval: of the run.
        n: of the run.
        by: who wants it.
        at: when.
    """

    kind: Literal["stop"] = "stop"
    namespace: str
    job: str
    interval: str
    n: int
    by: str
    at: AwareDatetime

    @property
    def run(self) -> RunId:
        """Which run."""
        return RunId(series=Series(namespace=self.namespace, job=self.job, interval=self.interval), n=self.n)


class CheckRequest(_Request):
    """Conditions in SQL of a run's data, once more. It stays in the inbox until they are answered.

    Args:
        namespace: of the run.
        job: of the run.
        interval: of the run.
        n: of the run.
        number: which question of that run's data it is, from 1 on.
        by: who wants it.
        at: when.
    """

    kind: Literal["check"] = "check"
    namespace: str
    job: str
    interval: str
    n: int
    number: int = Field(ge=1, lt=10**6)
    by: str
    at: AwareDatetime

    @property
    def run(self) -> RunId:
        """Which run."""
        return RunId(series=Series(namespace=self.namespace, job=self.job, interval=self.interval), n=self.n)

    @property
    def name(self) -> str:
        """Of the request: however many ask for the same, it is asked once."""
        return f"check-{self.run.application}-{self.number}"


class SyncRequest(_Request):
    """A look at Git, now.

    Args:
        by: who wants it.
        removals: whether more definitions may vanish at once than the worker lets go by itself.
    """

    kind: Literal["sync"] = "sync"
    by: str
    removals: bool = False


Request = RunRequest | StopRequest | CheckRequest | SyncRequest
_ANY: Final[TypeAdapter[Request]] = TypeAdapter(Annotated[Request, Field(discriminator="kind")])


class Requests:
    """The inbox.

    Args:
        bucket: the ledger's.
    """

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def ask(self, request: Request, name: str = "") -> str:
        """Ask for something.

        Args:
            request: for what.
            name: of the request: the same name twice is one request; a new one if empty.

        Returns:
            The request's name.
        """
        name = name or uuid.uuid4().hex
        self._bucket.create(f"{PREFIX}/{name}.json", request.model_dump_json().encode())
        return name

    def is_open(self, name: str) -> bool:
        """Say whether a request waits to be done.

        Args:
            name: the request's.
        """
        return self._bucket.get(f"{PREFIX}/{name}.json") is not None

    def all(self) -> Iterator[tuple[str, Request | None]]:
        """Requests that are not done, by name; None for one that can't be read."""
        for key in self._bucket.keys(f"{PREFIX}/"):
            found = self._bucket.get(key)
            if found is None:
                continue
            name = key.removeprefix(f"{PREFIX}/").removesuffix(".json")
            try:
                yield name, _ANY.validate_json(found[0])
            except ValidationError:
                yield name, None

    def done(self, name: str) -> None:
        """Take a request away.

        Args:
            name: the request's.
        """
        self._bucket.delete(f"{PREFIX}/{name}.json")

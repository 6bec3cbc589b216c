"""What the checks of each job say, by interval: one object a job in the bucket, written by whoever looks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Protocol

from pydantic import BaseModel, ConfigDict

from apps.jobs.ledger.identity import ROOT

from .judging import Checked

PREFIX: Final = f"{ROOT}/checks/"

MOST_INTERVALS: Final = 1000
"""Intervals that are kept of a job, the latest: two years of days, six weeks of hours."""

ATTEMPTS: Final = 5


class Store(Protocol):
    """Objects in a bucket: `ledger.bucket.Bucket`."""

    def get(self, key: str) -> tuple[bytes, str] | None:
        """An object and its mark."""

    def replace(self, key: str, content: bytes, seen: str) -> str | None:
        """Write an object that has not changed."""

    def keys(self, prefix: str) -> Iterator[str]:
        """Keys below a prefix."""


class Results(BaseModel):
    """What is known of a job's intervals.

    Args:
        intervals: by key.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    intervals: dict[str, Checked] = {}


def read(store: Store, namespace: str, job: str) -> Results:
    """What the checks of a job say; nothing if nobody looked.

    Args:
        store: the bucket.
        namespace: the tenant's.
        job: the job's name.
    """
    found = store.get(_key(namespace, job))
    return Results() if found is None else Results.model_validate_json(found[0])


def add(store: Store, namespace: str, job: str, found: Mapping[str, Checked]) -> None:
    """Put what checks say now in the place of what they said.

    Args:
        store: the bucket.
        namespace: the tenant's.
        job: the job's name.
        found: by interval.

    Raises:
        RuntimeError: others write the same all the time.
    """
    for _ in range(ATTEMPTS):
        kept = store.get(_key(namespace, job))
        before = Results() if kept is None else Results.model_validate_json(kept[0])
        every = {**before.intervals, **found}
        latest = {key: every[key] for key in sorted(every)[-MOST_INTERVALS:]}
        said = Results(intervals=latest).model_dump_json().encode()
        if store.replace(_key(namespace, job), said, kept[1] if kept else ""):
            return
    raise RuntimeError(f"the checks of {namespace}/{job} are being written by others; they are read again")


def _key(namespace: str, job: str) -> str:
    return f"{PREFIX}{namespace}/{job}.json"

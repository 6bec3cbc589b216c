"""Which runs have not ended: marks in the bucket, so that nobody reads ten thousand records to find five."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import quote, unquote

from .bucket import Bucket
from .identity import ROOT, Series

PREFIX: Final = f"{ROOT}/open"


class UnderWay:
    """Marks of runs that have not ended.

    A mark is made before its run is claimed, and taken away after its end is written. So whatever is lost in
    between, there is a mark for each run that has not ended; one too many does no harm.

    Args:
        bucket: the ledger's.
    """

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def mark(self, series: Series, key: str) -> None:
        """Say that there is going to be a run.

        Args:
            series: its job and interval.
            key: what it is run for.
        """
        self._bucket.create(_place(series, key), b"")

    def clear(self, series: Series, key: str) -> None:
        """Say that a run has ended, or that there never was one.

        Args:
            series: its job and interval.
            key: what it was run for.
        """
        self._bucket.delete(_place(series, key))

    def all(self) -> Iterator[tuple[Series, str]]:
        """Runs that have not ended, and what they are run for."""
        for each in self._bucket.keys(f"{PREFIX}/"):
            namespace, job, interval, key = each.removeprefix(f"{PREFIX}/").split("/")
            yield Series(namespace=namespace, job=job, interval=interval), unquote(key)


def _place(series: Series, key: str) -> str:
    return f"{PREFIX}/{series.namespace}/{series.job}/{series.interval}/{quote(key, safe='')}"

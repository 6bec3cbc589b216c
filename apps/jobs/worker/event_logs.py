"""Spark's event logs in the bucket, as lines."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from typing import BinaryIO, Final

import zstandard

from apps.jobs.ledger.bucket import Bucket

LOG: Final = logging.getLogger(__name__)

LARGEST: Final = 256 * 1024**2
"""Bytes of events that are read of a run, uncompressed: failures stand in the last of them, and a run of
hours has gigabytes."""


class StoredEventLogs:
    """Event logs as Spark writes them: rolled files in a folder of the run's, compressed by zstd.

    Args:
        bucket: of the event logs.
        prefix: what lies before the namespace.
    """

    def __init__(self, bucket: Bucket, prefix: str) -> None:
        self._bucket = bucket
        self._prefix = prefix

    def has(self, namespace: str, spark: str) -> bool:
        """Say whether a run left a log, however it is written: Spark makes the folder's mark at its start.

        Args:
            namespace: the run's.
            spark: Spark's id of the run.
        """
        place = f"{self._prefix}/{namespace}"
        kinds = (f"{place}/eventlog_v2_{spark}/", f"{place}/{spark}")
        return any(True for kind in kinds for _ in self._bucket.keys(kind))

    def lines(self, namespace: str, spark: str) -> Iterator[str]:
        """Events of a run, one a line, as far as they are stored.

        Args:
            namespace: the run's.
            spark: Spark's id of the run.
        """
        folder = f"{self._prefix}/{namespace}/eventlog_v2_{spark}/"
        left = LARGEST
        for key in sorted(self._bucket.keys(folder), key=_number):
            found = self._bucket.get(key) if "/events_" in key else None
            if found is None:
                continue
            for line in _text(found[0], compressed=key.endswith((".zstd", ".zstd.compact"))):
                left -= len(line)
                if left < 0:
                    LOG.warning("%s: the event log is read up to %d bytes", spark, LARGEST)
                    return
                yield line


def _number(key: str) -> int:
    """Number of a rolled file: `events_2_<application>.zstd`."""
    name = key.rpartition("/")[2]
    number = name.removeprefix("events_").partition("_")[0]
    return int(number) if number.isdigit() else 0


def _text(content: bytes, *, compressed: bool) -> Iterator[str]:
    """A file's lines; one that a killed driver left half is read as far as it goes."""
    raw: BinaryIO = io.BytesIO(content)
    if compressed:
        raw = zstandard.open(raw, "rb")
    try:
        yield from io.TextIOWrapper(raw, encoding="utf-8", errors="replace")
    except (zstandard.ZstdError, EOFError) as error:
        LOG.info("an event log ends in the middle: %s", error)

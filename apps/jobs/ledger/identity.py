"""Which run it is, and what its SparkApplication and its objects in the bucket are called. Pure."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Final

ONCE: Final = "once"
"""Interval of a job that has none."""

LONGEST_JOB: Final = 63
"""Characters of a job's name: a label's value (Kubernetes' limit)."""

JOB_PART: Final = 30
"""Characters of the job's name that a SparkApplication's name keeps: with interval and hash it has 54 at
most, so that the driver's pod, `<name>-driver`, is a host's name of 63."""

ROOT: Final = "jobs"
"""Folder in the bucket that all of it is below."""

PREFIX: Final = f"{ROOT}/runs"
"""Folder in the bucket that all records are below."""

_LABEL: Final = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_NAMESPACE: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_INTERVAL: Final = re.compile(r"once|\d{4}-\d\d-\d\d(T\d\d-\d\d(-\d\d)?Z)?")
_KEY: Final = re.compile(
    rf"{PREFIX}/(?P<namespace>[^/]+)/(?P<job>[^/]+)/(?P<interval>[^/]+)/(?P<n>\d{{6}})/(?P<rest>.+)"
)


@dataclass(frozen=True, kw_only=True, order=True)
class Series:
    """All runs of a job for one interval.

    Args:
        namespace: the tenant's.
        job: the job's name, a DNS label that begins with a letter (RFC 1035).
        interval: `once`, a day (`2026-11-20`), or the moment at which it begins (`2026-11-20T04-00Z`).

    Raises:
        ValueError: one of them is not what it has to be; the sentence says which and what to write.
    """

    namespace: str
    job: str
    interval: str = ONCE

    def __post_init__(self) -> None:
        if not _NAMESPACE.fullmatch(self.namespace) or len(self.namespace) > LONGEST_JOB:
            raise ValueError(
                f"{self.namespace!r} is no namespace: a DNS label of at most {LONGEST_JOB} characters"
            )
        if not _LABEL.fullmatch(self.job) or len(self.job) > LONGEST_JOB:
            raise ValueError(
                f"job {self.job!r} must begin with a letter and have a-z, 0-9 and inner hyphens, at most "
                f"{LONGEST_JOB} characters"
            )
        if not _INTERVAL.fullmatch(self.interval):
            raise ValueError(
                f"interval {self.interval!r} must be once, a day (2026-11-20) or a moment (2026-11-20T04-00Z)"
            )

    @property
    def prefix(self) -> str:
        """Where its runs are, in the bucket."""
        return f"{PREFIX}/{self.namespace}/{self.job}/{self.interval}/"


@dataclass(frozen=True, kw_only=True, order=True)
class RunId:
    """One run: unique for ever.

    Args:
        series: job and interval.
        n: 1 for the first run of the series, and one more for each after it, whatever it came from.

    Raises:
        ValueError: n is not 1 to 999999.
    """

    series: Series
    n: int

    def __post_init__(self) -> None:
        if not 1 <= self.n <= 999_999:
            raise ValueError(f"run {self.n} of {self.series.job}: numbers go from 1 to 999999")

    @property
    def prefix(self) -> str:
        """Where its record and what lies beside it are, in the bucket; sorts as the numbers do."""
        return f"{self.series.prefix}{self.n:06d}/"

    @property
    def application(self) -> str:
        """Name of its SparkApplication, whoever computes it: the API server refuses a second one.

        Job and interval are there to be read and may be cut; the hash is of the whole identity. The way
        back is the record, which has the name.
        """
        return self._name()

    @property
    def sql_check(self) -> str:
        """Name of the SparkApplication that asks its data; as long at most, and likewise one for each run."""
        return self.sql_check_again(1)

    def sql_check_again(self, number: int) -> str:
        """Name of the SparkApplication that asks its data for the so many-th time.

        Args:
            number: 1 for the first.
        """
        return self._name("-check", "" if number == 1 else f"-{number}")

    def _name(self, kind: str = "", again: str = "") -> str:
        parts = (self.series.namespace, self.series.job, self.series.interval, f"{self.n}{kind}{again}")
        digest = hashlib.sha256("/".join(parts).encode()).hexdigest()[:8]
        compact = re.sub(r"[^0-9tz]", "", self.series.interval.lower())
        interval = ONCE if self.series.interval == ONCE else compact
        job = self.series.job[: JOB_PART - len(kind)].rstrip("-")
        return f"{job}{kind}-{interval}-{digest}"


def parse(key: str) -> tuple[RunId, str] | None:
    """The run that an object of the bucket belongs to, and the object's name beside its record.

    Args:
        key: the object's key. None for one that is no run's.
    """
    match = _KEY.fullmatch(key)
    if not match:
        return None
    try:
        series = Series(namespace=match["namespace"], job=match["job"], interval=match["interval"])
        return RunId(series=series, n=int(match["n"])), match["rest"]
    except ValueError:
        return None

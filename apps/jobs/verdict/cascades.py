"""Which of many failures came first and took the others along. Pure.

Two failures belong together if one follows the other soon and shares what broke (the bucket that refuses, the
node that went, the image that is gone), or if a run misses what another one should have written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

WINDOW_SECONDS: Final = 3600.0
"""How long after a failure another one may still come from it."""

SHARED: Final = frozenset(
    {
        *("S3_DENIED", "S3_THROTTLED", "NODE_LOST", "SPOT_RECLAIM", "DRAINED", "EVICTED", "IMAGE_MISSING"),
        *("SUBMIT_KILLED", "QUOTA_EXCEEDED", "UNSCHEDULABLE", "FORBIDDEN_K8S", "PREEMPTED"),
        "API_SERVER_AWAY",
    }
)
"""Verdicts whose cause lies outside of the job, where other jobs can run into it too."""


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A run that failed.

    Args:
        run: its name.
        job: namespace and name of its job.
        ended: when, in seconds since 1970.
        code: its verdict.
        subject: what broke, such as a bucket, node or image; empty if nothing is named.
        misses: the path that it did not find.
        writes: paths that it should have written.
    """

    run: str
    job: str
    ended: float
    code: str
    subject: str = ""
    misses: str = ""
    writes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Cascade:
    """Failures that belong together.

    Args:
        first: the run that failed first: the one to look at.
        others: the runs that followed, in time.
    """

    first: str
    others: tuple[str, ...]


def cascades(failures: Iterable[Failure]) -> list[Cascade]:
    """Groups of two failures or more, each with its first; a failure that stands alone is in none.

    Args:
        failures: runs that failed, in any order.
    """
    ordered = sorted(failures, key=lambda failure: (failure.ended, failure.run))
    origin: dict[str, str] = {}
    groups: dict[str, list[str]] = {}
    for number, failure in enumerate(ordered):
        cause = _cause(failure, ordered[:number])
        first = origin[cause.run] if cause else failure.run
        origin[failure.run] = first
        groups.setdefault(first, []).append(failure.run)
    return [Cascade(first=first, others=tuple(runs[1:])) for first, runs in groups.items() if len(runs) > 1]


def _cause(failure: Failure, earlier: Sequence[Failure]) -> Failure | None:
    """The latest failure before this one that it can come from."""
    for other in reversed(earlier):
        if failure.ended - other.ended <= WINDOW_SECONDS and _follows(failure, other):
            return other
    return None


def _follows(failure: Failure, other: Failure) -> bool:
    if failure.misses and any(_is_below(failure.misses, path) for path in other.writes):
        return True
    same = failure.code == other.code and failure.code in SHARED
    return same and failure.subject == other.subject and failure.job != other.job


def _is_below(path: str, folder: str) -> bool:
    plain = folder.rstrip("/")
    return path.rstrip("/") == plain or path.startswith(f"{plain}/")

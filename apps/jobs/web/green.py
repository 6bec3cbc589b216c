"""The last runs of a job that went well."""

from __future__ import annotations

from datetime import datetime

from apps.jobs.index.filters import Filters
from apps.jobs.index.paging import Asked
from apps.jobs.runs.phase import Phase
from apps.jobs.runs.run import Run

from .sources import Index


def last_green(
    index: Index, namespace: str, job: str, now: datetime, *, size: int, until: datetime | None = None
) -> tuple[Run, ...]:
    """List them, the latest first.

    Args:
        index: that is asked.
        namespace: of the job.
        job: its name.
        now: the time.
        size: how many at most.
        until: those that were claimed before; None for any time.
    """
    only = Filters(
        namespaces=frozenset({namespace}),
        jobs=frozenset({job}),
        phases=frozenset({Phase.SUCCEEDED}),
        until=until,
    )
    return tuple(index.page(Asked(size=size, now=now), only).runs)

"""The platform's buckets, and whose what lies below which prefix. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

PUBLIC_PREFIX: Final = "public"
"""Prefix in the data bucket that every tenant may read and none may write."""

EVENTS_PREFIX: Final = "spark"
"""Prefix of the event logs, each tenant's below `spark/<namespace>/`."""

LOGS_PREFIX: Final = "logs"
"""Prefix, in the bucket of the event logs, of what drivers and executors printed, each tenant's below
`logs/<namespace>/`. Beside the event logs because both expire, and neither is a tenant's to change."""

JOBS_PREFIX: Final = "jobs"
"""Prefix, in the bucket of job files, of the records of all runs and of what is known of their definitions:
what lies there never expires, and no tenant's name can be this one (apps/jobs/ledger/identity.py)."""

JOBS_WRITTEN_BY_WORKER: Final = ("runs", "open", "sync", "audit")
"""Folders below `JOBS_PREFIX` that the worker of jobs writes: records with all that lies beside them, marks
of runs under way, what it knows of Git, and what it did that nobody had asked for."""

JOBS_DELETED_BY_WORKER: Final = ("open", "requests")
"""Folders below it that the worker deletes from: marks and requests that are done with."""

JOBS_WRITTEN_BY_PAGES: Final = ("requests", "backfills", "checks", "audit")
"""Folders below it that the pages of jobs write: what people ask for, plan and did, and what data is like."""


@dataclass(frozen=True, kw_only=True)
class Buckets:
    """Names of the platform's buckets.

    Args:
        data: the tenants' data, each below `{namespace}/`, and public data below `public/`.
        events: Spark event logs, each tenant's below `spark/{namespace}/`.
        artifacts: job files, each tenant's below `{namespace}/`, and the records of runs below `jobs/`.

    Raises:
        ValueError: two buckets have the same name; a policy of one would then replace that of the other.
    """

    data: str
    events: str
    artifacts: str

    def __post_init__(self) -> None:
        if len(set(self.names)) < len(self.names):
            raise ValueError(
                f"buckets {', '.join(self.names)}: each needs a name of its own; rename the repeated one"
            )

    @property
    def names(self) -> tuple[str, str, str]:
        """The three names: data, events, artifacts."""
        return (self.data, self.events, self.artifacts)


def listable(*prefixes: str) -> list[str]:
    """Values of `s3:prefix` that open some folders to whoever looks at them, each by its very name too.

    Before S3A lists a folder it asks for an object of the folder's name, without a slash. S3 says that a key
    is not there only to who may list the bucket with that key as prefix; to all others it says 403, which S3A
    takes for a refusal (S3 API reference, HeadObject, "Permissions"). `*` stands for nothing as well, so the
    second value covers the name with a slash (IAM guide, "String condition operators").

    To list a name is to see what begins with it, so no folder's name may be the beginning of another's:
    `overlapping` finds those that are.

    Args:
        prefixes: the folders, without a slash at their ends.
    """
    return [value for prefix in prefixes for value in (prefix, f"{prefix}/*")]


def overlapping(names: Sequence[str]) -> list[tuple[str, str]]:
    """Find names that begin with another of them.

    Args:
        names: names of folders beside each other, in any order.

    Returns:
        Pairs of the shorter and the longer name; equal names are no pair.
    """
    return [
        (shorter, longer)
        for shorter in names
        for longer in names
        if shorter != longer and longer.startswith(shorter)
    ]


def event_logs(tenant: str) -> str:
    """Prefix of a tenant's event logs, without a slash at its end.

    Args:
        tenant: the tenant's namespace.
    """
    return f"{EVENTS_PREFIX}/{tenant}"


def event_log_markers(tenants: Sequence[str]) -> tuple[str, ...]:
    """Keys of the empty objects that stand for folders of event logs: Spark wants them to exist.

    Args:
        tenants: the tenants' namespaces, in any order.
    """
    return (f"{EVENTS_PREFIX}/", *(f"{event_logs(tenant)}/" for tenant in sorted(set(tenants))))

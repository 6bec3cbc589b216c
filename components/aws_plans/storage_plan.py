"""What becomes of objects in the buckets, and by when. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from components.buckets import LOGS_PREFIX, event_log_markers

UPLOAD_DAYS: Final = 7
"""Days after which an unfinished upload is dropped. No task writes one file for that long, and what
failed jobs leave is paid for but shows in no list of objects."""

CLEANER_MARGIN_DAYS: Final = 7
"""Days that the bucket waits longer than the history server's own cleaner: it removes what that one
never saw."""

SUBMITTED_DAYS: Final = 90
"""Days that files uploaded by spark-submit stay: a long-running job reads them again for each new
executor."""

NONCURRENT_DAYS: Final = {"data": 30, "events": 7, "artifacts": 90}
"""Days in which an overwritten or deleted object can be brought back: a month to notice lost data, a
quarter for code, a week for logs, which are rewritten all the time."""

LOG_PREFIXES: Final = ("eventlog_v2_", "spark-")
"""How names of event logs begin: the folder of a rolling log (RollingEventLogFilesWriter), and a single file
named after the application (KubernetesConf: `spark-<id>`). The marker `<prefix>/` begins with neither."""

BUCKET_MAX: Final = 63
"""Characters in the name of a bucket."""


@dataclass(frozen=True, kw_only=True)
class LifecycleRule:
    """One lifecycle rule.

    Args:
        id: its name, unique in the bucket.
        prefix: what it is about; empty for the whole bucket.
        expire_days: days after which objects are deleted; None for never.
        noncurrent_days: days after which what was overwritten or deleted is gone for good.
        upload_days: days after which unfinished uploads are dropped.
        drop_markers: True to drop delete markers under which nothing is left.
    """

    id: str
    prefix: str = ""
    expire_days: int | None = None
    noncurrent_days: int | None = None
    upload_days: int | None = None
    drop_markers: bool = False


def lifecycle(
    role: str, *, log_retention_days: int, printed_log_days: int, tenants: Sequence[str] = ()
) -> tuple[LifecycleRule, ...]:
    """Make the lifecycle rules of a bucket.

    Args:
        role: "data", "events" or "artifacts".
        log_retention_days: days that the history server keeps event logs.
        printed_log_days: days that printed logs of drivers and executors are kept.
        tenants: the tenants' namespaces.
    """
    tidy = LifecycleRule(
        id="tidy",
        noncurrent_days=NONCURRENT_DAYS[role],
        upload_days=UPLOAD_DAYS,
        drop_markers=True,
    )
    if role == "events":
        days = log_retention_days + CLEANER_MARGIN_DAYS
        return (
            tidy,
            LifecycleRule(id="printed-logs", prefix=f"{LOGS_PREFIX}/", expire_days=printed_log_days),
            *(
                LifecycleRule(
                    id="-".join(("logs", prefix.rstrip("_-"), *folder.split("/")[1:-1])),
                    prefix=f"{folder}{prefix}",
                    expire_days=days,
                )
                # The first folder holds logs from before tenants had their own.
                for folder in event_log_markers(tenants)
                for prefix in LOG_PREFIXES
            ),
        )
    if role == "artifacts":
        return (
            tidy,
            *(
                LifecycleRule(id=f"uploads-{tenant}", prefix=f"{tenant}/uploads/", expire_days=SUBMITTED_DAYS)
                for tenant in sorted(tenants)
            ),
        )
    return (tidy,)


def copy_name(bucket: str, region: str) -> str:
    """Name of a bucket's copy in another region.

    Args:
        bucket: name of the original.
        region: where the copy is ("eu-west-1").

    Raises:
        ValueError: the name would be too long.
    """
    name = f"{bucket}-{region}"
    if len(name) > BUCKET_MAX:
        raise ValueError(
            f'bucket "{bucket}": its copy "{name}" has {len(name)} characters, {BUCKET_MAX} are allowed; '
            f"shorten the bucket's name to {BUCKET_MAX - len(region) - 1}"
        )
    return name

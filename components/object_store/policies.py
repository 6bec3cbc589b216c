"""Who may touch which part of which bucket of the in-cluster object store, as S3 bucket policies.

Pure. The documents are written for versitygw with its internal accounts, and tests put them before a real
one. What it enforces, and what follows:

- A principal is an access key id, and it must exist when the policy is stored: accounts come first.
- Objects are matched by prefix for every verb, after `..` has been resolved, and for copy sources too.
- `s3:prefix` limits lists of objects. Lists of unfinished uploads, which the magic committer makes, are
  limited by it only if the action is written with a wildcard: with its plain name the server refuses the
  condition.
- There are no policy variables for the caller, so each tenant has statements of its own.
- Nobody is named "*": without a key nothing can be read, and the owner of all buckets is the administrator.

On AWS the same rights are IAM role policies, made elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from components.buckets import (
    EVENTS_PREFIX,
    JOBS_DELETED_BY_WORKER,
    JOBS_PREFIX,
    JOBS_WRITTEN_BY_PAGES,
    JOBS_WRITTEN_BY_WORKER,
    LOGS_PREFIX,
    PUBLIC_PREFIX,
    Buckets,
    event_logs,
    listable,
)

Policy = dict[str, Any]
"""A bucket policy document."""

ADMIN_ACCOUNT: Final = "admin"
"""The administrator's access key id: it owns the buckets and is above all policies."""

HISTORY_ACCOUNT: Final = "history"
"""The history server's access key id. Tenants' ids are their namespaces, which hold a hyphen: no clash."""

LOG_WRITER: Final = "logwriter"
"""The log collector's access key id: it adds logs, and reads none."""

LOG_READER: Final = "logreader"
"""The log page's access key id."""

LOG_CLEANER: Final = "logcleaner"
"""Access key id of the job that deletes old logs; it reads none."""

JOBS_WORKER: Final = "jobsworker"
"""Access key id of the worker of jobs: it keeps the records of runs, and reads event logs."""

JOBS_PAGES: Final = "jobspages"
"""Access key id of the pages of jobs: they read records, write what people ask for, and look at data."""

PLATFORM_ACCOUNTS: Final = (HISTORY_ACCOUNT, LOG_WRITER, LOG_READER, LOG_CLEANER, JOBS_WORKER, JOBS_PAGES)
"""Access key ids of the platform's own parts, besides the administrator's."""

_READ: Final = ("s3:GetObject",)
_WRITE: Final = ("s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts")
_DELETE: Final = ("s3:DeleteObject",)
_LIST: Final = ("s3:ListBucket",)
_LIST_WITH_UPLOADS: Final = ("s3:ListBucket*",)
"""The wildcard is what lets `s3:prefix` limit ListBucketMultipartUploads; see the module's text."""


def bucket_policies(buckets: Buckets, tenants: Sequence[str]) -> dict[str, Policy]:
    """Make the policy of every bucket.

    Args:
        buckets: the buckets' names.
        tenants: the tenants' namespaces, in any order; they are the tenants' access key ids as well.

    Returns:
        For each bucket name its policy document. Equal inputs in another order give equal documents.

    Raises:
        ValueError: a tenant has the name of the public prefix or of an account of the platform.
    """
    names = sorted(set(tenants))
    reserved = {PUBLIC_PREFIX, JOBS_PREFIX, ADMIN_ACCOUNT, *PLATFORM_ACCOUNTS} & set(names)
    if reserved:
        raise ValueError(
            f"tenant {', '.join(sorted(reserved))}: the object store keeps this name for itself; "
            "name the tenant's team or environment otherwise"
        )
    return {
        buckets.data: _policy(_data_statements(buckets.data, names)),
        buckets.events: _policy(
            [*_events_statements(buckets.events, names), *_log_statements(buckets.events, names)]
        ),
        buckets.artifacts: _policy(
            [*_own_statements(buckets.artifacts, names), *_record_statements(buckets.artifacts)]
        ),
    }


def render_policy(policy: Policy) -> str:
    """Write a policy as compact JSON with sorted keys, so that equal policies give equal text.

    Args:
        policy: for the store's API.
    """
    return json.dumps(policy, separators=(",", ":"), sort_keys=True)


def _data_statements(bucket: str, tenants: Sequence[str]) -> list[Policy]:
    """Each tenant its own prefix, and the public one for reading; the pages of jobs check tenants' data."""
    if not tenants:
        return []
    return [
        _allow("JobsChecks", [JOBS_PAGES], _READ, [f"arn:aws:s3:::{bucket}/{each}/*" for each in tenants]),
        _allow_list("JobsSees", [JOBS_PAGES], _LIST, bucket, *tenants),
        *_own_statements(bucket, tenants),
        _allow("ReadPublic", tenants, _READ, _below(bucket, PUBLIC_PREFIX)),
        _allow_list("ListPublic", tenants, _LIST, bucket, PUBLIC_PREFIX),
    ]


def _own_statements(bucket: str, tenants: Sequence[str]) -> list[Policy]:
    """Each tenant everything below its own prefix, lists of unfinished uploads included.

    Statements have numbers, because a hundred thousand bytes of names are what a ConfigMap has no room for.
    """
    return [
        statement
        for number, tenant in enumerate(tenants)
        for statement in (
            _allow(f"Own-{number}", [tenant], (*_READ, *_WRITE, *_DELETE), _below(bucket, tenant)),
            _allow_list(f"List-{number}", [tenant], _LIST_WITH_UPLOADS, bucket, tenant),
        )
    ]


def _events_statements(bucket: str, tenants: Sequence[str]) -> list[Policy]:
    """Drivers add logs to their tenant's own, and delete only what Spark renames.

    The history server reads, compacts and cleans those of all.
    """
    logs = f"arn:aws:s3:::{bucket}/{EVENTS_PREFIX}"
    return [
        _allow("HistoryReads", [HISTORY_ACCOUNT], _READ, _below(bucket, EVENTS_PREFIX)),
        _allow("HistoryCleans", [HISTORY_ACCOUNT], _DELETE, [f"{logs}/*"]),
        # EventLogFileCompactor writes events_<n>_<app>.<codec>.compact, by way of <...>.compact.inprogress.
        _allow("HistoryCompacts", [HISTORY_ACCOUNT], _WRITE, [f"{logs}/*.compact*"]),
        _allow_list("HistoryLists", [HISTORY_ACCOUNT], _LIST, bucket, EVENTS_PREFIX),
        _allow("JobsReads", [JOBS_WORKER], _READ, [f"{logs}/*"]),
        _allow_list("JobsLists", [JOBS_WORKER], _LIST, bucket, EVENTS_PREFIX),
        *(
            statement
            for number, tenant in enumerate(tenants)
            for statement in (
                _allow(f"Add-{number}", [tenant], _WRITE, [f"{logs}/{tenant}/*"]),
                # A finished log is renamed from <...>.inprogress, and S3 renames by copying and deleting.
                _allow(f"Rename-{number}", [tenant], _DELETE, [f"{logs}/{tenant}/*.inprogress"]),
            )
        ),
    ]


def _record_statements(bucket: str) -> list[Policy]:
    """The worker of jobs keeps the records of runs, and the pages what people ask for; no record goes."""
    return [
        _allow("JobsRead", [JOBS_WORKER, JOBS_PAGES], _READ, _below(bucket, JOBS_PREFIX)),
        _allow_list("JobsListed", [JOBS_WORKER, JOBS_PAGES], _LIST, bucket, JOBS_PREFIX),
        _allow("JobsKept", [JOBS_WORKER], ("s3:PutObject",), _jobs(bucket, JOBS_WRITTEN_BY_WORKER)),
        _allow("JobsDone", [JOBS_WORKER], _DELETE, _jobs(bucket, JOBS_DELETED_BY_WORKER)),
        _allow("JobsAsked", [JOBS_PAGES], ("s3:PutObject",), _jobs(bucket, JOBS_WRITTEN_BY_PAGES)),
    ]


def _jobs(bucket: str, folders: Sequence[str]) -> list[str]:
    return [f"arn:aws:s3:::{bucket}/{JOBS_PREFIX}/{folder}/*" for folder in folders]


def _log_statements(bucket: str, tenants: Sequence[str]) -> list[Policy]:
    """The platform writes, shows and deletes printed logs; each tenant reads its own, and its event logs."""
    below = f"arn:aws:s3:::{bucket}/{LOGS_PREFIX}"
    return [
        _allow("LogsWritten", [LOG_WRITER], ("s3:PutObject",), [f"{below}/*"]),
        _allow("LogsShown", [LOG_READER], _READ, [f"{below}/*"]),
        _allow("LogsCleaned", [LOG_CLEANER], _DELETE, [f"{below}/*"]),
        _allow_list("LogsListed", [LOG_READER, LOG_CLEANER], _LIST, bucket, LOGS_PREFIX),
        *(
            statement
            for number, tenant in enumerate(tenants)
            for statement in (
                _allow(
                    f"Logs-{number}",
                    [tenant],
                    _READ,
                    [*_below(bucket, event_logs(tenant)), f"{below}/{tenant}/*"],
                ),
                _allow_list(
                    f"ListLogs-{number}",
                    [tenant],
                    _LIST,
                    bucket,
                    event_logs(tenant),
                    f"{LOGS_PREFIX}/{tenant}",
                ),
            )
        ),
    ]


def _below(bucket: str, prefix: str) -> list[str]:
    """Everything below a prefix, and the prefix itself: S3A asks for it to see whether a folder exists."""
    return [f"arn:aws:s3:::{bucket}/{prefix}", f"arn:aws:s3:::{bucket}/{prefix}/*"]


def _policy(statements: list[Policy]) -> Policy:
    return {"Version": "2012-10-17", "Statement": statements}


def _allow(sid: str, principals: Sequence[str], actions: Sequence[str], resources: Sequence[str]) -> Policy:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"AWS": list(principals)},
        "Action": list(actions),
        "Resource": list(resources),
    }


def _allow_list(
    sid: str, principals: Sequence[str], actions: Sequence[str], bucket: str, *prefixes: str
) -> Policy:
    condition = {"StringLike": {"s3:prefix": listable(*prefixes)}}
    return {**_allow(sid, principals, actions, [f"arn:aws:s3:::{bucket}"]), "Condition": condition}

"""What the parts of the jobs may do in the buckets on AWS: the worker that makes runs, and the pages. Pure.

Below `jobs/` both read everything. A run is claimed by a PUT with the condition `If-None-Match`, and a status
is replaced with `If-Match`: the first needs PutObject alone, the second GetObject as well (S3 API reference,
PutObject, "Permissions"). Only marks of runs under way and requests are ever deleted, so nobody here can take
a record, a verdict or an entry of the audit away.
"""

from __future__ import annotations

from components.aws_plans.account import Account
from components.aws_plans.iam import PolicyDocument, Statement, policy
from components.aws_plans.iam_spark import below, lists, through_s3
from components.buckets import (
    EVENTS_PREFIX,
    JOBS_DELETED_BY_WORKER,
    JOBS_PREFIX,
    JOBS_WRITTEN_BY_PAGES,
    JOBS_WRITTEN_BY_WORKER,
    Buckets,
)


def jobs_worker_policy(account: Account, *, buckets: Buckets, key_arn: str) -> PolicyDocument:
    """Rights of the worker: it keeps the records of runs, and reads event logs for their verdicts.

    Args:
        account: where the buckets are.
        buckets: names of the buckets.
        key_arn: ARN of the key that the buckets are encrypted with.
    """
    events, kept = account.bucket_arn(buckets.events), account.bucket_arn(buckets.artifacts)
    return policy(
        *_records(kept, JOBS_WRITTEN_BY_WORKER),
        Statement(
            sid="TakeAway",
            actions=("s3:DeleteObject",),
            resources=_folders(kept, JOBS_DELETED_BY_WORKER),
        ),
        Statement(sid="ReadLogs", actions=("s3:GetObject",), resources=below(events, EVENTS_PREFIX)),
        lists("ListLogs", (events,), (EVENTS_PREFIX,)),
        through_s3("UseKey", account, key_arn),
    )


def jobs_pages_policy(account: Account, *, buckets: Buckets, key_arn: str) -> PolicyDocument:
    """Rights of the pages: they read records and write what people ask for, and look whether data is right.

    They read the data of all tenants, whose names would not fit the 10,240 characters of a role; nothing else
    but public data is in that bucket. They delete nothing.

    Args:
        account: where the buckets are.
        buckets: names of the buckets.
        key_arn: ARN of the key that the buckets are encrypted with.
    """
    data = account.bucket_arn(buckets.data)
    return policy(
        *_records(account.bucket_arn(buckets.artifacts), JOBS_WRITTEN_BY_PAGES),
        Statement(sid="CheckData", actions=("s3:GetObject",), resources=(f"{data}/*",)),
        Statement(sid="ListData", actions=("s3:ListBucket",), resources=(data,)),
        through_s3("UseKey", account, key_arn),
    )


def _records(bucket_arn: str, written: tuple[str, ...]) -> tuple[Statement, ...]:
    return (
        Statement(
            sid="ReadRecords",
            actions=("s3:GetObject",),
            resources=below(bucket_arn, JOBS_PREFIX),
        ),
        lists("ListRecords", (bucket_arn,), (JOBS_PREFIX,)),
        Statement(sid="WriteRecords", actions=("s3:PutObject",), resources=_folders(bucket_arn, written)),
    )


def _folders(bucket_arn: str, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{bucket_arn}/{JOBS_PREFIX}/{name}/*" for name in names)

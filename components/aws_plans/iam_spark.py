"""What tenants and the history server may do in the buckets. Pure.

The same prefixes, and the same rights below them, as on the in-cluster store (`object_store_policies`): a job
moves between foundations without a change. One difference: S3 knows no condition by prefix for the list of
unfinished uploads, so a tenant sees other tenants' names there, never contents.
"""

from __future__ import annotations

from collections.abc import Sequence

from components.aws_plans.account import DNS_SUFFIX, Account
from components.aws_plans.iam import PolicyDocument, Statement, policy
from components.buckets import EVENTS_PREFIX, LOGS_PREFIX, PUBLIC_PREFIX, Buckets, event_logs, listable

_READ = ("s3:GetObject",)
_WRITE = ("s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts")
_DELETE = ("s3:DeleteObject",)


def tenant_policy(account: Account, *, buckets: Buckets, namespace: str, key_arn: str) -> PolicyDocument:
    """Rights of one tenant's drivers and executors.

    Args:
        account: where the buckets are.
        buckets: names of the buckets.
        namespace: the tenant's namespace, which is its prefix as well.
        key_arn: ARN of the key that the buckets are encrypted with.
    """
    data, artifacts = account.bucket_arn(buckets.data), account.bucket_arn(buckets.artifacts)
    events = account.bucket_arn(buckets.events)
    logs = event_logs(namespace)
    return policy(
        _on(
            "OwnObjects",
            (*_READ, *_WRITE, *_DELETE),
            (*below(data, namespace), *below(artifacts, namespace)),
        ),
        lists("ListOwn", (data, artifacts), (namespace,)),
        # The magic committer looks for uploads that a failed attempt left, and ends them.
        _on("ListUploads", ("s3:ListBucketMultipartUploads",), (data, artifacts)),
        _on("ReadPublic", _READ, below(data, PUBLIC_PREFIX)),
        lists("ListPublic", (data,), (PUBLIC_PREFIX,)),
        _on("ReadLogs", _READ, below(events, logs)),
        _on("WriteLogs", _WRITE, (f"{events}/{logs}/*",)),
        # A finished log is renamed from <...>.inprogress, and S3 renames by copying and deleting.
        _on("RenameLogs", _DELETE, (f"{events}/{logs}/*.inprogress",)),
        _on("ReadOwnPrinted", _READ, below(events, f"{LOGS_PREFIX}/{namespace}")),
        lists("ListLogs", (events,), (logs, f"{LOGS_PREFIX}/{namespace}")),
        through_s3("UseKey", account, key_arn),
    )


def submitter_policy(account: Account, *, buckets: Buckets, namespace: str, key_arn: str) -> PolicyDocument:
    """Rights of pods that run spark-submit for a tenant: they upload job files, and never see data.

    Args:
        account: where the buckets are.
        buckets: names of the buckets.
        namespace: the tenant's namespace, which is its prefix as well.
        key_arn: ARN of the key that the buckets are encrypted with.
    """
    artifacts = account.bucket_arn(buckets.artifacts)
    return policy(
        _on("OwnFiles", (*_READ, *_WRITE, *_DELETE), below(artifacts, namespace)),
        lists("ListOwn", (artifacts,), (namespace,)),
        through_s3("UseKey", account, key_arn),
    )


def history_policy(account: Account, *, buckets: Buckets, key_arn: str) -> PolicyDocument:
    """Rights of the history server: it reads, compacts and cleans event logs.

    Args:
        account: where the bucket is.
        buckets: names of the buckets.
        key_arn: ARN of the key that the bucket is encrypted with.
    """
    events = account.bucket_arn(buckets.events)
    logs = f"{events}/{EVENTS_PREFIX}"
    return policy(
        _on("ReadLogs", _READ, below(events, EVENTS_PREFIX)),
        _on("CleanLogs", _DELETE, (f"{logs}/*",)),
        # EventLogFileCompactor writes events_<n>_<app>.<codec>.compact, by way of <...>.compact.inprogress.
        _on("CompactLogs", _WRITE, (f"{logs}/*.compact*",)),
        lists("ListLogs", (events,), (EVENTS_PREFIX,)),
        through_s3("UseKey", account, key_arn),
    )


def log_writer_policy(account: Account, *, buckets: Buckets, key_arn: str) -> PolicyDocument:
    """Rights of the log collector: it adds printed logs, and reads none.

    Args:
        account: where the bucket is.
        buckets: names of the buckets.
        key_arn: ARN of the key that the bucket is encrypted with.
    """
    return policy(
        _on("WritePrinted", ("s3:PutObject",), (f"{account.bucket_arn(buckets.events)}/{LOGS_PREFIX}/*",)),
        through_s3("UseKey", account, key_arn),
    )


def log_reader_policy(account: Account, *, buckets: Buckets, key_arn: str) -> PolicyDocument:
    """Rights of the log page: it reads printed logs.

    Args:
        account: where the bucket is.
        buckets: names of the buckets.
        key_arn: ARN of the key that the bucket is encrypted with.
    """
    events = account.bucket_arn(buckets.events)
    return policy(
        _on("ReadPrinted", _READ, (f"{events}/{LOGS_PREFIX}/*",)),
        lists("ListPrinted", (events,), (LOGS_PREFIX,)),
        through_s3("UseKey", account, key_arn),
    )


def _on(sid: str, actions: Sequence[str], resources: Sequence[str]) -> Statement:
    return Statement(sid=sid, actions=tuple(actions), resources=tuple(resources))


def below(bucket_arn: str, prefix: str) -> tuple[str, str]:
    """Everything below a prefix, and the prefix itself: S3A asks for it when it looks for a folder.

    Args:
        bucket_arn: the bucket's ARN.
        prefix: without a slash at its end.
    """
    return (f"{bucket_arn}/{prefix}", f"{bucket_arn}/{prefix}/*")


def lists(sid: str, bucket_arns: Sequence[str], prefixes: Sequence[str]) -> Statement:
    """Let a role list some folders, each by its very name too.

    Args:
        sid: of the statement.
        bucket_arns: ARNs of the buckets.
        prefixes: the folders, without a slash at their ends.
    """
    return Statement(
        sid=sid,
        actions=("s3:ListBucket",),
        resources=tuple(bucket_arns),
        conditions={"StringLike": {"s3:prefix": tuple(listable(*prefixes))}},
    )


def through_s3(sid: str, account: Account, key_arn: str) -> Statement:
    """Let a role use a bucket's key, through S3 alone.

    Args:
        sid: of the statement.
        account: where the bucket is.
        key_arn: ARN of the key.
    """
    return Statement(
        sid=sid,
        actions=("kms:Decrypt", "kms:GenerateDataKey"),
        resources=(key_arn,),
        conditions={"StringEquals": {"kms:ViaService": f"s3.{account.region}.{DNS_SUFFIX}"}},
    )

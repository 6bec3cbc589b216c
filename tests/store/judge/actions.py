"""What each request of S3's REST API needs.

Sources: S3 API reference, the part "Permissions" of each operation, and S3 guide, "Required permissions for
Amazon S3 API operations"; where they differ from a plain pair of operation and action, the place is named. An
operation that is not here is not judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, unquote

from tests.store.judge.policies import NotJudgedError, Request

_BUCKET: Final[Mapping[tuple[str, str], str]] = {
    ("HEAD", ""): "s3:ListBucket",
    ("GET", ""): "s3:ListBucket",
    ("GET", "versions"): "s3:ListBucketVersions",
    ("GET", "uploads"): "s3:ListBucketMultipartUploads",
    ("GET", "location"): "s3:GetBucketLocation",
    ("GET", "versioning"): "s3:GetBucketVersioning",
    ("GET", "policy"): "s3:GetBucketPolicy",
    ("PUT", ""): "s3:CreateBucket",
    ("PUT", "policy"): "s3:PutBucketPolicy",
    ("DELETE", ""): "s3:DeleteBucket",
    ("DELETE", "policy"): "s3:DeleteBucketPolicy",
}

_OBJECT: Final[Mapping[tuple[str, str], str]] = {
    ("HEAD", ""): "s3:GetObject",
    ("GET", ""): "s3:GetObject",
    ("PUT", ""): "s3:PutObject",
    ("DELETE", ""): "s3:DeleteObject",
    ("POST", "uploads"): "s3:PutObject",
    ("PUT", "uploadId"): "s3:PutObject",
    ("POST", "uploadId"): "s3:PutObject",
    ("DELETE", "uploadId"): "s3:AbortMultipartUpload",
    ("GET", "uploadId"): "s3:ListMultipartUploadParts",
    ("GET", "tagging"): "s3:GetObjectTagging",
    ("PUT", "tagging"): "s3:PutObjectTagging",
    ("DELETE", "tagging"): "s3:DeleteObjectTagging",
}

_OF_VERSION: Final[Mapping[str, str]] = {
    "s3:GetObject": "s3:GetObjectVersion",
    "s3:DeleteObject": "s3:DeleteObjectVersion",
    "s3:GetObjectTagging": "s3:GetObjectVersionTagging",
    "s3:PutObjectTagging": "s3:PutObjectVersionTagging",
    "s3:DeleteObjectTagging": "s3:DeleteObjectVersionTagging",
}

_PARAMETERS: Final = frozenset(
    (
        *("list-type", "prefix", "delimiter", "max-keys", "continuation-token", "start-after", "marker"),
        *("encoding-type", "fetch-owner", "key-marker", "upload-id-marker", "version-id-marker"),
        *("max-uploads", "partNumber", "part-number-marker", "max-parts", "versionId", "x-id"),
        *("response-content-type", "response-content-disposition"),
    )
)
"""Parameters that ask for no other operation."""

_CONDITIONS: Final = {"prefix": "s3:prefix", "delimiter": "s3:delimiter", "max-keys": "s3:max-keys"}
"""Keys of the conditions on lists. They exist for ListBucket and ListBucketVersions alone, not for the list
of unfinished uploads (Service authorization reference, "Actions defined by Amazon S3")."""

_HEADERS: Final[Mapping[str, str]] = {
    "x-amz-tagging": "s3:PutObjectTagging",
    "x-amz-acl": "s3:PutObjectAcl",
    "x-amz-grant-read": "s3:PutObjectAcl",
    "x-amz-grant-full-control": "s3:PutObjectAcl",
    "x-amz-object-lock-mode": "s3:PutObjectRetention",
    "x-amz-object-lock-legal-hold": "s3:PutObjectLegalHold",
    # PutObject and CompleteMultipartUpload, "Permissions": If-Match needs to read what it compares.
    "if-match": "s3:GetObject",
}
"""What headers of a request that writes an object ask for besides."""

_DECRYPT: Final = "kms:Decrypt"
_DATA_KEY: Final = "kms:GenerateDataKey"

_KEYS: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("GET", ""): (_DECRYPT,),
    ("PUT", ""): (_DATA_KEY,),
    ("POST", "uploads"): (_DATA_KEY,),
    ("PUT", "uploadId"): (_DECRYPT, _DATA_KEY),
    ("POST", "uploadId"): (_DECRYPT,),
}
"""What an object encrypted under a KMS key needs of the key besides (S3 guide, "Using server-side encryption
with AWS KMS keys", "Permissions"; for uploads "Multipart upload API and permissions"). HEAD decrypts
nothing."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request of the REST API, addressed by path.

    Args:
        method: its method.
        path: its path as sent.
        query: its query as sent.
        headers: its headers, by names in lower case.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def bucket(self) -> str:
        """The bucket; empty for the list of all."""
        return unquote(self.path.lstrip("/").partition("/")[0])

    @property
    def key(self) -> str:
        """The object's key; empty for the bucket itself."""
        return unquote(self.path.lstrip("/").partition("/")[2])

    @property
    def parameters(self) -> dict[str, str]:
        """The query's parameters."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    @property
    def operation(self) -> tuple[str, str]:
        """Method, and the parameter that asks for another operation than the plain one."""
        other = [
            each for each in self.parameters if each not in _PARAMETERS and not each.startswith("X-Amz-")
        ]
        if len(other) > 1:
            raise NotJudgedError(f"{self.method} {self.path}?{self.query}")
        return (self.method, other[0] if other else "")


def object_arn(bucket: str, key: str) -> str:
    """ARN of an object."""
    return f"arn:aws:s3:::{bucket}/{key}"


def is_batch_delete(call: Call) -> bool:
    """Whether the request deletes the keys that its body names.

    Each is judged by itself: the answer has an error for each refused key (API reference, DeleteObjects,
    "Response Elements").
    """
    return not call.key and call.operation == ("POST", "delete")


def needs(call: Call) -> list[Request]:
    """Everything that must be allowed in S3 itself.

    Raises:
        NotJudgedError: no rule here speaks of the operation.
    """
    if not call.bucket:
        return [_all_buckets(call)]
    return [_of_bucket(call)] if not call.key else list(_of_object(call))


def to_be_told(call: Call) -> Request | None:
    """What must be allowed to be told that the object is not there; otherwise the answer is 403.

    HeadObject, GetObject and CopyObject (API reference, "Permissions"): "If you have the s3:ListBucket
    permission on the bucket, Amazon S3 returns an HTTP status code 404"; 403 without it.
    """
    if call.key and call.operation in (("GET", ""), ("HEAD", "")):
        return _list_of(call.bucket, call.key)
    source = copied(call)
    return _list_of(*source) if source else None


def key_needs(call: Call) -> list[tuple[str, str]]:
    """What must be allowed of the keys that buckets are encrypted with: pairs of bucket and action."""
    if not call.key:
        return []
    found = [(call.bucket, action) for action in _KEYS.get(call.operation, ())]
    source = copied(call)
    return [*found, (source[0], _DECRYPT)] if source else found


def copied(call: Call) -> tuple[str, str] | None:
    """Bucket and key that an object, or a part of one, is copied from (CopyObject, UploadPartCopy)."""
    source = call.headers.get("x-amz-copy-source")
    if source is None:
        return None
    bucket, _, key = unquote(source).lstrip("/").partition("/")
    return bucket, key.partition("?versionId=")[0]


def _list_of(bucket: str, prefix: str) -> Request:
    return Request(
        action="s3:ListBucket", resource=f"arn:aws:s3:::{bucket}", context={"s3:prefix": prefix, **_ANY}
    )


_ANY: Final = {"aws:securetransport": "true"}
"""Of every request. The proxy speaks HTTP because it is on loopback; the stacks' clients use S3's own
endpoint, which S3A, the AWS SDKs and Spark reach by HTTPS."""


def _all_buckets(call: Call) -> Request:
    if call.method != "GET":
        raise NotJudgedError(f"{call.method} {call.path}")
    return Request(action="s3:ListAllMyBuckets", resource="*", context=_ANY)


def _of_bucket(call: Call) -> Request:
    action = _action(_BUCKET, call)
    limited = action in ("s3:ListBucket", "s3:ListBucketVersions") and call.method == "GET"
    said = {_CONDITIONS[key]: value for key, value in call.parameters.items() if key in _CONDITIONS}
    return Request(
        action=action, resource=f"arn:aws:s3:::{call.bucket}", context={**_ANY, **(said if limited else {})}
    )


def _of_object(call: Call) -> Iterator[Request]:
    here = object_arn(call.bucket, call.key)
    action = _action(_OBJECT, call)
    if "versionId" in call.parameters:
        action = _OF_VERSION[action]
    yield Request(action=action, resource=here, context=_ANY)
    if action == "s3:PutObject":
        for header in _HEADERS.keys() & call.headers.keys():
            yield Request(action=_HEADERS[header], resource=here, context=_ANY)
    source = copied(call)
    if source:
        version = "?versionId=" in unquote(call.headers["x-amz-copy-source"])
        read = "s3:GetObjectVersion" if version else "s3:GetObject"
        yield Request(action=read, resource=object_arn(*source), context=_ANY)


def _action(table: Mapping[tuple[str, str], str], call: Call) -> str:
    if call.operation not in table:
        raise NotJudgedError(f"{call.method} {call.path}?{call.query}")
    return table[call.operation]

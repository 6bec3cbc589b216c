"""Objects in an S3 bucket, each write under a condition.

Conditional writes are AWS's (`If-None-Match: *` since August 2024, `If-Match` since November 2024: Amazon S3
User Guide, "Conditional writes") and versitygw's. What AWS answers: 412 if the object is there or has
changed; 409 ConditionalRequestConflict if another write of the same key is under way, which is to be tried
again; both are told apart here. A policy of the bucket can demand the condition (`s3:if-none-match`), which
is not asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from botocore.exceptions import ClientError

ATTEMPTS: Final = 8
"""Tries of one write, or of reading what refused it, while another of the same key is under way."""


class Bucket:
    """An S3 bucket.

    Args:
        client: a boto3 client for S3.
        name: the bucket's name.
    """

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    def get(self, key: str) -> tuple[bytes, str] | None:
        """An object and the mark of this state of it; None if it is not there.

        Args:
            key: the object's.
        """
        try:
            answer = self._client.get_object(Bucket=self._name, Key=key)
        except ClientError as error:
            if _code(error) in ("NoSuchKey", "404"):
                return None
            raise
        return answer["Body"].read(), answer["ETag"]

    def create(self, key: str, content: bytes, media_type: str = "application/json") -> bool:
        """Write an object that is not there; False if it is, and then it stays as it is.

        Args:
            key: the object's.
            content: what it has.
            media_type: of the content.
        """
        return self._put(key, content, media_type, {"IfNoneMatch": "*"}) is not None

    def replace(
        self, key: str, content: bytes, seen: str, media_type: str = "application/json"
    ) -> str | None:
        """Write an object, if it is still the one that was seen.

        Args:
            key: the object's.
            content: what it has.
            seen: mark of the state that was read; empty if there was none.
            media_type: of the content.

        Returns:
            The mark of the new one; None if it is another one by now.
        """
        return self._put(key, content, media_type, {"IfMatch": seen} if seen else {"IfNoneMatch": "*"})

    def delete(self, key: str) -> None:
        """Delete an object; nothing happens if it is gone.

        Args:
            key: the object's.
        """
        self._client.delete_object(Bucket=self._name, Key=key)

    def keys(self, prefix: str) -> Iterator[str]:
        """Keys of all objects below a prefix, in their order.

        Args:
            prefix: what they begin with.
        """
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._name, Prefix=prefix)
        for page in pages:
            for each in page.get("Contents", ()):
                yield str(each["Key"])

    def folders(self, prefix: str) -> Iterator[str]:
        """Names of the folders right below a prefix, in their order.

        Args:
            prefix: what they begin with, with a slash at its end.
        """
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._name, Prefix=prefix, Delimiter="/"
        )
        for page in pages:
            for each in page.get("CommonPrefixes", ()):
                yield str(each["Prefix"])[len(prefix) : -1]

    def _put(self, key: str, content: bytes, media_type: str, condition: Mapping[str, str]) -> str | None:
        """The new mark; None if the condition does not hold."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                answer = self._client.put_object(
                    Bucket=self._name, Key=key, Body=content, ContentType=media_type, **condition
                )
                return str(answer["ETag"])
            except ClientError as error:
                if _code(error) in ("PreconditionFailed", "412"):
                    return None
                if _code(error) != "ConditionalRequestConflict" or attempt == ATTEMPTS:
                    raise
        raise AssertionError("the loop ends by itself")


def _code(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])

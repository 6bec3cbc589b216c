"""The way to the object store, as worker and pages take it."""

from __future__ import annotations

from typing import Any, Final

import boto3
from botocore.config import Config

CONNECT_SECONDS: Final = 3

READ_SECONDS: Final = 10
"""Longest wait for the next byte of an answer; boto3's is 60. A connection of a pod's first moment may get no
answer at all, where network policies begin to act after it was opened: who gives up soon and opens another
goes on. No object here takes so long to be begun with."""

CONNECTIONS: Final = 10
"""Connections that are kept, as many as boto3 keeps."""


def client(
    endpoint: str,
    region: str,
    *,
    attempts: int,
    connections: int = CONNECTIONS,
    read_seconds: float = READ_SECONDS,
) -> Any:
    """Make a client for S3.

    Args:
        endpoint: URL of the object store; empty for AWS.
        region: of the object store.
        attempts: tries of each request.
        connections: most that are kept.
        read_seconds: longest wait for the next byte of an answer.
    """
    return boto3.client(
        "s3",
        endpoint_url=endpoint or None,
        region_name=region,
        config=Config(  # type: ignore[no-untyped-call]
            s3={"addressing_style": "path"} if endpoint else {},
            retries={"mode": "standard", "total_max_attempts": attempts},
            connect_timeout=CONNECT_SECONDS,
            read_timeout=read_seconds,
            max_pool_connections=connections,
        ),
    )

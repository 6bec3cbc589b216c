"""The tenant's object store, from this machine: through the API server when it is inside the cluster."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from components import naming
from flights.dataset import file_sha256
from flights.platform import Platform
from toolchain.forward import forwarded
from toolchain.kubectl import Kubectl
from workspace.errors import ReportedError

DIGEST: Final = "sha256"
"""Metadata key of the uploaded files' digest: what decides whether a file must be uploaded again."""


# These packages have no annotations.
_client: Any = boto3.client
_config: Any = Config


@dataclass(frozen=True)
class Store:
    """An S3 client with the tenant's rights.

    Args:
        client: boto3's.
    """

    client: Any

    def upload(self, path: Path, bucket: str, key: str) -> bool:
        """Upload a file unless the same one is there; True if it was uploaded.

        Args:
            path: of the file.
            bucket: which gets it.
            key: where in the bucket.

        Raises:
            ReportedError: the store refuses.
        """
        digest = file_sha256(path)
        if self._digest(bucket, key) == digest:
            return False
        with _refusals(f"upload s3://{bucket}/{key}"):
            self.client.upload_file(str(path), bucket, key, ExtraArgs={"Metadata": {DIGEST: digest}})
        return True

    def _digest(self, bucket: str, key: str) -> str | None:
        try:
            head = self.client.head_object(Bucket=bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
                return None
            raise _refusal(f"look at s3://{bucket}/{key}", error) from error
        return str(head["Metadata"].get(DIGEST, ""))

    def keys(self, bucket: str, prefix: str) -> list[str]:
        """All keys below a prefix.

        Args:
            bucket: which is listed.
            prefix: without the slash at its end.

        Raises:
            ReportedError: the store refuses.
        """
        with _refusals(f"list s3://{bucket}/{prefix}/"):
            pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{prefix}/")
            return [str(entry["Key"]) for page in pages for entry in page.get("Contents", [])]

    def read(self, bucket: str, key: str) -> bytes | None:
        """An object's content; None when there is none.

        Args:
            bucket: which has it.
            key: where in the bucket.

        Raises:
            ReportedError: the store refuses.
        """
        try:
            return bytes(self.client.get_object(Bucket=bucket, Key=key)["Body"].read())
        except ClientError as error:
            if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
                return None
            raise _refusal(f"read s3://{bucket}/{key}", error) from error

    def write(self, bucket: str, key: str, content: bytes) -> None:
        """Write an object.

        Args:
            bucket: which gets it.
            key: where in the bucket; what is there is replaced.
            content: the whole object.

        Raises:
            ReportedError: the store refuses.
        """
        with _refusals(f"write s3://{bucket}/{key}"):
            self.client.put_object(Bucket=bucket, Key=key, Body=content)

    def download(self, bucket: str, prefix: str, folder: Path) -> list[Path]:
        """Copy everything below a prefix into a folder, with the same names below it.

        Args:
            bucket: which is read.
            prefix: without the slash at its end.
            folder: made if it is not there.

        Raises:
            ReportedError: the store refuses.
        """
        files = []
        for key in self.keys(bucket, prefix):
            if key.endswith("/"):
                continue  # S3A's marker for a folder
            target = folder / key.removeprefix(f"{prefix}/")
            target.parent.mkdir(parents=True, exist_ok=True)
            with _refusals(f"read s3://{bucket}/{key}"):
                self.client.download_file(bucket, key, str(target))
            files.append(target)
        return files


@contextmanager
def _refusals(doing: str) -> Iterator[None]:
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise _refusal(doing, error) from error


def _refusal(doing: str, error: Exception) -> ReportedError:
    return ReportedError(
        f"the object store refused to {doing}: {error}",
        hint="a tenant may use its own prefix in the buckets only; see `kubectl get pods -n object-store`",
    )


@contextmanager
def open_store(platform: Platform) -> Iterator[Store]:
    """The store with the tenant's credentials, for as long as the block lasts.

    Args:
        platform: where the store is and which tenant's credentials open it; on AWS those of whoever runs
            this.

    Raises:
        ReportedError: the Secret is missing, or the store can't be reached.
    """
    if platform.endpoint is None:
        yield Store(_client("s3", region_name=platform.region))
        return
    access, secret = credentials(Kubectl(platform.kubeconfig), platform.namespace)
    with _reachable(platform.kubeconfig, platform.endpoint) as endpoint:
        yield connect(endpoint, access, secret, platform.region)


def connect(endpoint: str, access: str, secret: str, region: str) -> Store:
    """A store at a URL that this machine reaches.

    Args:
        endpoint: the URL.
        access: access key id.
        secret: secret key.
        region: that requests are signed for.
    """
    config = _config(
        s3={"addressing_style": "path"},
        retries={"max_attempts": 5, "mode": "standard"},
        connect_timeout=10,
        read_timeout=60,
        # Trailing checksums are newer than most S3 servers that are not AWS.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    client = _client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id=access,
        aws_secret_access_key=secret,
        region_name=region,
        config=config,
    )
    return Store(client)


def credentials(kubectl: Kubectl, namespace: str) -> tuple[str, str]:
    """The tenant's access key id and secret key, from its Secret.

    Args:
        kubectl: of the platform's cluster.
        namespace: the tenant's.

    Raises:
        ReportedError: there is no such Secret.
    """
    secret = kubectl.get("secret", naming.CREDENTIALS_SECRET, namespace)
    if secret is None:
        raise ReportedError(
            f"namespace {namespace} has no Secret {naming.CREDENTIALS_SECRET}",
            hint="name a tenant of this stack; `kubectl get namespaces -l spark-on-eks/tenant` lists them",
        )
    access, key = (
        base64.b64decode(secret["data"][name]).decode() for name in (naming.ACCESS_KEY, naming.SECRET_KEY)
    )
    return access, key


@contextmanager
def _reachable(kubeconfig: Path, endpoint: str) -> Iterator[str]:
    """A URL for a Service's URL; one of another host is reachable as it is."""
    parts = urlsplit(endpoint)
    service = re.fullmatch(r"(?P<name>[^.]+)\.(?P<namespace>[^.]+)\.svc(\..*)?", parts.hostname or "")
    if service is None:
        yield endpoint
        return
    target = f"service/{service['name']}"
    with forwarded(kubeconfig, service["namespace"], target, parts.port or 80) as port:
        yield f"http://127.0.0.1:{port}"

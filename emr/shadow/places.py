"""Where outputs lie: folders of this machine, and prefixes in S3 or a store that speaks like it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pyarrow import fs

from emr.shadow.folders import File

SCHEMES: Final = ("s3", "s3a", "s3n")
"""One store by three names: EMR writes the first, Hadoop's own S3A reads the second."""


@dataclass(frozen=True)
class Store:
    """How the store is reached.

    Args:
        endpoint: its URL; None for AWS's own.
        access: access key id; None for what the AWS SDK finds: variables, a profile, the machine's role.
        secret: secret key.
        region: that requests are signed for; None for what the SDK finds.
    """

    endpoint: str | None = None
    access: str | None = None
    secret: str | None = None
    region: str | None = None

    @classmethod
    def of_environment(cls) -> Store:
        """The store that the variables of the AWS SDKs name."""
        return cls(
            endpoint=os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL"),
            region=os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"),
        )


@dataclass(frozen=True)
class Place:
    """A folder.

    Args:
        name: as it was given.
        system: Arrow's file system.
        path: in that file system.
        url: as Iceberg's metadata would name it.
        store: how S3 is reached.
    """

    name: str
    system: Any
    path: str
    url: str
    store: Store

    @property
    def iceberg_properties(self) -> dict[str, str]:
        """The store in the words of Iceberg's readers."""
        given = {
            "s3.endpoint": self.store.endpoint,
            "s3.access-key-id": self.store.access,
            "s3.secret-access-key": self.store.secret,
            "s3.region": self.store.region,
        }
        return {name: value for name, value in given.items() if value is not None}

    def files(self) -> list[File]:
        """All files below it.

        Raises:
            ValueError: it does not exist, or can't be listed.
        """
        try:
            found = self.system.get_file_info(fs.FileSelector(self.path, recursive=True))
        except FileNotFoundError as error:
            raise ValueError(
                f"{self.name} does not exist: correct the path, or run the job that writes it"
            ) from error
        except OSError as error:
            raise ValueError(f"{self.name} can't be listed: {error}") from error
        return [
            File(each.path.removeprefix(f"{self.path}/"), each.size)
            for each in found
            if each.type == fs.FileType.File
        ]


def open_place(name: str, store: Store) -> Place:
    """Say where a name leads.

    Args:
        name: a path, or a URL with one of SCHEMES or `file`.
        store: how S3 is reached.

    Raises:
        ValueError: the scheme is another.
    """
    scheme, colon, rest = name.partition("://")
    if not colon or scheme == "file":
        path = Path(rest or "/" if colon else name).absolute()
        return Place(name, fs.LocalFileSystem(), str(path), path.as_uri(), store)
    if scheme not in SCHEMES:
        raise ValueError(f"{name}: {scheme}:// can't be read here; copy it, or name a path or s3a://")
    path_ = rest.rstrip("/")
    return Place(name, _s3(store), path_, f"s3://{path_}", store)


def _s3(store: Store) -> Any:
    given = {
        "endpoint_override": store.endpoint,
        "access_key": store.access,
        "secret_key": store.secret,
        "region": store.region,
    }
    return fs.S3FileSystem(**{name: value for name, value in given.items() if value is not None})

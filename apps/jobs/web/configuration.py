"""What the pages are told by their environment. Pure but for the files that it names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, Json

from .sources import Links
from .viewer import Door


class Configuration(BaseModel):
    """What the pages are told.

    Args:
        namespaces: the tenants', with commas between them.
        groups: groups that tenants name, with commas between them.
        members: JSON object: groups by user, where the login has users of its own.
        page_password: file with the password by which the login proves itself.
        form_key: file with the key of forms' marks; of the page's password if empty.
        live_key: file with the key of passes to drivers' pages.
        bucket: of the records.
        endpoint: URL of the object store; empty for AWS.
        region: of the object store.
        path: where the pages are below their address, such as `/jobs`.
        history: address of the history server.
        logs: address of the stored logs.
        signals: address of the dashboards.
        repository_page: address of a file in the repository, with `{commit}` and `{path}`.
        check_seconds: time between two looks at the data of all jobs; 0 for none.
        data_buckets: where tenants' data lies, each in a folder of its namespace's name, with commas.
        port: of the pages.
        metrics_port: of their metrics, which the login does not lead to.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    namespaces: str = Field(min_length=1)
    groups: str = ""
    members: Json[dict[str, list[str]]] = {}
    page_password: Path
    form_key: Path | None = None
    live_key: Path
    bucket: str = Field(min_length=1)
    endpoint: str = ""
    region: str = "us-east-1"
    path: str = ""
    history: str = ""
    logs: str = ""
    signals: str = ""
    repository_page: str = ""
    check_seconds: int = Field(default=0, ge=0)
    data_buckets: str = ""
    port: int = 8080
    metrics_port: int = 8000

    @property
    def door(self) -> Door:
        """How viewers come in.

        Raises:
            OSError: a file is not there.
            ValueError: the password is empty.
        """
        return Door(
            password=self.page_password.read_text().strip(),
            groups=frozenset(_listed(self.groups)),
            members={name: frozenset(groups) for name, groups in self.members.items()},
        )

    @property
    def secret(self) -> bytes:
        """What marks of forms are made of.

        Raises:
            OSError: the file is not there.
        """
        return (self.form_key or self.page_password).read_bytes()

    @property
    def pass_key(self) -> bytes:
        """What passes to drivers' pages are sealed with.

        Raises:
            OSError: the file is not there.
            ValueError: it is empty.
        """
        key = self.live_key.read_bytes().strip()
        if not key:
            raise ValueError(f"{self.live_key} is empty: anybody could make a pass to a driver's page")
        return key

    @property
    def links(self) -> Links:
        """Addresses of other pages."""
        return Links(
            history=self.history.rstrip("/"),
            logs=self.logs.rstrip("/"),
            signals=self.signals,
            repository=self.repository_page,
        )

    @property
    def checked_buckets(self) -> tuple[str, ...]:
        """Buckets of the tenants' data."""
        return tuple(_listed(self.data_buckets))

    @property
    def tenants(self) -> tuple[str, ...]:
        """The tenants' namespaces."""
        return tuple(sorted(_listed(self.namespaces)))


def configuration(environment: Mapping[str, str]) -> Configuration:
    """Read the variables `JOBS_NAMESPACES` and so on.

    Args:
        environment: the process's.

    Raises:
        pydantic.ValidationError: something is missing or wrong; all of it at once.
    """
    names = {f"JOBS_{name.upper()}": name for name in Configuration.model_fields}
    return Configuration.model_validate(
        {names[key]: value for key, value in environment.items() if key in names}
    )


def _listed(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]

"""What the worker is told by its environment. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, Json

CREDENTIALS: Final = ("username", "password")
"""Files of the Secret for the repository, both optional."""


class Configuration(BaseModel):
    """What the worker is told.

    Args:
        namespaces: those that runs may be in, with commas between them.
        bucket: of the records.
        endpoint: URL of the object store; empty for AWS.
        region: of the object store, and of the prices.
        events_bucket: of Spark's event logs.
        events_prefix: what lies before the namespace there.
        repository: URL of the definitions' repository; empty for none.
        branch: the branch that is followed.
        folder: folder of the definitions in it.
        sync_seconds: time between two looks at it.
        keep_seconds: how long a run stays in the cluster after its end, if its definition does not say it.
        credentials: folder with the repository's username and password; empty for none.
        home: folder for the copy of the repository.
        metrics_port: port of the metrics.
        scrape_seconds: time between two looks at them.
        prices: JSON object: USD an hour by instance type, before all other prices.
        karpenter: address of Karpenter's metrics, which have its prices; empty where it does not run.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    namespaces: str = Field(min_length=1)
    bucket: str = Field(min_length=1)
    endpoint: str = ""
    region: str = "us-east-1"
    events_bucket: str = Field(min_length=1)
    events_prefix: str = "spark"
    repository: str = ""
    branch: str = "main"
    folder: str = ""
    sync_seconds: int = Field(default=300, ge=5)
    keep_seconds: int = Field(ge=0)
    credentials: str = ""
    home: str = "/var/lib/jobs"
    metrics_port: int = 8000
    scrape_seconds: int = Field(default=30, ge=1)
    prices: Json[dict[str, str]] = {}
    karpenter: str = ""

    @property
    def every(self) -> timedelta:
        """Time between two looks at the repository."""
        return timedelta(seconds=self.sync_seconds)

    def credential(self, name: str) -> str:
        """The repository's username or password; empty for none.

        Args:
            name: one of `CREDENTIALS`.
        """
        place = Path(self.credentials or "/nowhere") / name
        return place.read_text(encoding="utf-8").strip() if place.is_file() else ""


def configuration(environment: Mapping[str, str]) -> Configuration:
    """Read the variables `JOBS_NAMESPACES` and so on.

    Args:
        environment: the process's.

    Raises:
        pydantic.ValidationError: something is missing or wrong; all of it at once.
    """
    names = {f"JOBS_{name.upper()}": name for name in Configuration.model_fields}
    given = {names[key]: value for key, value in environment.items() if key in names}
    return Configuration.model_validate(given)

"""What pages read, and where they put what people ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from apps.jobs.index.answers import By, Cell, Count, Failures, JobSummary, Page
from apps.jobs.index.filters import Filters
from apps.jobs.index.paging import Asked
from apps.jobs.ledger.identity import RunId, Series
from apps.jobs.ledger.requests import Requests
from apps.jobs.ledger.store import Ledger
from apps.jobs.runs.run import Run
from apps.jobs.sync.known import STATE, Known, State

from .cluster import Cluster
from .viewer import Door


class Index(Protocol):
    """The index as one viewer sees it: `index.reading.Reader`."""

    def page(self, asked: Asked, filters: Filters = ...) -> Page:
        """Some runs of a list."""

    def series(self, series: Series) -> tuple[Run, ...]:
        """All runs of a job for one interval."""

    def run(self, run: RunId) -> Run | None:
        """One run."""

    def of_application(self, namespace: str, application: str) -> tuple[Run, ...]:
        """Runs of a SparkApplication."""

    def counts(self, by: By, filters: Filters = ...) -> tuple[Count, ...]:
        """How many runs there are of each kind."""

    def failures(self, filters: Filters = ..., *, most: int = ...) -> tuple[Failures, ...]:
        """Equal failures as one."""

    def grid(self, start: datetime, end: datetime, filters: Filters = ...) -> tuple[Cell, ...]:
        """What became of jobs' intervals."""

    def jobs(self, since: datetime, filters: Filters = ...) -> tuple[JobSummary, ...]:
        """Jobs by their runs."""


class Store(Protocol):
    """Objects in the ledger's bucket: `ledger.bucket.Bucket`."""

    def get(self, key: str) -> tuple[bytes, str] | None:
        """An object and its mark."""

    def create(self, key: str, content: bytes, media_type: str = ...) -> bool:
        """Write an object that is not there."""

    def replace(self, key: str, content: bytes, seen: str, media_type: str = ...) -> str | None:
        """Write an object that has not changed."""

    def keys(self, prefix: str) -> Iterator[str]:
        """Keys below a prefix."""


@dataclass(frozen=True, kw_only=True)
class Links:
    """Addresses of other pages, as a browser opens them; empty where there is none.

    Args:
        history: of the history server; `/history/<id>/` is a run's page.
        logs: of the page of stored logs.
        signals: of the dashboards.
        repository: of the repository, as people open a file in it; `{commit}` and `{path}` are filled in.
    """

    history: str = ""
    logs: str = ""
    signals: str = ""
    repository: str = ""


@dataclass(frozen=True, kw_only=True)
class Sources:
    """All of it.

    Args:
        door: how viewers come in.
        cluster: the API server.
        index: the index, of the namespaces that a viewer may see.
        store: the ledger's bucket.
        ledger: records.
        requests: what people ask the worker for.
        namespaces: the tenants'.
        secret: what marks of forms are made of.
        live_key: what passes to drivers' pages are sealed with.
        links: addresses of other pages.
        path: where the pages are below their address, such as `/jobs`; without a slash at its end.
        clock: gives the time.
    """

    door: Door
    cluster: Cluster
    index: Callable[[Set[str]], Index]
    store: Store
    ledger: Ledger
    requests: Requests
    namespaces: tuple[str, ...]
    secret: bytes
    live_key: bytes
    links: Links = Links()
    path: str = ""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def state(self) -> State:
        """What is known of the definitions."""
        found = self.store.get(STATE)
        return State() if found is None else State.model_validate_json(found[0])

    def job(self, namespace: str, name: str) -> Known | None:
        """A job's last good definition; None for one that is not in Git.

        Args:
            namespace: the tenant's.
            name: the job's.
        """
        return self.state().by_place().get((namespace, name))

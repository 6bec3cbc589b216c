"""What is known of the definitions: the last good one of each job, kept in the bucket. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from apps.jobs.definitions.checking import Definition
from apps.jobs.definitions.problems import Problem
from apps.jobs.definitions.settings import JobSettings
from apps.jobs.definitions.written import Written
from apps.jobs.ledger.identity import ROOT
from apps.jobs.schedule.cron import Schedule
from apps.jobs.schedule.due import Concurrency

STATE: Final = f"{ROOT}/sync/state.json"
"""Object of the bucket with all of it: it is read and written whole."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Fault(_Part):
    """One thing that is wrong with a file.

    Args:
        path: the file, below the folder.
        line: where in it.
        key: the value's place in its document; empty for all of it.
        message: the rest of a sentence that begins with the key.
    """

    path: str
    line: int
    key: str
    message: str

    @classmethod
    def of(cls, problem: Problem) -> Fault:
        """What was found when the file was read.

        Args:
            problem: as the reader tells it.
        """
        return cls(path=problem.path, line=problem.line, key=problem.key, message=problem.message)


class Known(_Part):
    """A job, by its last good definition.

    Args:
        namespace: where it runs.
        name: its name.
        path: its file, below the folder.
        line: where in it.
        revision: of the definition, see `definitions.checking.revision`.
        commit: the last commit that touched the file.
        spec: of the SparkApplication that each run is, marks not filled in.
        metadata: labels and annotations.
        schedule: when it is due; empty for a job that runs once.
        zone: time zone of the schedule.
        concurrency: what becomes of an interval while a run is under way; None for a job that runs once.
        suspended: whether nothing starts.
        settings: what stands beside it, as it is written.
        since: intervals that end later are its own; what ended before is done, let go, or was before it.
        stale: why the newest commit's file is not what goes on; empty if it is.
        written: the lines of its file with its memory; None where it names none.
    """

    namespace: str
    name: str
    path: str
    line: int
    revision: str
    commit: str
    spec: dict[str, Any]
    metadata: dict[str, Any] = {}
    schedule: str = ""
    zone: str = "UTC"
    concurrency: Concurrency | None = None
    suspended: bool = False
    settings: dict[str, Any] = {}
    since: AwareDatetime
    stale: str = ""
    written: Written | None = None

    @property
    def place(self) -> tuple[str, str]:
        """Namespace and name."""
        return self.namespace, self.name

    @property
    def when(self) -> Schedule | None:
        """When it is due; None for a job that runs once."""
        return Schedule(self.schedule, self.zone) if self.schedule else None

    @property
    def beside(self) -> JobSettings:
        """What stands beside it."""
        return JobSettings.model_validate(self.settings)

    @property
    def definition(self) -> Definition:
        """The definition that this was kept of."""
        return Definition(
            namespace=self.namespace,
            name=self.name,
            path=self.path,
            line=self.line,
            spec=self.spec,
            metadata=self.metadata,
            schedule=self.when,
            concurrency=self.concurrency,
            suspended=self.suspended,
            settings=self.beside,
            revision=self.revision,
            written=self.written,
        )


class State(_Part):
    """All that is known.

    Args:
        url: the repository's.
        branch: its branch.
        folder: folder of the definitions.
        head: the commit that was read last; empty before the first.
        fetched: when the repository was last read.
        error: why it could not be read the last time; empty if it could.
        files: how many files there are.
        faults: all that is wrong with them.
        held: how many definitions vanished at once, and are kept until a person says that it is meant.
        jobs: the last good definition of each job.
    """

    url: str = ""
    branch: str = ""
    folder: str = ""
    head: str = ""
    fetched: AwareDatetime | None = None
    error: str = ""
    files: int = 0
    faults: tuple[Fault, ...] = ()
    held: int = 0
    jobs: tuple[Known, ...] = Field(default=())

    def by_place(self) -> dict[tuple[str, str], Known]:
        """Jobs by namespace and name."""
        return {job.place: job for job in self.jobs}


def known(definition: Definition, commit: str, since: Any) -> Known:
    """A definition as it is kept.

    Args:
        definition: that is right.
        commit: the last one that touched its file.
        since: intervals that end later are its own.
    """
    schedule = definition.schedule
    return Known(
        namespace=definition.namespace,
        name=definition.name,
        path=definition.path,
        line=definition.line,
        revision=definition.revision,
        commit=commit,
        spec=dict(definition.spec),
        metadata=dict(definition.metadata),
        schedule=schedule.text if schedule else "",
        zone=schedule.zone if schedule else "UTC",
        concurrency=definition.concurrency,
        suspended=definition.suspended,
        settings=_written(definition.settings),
        since=since,
        written=definition.written,
    )


def _written(settings: JobSettings) -> dict[str, Any]:
    """Settings as a person writes them: spans of time have no other form that is read back."""
    found = settings.model_dump(by_alias=True, mode="json", exclude_none=True)
    for name, field in (
        ("deadline", settings.deadline),
        ("timeout", settings.timeout),
        ("dueWithin", settings.due_within),
    ):
        if field is not None:
            found[name] = _span(field)
    return found


def _span(span: timedelta) -> str:
    return f"{int(span.total_seconds())}s"

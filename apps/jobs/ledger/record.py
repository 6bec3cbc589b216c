"""What a run's record says: written once, at the claim, with all it takes to create the run. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from apps.jobs.definitions.marks import filled

from .identity import ONCE, RunId, Series

FORMAT: Final = 1

LABELS: Final = "jobs.spark-on-eks"
"""Prefix of labels; those of a SparkApplication reach its pods (annotations do not). It is not the platform's
own, `spark-on-eks/`, which admission policies refuse on jobs and on their pods, whoever asks."""


class Cause(StrEnum):
    """What a run comes from."""

    GIT = "git"
    SCHEDULE = "schedule"
    RETRY = "retry"
    BACKFILL = "backfill"
    MANUAL = "manual"
    AIRFLOW = "airflow"
    EXTERNAL = "external"


class _Asked(BaseModel):
    """What whoever wants a run says of it, and its record keeps.

    Args:
        key: what it is run for: two claims with the same key are the same run. `schedule`, `git:<revision>`,
            `retry:<n of the run that failed>`, `backfill:<id>`, `request:<id>`, `external:<uid>`.
        cause: what it comes from.
        start: begin of the interval; None for a job without, and for a run that came another way.
        end: end of the interval, which is not part of it.
        revision: hash of the canonical definition.
        commit: the last commit that touched it.
        path: the definition's file in the repository.
        owner: who answers for the job.
        requester: who asked for the run; empty if nobody did.
        parent: number of the run that this one repeats; None if it repeats none.
        attempt: 1, and one more for each retry of a run that failed.
        skipped: why its interval is let go, in a sentence; empty for a run that is to be created.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str = Field(min_length=1)
    cause: Cause
    start: AwareDatetime | None = None
    end: AwareDatetime | None = None
    revision: str = ""
    commit: str = ""
    path: str = ""
    owner: str = ""
    requester: str = ""
    parent: int | None = None
    attempt: int = Field(default=1, ge=1)
    skipped: str = ""


class Record(_Asked):
    """A run as it was claimed.

    Args:
        format: of this document.
        namespace: the tenant's.
        job: the job's name.
        interval: the interval's key, or `once`.
        n: number of the run in its series.
        application: name of its SparkApplication; of a run that came another way, whatever that has.
        token: of the claim, so that its maker knows it again after an answer that was lost.
        claimed: when.
        manifest: the SparkApplication to create. It has no secret: a definition with one is refused, and of
            a run that came another way they are masked.
    """

    format: Literal[1] = FORMAT
    namespace: str
    job: str
    interval: str = ONCE
    n: int = Field(ge=1)
    application: str
    token: str = Field(min_length=1)
    claimed: AwareDatetime
    manifest: dict[str, Any]

    @model_validator(mode="after")
    def _check_that_it_fits_together(self) -> Self:
        if self.cause is Cause.EXTERNAL:
            return self
        if (self.start is None) != (self.interval == ONCE) or (self.start is None) != (self.end is None):
            raise ValueError(
                f"{self.interval}: a run has both ends of its interval, or is for {ONCE} and has none"
            )
        if self.start and self.end and self.start >= self.end:
            raise ValueError(f"the interval ends at {self.end}, which is not after its start, {self.start}")
        if self.application != self.run.application:
            raise ValueError(f"{self.application} is not the name of this run, {self.run.application}")
        return self

    @property
    def run(self) -> RunId:
        """Which run it is."""
        return RunId(series=self.series, n=self.n)

    @property
    def series(self) -> Series:
        """The runs of the same job and interval."""
        return Series(namespace=self.namespace, job=self.job, interval=self.interval)


class Wanted(_Asked):
    """A run that somebody wants; the claim gives it its number and its name.

    Args:
        series: job and interval.
        manifest: the SparkApplication, without its name; its marks are filled in at the claim.
        application: name of what runs already, for a run that came another way; else empty.
    """

    series: Series
    manifest: dict[str, Any]
    application: str = ""

    def as_run(self, n: int, token: str, now: datetime) -> Record:
        """The record of this run under a number.

        Args:
            n: the number.
            token: of the claim.
            now: the time.
        """
        run = RunId(series=self.series, n=n)
        said = {
            **self.model_dump(exclude={"series", "manifest", "application"}),
            "namespace": self.series.namespace,
            "job": self.series.job,
            "interval": self.series.interval,
            "n": n,
            "token": token,
            "claimed": now,
        }
        if self.cause is Cause.EXTERNAL:
            return Record(**said, application=self.application, manifest=self.manifest)
        manifest = filled(self.manifest, self._words(run))
        metadata = {
            **manifest.get("metadata", {}),
            "name": run.application,
            "namespace": self.series.namespace,
        }
        labels = {
            f"{LABELS}/job": self.series.job,
            f"{LABELS}/interval": self.series.interval,
            f"{LABELS}/n": str(n),
            f"{LABELS}/cause": self.cause.value,
            f"{LABELS}/attempt": str(self.attempt),
            **({f"{LABELS}/revision": self.revision} if self.revision else {}),
            **({f"{LABELS}/commit": self.commit} if self.commit else {}),
        }
        metadata["labels"] = {**metadata.get("labels", {}), **labels}
        return Record(**said, application=run.application, manifest={**manifest, "metadata": metadata})

    def _words(self, run: RunId) -> dict[str, str]:
        """A word for each mark; a run without an interval has none to fill in."""
        ends = {"interval.start": self.start, "interval.end": self.end}
        moments = {name: moment.astimezone(UTC) for name, moment in ends.items() if moment}
        return {
            **{name: f"{moment:%Y-%m-%dT%H:%M:%SZ}" for name, moment in moments.items()},
            "interval.key": self.series.interval,
            "run.id": run.application,
        }


def again(record: Record) -> dict[str, Any]:
    """The SparkApplication of a run, for another run of the same.

    Args:
        record: of the run that was.
    """
    return {
        "apiVersion": record.manifest["apiVersion"],
        "kind": record.manifest["kind"],
        "metadata": {
            "labels": {
                name: value
                for name, value in record.manifest["metadata"].get("labels", {}).items()
                if not name.startswith(f"{LABELS}/")
            },
            # The agreed time is one, and holds for every attempt.
            **{part: value for part, value in record.manifest["metadata"].items() if part == "annotations"},
        },
        "spec": _named_anew(record.manifest["spec"], record.application),
    }


def _named_anew(value: Any, application: str) -> Any:
    """A run's own name, wherever the definition's mark for it was, is the mark again."""
    if isinstance(value, str):
        return value.replace(application, "{{ run.id }}")
    if isinstance(value, dict):
        return {name: _named_anew(part, application) for name, part in value.items()}
    return [_named_anew(each, application) for each in value] if isinstance(value, list) else value

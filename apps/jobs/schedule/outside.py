"""Schedules that the operator runs, as they came by kubectl or a chart, and what is wrong with them. Pure.

What it makes of them was read from its ScheduledSparkApplication controller 2.5.2, and seen with that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from apps.jobs.times import moment

from .cron import Schedule, ScheduleError
from .due import Concurrency
from .words import in_words

RESOURCE: Final = "scheduledsparkapplications"

INVALID: Final = "FailedValidation"
"""State of a schedule that the operator does not look at any more, even when it is mended."""


class Outside(BaseModel):
    """A ScheduledSparkApplication in the cluster.

    Args:
        namespace: where it is.
        name: its name.
        schedule: its text.
        zone: its time zone.
        words: the schedule in words; empty if it can't be told.
        concurrency: its `concurrencyPolicy`; empty if it has none.
        suspended: whether the operator starts nothing.
        state: the operator's word for where it is.
        last: when its last run was started; None if none was.
        next: when the next is due, as the operator says.
        warnings: what is wrong with it, and what to write.
    """

    model_config = ConfigDict(frozen=True)

    namespace: str
    name: str
    schedule: str
    zone: str
    words: str = ""
    concurrency: str = ""
    suspended: bool = False
    state: str = ""
    last: datetime | None = None
    next: datetime | None = None
    warnings: tuple[str, ...] = ()


def outside(found: Mapping[str, Any], *, is_in_git: bool) -> Outside:
    """A schedule as the cluster has it.

    Args:
        found: the ScheduledSparkApplication.
        is_in_git: whether the worker makes runs of a schedule of its name, too.
    """
    metadata, spec, status = found["metadata"], found["spec"], found.get("status") or {}
    text, zone = str(spec.get("schedule", "")), str(spec.get("timeZone") or "UTC")
    words, wrong = _read(text, zone)
    said = Outside(
        namespace=metadata["namespace"],
        name=metadata["name"],
        schedule=text,
        zone=zone,
        words=words,
        concurrency=str(spec.get("concurrencyPolicy") or ""),
        suspended=bool(spec.get("suspend")),
        state=str(status.get("scheduleState") or ""),
        last=moment(status.get("lastRun")),
        next=moment(status.get("nextRun")),
    )
    warnings = [*_warnings(said, str(status.get("reason") or ""), is_in_git=is_in_git)]
    return said.model_copy(update={"warnings": (*warnings, *wrong)})


def _read(text: str, zone: str) -> tuple[str, list[str]]:
    try:
        return in_words(Schedule(text, zone)), []
    except ScheduleError as error:
        return "", [f"spec.schedule or spec.timeZone can not be: {error}."]


def _warnings(said: Outside, reason: str, *, is_in_git: bool) -> Iterator[str]:
    if not said.concurrency:
        choice = ", ".join(each.value for each in Concurrency)
        patch = f'{{"spec":{{"concurrencyPolicy":"{Concurrency.FORBID.value}"}}}}'
        yield (
            "It has no concurrencyPolicy, so the operator runs it once and never again. Write one of "
            f"{choice} into spec.concurrencyPolicy: kubectl patch {RESOURCE} -n {said.namespace} {said.name} "
            f"--type merge -p '{patch}'"
        )
    if said.state == INVALID:
        yield (
            f"The operator has set it aside ({reason or 'no reason'}), and mending it does not bring it "
            "back: delete it, and make it again."
        )
    if is_in_git and not said.suspended:
        yield (
            "A schedule of its name is in Git, too: the worker and the operator both make its runs. "
            f"Delete this one: kubectl delete {RESOURCE} -n {said.namespace} {said.name}"
        )

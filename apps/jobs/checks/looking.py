"""Looks at a job's data, interval by interval, whether anything runs or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from apps.jobs.definitions.settings import Check
from apps.jobs.schedule.cron import Schedule
from apps.jobs.schedule.intervals import Interval

from .asking import Answer
from .findings import Finding, State
from .judging import Checked, judge, same_weekday, together
from .kept import Results
from .outputs import reader
from .places import named


def look(
    store: Any,
    schedule: Schedule,
    checks: Sequence[Check],
    intervals: Sequence[Interval],
    known: Results,
    now: datetime,
    *,
    written_after: Mapping[str, datetime] | None = None,
    answers: Mapping[str, Answer] | None = None,
) -> dict[str, Checked]:
    """What the checks of a job say of some of its intervals.

    Args:
        store: the data, as a file system of pyarrow.
        schedule: the job's.
        checks: what its data has to be.
        intervals: which, the earliest first.
        known: what is known of the others.
        now: the time.
        written_after: begin of the last run that succeeded, by the interval's key.
        answers: what Spark said after that run, likewise.
    """
    rows = _known_rows(schedule, known)
    read = [(check, reader(store, check, intervals, schedule.local)) for check in checks]
    found: dict[str, Checked] = {}
    for each in intervals:
        findings: list[Finding] = []
        counted: dict[str, int | None] = {}
        for check, measure in read:
            measured, fault = measure(each)
            counted[check.name] = measured.rows if measured.files else 0
            if fault:
                findings.append(Finding(check=check.name, state=State.FAIL, sentence=fault))
                continue
            before = same_weekday(each, rows.get(check.name, {}), schedule.local)
            after = (written_after or {}).get(each.key)
            of = check.model_copy(update={"output": named(check, each)})
            findings += judge(
                of,
                measured,
                each,
                schedule.local,
                weekdays=before,
                written_after=after,
                answer=(answers or {}).get(each.key),
            )
            rows.setdefault(check.name, {})[each.key] = (each.start, measured.rows)
        found[each.key] = together(findings, counted, now)
    return found


def _known_rows(schedule: Schedule, known: Results) -> dict[str, dict[str, tuple[datetime, int | None]]]:
    """Rows of intervals that were looked at before, by check and interval."""
    found: dict[str, dict[str, tuple[datetime, int | None]]] = {}
    for key, checked in known.intervals.items():
        start = begin(schedule, key)
        for name, rows in checked.rows.items() if start else ():
            if start:
                found.setdefault(name, {})[key] = (start, rows)
    return found


def begin(schedule: Schedule, key: str) -> datetime | None:
    """Begin of the interval with a key; None for a key that is none.

    Args:
        schedule: the job's.
        key: the interval's.
    """
    text = key.removesuffix("Z")
    day, _, time = text.partition("T")
    try:
        if not time:
            return datetime.fromisoformat(day).replace(tzinfo=schedule.local)
        return datetime.fromisoformat(f"{day}T{time.replace('-', ':')}+00:00")
    except ValueError:
        return None

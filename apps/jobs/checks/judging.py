"""Says of what was measured whether it is what it has to be. Pure.

Never green without data: what is not there, or can not be read, is red. What a file does not say is a doubt.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, ConfigDict

from apps.jobs.definitions.settings import Check
from apps.jobs.schedule.intervals import Interval

from .asking import Answer
from .conditions import condition, is_to_ask
from .findings import WORST, Finding, Said, State
from .measured import Column, Measured

LEAST_WEEKS: Final = 3
"""Intervals of the same weekday that a median is taken from: of fewer, one odd day makes it."""

MOST_WEEKS: Final = 8
"""And at most so many, the latest: two months, so that a table which grows is no fault."""

FACTOR: Final = 2.0
"""Rows may be half of the median or twice as many; holidays and campaigns lie within that, lost hours and
doubled loads do not."""

UNSURE: Final = ", perhaps of rows that are deleted or of other intervals"


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Checked(_Kept):
    """What the checks of a job say of one interval.

    Args:
        at: when they looked.
        state: the worst.
        findings: all they say, the worst first.
        rows: rows by check; None where nobody could count them.
    """

    at: AwareDatetime
    state: State
    findings: tuple[Finding, ...]
    rows: dict[str, int | None] = {}


def judge(
    check: Check,
    measured: Measured,
    interval: Interval,
    zone: ZoneInfo,
    *,
    weekdays: Sequence[int] = (),
    written_after: datetime | None = None,
    answer: Answer | None = None,
) -> Iterator[Finding]:
    """What a check says of an interval.

    Args:
        check: what the data has to be.
        measured: what is there.
        interval: which.
        zone: of the job's schedule: what a day is.
        weekdays: rows of earlier intervals of the same weekday and time.
        written_after: begin of the last run that succeeded for it; None if there was none.
        answer: what Spark said of it after that run; None if it did not.
    """
    said = [*_existence(check, measured, written_after)]
    if not said:
        said += [
            *_rows(check, measured, weekdays),
            *_nulls(check, measured),
            *_bounds(check, measured, interval, zone),
        ]
    if not said:
        rows = "" if measured.rows is None else f"{measured.rows:,} rows in "
        said = [(State.PASS, f"{rows}{measured.files:,} files")]
    for state, sentence in said:
        yield Finding(check=check.name, state=state, sentence=sentence)
    if check.sql and said[0][0] is not State.MISSING:
        of = (check, check.output, measured.newest, answer)
        state, sentence = condition(*of)
        yield Finding(check=check.name, state=state, sentence=sentence, to_ask=is_to_ask(*of))


def together(findings: Sequence[Finding], rows: Mapping[str, int | None], at: datetime) -> Checked:
    """What all checks of an interval say.

    Args:
        findings: all of theirs.
        rows: rows by check.
        at: when they looked.
    """
    ordered = sorted(findings, key=lambda each: WORST.index(each.state))
    state = ordered[0].state if ordered else State.WARN
    return Checked(at=at, state=state, findings=tuple(ordered), rows=dict(rows))


def same_weekday(
    interval: Interval, others: Mapping[str, tuple[datetime, int | None]], zone: ZoneInfo
) -> list[int]:
    """Rows of the latest earlier intervals that begin on the same weekday at the same time.

    Args:
        interval: which.
        others: begin and rows of the intervals that are known, by key.
        zone: of the job's schedule.
    """
    local = interval.start.astimezone(zone)
    alike = [
        (start, rows)
        for start, rows in others.values()
        if start < interval.start
        and rows
        and (start.astimezone(zone).weekday(), start.astimezone(zone).time())
        == (local.weekday(), local.time())
    ]
    return [rows for _, rows in sorted(alike)[-MOST_WEEKS:]]


def _existence(check: Check, measured: Measured, written_after: datetime | None) -> Iterator[Said]:
    if not measured.files:
        of = f" of {measured.of}" if measured.of else ""
        yield State.MISSING, f"no file{of} in {check.output}"
    elif measured.broken:
        more = f", and {len(measured.broken) - 1} more" if len(measured.broken) > 1 else ""
        yield State.FAIL, f"can not be read: {measured.broken[0]}{more}"
    elif written_after and measured.newest and measured.newest < written_after:
        yield (
            State.STALE,
            f"written at {measured.newest:%Y-%m-%d %H:%M} UTC, before the last run began "
            f"({written_after:%Y-%m-%d %H:%M} UTC)",
        )


def _rows(check: Check, measured: Measured, weekdays: Sequence[int]) -> Iterator[Said]:
    rows = measured.rows or 0
    for doubt in measured.doubts:
        yield State.WARN, f"{rows:,} rows at most: {doubt}"
    if rows < check.rows_at_least:
        yield State.FAIL, f"{rows:,} rows, fewer than {check.rows_at_least:,}"
        return
    if len(weekdays) < LEAST_WEEKS:
        return
    median = statistics.median(weekdays)
    # Of what is not exact only that there are too few is sure.
    if rows * FACTOR < median or (rows > median * FACTOR and not measured.doubts):
        word = "fewer than half" if rows < median else "more than twice"
        yield (
            State.FAIL,
            f"{rows:,} rows, {word} of {median:,.0f}, the median of {len(weekdays)} such weekdays",
        )


def _nulls(check: Check, measured: Measured) -> Iterator[Said]:
    for name in check.not_null:
        sure, unsure = _column(measured, name)
        known = [each for each in (sure, unsure) if each is not None]
        if not known:
            yield State.FAIL, f"{name}: no file has this column"
        elif sure is not None and sure.nulls:
            yield State.FAIL, f"{name}: {sure.nulls:,} nulls of {measured.rows:,} rows"
        elif any(each.nulls is None for each in known):
            yield State.WARN, f"{name}: the files do not say how many nulls it has"
        elif unsure is not None and unsure.nulls:
            yield State.WARN, f"{name}: up to {unsure.nulls:,} nulls of {measured.rows:,} rows{UNSURE}"


def _bounds(check: Check, measured: Measured, interval: Interval, zone: ZoneInfo) -> Iterator[Said]:
    if not check.within:
        return
    name, (sure, unsure) = check.within, _column(measured, check.within)
    known = [each for each in (sure, unsure) if each is not None]
    if not known:
        yield State.FAIL, f"{name}: no file has this column"
    elif all(each.least is None for each in known) and measured.rows == sum(
        each.nulls or 0 for each in known
    ):
        yield State.FAIL, f"{name}: has no value at all"
    elif any(each.least is None or each.most is None for each in known):
        yield State.WARN, f"{name}: the files do not say its least and most"
    else:
        if sure is not None:
            yield from _outside(name, sure, interval, zone)
        if unsure is not None:
            for _, sentence in _outside(name, unsure, interval, zone):
                yield State.WARN, f"{sentence}{UNSURE}"


def _column(measured: Measured, name: str) -> tuple[Column | None, Column | None]:
    return (measured.columns or {}).get(name), (measured.unsure or {}).get(name)


def _outside(name: str, column: Column, interval: Interval, zone: ZoneInfo) -> Iterator[Said]:
    least, most = _moment(column.least, zone), _moment(column.most, zone)
    if least is None or most is None:
        yield State.WARN, f"{name}: {column.least!r} is no time, so nobody can say whether it is inside"
        return
    # A day is a value of the interval if any moment of it is: intervals may begin at any time of a day.
    first = interval.start
    if _is_day(column.least):
        first = datetime.combine(first.astimezone(zone).date(), time(), zone)
    if least < first:
        yield State.FAIL, f"{name}: from {_shown(column.least)}, before the interval"
    if most >= interval.end:
        yield State.FAIL, f"{name}: to {_shown(column.most)}, after the interval"


def _is_day(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) == len("2026-11-20")
    return isinstance(value, date) and not isinstance(value, datetime)


def _moment(value: Any, zone: ZoneInfo) -> datetime | None:
    """A column's value as a moment: a day begins in the schedule's zone, a time without a zone is in UTC."""
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value) if _is_day(value) else datetime.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=ZoneInfo("UTC"))
    return datetime.combine(value, time(), zone) if isinstance(value, date) else None


def _shown(value: Any) -> str:
    return f"{value:%Y-%m-%d %H:%M:%S}" if isinstance(value, datetime) else str(value)

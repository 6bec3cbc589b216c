"""Schedules as the operator reads them, and their ticks in a time zone. Pure.

A ScheduledSparkApplication means what the operator's parser makes of it (robfig/cron 3.0.1, parser.go and
spec.go): five fields, `@daily` and the like, or `@every`. cronsim computes the ticks; where it reads a
field in another way, the field is written out for it first.

They differ on purpose when clocks change. robfig leaves out a time of day that the change skips, and starts
some jobs twice when an hour comes again. Here a day has its run whatever its clock does (as in Debian's
cron): 02:30 runs at 03:00 on the day on which 02:00 to 03:00 does not exist, and once on the day that has
it twice. Schedules of every hour or of every few minutes follow the time that passes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

NAMED: Final = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
"""robfig/cron 3.0.1, parser.go, parseDescriptor."""

LEAST_EVERY: Final = timedelta(minutes=1)
"""Least interval of `@every`: the admission policy for schedules refuses less."""

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_EVERY: Final = re.compile(
    r"@every (?:(?P<hours>\d{1,5})h)?(?:(?P<minutes>\d{1,6})m)?(?:(?P<seconds>\d{1,7})s)?"
)
_MONTHS: Final = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_DAYS: Final = "sun|mon|tue|wed|thu|fri|sat"
_VALUES: Final = (
    "0*[0-5]?[0-9]",
    "0*(?:1?[0-9]|2[0-3])",
    "0*(?:[1-9]|[12][0-9]|3[01])",
    f"(?:0*(?:[1-9]|1[0-2])|{_MONTHS})",
    f"(?:0*[0-6]|{_DAYS})",
)
_NAMES: Final = ("minute 0-59", "hour 0-23", "day 1-31", "month 1-12", "weekday 0-6 (Sunday is 0)")
_LAST: Final = (59, 23, 31, 12, 6)
_FIRST: Final = (0, 0, 1, 1, 0)
_DAY, _WEEKDAY = 2, 4


class ScheduleError(ValueError):
    """A schedule or a time zone that can't be; the sentence says what to write."""


@dataclass(frozen=True)
class Schedule:
    """A schedule in a time zone.

    Args:
        text: as in `spec.schedule`.
        zone: as in `spec.timeZone`; empty for UTC.

    Raises:
        ScheduleError: one of them is none.
    """

    text: str
    zone: str = "UTC"

    def __post_init__(self) -> None:
        if self.every is None:
            try:
                next(CronSim(self.fields, datetime(2026, 1, 1, tzinfo=UTC)))
            except (CronSimError, StopIteration):
                raise ScheduleError(f"{self.text!r} has no day on which it would ever run") from None
        self._zone  # noqa: B018 - refuses an unknown one

    def ticks(self, after: datetime) -> Iterator[datetime]:
        """Moments at which it is due, in UTC, the earliest first; without an end.

        Args:
            after: they come after this moment, which has a time zone.
        """
        if self.every is not None:
            yield from _every(self.every, after)
            return
        last = after
        for tick in CronSim(self.fields, after.astimezone(self._zone)):
            moment = tick.astimezone(UTC)
            # When a clock is put forward, two times of the day may fall on one moment.
            if moment > last:
                yield moment
                last = moment

    def before(self, moment: datetime) -> datetime:
        """The last tick before a moment: the begin of the interval that ends there.

        Args:
            moment: it has a time zone.
        """
        if self.every is not None:
            return next(_every(self.every, moment - self.every - timedelta(microseconds=1)))
        for days in (1, 8, 32, 367, 5 * 367, 9 * 367):
            ticks = self.ticks(moment - timedelta(days=days))
            last = None
            for tick in ticks:
                if tick >= moment:
                    break
                last = tick
            if last is not None:
                return last
        raise ScheduleError(f"{self.text!r} has no tick in the nine years before {moment}")

    @cached_property
    def local(self) -> ZoneInfo:
        """The time zone."""
        return self._zone

    @cached_property
    def _zone(self) -> ZoneInfo:
        name = self.zone or "UTC"
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ScheduleError(
                f"time zone {name!r} is not known: write UTC, or a name such as Europe/Berlin"
            ) from None

    @cached_property
    def every(self) -> timedelta | None:
        """Time between two runs, where `@every` says it; None for fields."""
        match = _EVERY.fullmatch(self.text.strip())
        if not match:
            return None
        parts = {name: int(number) for name, number in match.groupdict().items() if number}
        found = timedelta(**parts)
        if found < LEAST_EVERY:
            raise ScheduleError(
                f"{self.text!r} must leave a minute or more between two runs: write @every 1m or more"
            )
        return found

    @cached_property
    def fields(self) -> str:
        """Minute, hour, day, month and weekday, as cronsim reads what robfig would read in the text."""
        text = NAMED.get(self.text.strip().lower(), self.text)
        fields = text.lower().split()
        if len(fields) != len(_VALUES) or fields[0].startswith("@"):
            raise ScheduleError(
                f"{self.text!r} is no schedule: write five fields (0 5 * * *), @daily or such, or @every 1h"
            )
        return " ".join(_field(number, field, self.text) for number, field in enumerate(fields))


def _field(number: int, field: str, whole: str) -> str:
    """A field for cronsim, which says the same to it as the original to robfig."""
    value = _VALUES[number]
    item = rf"(?:[*?]|{value}(?:-{value})?)(?:/0*[1-9][0-9]*)?"
    if not re.fullmatch(f"{item}(?:,{item})*", field):
        raise ScheduleError(f"{whole!r} has a field that can not be, {field!r}: {_NAMES[number]}")
    parts = field.replace("?", "*").split(",")
    # robfig remembers a star, in any part, unless it has a step: then days and weekdays have to fit both.
    if any(part == "*" or re.fullmatch(r"\*/0*1", part) for part in parts):
        return "*"
    return ",".join(_range(number, part) for part in parts)


def _range(number: int, part: str) -> str:
    values, _, step = part.partition("/")
    if not step:
        return part
    if values == "*":
        # What begins with a star is another thing for cronsim: in days, "and"; in hours, no time of the day.
        if number not in (_DAY, _WEEKDAY):
            return part
        values = f"{_FIRST[number]}-{_LAST[number]}"
    elif "-" not in values:
        values = f"{values}-{_LAST[number]}" if number != _WEEKDAY or values.isdigit() else f"{values}-sat"
    return f"{values}/{step}"


def _every(step: timedelta, after: datetime) -> Iterator[datetime]:
    """Ticks of `@every`, counted from 1970: the operator counts from its start, which nobody knows later."""
    number = (after.astimezone(UTC) - EPOCH) // step + 1
    while True:
        yield EPOCH + number * step
        number += 1

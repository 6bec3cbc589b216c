"""A schedule in words, for people who do not read cron. Pure.

cron-descriptor describes the fields as `cron.Schedule` has read them. It takes a step for an even rhythm, so
one that does not divide its hour, day or year (`*/45`: at 0 and 45 past) is written out for it first.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from cron_descriptor import CasingTypeEnum, FormatError, Options, get_description

from .cron import Schedule

_SIZES: Final = {0: (0, 60), 1: (0, 24), 3: (1, 12)}
"""First value and number of values of the fields whose steps are left as they are written."""

_UNITS: Final = ((timedelta(days=1), "day"), (timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute"))


def in_words(schedule: Schedule) -> str:
    """What a schedule says, such as `every day at 06:00 (Europe/Berlin)`; empty if that can't be told.

    Args:
        schedule: the schedule.
    """
    if schedule.every is not None:
        return _period(schedule.every)
    fields = [_written_out(number, field) for number, field in enumerate(schedule.fields.split())]
    try:
        said = get_description(" ".join(fields), _options())
    except FormatError:
        return ""
    said = said[:1].lower() + said[1:]
    if re.match(r"at \d\d:\d\d", said) and fields[2:] == ["*", "*", "*"]:
        said = f"every day {said}"
    return f"{said} ({schedule.zone or 'UTC'})"


def _period(every: timedelta) -> str:
    """Counted from 1970 in UTC, so no time zone has a part in it."""
    for unit, name in _UNITS:
        number, rest = divmod(every, unit)
        if not rest:
            return f"every {name}" if number == 1 else f"every {number} {name}s"
    return f"every {int(every.total_seconds())} seconds"


def _written_out(number: int, field: str) -> str:
    if number not in _SIZES:
        return field
    return ",".join(_even(number, part) for part in field.split(","))


def _even(number: int, part: str) -> str:
    """A part of a field; the values of a step that leaves a shorter gap at the end."""
    first, size = _SIZES[number]
    step = part.removeprefix("*/")
    if step == part or size % int(step) == 0:
        return part
    return ",".join(map(str, range(first, first + size, int(step))))


def _options() -> Options:
    found = Options()
    found.locale_code = "en_US"  # not that of the machine
    found.casing_type = CasingTypeEnum.Sentence
    found.use_24hour_time_format = True
    found.day_of_week_start_index_zero = True
    found.verbose = False
    return found

"""What a job may be called, and when it may start: what nothing that bears the name would take. Pure.

A job's name becomes that of a Service (DNS-1035, RFC 1035: kubernetes/apimachinery, IsDNS1035Label) and a
label of 63 characters; with another one the operator leaves the job SUBMITTED for ever, its driver long done.
A schedule that robfig/cron 3.0.1 (parser.go, ParseStandard) does not read, or a time zone that nobody knows,
is FailedValidation for ever.
"""

from __future__ import annotations

from typing import Final

from components.records.rights import JOBS, SPARK_GROUP
from components.tenants.admission_policy import Check, Policy, quoted

LONGEST_JOB_NAME: Final = 63
"""Characters of a job's name: it is a label's value (Kubernetes' limit)."""

_NAME: Final = "^[a-z]([-a-z0-9]*[a-z0-9])?$"
_MONTHS: Final = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_DAYS: Final = "sun|mon|tue|wed|thu|fri|sat"
_FIELDS: Final = (
    "0*[0-5]?[0-9]",
    "0*(1?[0-9]|2[0-3])",
    "0*([1-9]|[12][0-9]|3[01])",
    f"(0*([1-9]|1[0-2])|{_MONTHS})",
    f"(0*[0-6]|{_DAYS})",
)
"""What stands in each field of cron, by robfig's bounds: minute, hour, day, month, weekday (no 7)."""
_STEP: Final = "0*[1-9][0-9]{0,8}"
"""A step: a number that Go's int holds."""


def _list(value: str) -> str:
    item = rf"([*?]|{value}(-{value})?)(/{_STEP})?"
    return f"{item}(,{item})*"


CRON: Final = "(?i)^" + " +".join(_list(value) for value in _FIELDS) + " *$"
"""A schedule of five fields."""

_WORDS: Final = quoted(["", *_MONTHS.split("|"), *_DAYS.split("|")])
"""Names by their numbers: months from 1 on, days of the week from 13 on."""

_RANGES: Final = (
    "object.spec.schedule.lowerAscii().findAll('[0-9a-z]+-[0-9a-z]+').filter(each, "
    "[each.split('-').map(end, end.matches('^[0-9]') ? int(end) : "
    f"({_WORDS}.indexOf(end) > 12 ? {_WORDS}.indexOf(end) - 13 : {_WORDS}.indexOf(end)))]"
    ".exists(ends, ends[0] > ends[1]))"
)
"""Ranges that go backwards, which robfig does not read."""

_ALWAYS: Final = "[*?](/0*1)?"
"""A weekday that says nothing: with another one, the job starts on these days too, whatever the day is."""


def _no_such_day(day: str, months: str) -> str:
    """Schedules of days that none of some months has."""
    days = rf"{day}(-[0-9]+)?(/{_STEP})?"
    return rf"(?i)^ *[^ ]+ +[^ ]+ +{days}(,{days})* +({months})(,({months}))* +{_ALWAYS} *$"


_NEVER: Final = (
    _no_such_day("0*3[01]", "0*2|feb"),
    _no_such_day("0*31", "0*(2|4|6|9|11)|feb|apr|jun|sep|nov"),
)

NAMES: Final = Policy(
    subject="names",
    kinds={SPARK_GROUP: JOBS},
    of_spec=True,
    checks=(
        Check(
            f"object.metadata.name.matches('{_NAME}')",
            "'metadata.name must begin with a letter and have only a-z, 0-9 and -, not ' + "
            "object.metadata.name + ': the Service of the job\\'s page gets it. Write job-' + "
            "object.metadata.name.replace('.', '-')",
            "the job stays SUBMITTED for ever, whatever becomes of its driver",
        ),
        Check(
            f"object.metadata.name.size() <= {LONGEST_JOB_NAME}",
            f"'metadata.name must have {LONGEST_JOB_NAME} characters or fewer, not ' + "
            "string(object.metadata.name.size()) + ': labels of its pods have it. Shorten it'",
            "the submission fails by the limit of a label, in a stack trace",
        ),
    ),
)
"""The rules for names."""

TIMES: Final = Policy(
    subject="times",
    kinds={SPARK_GROUP: ("scheduledsparkapplications",)},
    of_spec=True,
    variables={
        "words": "object.spec.schedule.split(' ').filter(each, each != '')",
        "cron": f"object.spec.schedule.matches(r'{CRON}')",
        "backwards": f"!variables.cron ? [] : {_RANGES}",
    },
    checks=(
        Check(
            "variables.words.size() != 5 || variables.words[0].startsWith('@') || variables.cron",
            "'spec.schedule has a field that can not be: ' + object.spec.schedule + '. The fields are minute "
            "0-59, hour 0-23, day 1-31, month 1-12, weekday 0-6 (Sunday is 0)'",
            "the schedule is FailedValidation for ever, and says so only in its status",
        ),
        Check(
            "variables.backwards.size() == 0",
            "'spec.schedule has a range that goes backwards: ' + variables.backwards.join(', ') + "
            "'. Write two, such as 22-23,0-6 for 22-6'",
            "the schedule is FailedValidation for ever, and says so only in its status",
        ),
        Check(
            "!variables.cron || !("
            + " || ".join(f"object.spec.schedule.matches(r'{each}')" for each in _NEVER)
            + ")",
            "'spec.schedule names a day that its months do not have: ' + object.spec.schedule + "
            "'. Write a day that there is, such as 28'",
            "the job never starts, and nothing says so",
        ),
        Check(
            "!has(object.spec.timeZone) || object.spec.timeZone in ['', 'UTC', 'Local'] || "
            "object.spec.timeZone.matches('^[A-Z][A-Za-z_]+(/[A-Z][A-Za-z_+0-9-]+)+$')",
            "'spec.timeZone must be UTC or a name such as Europe/Berlin, not ' + object.spec.timeZone + "
            "': abbreviations such as CET or EST do not know summer time, and most are unknown'",
            "the schedule is FailedValidation for ever",
        ),
        Check(
            # The API server knows the same time zones; of one that it does not, the evaluation fails, which
            # refuses the schedule and names the zone.
            "!has(object.spec.timeZone) || object.spec.timeZone in ['', 'UTC', 'Local'] || "
            "timestamp('2026-01-01T00:00:00Z').getHours(object.spec.timeZone) >= 0",
            "'spec.timeZone is not known: ' + object.spec.timeZone",
            "the schedule is FailedValidation for ever",
        ),
    ),
)
"""The rules for schedules."""

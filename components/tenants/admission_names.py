"""What a job may be called, and when it may start: what nothing that bears the name would take. Pure.

A job's name becomes that of a Service (DNS-1035, RFC 1035: kubernetes/apimachinery, IsDNS1035Label) and a
label of 63 characters; with another one the operator leaves the job SUBMITTED for ever, its driver long done.
A schedule that robfig/cron 3.0.1 (parser.go, ParseStandard) does not read, or a time zone that nobody knows,
is FailedValidation for ever.
"""

from __future__ import annotations

from typing import Final

from components.records.rights import JOBS, SPARK_GROUP
from components.tenants.admission_policy import Check, Policy

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


def _list(value: str) -> str:
    item = rf"([*?]|{value}(-{value})?)(/0*[1-9][0-9]*)?"
    return f"{item}(,{item})*"


CRON: Final = "(?i)^" + " +".join(_list(value) for value in _FIELDS) + " *$"
"""A schedule of five fields."""

NAMES: Final = Policy(
    subject="names",
    kinds={SPARK_GROUP: JOBS},
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
    variables={"words": "object.spec.schedule.split(' ').filter(each, each != '')"},
    checks=(
        Check(
            f"variables.words.size() != 5 || variables.words[0].startsWith('@') || "
            f"object.spec.schedule.matches(r'{CRON}')",
            "'spec.schedule has a field that can not be: ' + object.spec.schedule + '. The fields are minute "
            "0-59, hour 0-23, day 1-31, month 1-12, weekday 0-6 (Sunday is 0)'",
            "the schedule is FailedValidation for ever, and says so only in its status",
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

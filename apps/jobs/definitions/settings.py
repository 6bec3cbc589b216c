"""What a job's file says beside upstream's definition: a document of kind SparkJob with the same name. Pure.

apiVersion: jobs.spark-on-eks/v1
kind: SparkJob
metadata: {name: orders, namespace: data-dev}
spec:
  owner: data-engineers
  catchUp: all
  retries: {most: 2, by: {EXEC_LOST_MAX: 1}}
  dueWithin: 2h
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictStr
from pydantic.alias_generators import to_camel

from apps.jobs.schedule.due import CatchUp
from apps.jobs.verdict.rules import load

API_VERSION: Final = "jobs.spark-on-eks/v1"
KIND: Final = "SparkJob"

MOST_RETRIES: Final = 10
"""Most further attempts of a run: what has failed so often wants a person."""

_SPAN: Final = re.compile(
    r"(?:(?P<days>\d{1,4})d)?(?:(?P<hours>\d{1,5})h)?(?:(?P<minutes>\d{1,6})m)?(?:(?P<seconds>\d{1,7})s)?"
)


def _span(value: Any) -> timedelta:
    match = _SPAN.fullmatch(value) if isinstance(value, str) and value else None
    if match is None:
        raise ValueError("must be a span of time such as 90m, 2h or 1d12h")
    found = timedelta(**{name: int(number) for name, number in match.groupdict().items() if number})
    if not found:
        raise ValueError("must be more than nothing: leave it out if there is no bound")
    return found


def _code(value: str) -> str:
    codes = {rule.code for rule in load().rules} | {"UNKNOWN"}
    if value not in codes:
        raise ValueError(f"is no verdict; the verdicts are {', '.join(sorted(codes))}")
    return value


Span = Annotated[timedelta, BeforeValidator(_span)]
Code = Annotated[str, BeforeValidator(_code)]
Attempts = Annotated[int, Field(ge=0, le=MOST_RETRIES, strict=True)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel)


class Retries(_Part):
    """Further attempts of a run that failed; the verdict says whether one is good for anything.

    Args:
        most: attempts after the first, over all verdicts; 2, as a platform's own faults rarely come thrice.
        by: fewer, or more, for single verdicts; one that never ends well by trying again is not tried.
    """

    most: Attempts = 2
    by: dict[Code, Attempts] = {}


class Check(_Part):
    """What the data of an interval has to be, once a run for it is done.

    Args:
        name: of the check, unique in its job.
        output: folder or table that the run writes, with marks for the interval.
        rows_at_least: rows that an interval has.
        not_null: columns that have no nulls.
        within: column whose values lie in the interval.
        interval_column: of an Iceberg table, the column by which a row belongs to an interval; left out, the
            one of a time that its partitions are of.
        sql: a condition that holds for every row, asked of Spark once a run has gone well; it has the
            interval as `:interval_start`, `:interval_end` and `:interval_key`.
    """

    name: StrictStr = Field(pattern=r"^[a-z]([-a-z0-9]*[a-z0-9])?$", max_length=63)
    output: StrictStr = Field(min_length=1)
    rows_at_least: Annotated[int, Field(ge=0, strict=True)] = 1
    not_null: tuple[StrictStr, ...] = ()
    within: StrictStr = ""
    interval_column: StrictStr = ""
    sql: StrictStr = ""


class JobSettings(_Part):
    """A job's settings.

    Args:
        owner: who answers for it.
        rerun: grows to run a definition once more that did not change.
        catch_up: what becomes of intervals that were missed.
        deadline: how long after its end an interval may still start.
        timeout: how long a run may take.
        due_within: the agreed time: how long after its end an interval has to be done.
        retries: further attempts.
        checks: what its data has to be.
    """

    owner: StrictStr = ""
    rerun: Annotated[int, Field(ge=0, strict=True)] = 0
    catch_up: CatchUp = CatchUp.LATEST
    deadline: Span | None = None
    timeout: Span | None = None
    due_within: Span | None = None
    retries: Retries = Retries()
    checks: tuple[Check, ...] = ()


def names() -> list[str]:
    """Names of all settings, as they are written."""
    models = (JobSettings, Retries, Check)
    return [field.alias or name for model in models for name, field in model.model_fields.items()]

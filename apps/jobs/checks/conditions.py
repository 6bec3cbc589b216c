"""Says of what Spark counted whether a condition holds. Pure.

Green is only what Spark counted, of this condition, in the data that is there: anything else is a doubt.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from apps.jobs.definitions.settings import Check
from apps.jobs.runs.outcome import Checks

from .asking import Answer, Count, Question
from .findings import Said, State

TABLE = "ICEBERG_TABLE"
"""What the program says of a table (apps/sql_check)."""

FAULTS: Final = {
    "PARSE_SYNTAX_ERROR": "Spark's parser takes it for no single expression",
    "UNRESOLVED_COLUMN": "it names a column that the data does not have",
    "UNRESOLVED_ROUTINE": "it names a function that Spark does not have",
    "UNBOUND_SQL_PARAMETER": "it names a parameter that is none",
    "DATATYPE_MISMATCH": "its types do not fit, or what it gives is neither true nor false",
    "NESTED_AGGREGATE_FUNCTION": "it is over many rows, and has to be of one",
    "WINDOW_FUNCTION_WITHOUT_OVER_CLAUSE": "it is over many rows, and has to be of one",
    "CAST_INVALID_INPUT": "a value is nothing of the type that it is cast to; try_cast gives NULL there",
    "DIVIDE_BY_ZERO": "it divides by zero in a row; try_divide gives NULL there",
}
"""Spark's error conditions that say that the check itself is wrong, whatever the data, in words."""


AGAIN: Final = "it is asked again within a day, or at once from its run's page"


def is_to_ask(check: Check, output: str, newest: datetime | None, answer: Answer | None) -> bool:
    """Say whether Spark would say something new: else the same rows are asked the same, at a driver's cost.

    Args:
        check: whose condition.
        output: its output in the interval.
        newest: when the last of its files was written; None if nobody knows.
        answer: the last one; None if there is none.
    """
    if answer is None or answer.sentence:
        return True
    return _of(check, output, answer) is None or (newest is not None and newest > answer.asked)


def condition(check: Check, output: str, newest: datetime | None, answer: Answer | None) -> Said:
    """What is said of a check's condition.

    Args:
        check: whose.
        output: its output in the interval.
        newest: when the last of its files was written; None if nobody knows.
        answer: of the last run that went well; None if Spark was not asked, or has not answered.
    """
    if answer is None:
        return State.WARN, f"{check.sql}: Spark has not answered; it is asked once a run has gone well"
    if answer.sentence:
        said = f"{answer.code}: {answer.sentence}" if answer.code else answer.sentence
        return State.WARN, f"{check.sql}: Spark could not say: {said}"
    count = _of(check, output, answer)
    if count is None:
        return State.WARN, f"{check.sql}: Spark was asked another one; {AGAIN}"
    if newest is not None and newest > answer.asked:
        return (
            State.WARN,
            f"{check.sql}: Spark was asked at {answer.asked:%Y-%m-%d %H:%M} UTC, before the data was written "
            f"({newest:%Y-%m-%d %H:%M} UTC); {AGAIN}",
        )
    return _counted(count)


def _of(check: Check, output: str, answer: Answer) -> Count | None:
    """What Spark counted of this very condition; None if it was asked another one, or of other data."""
    count = answer.counts.get(check.name)
    return count if count and count.question == Question(output=output, sql=check.sql) else None


def _counted(count: Count) -> Said:
    sql, rows = count.question.sql, count.rows
    if count.error == TABLE:
        return State.WARN, f"{sql}: is asked of folders of Parquet files, and this is a table"
    if fault := FAULTS.get(count.error.partition(".")[0]):
        return State.WARN, f"{sql}: the check itself is wrong: {fault} ({count.error})"
    if count.error or rows is None:
        return State.WARN, f"{sql}: Spark can not say: {count.error}"
    if wrong := count.broken + count.unknown:
        missing = f", in {count.unknown:,} of them for want of a value" if count.unknown else ""
        return State.FAIL, f"{sql}: does not hold in {wrong:,} of {rows:,} rows{missing}"
    return State.PASS, f"{sql}: holds in all of {rows:,} rows"


def summary(answer: Answer) -> Checks:
    """What Spark said, as the list of runs has it.

    Args:
        answer: of a run.
    """
    said = [_counted(each) for each in answer.counts.values()]
    if answer.sentence:
        said = [(State.WARN, answer.sentence)]
    red = [sentence for state, sentence in said if state is State.FAIL]
    return Checks(
        passed=sum(state is State.PASS for state, _ in said),
        warned=sum(state is State.WARN for state, _ in said),
        failed=len(red),
        first=red[0] if red else "",
    )

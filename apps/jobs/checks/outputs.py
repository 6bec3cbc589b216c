"""Reads what a job writes: a folder of Parquet files for each interval, or one Iceberg table for all."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

from apps.jobs.definitions.settings import Check
from apps.jobs.schedule.intervals import Interval

from .iceberg.measuring import Intervals
from .iceberg.spans import NoColumnError
from .iceberg.table import find
from .measured import Measured
from .parquet import TooManyFilesError, measure, place
from .places import named

LOG: Final = logging.getLogger(__name__)

_SHOWN: Final = 200

Read = Callable[[Interval], tuple[Measured, str]]
"""Gives what there is of an interval, and why it could not be read; empty if it could."""


def reader(store: Any, check: Check, intervals: Sequence[Interval], zone: ZoneInfo) -> Read:
    """What reads a check's output.

    Args:
        store: the data, as a file system of pyarrow.
        check: whose.
        intervals: those that it will be asked for.
        zone: of the job's schedule.
    """
    # A folder with a mark is an interval's own, and a table is of all of them.
    if not intervals or named(check, intervals[0]) != check.output:
        return lambda each: _of_folder(store, check, each)
    try:
        table = find(store, place(check.output))
        if table is None:
            return lambda each: _of_folder(store, check, each)
        by, within = check.interval_column, check.within
        rows = Intervals(table, intervals, zone, columns(check), by=by, within=within)
        found = {each.key: rows.measure(each) for each in intervals}
    except (NoColumnError, TooManyFilesError) as error:
        fault = f"{check.output}: {error}"
        return lambda _: (Measured(), fault)
    except Exception as error:  # a tenant's file may be anything, and its checks are its own alone
        LOG.warning("%s can not be read", check.output, exc_info=True)
        unread = f"{check.output} can not be read: {str(error)[:_SHOWN]}"
        return lambda _: (Measured(), unread)
    return lambda each: (found[each.key], "")


def columns(check: Check) -> set[str]:
    """Columns that a check looks at.

    Args:
        check: which.
    """
    return {*check.not_null, check.within} - {""}


def _of_folder(store: Any, check: Check, interval: Interval) -> tuple[Measured, str]:
    output = named(check, interval)
    try:
        return measure(store, place(output), columns(check)), ""
    except TooManyFilesError as error:
        return Measured(), str(error)
    except OSError as error:
        LOG.warning("%s: %s", output, error)
        return Measured(), f"{output} can not be read: {str(error)[:_SHOWN]}"

"""Where the output of an interval lies, as a check names it. Pure."""

from __future__ import annotations

from apps.jobs.definitions.marks import filled
from apps.jobs.definitions.settings import Check
from apps.jobs.schedule.intervals import Interval


def named(check: Check, interval: Interval) -> str:
    """A check's output for an interval.

    Args:
        check: whose.
        interval: which.
    """
    return str(filled(check.output, words(interval)))


def words(each: Interval) -> dict[str, str]:
    """Words for the marks of an output.

    Args:
        each: the interval.
    """
    return {
        "interval.start": f"{each.start:%Y-%m-%dT%H:%M:%SZ}",
        "interval.end": f"{each.end:%Y-%m-%dT%H:%M:%SZ}",
        "interval.key": each.key,
        # An output that differs from run to run has no place that anybody could look at later.
        "run.id": "",
    }

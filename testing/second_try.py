"""One more try, at the very end, of the few tests that failed while the machine was used to the full.

Tests outside the unit tier wait for clusters and servers that share two processors with others; one in
thousands that was too late says nothing about a change. They run again alone, in new processes and with new
fixtures, when all else has ended: what fails then as well, fails. More than these few is no bad luck.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from testing.report import Outcome, Totals
from testing.step import Step

A_FEW: Final = 3
"""Failed tests of a step that are tried again."""

ALONE: Final = ("--last-failed", "--last-failed-no-failures=none", "--numprocesses=0", "--dist=no")
"""Options that run only what failed, in one process."""


def remembers(report: Path) -> tuple[str, ...]:
    """Give the options that keep what failed beside a step's report; steps run side by side.

    Args:
        report: the step's file of results.
    """
    return ("-o", f"cache_dir={report.with_suffix('.cache')}")


def deserved(step: Step, outcome: Outcome) -> bool:
    """Say whether a step that ended so is tried again.

    Args:
        step: what ran.
        outcome: how it ended.
    """
    # Any other code is a fault of pytest, or somebody's ctrl-C.
    failed = outcome.code == pytest.ExitCode.TESTS_FAILED
    return step.second_try and failed and 0 < outcome.totals.failed <= A_FEW


def command(step: Step, report: Path, again: Path) -> tuple[str, ...]:
    """Run what failed.

    Args:
        step: what ran.
        report: where the step's results are.
        again: where those of the second try go.
    """
    return (*step.command, *ALONE, *remembers(report), f"--junitxml={again}")


def settle(outcome: Outcome, again: Path, code: int) -> None:
    """Let the second results stand for the first, which are kept to be looked at.

    Args:
        outcome: how the step ended; changed.
        again: the second results.
        code: the second try's exit code.
    """
    second = Totals()
    second.add(again)
    outcome.totals.replace(second.cases)
    if code == pytest.ExitCode.OK and not outcome.totals.failed:
        outcome.code = 0

"""Alerts about what teams have agreed on: how fast their budget of failed and late runs goes. Pure.

Windows and factors are those of the SRE workbook, chapter 5, "Multiwindow, multi-burn-rate alerts": of a
month's budget, a factor of 14.4 uses 2% within an hour, and one of 6 uses 5% within six.
"""

from __future__ import annotations

from typing import Final

from components.observability.recording_objectives import NEWEST, OF
from components.observability.rule_model import Alert, Severity, Signal

FAST: Final = 14.4
SLOW: Final = 6

LEAST_BAD: Final = 3
"""Runs that have to fail or be late. Jobs are few: of three in an hour a single one is a third, and two may
be one program and its second try by hand. What fails three times goes on failing."""


def objective_alerts() -> tuple[Alert, ...]:
    """List them."""
    return (
        Alert(
            name="SparkBudgetBurnsFast",
            severity=Severity.CRITICAL,
            signal=Signal.ERRORS,
            expr=_burns(FAST, long="1h", short="5m"),
            hold="1m",
            summary="Runs of team {{ $labels.team }} break its objective of {{ $labels.objective }}, fast",
            description=f"{_WHAT} of the last hour, and it goes on: two days of this use it all up.",
        ),
        Alert(
            name="SparkBudgetBurnsSlowly",
            severity=Severity.CRITICAL,
            signal=Signal.ERRORS,
            expr=_burns(SLOW, long="6h", short="30m"),
            hold="1m",
            summary="Runs of team {{ $labels.team }} break its objective of {{ $labels.objective }}",
            description=f"{_WHAT} of the last six hours, and it goes on: five days of this use it all up.",
        ),
        Alert(
            name="SparkBudgetOverspent",
            severity=Severity.WARNING,
            signal=Signal.ERRORS,
            expr=_burns(1, long="3d", short="6h"),
            hold="1m",
            summary="Team {{ $labels.team }} will not keep its objective of {{ $labels.objective }}",
            description=f"{_WHAT} of the last three days. At this rate the objective is missed.",
        ),
    )


_WHAT: Final = (
    "The budget for {{ $labels.objective }} in {{ $labels.namespace }} goes {{ $value | humanize }} times "
    "as fast as it may, by the runs"
)


def _burns(factor: float, *, long: str, short: str) -> str:
    """The budget goes too fast over a long time, by more than one or two runs, and has not stopped doing so.

    Jobs end hours apart, so a short window may hold none. Then the newest end says whether it goes on; an
    empty window alone would end the alert at the height of a failure, and begin it anew at the next one.
    """
    at = _LOOKED[long]
    newest = f'max by (namespace, team, objective) (max_over_time({NEWEST}{{result="%s"}}[{at}]))'
    return f"""
    spark:objective:burn:rate{long} > {factor:g}
      and {OF} spark:objective:events:count{long}{{result="bad"}} >= {LEAST_BAD}
      unless {OF} spark:objective:burn:rate{short} <= {factor:g}
      unless {OF} (
        (({newest % "good"}) > {OF} ({newest % "bad"}))
        unless {OF} spark:objective:burn:rate{short})
    """


_LOOKED: Final = {"1h": "1h", "6h": "6h", "3d": "3d:30m"}
"""How newest ends are looked for: in days by steps, as the windows themselves are."""

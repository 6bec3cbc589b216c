"""When alerts about ended runs fire on a stack with jobs, where the worker's totals say how runs ended.

No pod and no application is in any of these samples, unless a case says so: all of them were deleted as they
ended, before anything was scraped of them.
"""

from __future__ import annotations

from tests.observability.series import Case, Series, merged, series, steps

WHO = {"namespace": "data-dev", "team": "data"}
ERRORS = {"signal": "errors", **WHO}
LENGTH = 1100
"""Steps that every series has."""


def total(
    outcome: str,
    ends: list[float],
    *,
    job: str = "etl",
    reason: str = "",
    namespace: str = "data-dev",
    before: int = 0,
) -> Series:
    """A total of the worker's, which grows by one with each end.

    Args:
        outcome: how the runs ended.
        ends: minutes from the first sample to each.
        job: what they count for.
        reason: code of their verdict.
        namespace: where they are.
        before: its value at first: all that ended before.
    """
    return series(
        "spark_job_ends_total",
        _grows(ends, before),
        job="spark-jobs",
        namespace=namespace,
        spark_job=job,
        outcome=outcome,
        reason=reason,
    )


def _grows(moments: list[float], before: int) -> str:
    values, done = [], 0
    for number, minutes in enumerate(moments):
        until = steps(minutes)
        values.append(f"{before + number}x{until - done - 1}")
        done = until
    return " ".join([*values, f"{before + len(moments)}x{LENGTH - done}"])


def _moves(moments: list[float]) -> str:
    values, done, last = [], 0, ""
    for minutes in moments:
        until = steps(minutes)
        values.append(f"{last}x{until - done - 1}" if last else f"_x{until}")
        done, last = until, str(int(minutes * 60))
    return " ".join([*values, f"{last}x{LENGTH - done}"])


def agreed(kept: str, *, every: float, first: float = 5, namespace: str = "data-dev") -> Series:
    """Runs that agreed on a time, one after the other: g for one that kept it, b for one that did not."""
    found: Series = {}
    for letter, result in {"g": "good", "b": "bad"}.items():
        own = [first + number * every for number, which in enumerate(kept) if which == letter]
        key = {"job": "spark-jobs", "namespace": namespace, "result": result}
        found |= series("spark_job_agreed_times_total", _grows(own, 1000), **key)
        if own:
            found |= series("spark_job_agreed_times_last_timestamp_seconds", _moves(own), **key)
    return found


def newest(outcome: str, ends: list[float], *, namespace: str = "data-dev") -> Series:
    """When the last run ended so."""
    return series(
        "spark_job_last_end_timestamp_seconds",
        _moves(ends),
        job="spark-jobs",
        namespace=namespace,
        outcome=outcome,
    )


def story(outcomes: str, *, every: float, first: float = 5, namespace: str = "data-dev") -> Series:
    """Runs that end one after the other: g for good, b for bad, r for a failure that is tried again."""
    moments = [(letter, first + number * every) for number, letter in enumerate(outcomes)]
    found: Series = {}
    for letter, outcome in {"g": "succeeded", "b": "failed", "r": "retried", "c": "cancelled"}.items():
        own = [moment for which, moment in moments if which == letter]
        found |= total(outcome, own, namespace=namespace, before=1000)
        found |= newest(outcome, own, namespace=namespace) if own else {}
    return found


def _fires(severity: str, objective: str = "success") -> list[dict[str, str]]:
    return [{"severity": severity, "objective": objective, **ERRORS}]


BROKEN = story("g" * 30 + "b" * 30 + "g" * 60, every=2)
"""A run every two minutes: for an hour all end well, for an hour all fail, then all end well again."""

FEW = story("gbbb", every=20)
LIMPING = story(("g" * 9 + "b") * 7, every=6)
"""Ten runs an hour, of which one fails, for seven hours: ten times what 99% allow."""

TWENTIETH = story(("g" * 19 + "b") * 4, every=6)

LATE = agreed("g" * 30 + "b" * 30 + "g" * 60, every=2)
"""A run every two minutes, of which for an hour all are late; 95% of the team's are to be in time."""

LATE_FEW = agreed("gbbb", every=20)
LATE_FOR_HOURS = agreed("gb" * 20, every=10)
"""Six runs an hour, of which three are late, for more than six hours: ten times what 95% allow."""

LATE_TENTHS = agreed(("g" * 9 + "b") * 8, every=6)
"""One of ten runs is late, for eight hours: twice what 95% allow."""

LATE_TWENTIETH = agreed(("g" * 19 + "b") * 4, every=6)

TWO_OF_SIX = merged(
    total("succeeded", [5, 5.5, 6, 6.5], before=300),
    total("failed", [5, 6], reason="DATA_ERROR", before=40),
)

RESTARTED = {
    name: values.replace("4x1087", "4x14 _x18 4x1053").replace("2x1088", "2x15 _x18 2x1053")
    for name, values in TWO_OF_SIX.items()
}
"""The same, while the worker is away for nine minutes from minute 14 on."""
assert all("_x18" in values for values in RESTARTED.values())


def _teams(failed: dict[str, int], succeeded: dict[str, int], *, job: str = "") -> Series:
    """Runs of several namespaces, each failure of a job of its own, that end after five minutes."""
    return merged(
        *(
            total("failed", [5], job=job or f"f{number}", namespace=where)
            for where, count in failed.items()
            for number in range(count)
        ),
        *(
            total("succeeded", [5] * 1 if count == 1 else _at_once(count), namespace=where)
            for where, count in succeeded.items()
        ),
    )


def _at_once(count: int) -> list[float]:
    return [5 + number / 2 for number in range(count)]


CASES = (
    Case("SparkBudgetBurnsFast", "all ends well", BROKEN, "60m"),
    Case("SparkBudgetBurnsFast", "two of many runs have failed", BROKEN, "68m"),
    Case("SparkBudgetBurnsFast", "a quarter of an hour of failures", BROKEN, "80m", _fires("critical")),
    Case("SparkBudgetBurnsFast", "runs end well again for six minutes", BROKEN, "132m"),
    Case("SparkBudgetBurnsFast", "three of a team's few runs have failed", FEW, "72m", _fires("critical")),
    Case("SparkBudgetBurnsFast", "two of a team's few runs have failed", FEW, "50m"),
    Case(
        "SparkBudgetBurnsFast",
        "nothing has ended for a quarter of an hour after the third failure",
        FEW,
        "80m",
        _fires("critical"),
    ),
    Case("SparkBudgetBurnsFast", "a good end after the three failures", story("gbbbg", every=20), "100m"),
    Case("SparkBudgetBurnsFast", "attempts fail, and others follow", story("r" * 20, every=2), "44m"),
    Case("SparkBudgetBurnsFast", "somebody stops one run after the other", story("c" * 20, every=2), "44m"),
    Case(
        "SparkBudgetBurnsFast",
        "a team without an objective of its own fails, and it is none of data's",
        story("b" * 10, every=2, namespace="spark-canary"),
        "24m",
    ),
    Case(
        "SparkBudgetBurnsFast",
        "a thousand runs ended before the worker was first seen",
        total("failed", [], before=1000),
        "30m",
    ),
    Case(
        "SparkBudgetBurnsSlowly", "one of ten runs fails for seven hours", LIMPING, "426m", _fires("critical")
    ),
    Case("SparkBudgetBurnsSlowly", "one failure in twenty", TWENTIETH, "480m"),
    Case("SparkBudgetOverspent", "one failure in twenty, at 99%", TWENTIETH, "490m", _fires("warning")),
    Case("SparkBudgetOverspent", "two failures in three days", story("g" * 30 + "bb", every=4), "140m"),
    Case("SparkBudgetBurnsFast", "all runs keep their agreed time", LATE, "60m"),
    Case("SparkBudgetBurnsFast", "two of many runs were late", LATE, "68m"),
    Case("SparkBudgetBurnsFast", "an hour of late runs", LATE, "124m", _fires("critical", "timeliness")),
    Case("SparkBudgetBurnsFast", "runs are in time again for six minutes", LATE, "132m"),
    Case("SparkBudgetBurnsFast", "two of a team's few runs were late", LATE_FEW, "50m"),
    Case(
        "SparkBudgetBurnsFast",
        "three of a team's few runs were late, and nothing has ended for a while",
        LATE_FEW,
        "80m",
        _fires("critical", "timeliness"),
    ),
    Case("SparkBudgetBurnsFast", "in time after three late runs", agreed("gbbbg", every=20), "100m"),
    Case("SparkBudgetBurnsFast", "every other run is late for hours", LATE_FOR_HOURS, "300m"),
    Case(
        "SparkBudgetBurnsFast",
        "all runs of a team are late that has no objective of timeliness",
        agreed("b" * 10, every=2, namespace="science-dev"),
        "24m",
    ),
    Case(
        "SparkBudgetBurnsSlowly",
        "every other run is late for hours",
        LATE_FOR_HOURS,
        "396m",
        _fires("critical", "timeliness"),
    ),
    Case("SparkBudgetBurnsSlowly", "one of ten runs is late", LATE_TENTHS, "480m"),
    Case(
        "SparkBudgetOverspent",
        "one of ten runs is late, at 95%",
        LATE_TENTHS,
        "480m",
        _fires("warning", "timeliness"),
    ),
    Case("SparkBudgetOverspent", "one late run in twenty is what 95% allow", LATE_TWENTIETH, "480m"),
    Case(
        "SparkAppFailureRatioHigh",
        "two of six runs failed",
        TWO_OF_SIX,
        "20m",
        [{"severity": "warning", **ERRORS}],
    ),
    Case(
        "SparkAppFailureRatioHigh",
        "two of six runs failed, and the worker is away",
        RESTARTED,
        "22m",
        [{"severity": "warning", **ERRORS}],
    ),
    Case("SparkAppFailureRatioHigh", "it was an hour ago", TWO_OF_SIX, "70m"),
    Case(
        "SparkAppFailureRatioHigh",
        "somebody stopped two of six runs",
        merged(total("succeeded", _at_once(4)), total("cancelled", [5, 6])),
        "20m",
    ),
    Case(
        "SparkFailuresAcrossTeams",
        "two of six runs of one team and one of three of another failed",
        _teams({"data-dev": 2, "science-dev": 1}, {"data-dev": 4, "science-dev": 2}),
        "20m",
        [{"severity": "critical", "signal": "errors"}],
    ),
    Case(
        "SparkFailuresAcrossTeams",
        "all of them have no job's name",
        merged(
            total("lost", [5, 6], job="other"),
            total("lost", [5], job="other", namespace="science-dev"),
        ),
        "20m",
        [{"severity": "critical", "signal": "errors"}],
    ),
    Case(
        "SparkFailuresAcrossTeams",
        "one job of each of two teams failed, one of them twice",
        merged(total("failed", [5, 6]), total("failed", [5], namespace="science-dev")),
        "20m",
    ),
)

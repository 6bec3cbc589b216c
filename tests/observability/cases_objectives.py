"""How a team's budget of failed and late runs goes: fast burn, slow burn, one failure in twenty, recovery.

The team's objectives are 99% of `success`, 95% of `timeliness`; science has agreed on 95% of `success` alone.
"""

from __future__ import annotations

from tests.observability.series import Case, Series, ksm, merged, steps

KEPT_MINUTES = 60
"""How long an ended run's object is kept here."""


def run(
    name: str, ended: float, state: str, *, took: float = 4, agreed: int = 0, namespace: str = "data-dev"
) -> Series:
    """A SparkApplication from its creation until it is removed, an hour after its end.

    Args:
        name: of the object; also its uid.
        ended: minutes from the first sample to its end.
        state: how it ended.
        took: minutes from its creation to its end.
        agreed: seconds that it has agreed on; 0 for none.
        namespace: where it is.
    """
    key = {"namespace": namespace, "name": name, "uid": name}
    start = max(ended - took, 0)
    before, during, after = steps(start), steps(ended) - steps(start), steps(KEPT_MINUTES)
    lead = f"_x{before} " if before else ""
    whole = f"x{during + after} stale"
    found = merged(
        ksm("kube_sparkapp_created", f"{lead}{int(start * 60)}{whole}", **key),
        ksm(
            "kube_sparkapp_state",
            f"{lead}1x{during - 1} 0x{after} stale",
            **key,
            state="RUNNING",
        ),
        ksm("kube_sparkapp_state", f"{lead}0x{during - 1} 1x{after} stale", **key, state=state),
        ksm("kube_sparkapp_termination_time", f"_x{steps(ended)} {int(ended * 60)}x{after} stale", **key),
    )
    if agreed:
        found |= ksm("kube_sparkapp_sla_seconds", f"{lead}{agreed}{whole}", **key)
    return found


def ends(outcomes: str, *, every: float, first: float = 5, **more: object) -> Series:
    """Runs that end one after the other.

    Args:
        outcomes: a letter each: g for good, b for bad.
        every: minutes from one end to the next.
        first: minutes to the first end.
        more: further arguments of `run`.
    """
    states = {"g": "COMPLETED", "b": "FAILED"}
    return merged(
        *(
            run(f"r{first:g}-{at}", first + at * every, states[letter], **more)  # type: ignore[arg-type]
            for at, letter in enumerate(outcomes)
        )
    )


def _fires(severity: str, objective: str = "success", team: str = "data") -> list[dict[str, str]]:
    where = {"namespace": f"{team}-dev", "team": team, "objective": objective}
    return [{"severity": severity, "signal": "errors", **where}]


BROKEN = merged(
    ends("g" * 30, every=2), ends("b" * 30, every=2, first=65), ends("g" * 60, every=2, first=125)
)
"""A run every two minutes: for an hour all end well, for an hour all fail, then all end well again."""

FEW = ends("gbbb", every=20)
"""A team of three runs an hour, of which three fail one after the other."""

LIMPING = merged(
    ends("g" * 9 + "b", every=6), *(ends("g" * 9 + "b", every=6, first=65 + 60 * n) for n in range(6))
)
"""Ten runs an hour, of which one fails, for seven hours: ten times what 99% allow."""

TWENTIETH = merged(*(ends("g" * 19 + "b", every=6, first=5 + 120 * n) for n in range(4)))
"""One of twenty runs fails, for eight hours: five times what 99% allow, and what 95% allow."""

LATE = merged(
    ends("g" * 6, every=5, took=5, agreed=600),
    ends("g" * 12, every=5, first=60, took=20, agreed=600),
)
"""Six runs within their ten minutes, then twelve that take twenty."""

CASES = (
    Case("SparkBudgetBurnsFast", "all ends well", BROKEN, "60m"),
    Case("SparkBudgetBurnsFast", "two of many runs have failed", BROKEN, "68m"),
    Case("SparkBudgetBurnsFast", "a quarter of an hour of failures", BROKEN, "80m", _fires("critical")),
    Case("SparkBudgetBurnsFast", "an hour of failures", BROKEN, "124m", _fires("critical")),
    Case("SparkBudgetBurnsFast", "runs end well again for six minutes", BROKEN, "132m"),
    Case("SparkBudgetBurnsFast", "an hour after it was mended", BROKEN, "190m"),
    Case("SparkBudgetBurnsFast", "two of a team's few runs have failed", FEW, "50m"),
    Case("SparkBudgetBurnsFast", "three of a team's few runs have failed", FEW, "72m", _fires("critical")),
    Case(
        "SparkBudgetBurnsFast",
        "nothing has ended for a quarter of an hour after the third failure",
        FEW,
        "80m",
        _fires("critical"),
    ),
    Case(
        "SparkBudgetBurnsFast",
        "a good end after the three failures, and nothing since",
        merged(FEW, run("mended", 70, "COMPLETED")),
        "80m",
    ),
    Case("SparkBudgetBurnsFast", "one failure in ten for hours is no fast burn", LIMPING, "182m"),
    Case("SparkBudgetBurnsFast", "one failure in twenty", TWENTIETH, "240m"),
    Case(
        "SparkBudgetBurnsFast",
        "runs take longer than they agreed on, and end well",
        LATE,
        "90m",
        _fires("critical", "timeliness"),
    ),
    Case("SparkBudgetBurnsFast", "runs keep their agreed time", LATE, "50m"),
    Case(
        "SparkBudgetBurnsFast",
        "runs that agreed on no time take long",
        ends("g" * 12, every=5, first=60, took=55),
        "115m",
    ),
    Case(
        "SparkBudgetBurnsFast",
        "attempts fail, and the operator tries again",
        merged(*(run(f"again{n}", 90, "COMPLETED", took=85) for n in range(3))),
        "60m",
    ),
    Case(
        "SparkBudgetBurnsFast",
        "runs of the canary, which is no team",
        ends("b" * 10, every=2, namespace="spark-canary"),
        "24m",
    ),
    Case(
        "SparkBudgetBurnsFast",
        "all runs of a team fail that allows one in twenty",
        ends("b" * 10, every=2, namespace="science-dev"),
        "24m",
        _fires("critical", team="science"),
    ),
    Case(
        "SparkBudgetBurnsSlowly", "one of ten runs fails for seven hours", LIMPING, "426m", _fires("critical")
    ),
    Case(
        "SparkBudgetBurnsSlowly",
        "half an hour of good ends after the last failure",
        merged(LIMPING, ends("g" * 8, every=5, first=428)),
        "470m",
    ),
    Case("SparkBudgetBurnsSlowly", "one failure in twenty", TWENTIETH, "480m"),
    Case("SparkBudgetBurnsSlowly", "two failures of ten runs an hour", LIMPING, "122m"),
    Case("SparkBudgetOverspent", "one failure in twenty, at 99%", TWENTIETH, "490m", _fires("warning")),
    Case(
        "SparkBudgetOverspent",
        "one failure in twenty is what 95% allow",
        merged(
            *(ends("g" * 19 + "b", every=6, first=5 + 120 * n, namespace="science-dev") for n in range(4))
        ),
        "490m",
    ),
    Case("SparkBudgetOverspent", "two failures in three days", ends("g" * 30 + "bb", every=4), "140m"),
    Case(
        "SparkBudgetOverspent",
        "six hours of good ends",
        merged(TWENTIETH, ends("g" * 38, every=10, first=490)),
        "870m",
    ),
)

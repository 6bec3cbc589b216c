"""When a run is late against the time that it has agreed on, and when it is not."""

from __future__ import annotations

from tests.observability.series import Case, Series, application, ksm, merged

WHO = {"namespace": "data-dev", "team": "data"}
LATE = {"severity": "critical", "signal": "latency", **WHO}


def _went_on(hours: int, *, runs: int = 1) -> Series:
    """Runs that have agreed on an hour, were suspended for some, and then went on."""
    held = 120 * hours
    return merged(
        *(
            merged(
                ksm("kube_sparkapp_created", "0x900", **key),
                ksm("kube_sparkapp_sla_seconds", "3600x900", **key),
                ksm("kube_sparkapp_state", f"1x{held} 0x700", **key, state="SUSPENDED"),
                ksm("kube_sparkapp_state", f"0x{held} 1x700", **key, state="RUNNING"),
            )
            for n in range(runs)
            for key in [{"namespace": "data-dev", "name": f"etl-{n}", "uid": f"etl-{n}"}]
        )
    )


CASES: tuple[Case, ...] = (
    Case(
        "SparkAppSLABreached",
        "a run has used 20 of its 15 minutes",
        application("etl", "RUNNING", "1x100", sla_seconds="900"),
        "20m",
        [{**LATE, "name": "etl", "spark_job": "etl"}],
    ),
    Case(
        "SparkAppSLABreached",
        "a run that the operator never saw is late as well",
        application("etl", "", "", sla_seconds="900"),
        "20m",
        [{**LATE, "name": "etl", "spark_job": "etl"}],
    ),
    Case(
        "SparkAppSLABreached",
        "a quarter of an hour written as 15m, which comes as 0.015, is over",
        application("etl", "RUNNING", "1x100", sla_seconds="0.015"),
        "16m",
        [{**LATE, "name": "etl", "spark_job": "etl"}],
    ),
    Case(
        "SparkAppSLABreached",
        "a quarter of an hour written as 15m is not over",
        application("etl", "RUNNING", "1x100", sla_seconds="0.015"),
        "14m",
    ),
    Case(
        "SparkAppSLABreached",
        "a day written as 1440m is not over after half an hour",
        application("etl", "RUNNING", "1x100", sla_seconds="1.44"),
        "30m",
    ),
    Case(
        "SparkAppSLABreached",
        "a schedule's run has it as a label",
        application("etl", "RUNNING", "1x100", sla_label_seconds="900"),
        "20m",
        [{**LATE, "name": "etl", "spark_job": "etl"}],
    ),
    Case(
        "SparkAppSLABreached",
        "the annotation of a run goes before its schedule's label",
        application("etl", "RUNNING", "1x100", sla_seconds="3600", sla_label_seconds="900"),
        "20m",
    ),
    Case(
        "SparkAppSLABreached",
        "somebody suspended it",
        application("etl", "SUSPENDED", "1x100", sla_seconds="900"),
        "30m",
    ),
    *(
        Case(
            "SparkAppSLABreached",
            f"it has agreed on an hour, was suspended for two, and went on {what}",
            _went_on(2),
            at,
            fires,
        )
        for what, at, fires in (
            ("a moment ago", "122m", []),
            ("59 minutes ago", "179m", []),
            ("61 minutes ago", "182m", [{**LATE, "name": "etl-0", "spark_job": "etl-0"}]),
        )
    ),
    Case(
        "SparkAppSLABreached",
        "a suspended run was deleted, and another one got its name",
        merged(
            ksm("kube_sparkapp_created", "0x40 stale", namespace="data-dev", name="etl", uid="1"),
            ksm(
                "kube_sparkapp_state",
                "1x40 stale",
                namespace="data-dev",
                name="etl",
                uid="1",
                state="SUSPENDED",
            ),
            ksm("kube_sparkapp_created", "_x42 600x100", namespace="data-dev", name="etl", uid="2"),
            ksm("kube_sparkapp_sla_seconds", "_x42 900x100", namespace="data-dev", name="etl", uid="2"),
        ),
        "26m",
        [{**LATE, "name": "etl", "spark_job": "etl"}],
    ),
    Case(
        "SparkAppSLABreached",
        "a run is within its time",
        application("etl", "RUNNING", "1x100", sla_seconds="900"),
        "14m",
    ),
    Case(
        "SparkAppSLABreached",
        "a run ended, however long ago it was created",
        application("etl", "COMPLETED", "1x100", sla_seconds="900"),
        "30m",
    ),
    *(
        Case(
            "SparkBudgetBurnsFast",
            f"three runs have agreed on an hour, were suspended for two, and went on {what}",
            _went_on(2, runs=3),
            at,
            fires,
        )
        for what, at, fires in (
            ("half an hour ago", "150m", []),
            (
                "67 minutes ago",
                "187m",
                [{**WHO, "severity": "critical", "signal": "errors", "objective": "timeliness"}],
            ),
        )
    ),
)

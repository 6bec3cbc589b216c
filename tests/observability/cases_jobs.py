"""When the alerts about jobs fire, and when they don't."""

from __future__ import annotations

from tests.observability.series import Case, Series, application, ksm, merged, pod

WHO = {"namespace": "data-dev", "team": "data"}
ERRORS = {"severity": "warning", "signal": "errors", **WHO}
SLOW = {"severity": "warning", "signal": "latency", **WHO}
LATE = {"severity": "critical", "signal": "latency", **WHO}


def _fleet(failed: int, succeeded: int) -> Series:
    """Runs that started together and ended after five minutes."""
    return merged(
        *(pod(f"f{n}", [("Running", 5), ("Failed", 60)], app=f"f{n}", reason="Error") for n in range(failed)),
        *(pod(f"s{n}", [("Running", 5), ("Succeeded", 60)], app=f"s{n}") for n in range(succeeded)),
    )


def _teams_fleet(failed: dict[str, int], succeeded: dict[str, int]) -> Series:
    """Runs of several namespaces, each a job of its own, that ended after five minutes."""
    return merged(
        *(
            pod(
                f"{where}-{end[0]}{n}",
                [("Running", 5), (end, 60)],
                app=f"{end[0]}{n}",
                namespace=where,
                reason=why,
            )
            for runs, end, why in ((failed, "Failed", "Error"), (succeeded, "Succeeded", ""))
            for where, count in runs.items()
            for n in range(count)
        )
    )


def _executors(count: int, reason: str) -> Series:
    return merged(
        *(
            pod(f"e{n}", [("Running", 5 + n), ("Failed", 2)], role="executor", reason=reason)
            for n in range(count)
        )
    )


def _schedule(state: str, values: str) -> Series:
    return ksm("kube_sparkschedule_state", values, namespace="data-dev", name="nightly", state=state)


def _due(at: int, name: str = "nightly", **labels: str) -> Series:
    return ksm("kube_sparkschedule_next_run", f"{at}x200", namespace="data-dev", name=name, **labels)


def _suspended(value: str) -> Series:
    return ksm("kube_sparkschedule_suspended", f"{value}x200", namespace="data-dev", name="nightly")


KILLED = pod("d1", [("Running", 10), ("Failed", 4)], reason="OOMKilled")
"""A driver that the kernel kills after 10 minutes; its pod is deleted 4 minutes later."""

OLD_FAILURE = pod("d1", [("Failed", 100)], reason="Error", born=0)
"""A failed run whose pod is kept."""

GAP = {
    name: values.replace("1x199", "1x100 _x40 1x58").replace("0x199", "0x100 _x40 0x58")
    for name, values in OLD_FAILURE.items()
}
"""The same, while kube-state-metrics is away for 20 minutes from minute 50 on."""


CASES = (
    Case(
        "SparkDriverFailed",
        "a driver was killed, and its pod is gone already",
        KILLED,
        "20m",
        [{**ERRORS, "app": "etl", "spark_job": "etl", "reason": "OOMKilled"}],
    ),
    Case("SparkDriverFailed", "the failure is 25 minutes old", KILLED, "35m"),
    Case("SparkDriverFailed", "the run ended well", pod("d1", [("Running", 10), ("Succeeded", 10)]), "12m"),
    Case(
        "SparkDriverFailed",
        "an evicted pod has no completion time, and counts when it was first seen failed",
        merged(
            pod("d1", [("Running", 10), ("Failed", 40)]),
            ksm(
                "kube_pod_status_reason",
                "_x20 1x80",
                namespace="data-dev",
                pod="d1",
                uid="d1",
                reason="Evicted",
            ),
        ),
        "20m",
        [{**ERRORS, "app": "etl", "spark_job": "etl", "reason": "Evicted"}],
    ),
    Case(
        "SparkDriverFailed",
        "an evicted pod that is kept is not reported again and again",
        merged(
            pod("d1", [("Running", 10), ("Failed", 60)]),
            ksm(
                "kube_pod_status_reason",
                "_x20 1x120",
                namespace="data-dev",
                pod="d1",
                uid="d1",
                reason="Evicted",
            ),
        ),
        "50m",
    ),
    Case("SparkDriverFailed", "kube-state-metrics comes back, and still shows an old failure", GAP, "73m"),
    Case(
        "SparkAppFailureRatioHigh",
        "two of six runs failed",
        _fleet(2, 4),
        "20m",
        [ERRORS],
    ),
    Case("SparkAppFailureRatioHigh", "one of six runs failed", _fleet(1, 5), "20m"),
    Case(
        "SparkAppFailureRatioHigh",
        "all of three runs failed: too few to blame the platform",
        _fleet(3, 0),
        "20m",
    ),
    Case(
        "SparkFailuresAcrossTeams",
        "two of six runs of one team and one of three of another failed",
        _teams_fleet({"data-dev": 2, "science-dev": 1}, {"data-dev": 4, "science-dev": 2}),
        "20m",
        [{"severity": "critical", "signal": "errors"}],
    ),
    Case(
        "SparkFailuresAcrossTeams",
        "all runs of one team failed: that is its own affair",
        _teams_fleet({"data-dev": 8}, {"science-dev": 2}),
        "20m",
    ),
    Case(
        "SparkFailuresAcrossTeams",
        "a run of each of two teams failed: two programs, not the platform",
        _teams_fleet({"data-dev": 1, "science-dev": 1}, {"data-dev": 1, "science-dev": 1}),
        "20m",
    ),
    Case(
        "SparkFailuresAcrossTeams",
        "one of ten runs of each of two teams failed",
        _teams_fleet({"data-dev": 2, "science-dev": 2}, {"data-dev": 18, "science-dev": 18}),
        "20m",
    ),
    Case(
        "SparkFailuresAcrossTeams",
        "a run of each of two teams failed, and nine of the canary's, which is no team",
        _teams_fleet({"data-dev": 1, "science-dev": 1, "spark-canary": 9}, {}),
        "20m",
    ),
    Case(
        "SparkExecutorOOMKilled",
        "three executors were killed one after the other",
        _executors(3, "OOMKilled"),
        "10m",
        [{**ERRORS, "app": "etl", "spark_job": "etl"}],
    ),
    Case("SparkExecutorOOMKilled", "one executor was killed", _executors(1, "OOMKilled"), "10m"),
    Case(
        "SparkExecutorOOMKilled",
        "three executors ended with an error of their own",
        _executors(3, "Error"),
        "10m",
    ),
    Case("SparkExecutorOOMKilled", "three were killed an hour ago", _executors(3, "OOMKilled"), "70m"),
    Case(
        "SparkSubmissionFailing",
        "the operator can't submit and tries again",
        application("etl", "SUBMISSION_FAILED", "1x60"),
        "10m",
        [{**ERRORS, "name": "etl", "spark_job": "etl", "state": "SUBMISSION_FAILED"}],
    ),
    Case(
        "SparkSubmissionFailing",
        "a quota refused the driver, and the operator gave up",
        application("etl", "FAILED", "1x60"),
        "10m",
        [{**ERRORS, "name": "etl", "spark_job": "etl", "state": "FAILED"}],
    ),
    Case(
        "SparkSubmissionFailing",
        "the job failed, but it had a driver",
        merged(
            application("etl", "FAILED", "_x20 1x60"),
            pod("etl-driver", [("Running", 9), ("Failed", 2)], reason="Error"),
        ),
        "20m",
    ),
    Case(
        "SparkScheduleInvalid",
        "the operator can't read its schedule",
        _schedule("FailedValidation", "1x60"),
        "10m",
        [{**ERRORS, "name": "nightly", "spark_job": "nightly", "state": "FailedValidation"}],
    ),
    Case(
        "SparkScheduleInvalid",
        "it is scheduled",
        merged(
            _schedule("Scheduled", "1x60"),
            _schedule("FailedValidation", "0x60"),
        ),
        "10m",
    ),
    Case(
        "SparkScheduleMissed",
        "its run was due 16 minutes ago",
        _due(0),
        "16m",
        [{**ERRORS, "name": "nightly", "spark_job": "nightly"}],
    ),
    Case(
        "SparkScheduleMissed",
        "it is called as the pods of its runs call their job",
        merged(_due(0, "ETL.Daily"), _due(0, "nightly", said_job="Orders_EU")),
        "16m",
        [
            {**ERRORS, "name": "ETL.Daily", "spark_job": "etl-daily"},
            {**ERRORS, "name": "nightly", "spark_job": "orders-eu"},
        ],
    ),
    Case("SparkScheduleMissed", "its run was due 9 minutes ago", _due(0), "9m"),
    Case("SparkScheduleMissed", "its run is due tomorrow", _due(86400), "60m"),
    Case("SparkScheduleMissed", "somebody suspended it", merged(_due(0), _suspended("1")), "60m"),
    Case(
        "SparkScheduleMissed",
        "it says that it is not suspended",
        merged(_due(0), _suspended("0")),
        "16m",
        [{**ERRORS, "name": "nightly", "spark_job": "nightly"}],
    ),
    Case(
        "SparkAppStuck",
        "its driver has ended long ago, and the operator still says SUBMITTED",
        merged(
            application("2026-etl", "SUBMITTED", "1x100"),
            pod("2026-etl-driver", [("Running", 5), ("Succeeded", 60)], app="2026-etl"),
        ),
        "20m",
        [{**SLOW, "name": "2026-etl", "spark_job": "job-2026-etl", "state": "SUBMITTED"}],
    ),
    Case(
        "SparkAppStuck",
        "its driver waits for a node",
        merged(application("etl", "SUBMITTED", "1x100"), pod("etl-driver", [("Pending", 60)], app="etl")),
        "30m",
    ),
    Case(
        "SparkAppStuck",
        "it fails for ever, as nobody has said when to try again",
        application("etl", "FAILING", "1x400"),
        "80m",
        [{**SLOW, "name": "etl", "spark_job": "etl", "state": "FAILING"}],
    ),
    Case(
        "SparkAppStuck",
        "it waits half an hour for its next attempt",
        application("etl", "FAILING", "1x60 0x60"),
        "30m",
    ),
    Case("SparkAppStuck", "it runs for hours", application("etl", "RUNNING", "1x400"), "80m"),
    Case("SparkSubmissionFailing", "the job runs", application("etl", "RUNNING", "1x60"), "10m"),
    Case(
        "SparkDriverPendingTooLong",
        "a driver has been waiting for 13 minutes",
        pod("d1", [("Pending", 30)]),
        "13m",
        [{**SLOW, "app": "etl", "spark_job": "etl", "pod": "d1", "uid": "d1"}],
    ),
    Case(
        "SparkDriverPendingTooLong",
        "a driver has been waiting for 8 minutes",
        pod("d1", [("Pending", 30)]),
        "8m",
    ),
    Case(
        "SparkDriverPendingTooLong",
        "an executor waits: that is another alert",
        pod("e1", [("Pending", 30)], role="executor"),
        "20m",
    ),
    Case(
        "SparkAppNotReconciled",
        "nothing was said about it for 11 minutes",
        application("etl", "", ""),
        "11m",
        [{**LATE, "name": "etl", "spark_job": "etl"}],
    ),
    Case("SparkAppNotReconciled", "the operator has seen it", application("etl", "SUBMITTED", "1x60"), "11m"),
    Case("SparkAppNotReconciled", "it is 8 minutes old", application("etl", "", ""), "8m"),
    Case(
        "SparkTeamTrafficStopped",
        "six runs a week ago, none since",
        _fleet(0, 6),
        "10130m",
        [{"severity": "info", "signal": "traffic", **WHO}],
    ),
    Case("SparkTeamTrafficStopped", "four runs a week ago are not a habit", _fleet(0, 4), "10130m"),
    Case(
        "SparkTeamTrafficStopped",
        "six runs a week ago, and one runs now",
        merged(_fleet(0, 6), pod("now", [("Running", 200)], born=10070)),
        "10130m",
    ),
)

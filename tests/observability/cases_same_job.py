"""Which runs are of one job, and that alerts count them as one, whatever way they came."""

from __future__ import annotations

from tests.observability.series import Case, Series, application, ksm, merged, pod

WHO = {"namespace": "data-dev", "team": "data"}
FAILED = {"severity": "warning", "signal": "errors", **WHO}


def _runs(names: str, *, job: str = "etl") -> Series:
    """Runs of a job that fail a minute apart, each under a name of its own."""
    return merged(
        *(
            pod(name, [("Running", 5 + n), ("Failed", 60)], app=f"{job}-{name}", job=job, reason="Error")
            for n, name in enumerate(names)
        )
    )


def _killed_of(runs: str, *, jobs: str) -> Series:
    """Executors of runs, one of each, that the kernel kills a minute apart.

    Args:
        runs: a letter for each run.
        jobs: the job of each.
    """
    return merged(
        *(
            pod(
                f"e-{run}",
                [("Running", 2 + n), ("Failed", 60)],
                role="executor",
                app=f"run-{run}",
                job=f"job-{job}",
                reason="OOMKilled",
            )
            for n, (run, job) in enumerate(zip(runs, jobs, strict=True))
        )
    )


def _said(name: str, **labels: str) -> Series:
    """What an application says of its job."""
    return ksm("kube_sparkapp_said_job", "1x400", namespace="data-dev", name=name, **labels)


def _raw(killed: int) -> Series:
    """A raw spark-submit: the driver has the submitted name, its executors that of the program."""
    key = {"namespace": "data-dev", "label_spark_app_selector": "spark-1"}
    found = ksm(
        "kube_pod_labels",
        "1x100",
        **key,
        pod="d",
        uid="d",
        label_spark_role="driver",
        label_spark_app_name="sub",
    )
    for n in range(killed):
        own = {"pod": f"e{n}", "uid": f"e{n}"}
        executor = {**key, **own, "label_spark_role": "executor", "label_spark_app_name": "program"}
        found |= ksm("kube_pod_labels", "1x100", **executor)
        for name, value in pod(
            f"e{n}", [("Running", 5), ("Failed", 60)], role="executor", reason="OOMKilled"
        ).items():
            if not name.startswith("kube_pod_labels"):
                found[name] = value
    return found


def _renamed(found: Series, *, role: str) -> Series:
    """Pods whose job another release called otherwise: both names are there until the first is forgotten."""
    before = {
        name.replace('spark_job="', 'spark_job="before-'): values
        for name, values in found.items()
        if name.startswith("kube_pod_labels") and f'role="{role}"' in name
    }
    return merged(found, before)


CASES: tuple[Case, ...] = (
    Case(
        "SparkExecutorOOMKilled",
        "an update called the executors of a raw spark-submit otherwise, which is not forgotten yet",
        _renamed(_raw(3), role="executor"),
        "10m",
        [{**FAILED, "spark_job": "sub", "app": "sub"}],
    ),
    Case(
        "SparkAppFailureRatioHigh",
        "an update called the job otherwise, which is not forgotten yet: each run has one of its names",
        _renamed(_runs("abcdef"), role="driver"),
        "30m",
        [FAILED],
    ),
    Case(
        "SparkDriverFailed",
        "two runs of a job failed: one alert, with the name of the run that failed last",
        _runs("ab"),
        "12m",
        [{**FAILED, "spark_job": "etl", "app": "etl-b", "reason": "Error"}],
    ),
    Case(
        "SparkExecutorOOMKilled",
        "an executor of each of three runs of a job was killed",
        _killed_of("abc", jobs="xxx"),
        "10m",
        [{**FAILED, "spark_job": "job-x", "app": "run-c"}],
    ),
    Case(
        "SparkExecutorOOMKilled",
        "an executor of each of three runs was killed, and they are of two jobs",
        _killed_of("abc", jobs="xxy"),
        "10m",
    ),
    Case(
        "SparkExecutorOOMKilled",
        "a raw spark-submit has the name that was submitted, whatever the program calls itself",
        _raw(3),
        "10m",
        [{**FAILED, "spark_job": "sub", "app": "sub"}],
    ),
    Case(
        "SparkSubmissionFailing",
        "a run that begins with a number has the name that its pods would have",
        application("2026-etl", "SUBMISSION_FAILED", "1x60"),
        "10m",
        [{**FAILED, "state": "SUBMISSION_FAILED", "name": "2026-etl", "spark_job": "job-2026-etl"}],
    ),
    *(
        Case(
            "SparkSubmissionFailing",
            f"a run of a job that is known by its {what}",
            merged(application("run-1", "SUBMISSION_FAILED", "1x60"), _said("run-1", **labels)),
            "10m",
            [{**FAILED, "state": "SUBMISSION_FAILED", "name": "run-1", "spark_job": job}],
        )
        for what, labels, job in (
            ("label", {"said_job": "orders", "schedule": "nightly", "dag_id": "d", "task_id": "t"}, "orders"),
            ("schedule", {"schedule": "nightly", "dag_id": "d", "task_id": "t"}, "nightly"),
            ("task in Airflow", {"dag_id": "daily", "task_id": "load"}, "daily-load"),
            ("name, as a dag alone is no job", {"dag_id": "daily"}, "run-1"),
            ("label in capitals", {"said_job": "Orders_EU"}, "orders-eu"),
            ("schedule with a dot", {"schedule": "etl.daily"}, "etl-daily"),
            (
                "task in Airflow in capitals",
                {"dag_id": "Daily_Report", "task_id": "load"},
                "daily-report-load",
            ),
        )
    ),
)

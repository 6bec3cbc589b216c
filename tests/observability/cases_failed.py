"""When a failed run is told of on a stack with jobs: its pod was seen to fail, or only its record says so."""

from __future__ import annotations

from tests.observability.cases_ends import LENGTH, total
from tests.observability.series import Case, Series, ksm, merged, pod

DATA = {"severity": "warning", "signal": "errors", "namespace": "data-dev", "team": "data"}
SCIENCE = {**DATA, "namespace": "science-dev", "team": "science"}


def _application(name: str, job: str, *, created: int) -> Series:
    """A run's SparkApplication, which says of which job it is."""
    key = {"namespace": "data-dev", "name": name}
    born = created // 30
    return merged(
        ksm("kube_sparkapp_created", f"_x{born} {created}x{LENGTH}", **key),
        ksm("kube_sparkapp_said_job", f"_x{born} 1x{LENGTH}", **key, said_job=job),
    )


def _seen_failing(job: str, *, ends: bool = True) -> Series:
    """A job whose runs fail at minutes 7, 12, 17 and 22, and are seen to.

    Args:
        job: its name.
        ends: whether each is a run's end; else all are attempts of one run.
    """
    at = [7, 12, 17, 22]
    return merged(
        *(
            pod(f"{job}-d{n}", [("Running", end), ("Failed", 30)], app=f"{job}-{n}", job=job, reason="Error")
            for n, end in enumerate(at)
        ),
        total("failed", [end + 0.5 for end in at] if ends else [], job=job, reason="DATA_ERROR"),
    )


def _tried_again(*ends: float, seen: bool = True) -> Series:
    """A run that the operator tries again at minute 12, and gives up at minute 20 if at all.

    Args:
        ends: minute at which its record says that it failed; none if it does not.
        seen: whether its second driver is seen to fail.
    """
    key = {"namespace": "data-dev", "name": "etl-1"}
    second: list[tuple[str, float]] = [("Running", 8), *([("Failed", 30.0)] if seen else [])]
    return merged(
        ksm("kube_sparkapp_failure_retries", f"3x{LENGTH}", **key),
        ksm("kube_sparkapp_created", f"0x{LENGTH}", **key),
        ksm("kube_sparkapp_said_job", f"1x{LENGTH}", **key, said_job="etl"),
        ksm("kube_sparkapp_state", "_x20 1x19", **key, state="FAILING"),
        ksm("kube_sparkapp_state", f"_x40 1x{LENGTH}", **key, state="FAILED"),
        ksm("kube_sparkapp_termination_time", f"_x20 600x19 1200x{LENGTH}", **key),
        pod("d1", [("Running", 10), ("Failed", 2)], app="etl-1", job="etl", reason="Error"),
        pod("d2", second, app="etl-1", job="etl", reason="OOMKilled", born=12),
        total("failed", list(ends), reason="DATA_ERROR"),
    )


CASES = (
    Case("SparkDriverFailed", "an attempt failed, and the operator tries it again", _tried_again(), "14m"),
    Case(
        "SparkDriverFailed",
        "the operator gave a run up whose last driver was seen to fail",
        _tried_again(20.5),
        "24m",
        [{**DATA, "app": "etl-1", "spark_job": "etl", "reason": "OOMKilled"}],
    ),
    Case(
        "SparkDriverFailed",
        "the operator gave a run up whose last driver was deleted, and its first one was seen",
        _tried_again(20.5, seen=False),
        "24m",
        [{**DATA, "app": "etl-1", "spark_job": "etl", "reason": "DATA_ERROR"}],
    ),
    Case(
        "SparkDriverFailed",
        "a driver was deleted as it failed, and nothing was scraped of it",
        total("failed", [5], reason="DATA_ERROR"),
        "8m",
        [{**DATA, "app": "etl", "spark_job": "etl", "reason": "DATA_ERROR"}],
    ),
    Case(
        "SparkDriverFailed",
        "its pod is gone, and its application says which run it was",
        merged(
            total("failed", [5], job="orders", reason="DATA_ERROR"),
            _application("orders-1", "orders", created=0),
            _application("orders-2", "orders", created=200),
        ),
        "8m",
        [{**DATA, "app": "orders-2", "spark_job": "orders", "reason": "DATA_ERROR"}],
    ),
    Case(
        "SparkDriverFailed",
        "a run was lost, and nobody knows why",
        total("lost", [5], job="other"),
        "8m",
        [{**DATA, "app": "other", "spark_job": "other", "reason": "lost"}],
    ),
    Case(
        "SparkDriverFailed",
        "a driver was seen as it failed: it is told of once, by its run's name",
        merged(
            total("failed", [5.5], reason="DATA_ERROR"),
            pod("d1", [("Running", 5), ("Failed", 10)], app="etl-0a1b2c3d", job="etl", reason="Error"),
        ),
        "12m",
        [{**DATA, "app": "etl-0a1b2c3d", "spark_job": "etl", "reason": "Error"}],
    ),
    Case(
        "SparkDriverFailed",
        "a job fails every five minutes and is seen to, and a driver of another job is deleted as it fails",
        merged(_seen_failing("loud"), total("failed", [22], job="quiet", reason="DATA_ERROR")),
        "25m",
        [
            {**DATA, "app": "loud-3", "spark_job": "loud", "reason": "Error"},
            {**DATA, "app": "quiet", "spark_job": "quiet", "reason": "DATA_ERROR"},
        ],
    ),
    Case(
        "SparkDriverFailed",
        "the operator tries a run again and again, and a driver of another job is deleted as it fails",
        merged(_seen_failing("loud", ends=False), total("failed", [22], job="quiet", reason="DATA_ERROR")),
        "25m",
        [
            {**DATA, "app": "loud-3", "spark_job": "loud", "reason": "Error"},
            {**DATA, "app": "quiet", "spark_job": "quiet", "reason": "DATA_ERROR"},
        ],
    ),
    Case(
        "SparkDriverFailed",
        "jobs of two teams have one name: one is seen to fail, the other's driver is deleted",
        merged(_seen_failing("etl"), total("failed", [22], reason="DATA_ERROR", namespace="science-dev")),
        "25m",
        [
            {**DATA, "app": "etl-3", "spark_job": "etl", "reason": "Error"},
            {
                **SCIENCE,
                "app": "etl",
                "spark_job": "etl",
                "reason": "DATA_ERROR",
            },
        ],
    ),
    Case(
        "SparkDriverFailed",
        "runs without a job's name fail and are seen to: each is told of once, by its own name",
        merged(
            total("failed", [5.5, 6.5], job="other", reason="DATA_ERROR"),
            *(
                pod(f"d{n}", [("Running", 5 + n), ("Failed", 20)], app=f"run-{n}", reason="Error")
                for n in range(2)
            ),
        ),
        "12m",
        [{**DATA, "app": f"run-{n}", "spark_job": f"run-{n}", "reason": "Error"} for n in range(2)],
    ),
    Case(
        "SparkDriverFailed",
        "of two runs without a job's name one is seen to fail, and the other's driver is deleted",
        merged(
            total("failed", [5.5, 6.5], job="other", reason="DATA_ERROR"),
            pod("d0", [("Running", 5), ("Failed", 20)], app="run-0", reason="Error"),
        ),
        "12m",
        [
            {**DATA, "app": "run-0", "spark_job": "run-0", "reason": "Error"},
            {**DATA, "app": "other", "spark_job": "other", "reason": "DATA_ERROR"},
        ],
    ),
    Case(
        "SparkDriverFailed",
        "a driver was seen as it failed, and then the worker is away for a quarter of an hour",
        {
            name: values.replace("1x1088", "1x12 _x30 1x1045") if "spark_job_ends" in name else values
            for name, values in merged(
                total("failed", [5.5], reason="DATA_ERROR"),
                pod("d1", [("Running", 5), ("Failed", 30)], app="etl-1", job="etl", reason="Error"),
            ).items()
        },
        "19m",
        [{**DATA, "app": "etl-1", "spark_job": "etl", "reason": "Error"}],
    ),
    Case(
        "SparkDriverFailed",
        "kube-state-metrics went away while the driver ran, and the worker says that it failed",
        merged(pod("d1", [("Running", 5)], app="etl-1", job="etl"), total("lost", [12])),
        "25m",
        [{**DATA, "app": "etl", "spark_job": "etl", "reason": "lost"}],
    ),
    Case("SparkDriverFailed", "the failure is 25 minutes old", total("failed", [5]), "30m"),
    Case("SparkDriverFailed", "the run ended well", total("succeeded", [5]), "8m"),
)

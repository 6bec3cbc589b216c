"""When a driver that was deleted as it failed is told of on a stack without jobs, and counts in its ratio."""

from __future__ import annotations

from tests.observability.series import Case, Series, application, ksm, merged, pod

DATA = {"severity": "warning", "signal": "errors", "namespace": "data-dev", "team": "data"}
SCIENCE = {**DATA, "namespace": "science-dev", "team": "science"}


def _deleted(
    name: str, *, at: int, state: str = "FAILED", attempts: str = "1", namespace: str = "data-dev"
) -> Series:
    """A run whose driver is deleted while it runs, as its application says.

    Args:
        name: of the run.
        at: minute of the deletion.
        state: what the operator says from then on.
        attempts: that it has made; empty for none.
        namespace: where it is.
    """
    said = application(name, state, f"_x{2 * at} 1x300", namespace=namespace, termination_time=str(60 * at))
    if not attempts:
        return said
    made = ksm("kube_sparkapp_execution_attempts", f"{attempts}x400", namespace=namespace, name=name)
    return merged(said, made, pod(f"{name}-driver", [("Running", at)], app=name, namespace=namespace))


def _seen(name: str, *, at: int, ends: str = "Failed", kept: float = 10) -> Series:
    """A run whose driver is seen as it ends."""
    state = "FAILED" if ends == "Failed" else "COMPLETED"
    return merged(
        application(
            name, state, f"_x{2 * at} 1x300", termination_time=str(60 * at + 10), execution_attempts="1"
        ),
        pod(
            f"{name}-driver",
            [("Running", at), (ends, kept)],
            app=name,
            reason="Error" if ends == "Failed" else "",
        ),
    )


def _tried_again(state: str, since: int, *second: tuple[str, float]) -> Series:
    """A run that the operator tries again: its first driver fails at minute 10, its second starts at 12.

    Args:
        state: what the operator says.
        since: from which minute on, at which it also saw the last attempt end.
        second: phases of its second driver, with the minutes of each; none for no such driver.
    """
    return merged(
        application(
            "etl",
            state,
            f"_x{2 * since} 1x300",
            failure_retries="3",
            execution_attempts="2" if second else "1",
            termination_time=str(60 * since),
        ),
        pod("etl-1", [("Running", 10), ("Failed", 2 if second else 60)], reason="Error"),
        *([pod("etl-2", list(second), reason="OOMKilled", born=12)] if second else []),
    )


_ETL = {**DATA, "app": "etl", "spark_job": "etl"}

CASES: tuple[Case, ...] = (
    Case(
        "SparkDriverFailed",
        "a driver failed, and the operator tries it again",
        _tried_again("FAILING", 10),
        "13m",
    ),
    Case(
        "SparkDriverFailed",
        "its driver was deleted as it failed, and the operator tries it again",
        merged(
            _deleted("etl", at=10, state="FAILING", attempts="1"),
            ksm("kube_sparkapp_failure_retries", "3x400", namespace="data-dev", name="etl"),
        ),
        "13m",
    ),
    Case(
        "SparkDriverFailed",
        "its second attempt ended well",
        _tried_again("COMPLETED", 20, ("Running", 8), ("Succeeded", 30)),
        "22m",
    ),
    Case(
        "SparkDriverFailed",
        "the operator has tried a run as often as it may, and says so: its last driver is told of",
        _tried_again("FAILED", 20, ("Running", 8), ("Failed", 30)),
        "22m",
        [{**_ETL, "reason": "OOMKilled"}],
    ),
    Case(
        "SparkDriverFailed",
        "the last attempt's driver was deleted, and the first one's was seen",
        _tried_again("FAILED", 20, ("Running", 8)),
        "23m",
        [{**_ETL, "reason": "PodGone"}],
    ),
    Case(
        "SparkDriverFailed",
        "the operator was away for twenty minutes before it gave a run up",
        _tried_again("FAILED", 30),
        "33m",
        [{**_ETL, "reason": "PodGone"}],
    ),
    Case(
        "SparkDriverFailed",
        "a driver was deleted, and its application says that it failed",
        _deleted("etl", at=10),
        "13m",
        [{**DATA, "app": "etl", "spark_job": "etl", "reason": "PodGone"}],
    ),
    Case("SparkDriverFailed", "a deleted driver's failure is 25 minutes old", _deleted("etl", at=10), "35m"),
    Case(
        "SparkDriverFailed",
        "a deleted driver's application waits for its next attempt",
        _deleted("etl", at=10, state="FAILING", attempts="2"),
        "13m",
        [{**DATA, "app": "etl", "spark_job": "etl", "reason": "PodGone"}],
    ),
    Case(
        "SparkDriverFailed",
        "somebody suspended it, and the operator deleted its driver",
        _deleted("etl", at=10, state="SUSPENDED"),
        "13m",
    ),
    Case(
        "SparkDriverFailed",
        "a driver that was seen to fail is told of once",
        _seen("etl", at=10),
        "13m",
        [{**DATA, "app": "etl", "spark_job": "etl", "reason": "Error"}],
    ),
    Case(
        "SparkDriverFailed",
        "an application that was never submitted had no driver",
        _deleted("etl", at=10, attempts=""),
        "13m",
    ),
    Case(
        "SparkDriverFailed",
        "a team's job fails every five minutes and is seen to, and another team's driver is deleted",
        merged(
            *(_seen(f"loud-{n}", at=at) for n, at in enumerate((5, 10, 15))),
            _deleted("quiet", at=15, namespace="science-dev"),
        ),
        "17m",
        [
            *({**DATA, "app": f"loud-{n}", "spark_job": f"loud-{n}", "reason": "Error"} for n in range(3)),
            {**SCIENCE, "app": "quiet", "spark_job": "quiet", "reason": "PodGone"},
        ],
    ),
    Case(
        "SparkSubmissionFailing",
        "it was submitted, and its driver was gone before anybody saw it",
        application("etl", "FAILED", "1x60", execution_attempts="1"),
        "10m",
    ),
    Case(
        "SparkAppFailureRatioHigh",
        "the drivers of two of six runs were deleted as they failed",
        merged(
            *(_deleted(f"f{n}", at=10) for n in range(2)),
            *(_seen(f"s{n}", at=10, ends="Succeeded", kept=60) for n in range(4)),
        ),
        "30m",
        [DATA],
    ),
    Case(
        "SparkAppFailureRatioHigh",
        "two of eleven runs failed and were seen to, and their pods are gone since",
        merged(
            *(_seen(f"f{n}", at=10) for n in range(2)),
            *(_seen(f"s{n}", at=10, ends="Succeeded", kept=60) for n in range(9)),
        ),
        "60m",
    ),
)

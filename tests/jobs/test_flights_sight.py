"""What a run's objects mean: phase, reason and times, from the shapes that operator and kubelet leave."""

from __future__ import annotations

from typing import Any

import pytest

from flights.sight import Phase, Sight, Times, hopeless, phase, problem, times


def application(state: str = "SUBMITTED", message: str = "") -> dict[str, Any]:
    return {
        "metadata": {"creationTimestamp": "2026-11-21T10:00:00Z"},
        "status": {"applicationState": {"state": state, "errorMessage": message}},
    }


def pod(state: dict[str, Any], name: str = "spark-kubernetes-driver", **status: Any) -> dict[str, Any]:
    return {"metadata": {}, "status": {"containerStatuses": [{"name": name, "state": state}], **status}}


def running(at: str = "2026-11-21T10:00:09Z", name: str = "spark-kubernetes-driver") -> dict[str, Any]:
    return pod({"running": {"startedAt": at}}, name)


def executor(at: str) -> dict[str, Any]:
    return running(at, "spark-kubernetes-executor")


def ended(code: int, **more: Any) -> dict[str, Any]:
    terminated = {
        "exitCode": code,
        "reason": "Completed" if code == 0 else "Error",
        "startedAt": "2026-11-21T10:00:09Z",
        "finishedAt": "2026-11-21T10:01:00Z",
        **more,
    }
    return pod({"terminated": terminated}, phase="Succeeded" if code == 0 else "Failed")


CASES = [
    (Sight(application("")), Phase.SUBMITTING, ""),
    (Sight(application(), pod({"waiting": {"reason": "ContainerCreating"}})), Phase.STARTING, ""),
    (Sight(application(), running()), Phase.WAITING, ""),
    (Sight(application("RUNNING"), running(), [executor("2026-11-21T10:00:20Z")]), Phase.RUNNING, ""),
    (Sight(application("RUNNING"), ended(0)), Phase.SUCCEEDED, ""),
    (
        Sight(application("RUNNING"), ended(3, message="flights: s3a://x does not exist.\n")),
        Phase.FAILED,
        "the driver ended with exit status 3 (Error): flights: s3a://x does not exist.",
    ),
    (
        Sight(application(), ended(137, reason="OOMKilled")),
        Phase.FAILED,
        "the driver ended with exit status 137 (OOMKilled)",
    ),
    (
        Sight(
            application(), {"status": {"phase": "Failed", "reason": "Evicted", "message": "low on memory"}}
        ),
        Phase.FAILED,
        "the driver was stopped by the node: Evicted, low on memory",
    ),
    (
        Sight(application("SUBMISSION_FAILED", "exceeded quota")),
        Phase.FAILED,
        "the operator could not submit it: exceeded quota",
    ),
    (
        Sight(None),
        Phase.FAILED,
        "the run does not exist (any more): someone deleted it, or its time to live is over",
    ),
    (
        Sight(
            {
                "metadata": {},
                "status": {"conditions": [{"type": "Failed", "status": "True", "message": "gave up"}]},
            }
        ),
        Phase.FAILED,
        "spark-submit failed: gave up",
    ),
    (Sight({"metadata": {}, "status": {"succeeded": 1}}), Phase.SUBMITTING, ""),
    (
        Sight(application(), pod({"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}})),
        Phase.STARTING,
        "the driver waits: ImagePullBackOff: no such image",
    ),
    (
        Sight(
            application(),
            {"status": {"conditions": [{"type": "PodScheduled", "status": "False", "message": "0/1 nodes"}]}},
        ),
        Phase.STARTING,
        "the driver has no node yet: 0/1 nodes",
    ),
    (
        Sight(
            application("RUNNING"),
            running(),
            [
                {
                    "status": {
                        "conditions": [{"type": "PodScheduled", "status": "False", "message": "0/1 nodes"}]
                    }
                }
            ],
        ),
        Phase.WAITING,
        "an executor has no node yet: 0/1 nodes",
    ),
]


@pytest.mark.parametrize(("sight", "expected", "reason"), CASES)
def test_phase_and_reason_of_a_sight(sight: Sight, expected: Phase, reason: str) -> None:
    assert phase(sight) is expected, f"{sight}"
    assert problem(sight) == reason, f"{sight}"


def test_a_driver_that_lives_beats_an_operator_that_says_failed() -> None:
    # Seen when the operator was killed while it submitted: its second submission met the first one's driver.
    sight = Sight(application("FAILED", "pods already exists"), running(), [executor("2026-11-21T10:00:20Z")])

    assert phase(sight) is Phase.RUNNING, "the job does run"
    assert problem(sight) == "", "and nothing is wrong with it"


def test_a_java_exception_is_told_without_its_stack() -> None:
    log = "Caused by: S3Exception: Access Denied\n\tat a.B.c(B.java:1)\n\t... 33 more\n\n"

    assert problem(Sight(application(), ended(1, message=log))) == (
        "the driver ended with exit status 1 (Error): Caused by: S3Exception: Access Denied"
    ), "the last line that says something"

    cut = ("l.headObject(S3AStoreImpl.java:675)\n" + "\tat a.B.c(B.java:1)\n" * 200)[:2048]
    assert problem(Sight(application(), ended(1, message=cut))) == (
        "the driver ended with exit status 1 (Error)"
    ), "half a frame says nothing"


@pytest.mark.parametrize(
    ("reason", "expected"),
    [("ImagePullBackOff", True), ("CreateContainerConfigError", True), ("ContainerCreating", False)],
)
def test_only_what_someone_must_change_is_hopeless(reason: str, expected: bool) -> None:
    assert hopeless(Sight(application(), pod({"waiting": {"reason": reason}}))) is expected
    assert hopeless(Sight(application(), running(), [pod({"waiting": {"reason": reason}})])) is expected


def test_a_sidecars_state_is_not_the_drivers() -> None:
    both = ended(0)
    both["status"]["containerStatuses"].insert(0, {"name": "logs", "state": {"running": {}}})
    both["status"]["phase"] = "Running"

    assert phase(Sight(application(), both)) is Phase.SUCCEEDED, "the container of Spark decides"


def test_times_are_gathered_over_sights_because_executors_go_first() -> None:
    seen = times(Sight(application(), running()))
    late, early = executor("2026-11-21T10:00:25Z"), executor("2026-11-21T10:00:21Z")
    seen = times(Sight(application(), running(), [late]), seen)
    seen = times(Sight(application(), running(), [late, early]), seen)
    seen = times(Sight(None, ended(0)), seen)

    assert seen.seconds(seen.created, seen.driver) == 9, "from the object's creation to the container's start"
    assert seen.seconds(seen.driver, seen.executor) == 12, (
        "to the first executor, not the first that was seen"
    )
    assert seen.seconds(seen.created, seen.finished) == 60, "to the end of the driver"
    assert Times().seconds(None, seen.finished) is None, "what was not seen is not made up"

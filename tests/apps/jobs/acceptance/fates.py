"""What becomes of runs: operator, kubelet and scheduler are played, and whoever deletes things.

They say what those say, and delete at once what a drain, a garbage collector, a retry or a launcher deletes.
Each says it again while the API server restarts, as those do.
"""

from __future__ import annotations

import http.client
import random
import time
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

from httpx2 import HTTPError
from lightkube import ApiError

from apps.jobs.ledger.record import LABELS
from apps.jobs.worker.cluster import APPLICATIONS, PODS
from tests.apps.jobs.worlds import NAMESPACE, World, application, ran, running

AWAY_SECONDS = 240.0
"""For which the API server may be away, on a machine that does much else: a few seconds on an idle one."""

NO_ANSWER = (OSError, HTTPError, http.client.HTTPException, ApiError, AssertionError)
"""What comes while the API server is away; one that ends or begins refuses, which a world does not expect."""

RETRIES = 1
"""Of an application that the operator submits again."""

_APPLICATIONS = f"/apis/sparkoperator.k8s.io/v1beta2/namespaces/{NAMESPACE}/sparkapplications"


def insist(step: Callable[[], object]) -> None:
    """Take a step, again as long as nobody answers; what was done without an answer is done.

    Args:
        step: one that changes nothing more when it is taken twice.
    """
    deadline = time.monotonic() + AWAY_SECONDS
    while True:
        try:
            step()
        except NO_ANSWER:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return


class Stage:
    """Where it is played: a world whose API server may be away for a moment.

    Args:
        world: the world.
    """

    def __init__(self, world: World) -> None:
        self.world = world

    def submit(self, name: str, *, retries: int = 0) -> None:
        """Make an application by hand, which the operator submits again so often."""
        body = application(name)
        if retries:
            body["spec"]["restartPolicy"] = {
                "type": "OnFailure",
                "onFailureRetries": retries,
                "onFailureRetryInterval": 10,
            }

        def make() -> None:
            answer = self.world.server.call("POST", _APPLICATIONS, body)
            assert not answer.refusal or answer.status == HTTPStatus.CONFLICT, answer.refusal

        insist(make)

    def driver(self, name: str, status: Mapping[str, Any], **more: Any) -> None:
        """The driver's pod, and what its kubelet says."""
        insist(lambda: self.world.driver(name, status, **more))

    def says(self, name: str, state: str, message: str = "", *, attempts: int = 1) -> None:
        """The operator's word."""
        insist(lambda: self.world.operator_says(name, state, message, attempts=attempts))

    def delete_pod(self, name: str, *, grace: int = 0) -> None:
        """Somebody deletes the driver's pod; with a time of grace its kubelet has to end it first."""
        self._delete(PODS, f"{name}-driver", grace)

    def delete_application(self, name: str) -> None:
        """Somebody deletes the application."""
        self._delete(APPLICATIONS, name, 0)

    def _delete(self, kind: Any, name: str, grace: int) -> None:
        def delete() -> None:
            try:
                self.world.client.delete(kind, name, namespace=NAMESPACE, grace_period=grace)
            except ApiError as error:
                if error.status.code != HTTPStatus.NOT_FOUND:
                    raise

        insist(delete)


class Played:
    """Gives each application that comes its fate.

    Args:
        stage: where.
        chance: what decides.
    """

    def __init__(self, stage: Stage, chance: random.Random) -> None:
        self._stage, self._chance = stage, chance
        self._taken: set[str] = set()

    def lives(self) -> Iterator[Callable[[], None]]:
        """What will happen to each application that has come since the last call."""
        found: list[Mapping[str, Any]] = []
        insist(lambda: found.extend(self._stage.world.live().applications.values()))
        for each in found:
            name = each["metadata"]["name"]
            if name in self._taken:
                continue
            self._taken.add(name)
            fates = _fates(each)
            yield self._of(name, fates[self._chance.choice(sorted(fates))])

    def raw(self, name: str) -> Callable[[], None]:
        """A raw spark-submit and what will happen to it."""
        fate = RAW_FATES[self._chance.choice(sorted(RAW_FATES))]
        pause = self._chance.uniform(0, 2)

        def live() -> None:
            self._stage.driver(name, running(), labels={"spark-app-name": f"app-{name[-1]}"})
            time.sleep(pause)
            fate(self._stage, name)

        return live

    def _of(self, name: str, fate: Fate) -> Callable[[], None]:
        pause = self._chance.uniform(0, 2)

        def live() -> None:
            self._stage.driver(name, running())
            self._stage.says(name, "RUNNING")
            time.sleep(pause)
            fate(self._stage, name)

        return live


def _fates(made: Mapping[str, Any]) -> Mapping[str, Fate]:
    attempt = (made["metadata"].get("labels") or {}).get(f"{LABELS}/attempt")
    if attempt is None:
        retries = (made["spec"].get("restartPolicy") or {}).get("onFailureRetries")
        return RETRIED_FATES if retries else FATES
    return OWN_FATES if attempt == "1" else {"done": done}


Fate = Callable[[Stage, str], None]


def drained() -> dict[str, Any]:
    """The driver of a node that is emptied."""
    condition = {
        "type": "DisruptionTarget",
        "status": "True",
        "reason": "EvictionByEvictionAPI",
        "message": "Eviction API: evicting",
    }
    return {**ran(143), "conditions": [condition]}


def done(stage: Stage, name: str) -> None:
    stage.driver(name, ran(0))
    stage.says(name, "COMPLETED")


def done_and_tidied_up(stage: Stage, name: str) -> None:
    """The launcher deletes what is done."""
    done(stage, name)
    stage.delete_application(name)
    stage.delete_pod(name)


def failed(stage: Stage, name: str) -> None:
    stage.driver(name, ran(1, message="ValueError: a bad day"))
    stage.says(name, "FAILED", "driver container failed")


def failed_and_collected(stage: Stage, name: str) -> None:
    """Its pod goes as it fails, before the operator says a word."""
    stage.driver(name, ran(1))
    stage.delete_pod(name)
    time.sleep(1)
    stage.says(name, "FAILED", "driver pod not found")


def failed_and_tidied_up(stage: Stage, name: str) -> None:
    """A launcher deletes the application as it fails; the operator never says a word."""
    stage.driver(name, ran(1))
    stage.delete_application(name)
    stage.delete_pod(name)


def taken_from_a_node(stage: Stage, name: str) -> None:
    stage.driver(name, drained())
    stage.delete_pod(name)
    stage.says(name, "FAILED", "driver pod failed")


def preempting() -> dict[str, Any]:
    """What the scheduler writes on a pod before it deletes it for one of a higher priority."""
    return {
        "type": "DisruptionTarget",
        "status": "True",
        "reason": "PreemptionByScheduler",
        "message": "default-scheduler: preempting to accommodate a higher priority pod",
    }


def _preempted(stage: Stage, name: str) -> None:
    stage.driver(name, {"conditions": [preempting()]})
    stage.delete_pod(name, grace=30)
    time.sleep(0.5)
    stage.driver(name, {**ran(143), "conditions": [preempting()]})
    stage.delete_pod(name)


def preempted(stage: Stage, name: str) -> None:
    """The scheduler deletes the driver for a pod of a higher priority, with its time of grace."""
    _preempted(stage, name)
    stage.says(name, "FAILED", "driver pod failed")


def _second_driver(stage: Stage, name: str) -> None:
    """The operator deletes the first one, and submits again: a pod of the same name."""
    stage.says(name, "FAILING", "driver container failed")
    stage.delete_pod(name)
    stage.says(name, "PENDING_RERUN")
    time.sleep(0.5)
    stage.driver(name, running())
    stage.says(name, "RUNNING", attempts=1 + RETRIES)


def retried_and_done(stage: Stage, name: str) -> None:
    """The operator's second attempt goes well."""
    stage.driver(name, ran(1))
    _second_driver(stage, name)
    time.sleep(1)
    stage.driver(name, ran(0))
    stage.says(name, "COMPLETED", attempts=1 + RETRIES)


def retried_and_failed(stage: Stage, name: str) -> None:
    """The operator's last attempt fails, and its pod goes as it does."""
    stage.driver(name, ran(1))
    _second_driver(stage, name)
    stage.driver(name, ran(1))
    stage.delete_pod(name)
    stage.says(name, "FAILED", "driver pod not found", attempts=1 + RETRIES)


def preempted_and_done(stage: Stage, name: str) -> None:
    """The first driver is preempted, the second one goes well, and the launcher deletes all of it."""
    _preempted(stage, name)
    _second_driver(stage, name)
    stage.driver(name, ran(0))
    stage.says(name, "COMPLETED", attempts=1 + RETRIES)
    stage.delete_application(name)
    stage.delete_pod(name)


def evicted(stage: Stage, name: str) -> None:
    """A node under pressure: its kubelet says no exit code."""
    stage.driver(name, {"phase": "Failed", "reason": "Evicted", "containerStatuses": None})
    stage.delete_pod(name)
    stage.says(name, "FAILED", "driver pod failed")


def stopped(stage: Stage, name: str) -> None:
    """A person deletes it, and the kubelet ends the driver some time after."""
    stage.delete_application(name)
    time.sleep(0.5)
    stage.driver(name, ran(143))
    stage.delete_pod(name)


def raw_done(stage: Stage, name: str) -> None:
    stage.driver(name, ran(0))
    stage.delete_pod(name)


def raw_failed(stage: Stage, name: str) -> None:
    stage.driver(name, ran(1))
    stage.delete_pod(name)


def raw_drained(stage: Stage, name: str) -> None:
    stage.driver(name, drained())
    stage.delete_pod(name)


def raw_preempted(stage: Stage, name: str) -> None:
    _preempted(stage, name)


def raw_gone(stage: Stage, name: str) -> None:
    """By force, while it runs: nobody says how it ended."""
    stage.delete_pod(name)


FATES: Mapping[str, Fate] = {
    each.__name__: each
    for each in (
        done, done_and_tidied_up, failed, failed_and_collected, failed_and_tidied_up, taken_from_a_node,
        preempted, evicted, stopped,
    )
}  # fmt: skip
OWN_FATES = {**FATES, "lost": taken_from_a_node}
RETRIED_FATES: Mapping[str, Fate] = {
    each.__name__: each for each in (retried_and_done, retried_and_failed, preempted_and_done)
}
RAW_FATES: Mapping[str, Fate] = {
    each.__name__: each for each in (raw_done, raw_failed, raw_drained, raw_preempted, raw_gone)
}

"""The data of a run that went well is asked once and the answer kept, at whichever step the worker is killed.

Store and cluster are in memory here, where no step takes time; `worker/test_sql_checks.py` has real ones.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.jobs.checks.asking import ANSWER, ASKED, LABEL, Answer
from apps.jobs.cost.prices import Prices
from apps.jobs.definitions.settings import Check, JobSettings
from apps.jobs.ledger.bucket import Bucket
from apps.jobs.ledger.identity import RunId, Series
from apps.jobs.ledger.record import Cause, Wanted
from apps.jobs.ledger.store import Ledger
from apps.jobs.ledger.under_way import UnderWay
from apps.jobs.runs.objects import Json
from apps.jobs.runs.outcome import CHECKS, COST
from apps.jobs.worker.cluster import Place, RefusedError, View
from apps.jobs.worker.costing import Costs
from apps.jobs.worker.event_logs import StoredEventLogs
from apps.jobs.worker.sql_checks import LATE, LONGEST, UNSURE
from apps.jobs.worker.tracking import Tracking
from apps.jobs.worker.watching import by_run
from tests.apps.jobs.web.memory import MemoryS3
from tests.apps.jobs.worlds import Fate, KilledError, Mortal, ran, running

SERIES = Series(namespace="data-dev", job="orders", interval="2026-11-20")
RUN = RunId(series=SERIES, n=1)
START = datetime(2026, 11, 20, tzinfo=UTC)
NOW = datetime(2026, 11, 21, 5, 5, tzinfo=UTC)
COUNTED = json.dumps({"answer": [[200, 3, 1]]})
BOUND = {"type": "PodScheduled", "status": "True", "lastTransitionTime": "2026-11-21T05:01:00Z"}
WANTED = Wanted(
    series=SERIES,
    key="schedule",
    cause=Cause.SCHEDULE,
    start=START,
    end=START + timedelta(days=1),
    manifest={
        "apiVersion": "sparkoperator.k8s.io/v1beta2",
        "kind": "SparkApplication",
        "metadata": {},
        "spec": {"sparkVersion": "4.1.2", "driver": {}},
    },
)


@dataclass
class Cluster:
    """Applications and pods by name."""

    applications: dict[str, dict[str, Any]] = field(default_factory=dict)
    pods: dict[str, dict[str, Any]] = field(default_factory=dict)
    made: Counter[str] = field(default_factory=Counter)
    gone: dict[Place, Json] = field(default_factory=dict)
    refusal: str = ""

    def create(self, manifest: Json) -> Json | None:
        """Make one; None if there is one of its name."""
        name = manifest["metadata"]["name"]
        if name in self.applications:
            return None
        if self.refusal and LABEL in manifest["metadata"]["labels"]:
            raise RefusedError(self.refusal)
        self.made[name] += 1
        own = {"uid": f"uid-{sum(self.made.values())}", "creationTimestamp": "2026-11-21T05:00:30Z"}
        self.applications[name] = {**manifest, "metadata": {**manifest["metadata"], **own}}
        return self.applications[name]

    def application(self, place: Place) -> Json | None:
        """One by its name."""
        return self.applications.get(place[1])

    def delete(self, place: Place) -> None:
        """Delete one."""
        if found := self.applications.pop(place[1], None):
            self.gone[place] = found

    def executors(self, namespace: str, spark: str) -> Sequence[Json]:
        """None of them."""
        return ()

    def events(self, namespace: str, names: Iterable[str]) -> Sequence[Json]:
        """None of them."""
        return ()

    def log(self, place: Place) -> str | None:
        """It is gone."""
        return None

    def most_mib(self, namespace: str) -> int | None:
        """No bound."""
        return None

    def node(self, name: str) -> Json | None:
        """It is gone."""
        return None

    def drive(self, name: str, status: Json, state: str = "") -> None:
        """Its driver's pod is so, and the operator says so."""
        labels = {
            "spark-role": "driver",
            "spark-app-selector": f"spark-{name}",
            "sparkoperator.k8s.io/app-name": name,
        }
        metadata = {"name": f"{name}-driver", "namespace": "data-dev", "labels": labels, "uid": f"pod-{name}"}
        self.pods[name] = {
            "metadata": {**metadata, "resourceVersion": str(len(str(status)))},
            "spec": {"containers": [{"name": "spark-kubernetes-driver"}], "nodeName": "a"},
            "status": {**status, "conditions": [BOUND]},
        }
        if state:
            self.applications[name]["status"] = {"applicationState": {"state": state}}

    def view(self) -> View:
        """What there is."""
        gone, self.gone = self.gone, {}
        return View(
            applications={("data-dev", name): each for name, each in self.applications.items()},
            drivers={("data-dev", f"{name}-driver"): pod for name, pod in self.pods.items()},
            deleted=gone,
            pods=by_run(self.pods.values()),
        )


@dataclass
class World:
    """A store and a cluster; workers come and go."""

    store: MemoryS3 = field(default_factory=MemoryS3)
    cluster: Cluster = field(default_factory=Cluster)
    now: datetime = NOW
    settings: JobSettings = field(
        default_factory=lambda: JobSettings(
            checks=(Check(name="rows", output="s3a://data/data-dev/{{ interval.key }}", sql="a > 0"),)
        )
    )

    def worker(self, fate: Fate | None = None) -> Tracking:
        """A new process, which wants the run as Git does and goes on with what was left."""
        fate = fate or Fate()
        store, cluster = Mortal(self.store, fate), Mortal(self.cluster, fate)
        bucket = Bucket(store, "records")
        ledger = Ledger(store, "records", clock=lambda: self.now)
        logs = StoredEventLogs(Bucket(self.store, "events"), "spark")
        costs = Costs(ledger, cluster, Prices, self.now)
        made = Tracking(ledger, UnderWay(bucket), cluster, logs, costs, lambda _: self.settings)
        made.recover(self.now)
        made.launch(WANTED, self.now)
        return made

    def beside(self, name: str) -> Any:
        """What lies beside the run's record."""
        found = Ledger(self.store, "records").beside(RUN, name)
        return None if found is None else json.loads(found)

    @property
    def marks(self) -> list[str]:
        """Keys of what is under way."""
        return [key for _, key in UnderWay(Bucket(self.store, "records")).all()]

    @property
    def answer(self) -> Answer:
        """What is kept."""
        return Answer.model_validate(self.beside(ANSWER))


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def worker(world: World) -> Tracking:
    """A worker whose run went well, and has its data asked."""
    made = world.worker()
    world.cluster.drive(RUN.application, ran(0), "COMPLETED")
    made.follow(world.cluster.view(), world.now)
    assert world.cluster.made == {RUN.application: 1, RUN.sql_check: 1}
    return made


def go(world: World, worker: Tracking) -> None:
    worker.follow(world.cluster.view(), world.now)


def test_the_run_has_succeeded_and_is_put_away_when_its_answer_is_there(
    world: World, worker: Tracking
) -> None:
    go(world, worker)
    assert world.beside("status.json")["phase"] == "succeeded"
    assert not worker.is_active(("data-dev", "orders"))
    assert (world.marks, world.beside(COST)) == (["schedule"], None)
    world.cluster.drive(RUN.sql_check, ran(0, message=COUNTED), "COMPLETED")
    go(world, worker)
    assert world.marks == []
    count = world.answer.counts["rows"]
    assert (count.rows, count.broken, count.unknown) == (200, 3, 1)
    assert (
        world.beside(CHECKS)["first"]
        == "a > 0: does not hold in 4 of 200 rows, in 1 of them for want of a value"
    )


def test_its_pod_is_in_the_runs_cost_although_it_ended_between_two_looks(
    world: World, worker: Tracking
) -> None:
    world.cluster.drive(RUN.sql_check, ran(0, message=COUNTED), "COMPLETED")
    go(world, worker)
    names = {each["name"] for each in world.beside(COST)["pods"]}
    assert names == {f"{RUN.application}-driver", f"{RUN.sql_check}-driver"}


def test_without_a_condition_nothing_is_asked(world: World) -> None:
    world.settings = JobSettings()
    worker = world.worker()
    world.cluster.drive(RUN.application, ran(0), "COMPLETED")
    go(world, worker)
    assert world.cluster.made == {RUN.application: 1}
    assert (world.marks, world.beside(ASKED)) == ([], None)


def test_data_of_a_run_that_failed_is_not_asked(world: World) -> None:
    worker = world.worker()
    world.cluster.drive(RUN.application, ran(1, message="[DIVIDE_BY_ZERO] x SQLSTATE: 22012"), "FAILED")
    go(world, worker)
    assert RUN.sql_check not in world.cluster.made


def test_what_failed_is_a_doubt_with_its_verdict_and_is_not_tried_again(
    world: World, worker: Tracking
) -> None:
    killed = ran(137)
    killed["containerStatuses"][0]["state"]["terminated"]["reason"] = "OOMKilled"
    world.cluster.drive(RUN.sql_check, killed, "FAILED")
    go(world, worker)
    assert (world.answer.code, world.answer.counts) == ("DRIVER_OOM_KILLED", {})
    assert world.cluster.made[RUN.sql_check] == 1
    assert world.marks == []


def test_what_the_api_server_refuses_is_a_doubt_in_its_words(world: World) -> None:
    world.cluster.refusal = "there is no room"
    worker = world.worker()
    world.cluster.drive(RUN.application, ran(0), "COMPLETED")
    go(world, worker)
    assert world.answer.sentence == "its SparkApplication is refused: there is no room"
    assert world.marks == []


def test_the_drivers_end_may_be_heard_after_the_operators_word(world: World, worker: Tracking) -> None:
    world.cluster.applications[RUN.sql_check]["status"] = {"applicationState": {"state": "COMPLETED"}}
    go(world, worker)
    assert world.beside(ANSWER) is None
    world.cluster.drive(RUN.sql_check, ran(0, message=COUNTED))
    go(world, worker)
    assert world.answer.counts["rows"].rows == 200


def test_a_driver_that_never_tells_is_a_doubt(world: World, worker: Tracking) -> None:
    world.cluster.applications[RUN.sql_check]["status"] = {"applicationState": {"state": "COMPLETED"}}
    go(world, worker)
    world.now += LATE + timedelta(seconds=1)
    go(world, worker)
    assert "does not have its answer" in world.answer.sentence


def test_what_does_not_end_is_given_up_and_taken_away(world: World, worker: Tracking) -> None:
    world.cluster.drive(RUN.sql_check, running(), "RUNNING")
    go(world, worker)
    assert world.beside(ANSWER) is None
    world.now += LONGEST + timedelta(seconds=1)
    go(world, worker)
    assert "had not ended after an hour" in world.answer.sentence
    assert RUN.sql_check not in world.cluster.applications


def test_what_is_deleted_is_a_doubt_and_not_made_again(world: World, worker: Tracking) -> None:
    world.cluster.delete(("data-dev", RUN.sql_check))
    go(world, worker)
    assert "was deleted" in world.answer.sentence
    assert world.cluster.made[RUN.sql_check] == 1


def test_what_may_have_been_and_be_gone_is_not_made_again(world: World, worker: Tracking) -> None:
    world.cluster.delete(("data-dev", RUN.sql_check))
    world.cluster.gone.clear()
    world.now += UNSURE + timedelta(seconds=1)
    go(world, world.worker())
    assert "nobody saw how it ended" in world.answer.sentence
    assert world.cluster.made[RUN.sql_check] == 1


def test_an_application_of_its_name_that_is_somebodys_is_not_believed(world: World) -> None:
    world.cluster.applications[RUN.sql_check] = {"metadata": {"name": RUN.sql_check, "labels": {}}}
    worker = world.worker()
    world.cluster.drive(RUN.application, ran(0), "COMPLETED")
    for _ in range(2):
        go(world, worker)
    assert "which is not this check's" in world.answer.sentence


def go_on(world: World, fate: Fate) -> int:
    """All goes well; a worker that dies is followed by another. Gives the steps of the first."""
    worker, died = None, 0
    for _ in range(8):
        try:
            worker = worker or world.worker(fate)
            go(world, worker)
        except KilledError:
            died, worker = died + 1, None
            continue
        for name in list(world.cluster.applications):
            world.cluster.drive(name, ran(0, message=COUNTED if name == RUN.sql_check else ""), "COMPLETED")
    assert died == (fate.at is not None and fate.steps >= fate.at)
    return fate.steps


@pytest.mark.parametrize("after", [False, True], ids=["before-it", "after-it"])
def test_a_worker_killed_at_every_step_asks_once_and_loses_no_answer(after: bool) -> None:
    deaths, at = 0, 1
    while True:
        world = World()
        if go_on(world, Fate(at=at, after=after)) < at:
            break
        deaths, at = deaths + 1, at + 1
        assert world.cluster.made == {RUN.application: 1, RUN.sql_check: 1}, f"killed at step {at - 1}"
        assert world.answer.counts["rows"].broken == 3
        assert None not in (world.beside(CHECKS), world.beside(COST))
        assert world.marks == []
    assert deaths >= 20

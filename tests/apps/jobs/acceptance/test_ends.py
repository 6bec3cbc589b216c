"""Two hundred runs that end in every way, between watchers that are killed: each is counted, and once.

What the worker tells Prometheus is held against the audit log of the API server, read by a program that knows
nothing of the worker. Operator and kubelet are played: they say what those say, and delete at once what a
drain, a garbage collector, an operator's retry or a launcher deletes.
"""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from apps.jobs.ledger.record import LABELS
from apps.jobs.worker.cluster import APPLICATIONS, PODS
from tests.apps.jobs.acceptance.audit import POLICY, outcomes
from tests.apps.jobs.acceptance.test_killed import _environment
from tests.apps.jobs.repositories import Pushed
from tests.apps.jobs.worker.conftest import cluster
from tests.apps.jobs.worlds import NAMESPACE, World, application, new_world, once, ran, running
from tests.store.gateway import free_port
from tests.support.postgres import Postgres
from tests.walls.server import ApiServer, api_server

pytestmark = [pytest.mark.apiserver, pytest.mark.store, pytest.mark.soak, pytest.mark.timeout(1800)]

__all__ = ["cluster"]

OWN, BY_HAND, RAW = 60, 80, 60
DEATHS = 12
OUTCOMES = ("succeeded", "failed", "retried", "cancelled", "lost")

_PROGRAM = """
import sys, sqlalchemy
import apps.jobs.worker.__main__ as worker
worker.connect = lambda _: sqlalchemy.create_engine(sys.argv[1], pool_pre_ping=True)
worker.main()
"""
"""The worker, with a database that is reached by its socket."""


@pytest.fixture(scope="session")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("audit") / "audit.log"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, log: Path) -> Iterator[ApiServer]:
    policy = log.with_name("policy.yaml")
    policy.write_text(yaml.safe_dump(POLICY))
    flags = (f"--audit-policy-file={policy}", f"--audit-log-path={log}", "--audit-log-mode=blocking-strict")
    with api_server(tmp_path_factory.mktemp("audited"), *flags) as running:
        yield running


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    made = Postgres()
    made.start()
    yield made
    made.remove()


class Played:
    """Operator and kubelet, and whoever deletes things.

    Args:
        world: where.
        chance: what decides.
    """

    def __init__(self, world: World, chance: random.Random) -> None:
        self._world, self._chance = world, chance
        self._taken: set[str] = set()

    def lives(self) -> Iterator[Callable[[], None]]:
        """What will happen to each application that has come since the last call."""
        for each in self._world.live().applications.values():
            name = each["metadata"]["name"]
            if name in self._taken:
                continue
            self._taken.add(name)
            attempt = (each["metadata"].get("labels") or {}).get(f"{LABELS}/attempt")
            fates = FATES if attempt is None else OWN_FATES if attempt == "1" else {"done": done}
            yield self._of(name, fates[self._chance.choice(sorted(fates))])

    def raw(self, name: str) -> Callable[[], None]:
        """A raw spark-submit and what will happen to it."""
        fate = RAW_FATES[self._chance.choice(sorted(RAW_FATES))]
        pause = self._chance.uniform(0, 2)

        def live() -> None:
            self._world.driver(name, running(), labels={"spark-app-name": f"app-{name[-1]}"})
            time.sleep(pause)
            fate(self._world, name)

        return live

    def _of(self, name: str, fate: Fate) -> Callable[[], None]:
        pause = self._chance.uniform(0, 2)

        def live() -> None:
            self._world.driver(name, running())
            self._world.operator_says(name, "RUNNING")
            time.sleep(pause)
            fate(self._world, name)

        return live


Fate = Callable[[World, str], None]


def _delete_pod(world: World, name: str) -> None:
    world.client.delete(PODS, f"{name}-driver", namespace=NAMESPACE, grace_period=0)


def _delete_application(world: World, name: str) -> None:
    world.client.delete(APPLICATIONS, name, namespace=NAMESPACE)


def drained() -> dict[str, Any]:
    """The driver of a node that is emptied."""
    condition = {
        "type": "DisruptionTarget",
        "status": "True",
        "reason": "EvictionByEvictionAPI",
        "message": "Eviction API: evicting",
    }
    return {**ran(143), "conditions": [condition]}


def done(world: World, name: str) -> None:
    world.driver(name, ran(0))
    world.operator_says(name, "COMPLETED")


def done_and_tidied_up(world: World, name: str) -> None:
    """The launcher deletes what is done."""
    done(world, name)
    _delete_application(world, name)
    _delete_pod(world, name)


def failed(world: World, name: str) -> None:
    world.driver(name, ran(1, message="ValueError: a bad day"))
    world.operator_says(name, "FAILED", "driver container failed")


def failed_and_collected(world: World, name: str) -> None:
    """Its pod goes as it fails, before the operator says a word."""
    world.driver(name, ran(1))
    _delete_pod(world, name)
    time.sleep(1)
    world.operator_says(name, "FAILED", "driver pod not found")


def failed_and_tidied_up(world: World, name: str) -> None:
    """A launcher deletes the application as it fails; the operator never says a word."""
    world.driver(name, ran(1))
    _delete_application(world, name)
    _delete_pod(world, name)


def taken_from_a_node(world: World, name: str) -> None:
    world.driver(name, drained())
    _delete_pod(world, name)
    world.operator_says(name, "FAILED", "driver pod failed")


def evicted(world: World, name: str) -> None:
    """A node under pressure: its kubelet says no exit code."""
    world.driver(name, {"phase": "Failed", "reason": "Evicted", "containerStatuses": None})
    _delete_pod(world, name)
    world.operator_says(name, "FAILED", "driver pod failed")


def stopped(world: World, name: str) -> None:
    """A person deletes it, and the kubelet ends the driver some time after."""
    _delete_application(world, name)
    time.sleep(0.5)
    world.driver(name, ran(143))
    _delete_pod(world, name)


def raw_done(world: World, name: str) -> None:
    world.driver(name, ran(0))
    _delete_pod(world, name)


def raw_failed(world: World, name: str) -> None:
    world.driver(name, ran(1))
    _delete_pod(world, name)


def raw_drained(world: World, name: str) -> None:
    world.driver(name, drained())
    _delete_pod(world, name)


def raw_gone(world: World, name: str) -> None:
    """By force, while it runs: nobody says how it ended."""
    _delete_pod(world, name)


FATES: Mapping[str, Fate] = {
    each.__name__: each
    for each in (
        done, done_and_tidied_up, failed, failed_and_collected, failed_and_tidied_up, taken_from_a_node,
        evicted, stopped,
    )
}  # fmt: skip
OWN_FATES = {**FATES, "lost": taken_from_a_node}
RAW_FATES: Mapping[str, Fate] = {
    each.__name__: each for each in (raw_done, raw_failed, raw_drained, raw_gone)
}


class Watched:
    """The worker's process, which dies and comes back, and what it tells.

    Args:
        environment: its own.
        database: URL of the index.
    """

    def __init__(self, environment: dict[str, str], database: str, output: Path) -> None:
        self._port = free_port()
        self._environment = {
            **environment,
            "JOBS_METRICS_PORT": str(self._port),
            "JOBS_SCRAPE_SECONDS": "1",
        }
        self._database, self._output = database, output
        self._process: subprocess.Popen[bytes] | None = None
        self._has_passed = False
        self.told: list[Counter[str]] = []

    def start(self) -> None:
        command = [sys.executable, "-c", _PROGRAM, self._database]
        with self._output.open("ab") as output:
            self._process = subprocess.Popen(command, env=self._environment, stdout=output, stderr=output)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def wait(self) -> None:
        """Until it has passed, and tells of ends."""
        deadline = time.monotonic() + 120
        while self.look() is None or not self._has_passed:
            assert time.monotonic() < deadline, self._output.read_text()[-3000:]
            time.sleep(0.2)

    def look(self) -> Counter[str] | None:
        """Totals by outcome; None while nothing is told."""
        with suppress(httpx2.HTTPError):
            text = httpx2.get(f"http://127.0.0.1:{self._port}/metrics", timeout=10).text
            found: Counter[str] = Counter()
            self._has_passed = "\nspark_jobs_last_pass_timestamp_seconds 0.0" not in text
            for family in text_string_to_metric_families(text):
                for sample in family.samples if family.name == "spark_job_ends" else ():
                    if sample.name == "spark_job_ends_total":
                        found[sample.labels["outcome"]] += int(sample.value)
            if found.keys():
                self.told.append(found)
                return found
        return None


@pytest.fixture
def world(cluster: ApiServer, store: Any, tmp_path: Path) -> Iterator[World]:
    made = new_world(cluster, store, tmp_path / "folder")
    yield made
    made.clean()


def test_the_ends_that_are_told_are_those_of_the_audit_log(
    world: World, postgres: Postgres, log: Path, tmp_path: Path
) -> None:
    postgres.create("jobs").dispose()
    origin = Pushed(tmp_path / "origin")
    origin.commit({f"own-{number}.yaml": once(f"own-{number}") for number in range(OWN)})
    url = str(postgres.engine("jobs").url)
    watched = Watched(_environment(world, tmp_path, origin), url, tmp_path / "worker.log")
    chance = random.Random(16)
    played = Played(world, random.Random(17))
    over = threading.Event()
    try:
        watched.start()
        watched.wait()
        with ThreadPoolExecutor(6) as stage:
            play = stage.submit(_play, played, world, stage, over)
            _trouble(watched, postgres, chance)
            over.set()
            play.result()
        expected = _settled(watched, log)
    finally:
        watched.kill()
    assert sum(expected.values()) >= OWN + BY_HAND + RAW
    assert set(expected) == set(OUTCOMES), "or the log says nothing of some"
    assert watched.told[-1] == expected, (tmp_path / "worker.log").read_text()[-3000:]
    for before, after in zip(watched.told, watched.told[1:], strict=False):
        assert all(before[outcome] <= after[outcome] for outcome in OUTCOMES), f"{before} became {after}"


def _play(played: Played, world: World, stage: ThreadPoolExecutor, over: threading.Event) -> None:
    """Things come and end as long as there is trouble; then those that have come end."""
    rest = [("application", number) for number in range(BY_HAND)] + [("raw", number) for number in range(RAW)]
    random.Random(18).shuffle(rest)
    lives = []
    while rest or not over.is_set():
        for kind, number in (rest.pop() for _ in range(min(2, len(rest)))):
            if kind == "raw":
                lives.append(stage.submit(played.raw(f"raw-{number}")))
            else:
                body = application(f"by-hand-{number}")
                assert not world.server.call(
                    "POST",
                    f"/apis/sparkoperator.k8s.io/v1beta2/namespaces/{NAMESPACE}/sparkapplications",
                    body,
                ).refusal
        lives += [stage.submit(life) for life in played.lives()]
        time.sleep(1)
    for life in lives:
        life.result()
    quiet = 0
    while quiet < 15:
        later = [stage.submit(life) for life in played.lives()]
        for life in later:
            life.result()
        quiet = 0 if later else quiet + 1
        time.sleep(2)


def _trouble(watched: Watched, postgres: Postgres, chance: random.Random) -> None:
    """The worker dies again and again, now and then before it has done anything, and so does the database."""
    for death in range(DEATHS):
        if death % 4 != 3:
            watched.wait()
        for _ in range(chance.randint(0, 5)):
            time.sleep(1)
            watched.look()
        if death % 5 == 4:
            postgres.kill()
            time.sleep(chance.uniform(0, 3))
            postgres.start()
        watched.kill()
        time.sleep(chance.uniform(0, 3))
        watched.start()


def _settled(watched: Watched, log: Path) -> Counter[str]:
    """What the log says, once the worker tells of as many runs."""
    deadline = time.monotonic() + 300
    while True:
        expected = outcomes(log, NAMESPACE)
        told = watched.look()
        if told == expected or time.monotonic() > deadline:
            return expected
        time.sleep(2)

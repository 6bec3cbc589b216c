"""Two hundred runs that end in every way, between watchers that are killed: each is counted, and once.

What Prometheus has of it by our rules is held against the audit log of the API server, read by a program that
knows nothing of the worker. The worker, kube-state-metrics, Prometheus and the database are killed meanwhile,
and the API server restarts; operator, kubelet and scheduler are played (`fates.py`).
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from urllib3.exceptions import HTTPError

from apps.jobs.worker.cluster import APPLICATIONS
from tests.apps.jobs.acceptance.audit import POLICY, outcomes
from tests.apps.jobs.acceptance.fates import RETRIES, Played, Stage
from tests.apps.jobs.acceptance.test_killed import environment
from tests.apps.jobs.acceptance.watchers import Asked, Watched
from tests.apps.jobs.conftest import cluster
from tests.apps.jobs.repositories import Pushed
from tests.apps.jobs.worlds import NAMESPACE, World, new_world, once
from tests.cluster.conftest import Say, say
from tests.observability.state_metrics import StateMetrics
from tests.support.postgres import Postgres
from tests.walls.server import ApiServer, api_server

pytestmark = [pytest.mark.apiserver, pytest.mark.store, pytest.mark.soak, pytest.mark.timeout(1800)]

__all__ = ["cluster", "say"]

OWN, BY_HAND, RAW = 60, 80, 60
EACH_RETRIED = 4
"""Of the applications that are made by hand, each fourth one is submitted again by the operator."""

DEATHS = 12
OUTCOMES = ("succeeded", "failed", "retried", "cancelled", "lost")
FAILED = ("failed", "retried", "lost")
SETTLED_SECONDS = 300.0


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


@pytest.fixture
def world(cluster: ApiServer, store: Any, tmp_path: Path) -> Iterator[World]:
    made = new_world(cluster, store, tmp_path / "folder")
    yield made
    made.clean()


@dataclass(frozen=True)
class Watchers:
    """Who watches.

    Args:
        worker: the worker.
        states: kube-state-metrics.
        prometheus: who asks both.
        postgres: where the worker keeps its index.
    """

    worker: Watched
    states: StateMetrics
    prometheus: Asked
    postgres: Postgres

    def start(self) -> None:
        """Start all but the database."""
        self.worker.start()
        self.worker.wait()
        self.states.start()
        self.prometheus.start()

    def kill(self) -> None:
        """End them."""
        self.worker.kill()
        self.states.kill()
        self.prometheus.kill()


@pytest.fixture
def watchers(world: World, postgres: Postgres, tmp_path: Path) -> Iterator[Watchers]:
    postgres.create("jobs").dispose()
    origin = Pushed(tmp_path / "origin")
    origin.commit({f"own-{number}.yaml": once(f"own-{number}") for number in range(OWN)})
    url = str(postgres.engine("jobs").url)
    worker = Watched(environment(world, tmp_path, origin), url, tmp_path / "worker.log")
    states = StateMetrics(world.server, tmp_path)
    made = Watchers(worker, states, Asked(tmp_path, worker=worker.port, states=states.port), postgres)
    try:
        made.start()
        yield made
    finally:
        made.kill()


def test_the_ends_that_prometheus_has_are_those_of_the_audit_log(
    world: World, watchers: Watchers, log: Path, tmp_path: Path, say: Say
) -> None:
    over = threading.Event()
    with ThreadPoolExecutor(6) as threads:
        play = threads.submit(_play, Stage(world), threads, over)
        _trouble(watchers, world.server, random.Random(16))
        over.set()
        play.result()
    expected = _settled(watchers, log)
    say(f"by the audit log {dict(expected)}; by Prometheus {dict(watchers.prometheus.totals())}")
    assert sum(expected.values()) >= OWN + BY_HAND + RAW
    assert set(expected) == set(OUTCOMES), "or the log says nothing of some"
    told = watchers.worker.told
    assert told[-1] == expected, (tmp_path / "worker.log").read_text()[-3000:]
    for before, after in pairwise(told):
        assert all(before[outcome] <= after[outcome] for outcome in OUTCOMES), f"{before} became {after}"
    prometheus = watchers.prometheus
    assert prometheus.totals() == expected
    ended_well = {"Succeeded": expected["succeeded"]}
    assert prometheus.finished() == {**ended_well, "Failed": sum(expected[each] for each in FAILED)}
    assert prometheus.states() == _states(world), (
        "kube-state-metrics tells of the applications that are there"
    )
    assert prometheus.failing_rules() == {}


def _states(world: World) -> Counter[str]:
    """Applications that there are, by the operator's word."""
    every = world.client.list(APPLICATIONS, namespace=NAMESPACE)
    return Counter(dict(each)["status"]["applicationState"]["state"] for each in every)


def _play(stage: Stage, threads: ThreadPoolExecutor, over: threading.Event) -> None:
    """Things come and end as long as there is trouble; then those that have come end."""
    played = Played(stage, random.Random(17))
    rest = [("application", number) for number in range(BY_HAND)] + [("raw", number) for number in range(RAW)]
    random.Random(18).shuffle(rest)
    lives = []
    while rest or not over.is_set():
        for kind, number in (rest.pop() for _ in range(min(2, len(rest)))):
            if kind == "raw":
                lives.append(threads.submit(played.raw(f"raw-{number}")))
            else:
                retries = RETRIES if number % EACH_RETRIED == 0 else 0
                stage.submit(f"by-hand-{number}", retries=retries)
        lives += [threads.submit(life) for life in played.lives()]
        time.sleep(1)
    for life in lives:
        life.result()
    quiet = 0
    while quiet < 15:
        later = [threads.submit(life) for life in played.lives()]
        for life in later:
            life.result()
        quiet = 0 if later else quiet + 1
        time.sleep(2)


def _trouble(watchers: Watchers, server: ApiServer, chance: random.Random) -> None:
    """The worker dies again and again, now and then before it has done anything; the others in between."""
    worker = watchers.worker
    for death in range(DEATHS):
        if death % 4 != 3:
            worker.wait()
        for _ in range(chance.randint(0, 5)):
            time.sleep(1)
            worker.look()
        for often, other in OTHERS:
            if death % often == often - 1:
                other(watchers, server, chance.uniform(0, 3))
        worker.kill()
        time.sleep(chance.uniform(0, 3))
        worker.start()


def _database(watchers: Watchers, _: ApiServer, pause: float) -> None:
    watchers.postgres.kill()
    time.sleep(pause)
    watchers.postgres.start()


def _state_metrics(watchers: Watchers, _: ApiServer, pause: float) -> None:
    watchers.states.kill()
    time.sleep(pause)
    watchers.states.start()


def _prometheus(watchers: Watchers, _: ApiServer, pause: float) -> None:
    watchers.prometheus.kill()
    time.sleep(pause)
    watchers.prometheus.start()


def _api_server(_: Watchers, server: ApiServer, __: float) -> None:
    server.restart()


OTHERS: tuple[tuple[int, Callable[[Watchers, ApiServer, float], None]], ...] = (
    (5, _database),
    (3, _state_metrics),
    (4, _prometheus),
    (6, _api_server),
)
"""Who else dies at each so many deaths of the worker."""


def _settled(watchers: Watchers, log: Path) -> Counter[str]:
    """What the log says, once worker and Prometheus tell of as many runs."""
    deadline = time.monotonic() + SETTLED_SECONDS
    while True:
        expected = outcomes(log, NAMESPACE)
        told = [watchers.worker.look()]
        with suppress(HTTPError):
            told.append(watchers.prometheus.totals())
        if told == [expected, expected] or time.monotonic() > deadline:
            # Whatever is computed of the totals is so a round later.
            time.sleep(10)
            return expected
        time.sleep(2)

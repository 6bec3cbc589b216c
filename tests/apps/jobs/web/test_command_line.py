"""The whole way of a command: the login, the pages, PostgreSQL, the object store and the API server are real.

Nobody runs pods here: what operator and kubelet say of a run is written as they write it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from apps.jobs.index.migrating import migrate
from apps.jobs.index.reading import Reader
from apps.jobs.index.rebuilding import rebuild, runs_of
from apps.jobs.index.writing import write
from apps.jobs.ledger.bucket import Bucket
from apps.jobs.ledger.record import LABELS
from apps.jobs.web.app import create
from apps.jobs.web.cluster import Cluster
from apps.jobs.web.sources import Sources
from apps.jobs.web.viewer import Door
from components.records.jobs import PAGE
from tests.apps.jobs.index.conftest import postgres
from tests.apps.jobs.web.serving import served
from tests.apps.jobs.web.test_impersonation import TEAMS, client, made
from tests.apps.jobs.web.typed import Said, typed
from tests.apps.jobs.worlds import NAMESPACE, World, daily, new_world, once, ran, running
from tests.login.proxy import PAGE_PASSWORD, PASSWORDS, login_proxy
from tests.support.postgres import Postgres
from tests.walls.server import ApiServer
from workspace.paths import ROOT

__all__ = ["made", "postgres"]

pytestmark = [pytest.mark.apiserver, pytest.mark.store]

PEOPLE = {"data": frozenset({"data-engineers"}), "science": frozenset({"scientists"})}
Command = Callable[..., Said]


@dataclass
class Platform:
    """All of it.

    Args:
        world: store, API server and repository, with their workers.
        index: the database.
        address: of the pages, at the login.
    """

    world: World
    index: Engine
    address: str

    def work(self) -> None:
        """The worker passes, and writes the index."""
        self.world.worker().go(2)
        write(self.index, list(runs_of(self.world.ledger)))

    def ends(self, job: str, code: int, message: str = "") -> None:
        """The latest run of a job ends."""
        for name in self.under_way(job):
            self.world.driver(name, ran(code, message=message))
            self.world.operator_says(name, "FAILED" if code else "COMPLETED", "driver failed" if code else "")
        self.work()

    def runs_on(self, job: str) -> None:
        """The latest run of a job has begun."""
        for name in self.under_way(job):
            self.world.driver(name, running())
            self.world.operator_says(name, "RUNNING")
        self.work()

    def under_way(self, job: str) -> list[str]:
        """Applications of a job that have not ended."""
        return [
            each["metadata"]["name"]
            for each in self.world.live().applications.values()
            if each["metadata"]["labels"][f"{LABELS}/job"] == job
            and (each.get("status") or {}).get("applicationState", {}).get("state")
            not in ("COMPLETED", "FAILED")
        ]

    @contextmanager
    def at_work(self, job: str) -> Iterator[None]:
        """A worker passes meanwhile, and runs of a job end well."""
        end = threading.Event()

        def go() -> None:
            while not end.wait(0.2):
                self.ends(job, 0)

        thread = threading.Thread(target=go)
        thread.start()
        try:
            yield
        finally:
            end.set()
            thread.join()


@pytest.fixture(scope="module")
def platform(
    made: ApiServer,
    cluster: ApiServer,
    store: Any,
    postgres: Postgres,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Platform]:
    folder = tmp_path_factory.mktemp("platform")
    world = new_world(cluster, store, folder / "repository")
    engine = postgres.create("whole")
    migrate(engine)
    rebuild(engine, world.ledger)
    sources = Sources(
        door=Door(password=PAGE_PASSWORD, groups=frozenset(TEAMS.values()), members=PEOPLE),
        cluster=Cluster(client(made)),
        index=lambda namespaces: Reader(engine, namespaces),
        store=Bucket(store, world.bucket),
        ledger=world.ledger,
        requests=world.requests,
        namespaces=tuple(TEAMS),
        secret=b"of the forms",
        live_key=b"of the passes",
        path="/jobs",
        clock=lambda: world.clock,
    )
    with served(create(sources)) as pages, login_proxy(folder / "login", {PAGE: pages}) as address:
        yield Platform(world, engine, f"{address}/jobs")
    world.clean()
    engine.dispose()


@pytest.fixture
def command(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    def run_it(*words: str, user: str = "data", password: str = "") -> Said:
        given = {"address": platform.address, "user": user, "password": password or PASSWORDS[user]}
        return typed(monkeypatch, capsys, *words, **given)

    return run_it


def submitted(platform: Platform, command: Command, folder: Path, job: str) -> None:
    """Hand over a job, as a file, and let the worker make its run."""
    (folder / f"{job}.yaml").write_text(once(job))
    status, text, error = command("submit", str(folder / f"{job}.yaml"))
    assert status == 0, error
    assert text.startswith(f"asked for: {NAMESPACE}/{job}, request:")
    platform.work()


def test_a_job_that_was_handed_over_runs_fails_and_says_why(
    platform: Platform, command: Command, tmp_path: Path
) -> None:
    submitted(platform, command, tmp_path, "failing")
    platform.runs_on("failing")
    assert "running" in command("runs", "--job", "failing")[1]
    platform.ends("failing", 1, "KeyError: 'day'\n")
    status, text, _ = command("why", f"{NAMESPACE}/failing")
    assert status == 3
    assert text.splitlines()[0] == f"{NAMESPACE}/failing/once/1 failed"
    said = json.loads(command("runs", "--job", "failing", "--phase", "failed", "--json")[1])
    assert [run["failure"]["code"] for run in said["runs"]] == [text.splitlines()[1].partition(":")[0]]


def test_a_spark_submit_is_handed_over_and_waited_for(platform: Platform, command: Command) -> None:
    words = ["submit", "--namespace", NAMESPACE, "--version", "4.1.2", "--wait", "--limit", "120", "--"]
    words += [
        "spark-submit",
        "--name",
        "known-way",
        "--num-executors",
        "3",
        "s3a://artifacts/data-dev/x.py",
        "1",
    ]

    with platform.at_work("known-way"):
        status, text, error = command(*words)
    assert (status, text) == (0, f"{NAMESPACE}/known-way/once/1 succeeded\n"), error
    (run,) = [entry for entry in platform.world.entries() if entry.record.series.job == "known-way"]
    spec = run.record.manifest["spec"]
    assert (spec["executor"]["instances"], spec["arguments"]) == (3, ["1"])


def test_a_run_is_stopped_and_run_again_with_changes(
    platform: Platform, command: Command, tmp_path: Path
) -> None:
    submitted(platform, command, tmp_path, "stopped")
    platform.runs_on("stopped")
    (name,) = platform.under_way("stopped")
    assert command("stop", f"{NAMESPACE}/stopped")[0] == 0
    platform.work()
    platform.world.driver(name, ran(143))
    platform.work()
    assert command("why", f"{NAMESPACE}/stopped")[0] == 4
    status, _, error = command("rerun", f"{NAMESPACE}/stopped", "--set", "executor_memory=4g")
    assert status == 0, error
    platform.work()
    said = json.loads(command("runs", "--job", "stopped", "--json")[1])["runs"]
    assert sorted((run["n"], run["phase"]) for run in said) == [(1, "cancelled"), (2, "queued")]


def test_a_backfill_is_shown_and_started_once(platform: Platform, command: Command) -> None:
    platform.world.folder.put(nightly=daily("nightly", arguments="'{{ interval.key }}'"))
    platform.work()
    words = ("backfill", f"{NAMESPACE}/nightly", "--from", "2026-11-10", "--to", "2026-11-12")
    status, text, error = command(*words)
    assert status == 0, error + text
    assert text.splitlines()[0] == "3 runs: 2026-11-10, 2026-11-11, 2026-11-12"
    status, text, error = command(*words, "--start")
    assert status == 0, error
    assert text.splitlines()[-1].startswith("started: ")
    status, text, _ = command(*words, "--start")
    assert (status, text.splitlines()[0].startswith("refused: ")) == (1, True), (
        "another one over the same days"
    )


def test_costs_and_checks_are_answered(platform: Platform, command: Command) -> None:
    assert command("checks")[:2] == (0, "no job that you may see names checks\n")
    status, text, _ = command("cost", "--by", "namespace", "--since", "")
    assert status == 0
    assert text.splitlines()[0].split()[:2] == ["NAMESPACE", "RUNS"]


def test_another_team_sees_and_does_nothing_of_it(
    platform: Platform, command: Command, tmp_path: Path
) -> None:
    submitted(platform, command, tmp_path, "ours")
    assert command("runs", user="science")[1] == "no run is like that\n"
    status, _, error = command("why", f"{NAMESPACE}/ours", user="science")
    assert (status, error) == (1, f"there is no run {NAMESPACE}/ours that you may see\n")
    (tmp_path / "theirs.yaml").write_text(once("theirs"))
    status, _, error = command("submit", str(tmp_path / "theirs.yaml"), user="science")
    assert status == 1
    assert f"You may not start runs in {NAMESPACE}" in " ".join(error.split())


def test_a_wrong_password_is_said_in_words(command: Command) -> None:
    status, _, error = command("runs", password="wrong")
    assert status == 1
    assert "nobody is signed in by that name and password" in " ".join(error.split())


def test_it_is_a_program(platform: Platform) -> None:
    given = {"URL": platform.address, "USER": "data", "PASSWORD": PASSWORDS["data"]}
    ended = subprocess.run(
        [sys.executable, "-m", "apps.jobs.cli", "runs", "--json"],
        cwd=ROOT,
        env={f"SPARK_JOBS_{name}": value for name, value in given.items()},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert "runs" in json.loads(ended.stdout)

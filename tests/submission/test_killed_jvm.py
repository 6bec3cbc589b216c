"""The JVM for submissions is killed again and again while fifty jobs come: each is submitted once.

Wrapper, JVM and API server are the real ones; the operator, which only calls the wrapper, is not here.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from components.services.spark_operator.release import submit_data
from components.spark.pod_templates import driver_template, executor_template, render_template
from tests.apps.jobs.conftest import server
from tests.binaries import binary
from tests.cluster.waiting import eventually
from tests.jobs.conftest import distribution
from tests.store.gateway import free_port
from tests.support.distributions import Distribution
from tests.support.spark_submit_home import APPS, PROGRAMS, SCRIPT
from tests.walls.attack import job
from tests.walls.conftest import definitions
from tests.walls.server import ApiServer

__all__ = ["definitions", "distribution", "server"]

pytestmark = [pytest.mark.apiserver, pytest.mark.spark, pytest.mark.soak, pytest.mark.timeout(1200)]

JOBS = 50
AT_ONCE = 4
"""Workers of an operator that submit at the same time."""

LIVES_SECONDS = 1.5
"""How long the JVM lives once it takes submissions: some of them are under way each time."""

NAMESPACE = "data-dev"
PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"


@dataclass
class Seen:
    """What there was of drivers.

    Args:
        uids: of each driver's pods, by name.
        kills: how often the JVM was killed.
    """

    uids: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    kills: int = 0


@dataclass(frozen=True)
class Story:
    """What became of the jobs.

    Args:
        names: of the jobs.
        statuses: the wrapper's exit status for each, and what it said.
        seen: drivers and kills.
        settings: properties in ConfigMaps, by the uid of the pod that they belong to.
    """

    names: list[str]
    statuses: dict[str, tuple[int, str]]
    seen: Seen
    settings: dict[str, list[str]]


class Operator:
    """The folders and the environment of the operator's pod.

    Args:
        path: an empty folder.
        distribution: Spark.
        master: the API server's address.
    """

    def __init__(self, path: Path, distribution: Distribution, master: str) -> None:
        self.master = master
        for folder in ("conf", "submit", "programs", "classes"):
            (path / folder).mkdir()
        templates = {"driver": driver_template, "executor": executor_template}
        for role, made in templates.items():
            text = render_template(made(priority_class="spark-normal"))
            (path / "conf" / f"{role}-pod.yaml").write_text(text)
        (path / "conf" / "spark-defaults.conf").write_text("spark.kubernetes.container.image=spark:1\n")
        for name, text in submit_data([NAMESPACE], {}).items():
            (path / "submit" / name).write_text(text)
        jars = distribution.home / "jars"
        sources = sorted(map(str, (PROGRAMS / "submission").glob("*.java")))
        classes = str(path / "classes")
        subprocess.run(["javac", "-nowarn", "-cp", f"{jars}/*", "-d", classes, *sources], check=True)
        jar = path / "programs" / "submission.jar"
        subprocess.run(["jar", "--create", "--file", str(jar), "-C", classes, "."], check=True)
        shutil.copy(PROGRAMS / "hand_over.py", path / "programs")
        self.resident = SCRIPT.with_name("submit_resident.sh")
        self.environment = {
            "PATH": os.environ["PATH"],
            "JAVA_HOME": str(Path(str(shutil.which("java"))).resolve().parents[1]),
            "SPARK_HOME": str(distribution.home),
            "SPARK_CONF_DIR": str(path / "conf"),
            "SPARK_SUBMIT_DIR": str(path / "submit"),
            "SPARK_SUBMIT_PROGRAMS": str(path / "programs"),
            "SPARK_SUBMIT_SOCKET": str(path / "socket"),
            "SPARK_SUBMIT_MODULES": str(APPS),
        }

    def submit(self, name: str) -> tuple[int, str]:
        """Call the wrapper as the operator does; gives its status and what it said."""
        folder = Path("/tmp/spark") / str(uuid.uuid4())
        folder.mkdir(parents=True)
        confs = [
            f"spark.kubernetes.namespace={NAMESPACE}",
            f"spark.kubernetes.driver.pod.name={name}-driver",
            f"spark.kubernetes.driver.label.sparkoperator.k8s.io/submission-id={uuid.uuid4()}",
            "spark.kubernetes.submission.waitAppCompletion=false",
            *(
                f"spark.kubernetes.{role}.podTemplateFile={folder}/{role}-pod-template.yaml"
                for role in ("driver", "executor")
            ),
        ]
        options = ["--master", self.master, "--deploy-mode", "cluster", "--name", name]
        options += [word for conf in confs for word in ("--conf", conf)]
        command = ["/bin/bash", str(SCRIPT), *options, "local:///nothing.py"]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        shutil.rmtree(folder)
        return done.returncode, done.stderr


def follow(server: ApiServer, seen: Seen, over: threading.Event) -> None:
    """Note each driver that there ever is."""
    while not over.wait(0.1):
        for pod in server.call("GET", PODS).body["items"]:
            seen.uids[pod["metadata"]["name"]].add(pod["metadata"]["uid"])


def kill(resident: psutil.Process, socket: Path, seen: Seen, over: threading.Event) -> None:
    """Kill the JVM a moment after it has begun to take submissions, and again."""
    while not over.wait(0.1):
        if socket.exists() and not over.wait(LIVES_SECONDS):
            for child in resident.children():
                with suppress(psutil.NoSuchProcess):
                    if child.name() == "java":
                        child.send_signal(signal.SIGKILL)
                        seen.kills += 1


def settings_of(server: ApiServer) -> dict[str, list[str]]:
    """The properties of each driver's ConfigMap, by the uid of the pod that it belongs to."""
    found: dict[str, list[str]] = defaultdict(list)
    path = f"/api/v1/namespaces/{NAMESPACE}/configmaps"
    for each in server.call("GET", path).body["items"]:
        # Executors' templates have one of their own.
        if properties := each["data"].get("spark.properties"):
            for owner in each["metadata"].get("ownerReferences", ()):
                found[owner["uid"]].append(properties)
    return found


@contextmanager
def ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """End a process, and what it has started, when this is over."""
    try:
        yield
    finally:
        for child in psutil.Process(process.pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                child.kill()
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def story(
    server: ApiServer,
    definitions: list[dict[str, Any]],
    distribution: Distribution,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Story]:
    """Fifty jobs, and a JVM that never lives for long."""
    for each in definitions:
        path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
        server.apply(f"{path}/{each['metadata']['name']}", each)
    for path, kind, rest in (
        (f"/api/v1/namespaces/{NAMESPACE}", {"apiVersion": "v1", "kind": "Namespace"}, {}),
        (
            "/apis/scheduling.k8s.io/v1/priorityclasses/spark-normal",
            {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass"},
            {"value": 1},
        ),
    ):
        answer = server.apply(path, {**kind, "metadata": {"name": path.rpartition("/")[2]}, **rest})
        assert not answer.refusal, answer.refusal
    jobs = f"/apis/sparkoperator.k8s.io/v1beta2/namespaces/{NAMESPACE}/sparkapplications"
    eventually("the API server serves jobs", lambda: server.call("GET", jobs).status == 200, timeout=60)
    with ExitStack() as stack:
        port = free_port()
        proxy = [str(binary("kubectl")), "proxy", f"--port={port}", f"--server=https://{server.address}"]
        proxy += [f"--token={server.token}", "--insecure-skip-tls-verify", "--kubeconfig=/dev/null"]
        stack.enter_context(ended(subprocess.Popen(proxy, stdout=subprocess.DEVNULL)))
        folder = tmp_path_factory.mktemp("operator")
        operator = Operator(folder, distribution, f"k8s://http://127.0.0.1:{port}")
        resident = subprocess.Popen(["/bin/bash", str(operator.resident)], env=operator.environment)
        stack.enter_context(ended(resident))
        names = [f"job-{number}" for number in range(JOBS)]
        for name in names:
            made = {**job(), "metadata": {"name": name}}
            answer = server.call("POST", jobs, made)
            assert not answer.refusal, answer.refusal
        seen, over = Seen(), threading.Event()
        watchers = [
            threading.Thread(target=follow, args=(server, seen, over)),
            threading.Thread(target=kill, args=(psutil.Process(resident.pid), folder / "socket", seen, over)),
        ]
        for watcher in watchers:
            watcher.start()
        try:
            with ThreadPoolExecutor(AT_ONCE) as pool:
                statuses = dict(zip(names, pool.map(operator.submit, names), strict=True))
            time.sleep(1)
        finally:
            over.set()
            for watcher in watchers:
                watcher.join()
        yield Story(names, statuses, seen, settings_of(server))


def test_the_jvm_was_killed_while_jobs_came(story: Story) -> None:
    assert story.seen.kills >= 5


def test_each_submission_ended_well(story: Story) -> None:
    assert {name: said for name, said in story.statuses.items() if said[0]} == {}


def test_each_job_has_had_one_driver(story: Story) -> None:
    found = {name: len(uids) for name, uids in story.seen.uids.items()}
    assert found == {f"{name}-driver": 1 for name in story.names}


def test_each_driver_has_its_own_settings_and_no_others(story: Story) -> None:
    for name in story.names:
        (uid,) = story.seen.uids[f"{name}-driver"]
        assert story.settings[uid], f"{name} has none"
        assert all(f"spark.app.name={name}\n" in each for each in story.settings[uid])

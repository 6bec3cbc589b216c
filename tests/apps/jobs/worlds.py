"""A worker between a real object store and a real API server, which can be killed at each of its steps."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import yaml
from lightkube import Client
from lightkube.config.kubeconfig import KubeConfig

from apps.jobs.cost.prices import Prices
from apps.jobs.definitions.checking import Platform
from apps.jobs.definitions.settings import JobSettings
from apps.jobs.ledger.bucket import Bucket
from apps.jobs.ledger.requests import Requests
from apps.jobs.ledger.store import Entry, Ledger
from apps.jobs.ledger.under_way import UnderWay
from apps.jobs.runs.objects import Json
from apps.jobs.sync.following import Following
from apps.jobs.sync.repository import Checkout, Remote, Repository
from apps.jobs.worker.cluster import APPLICATIONS, PODS, LiveCluster, Place, View
from apps.jobs.worker.costing import Costs
from apps.jobs.worker.event_logs import StoredEventLogs
from apps.jobs.worker.passing import Passing
from apps.jobs.worker.tracking import Tracking
from apps.jobs.worker.watching import by_run
from tests.walls.server import ApiServer

NAMESPACE: Final = "data-dev"
EVENTS: Final = "events"
KEEP_SECONDS: Final = 7200
_APPLICATIONS: Final = f"/apis/sparkoperator.k8s.io/v1beta2/namespaces/{NAMESPACE}/sparkapplications"
_PODS: Final = f"/api/v1/namespaces/{NAMESPACE}/pods"
_MERGE: Final = "application/merge-patch+json"


_SPEC: Final = (
    "{type: Python, mode: cluster, sparkVersion: 4.1.2, "
    "mainApplicationFile: 's3a://artifacts/data-dev/a.py', driver: {}, executor: {}, arguments: [%s]}"
)


def once(name: str, *, arguments: str = "a") -> str:
    """A job that runs once, as the API server takes it."""
    return _definition("SparkApplication", name, _SPEC % arguments)


def daily(name: str, *, arguments: str = "a") -> str:
    """A job of every day, as the API server takes it."""
    spec = f"{{schedule: '@daily', concurrencyPolicy: Forbid, template: {_SPEC % arguments}}}"
    return _definition("ScheduledSparkApplication", name, spec)


def _definition(kind: str, name: str, spec: str) -> str:
    return (
        f"apiVersion: sparkoperator.k8s.io/v1beta2\nkind: {kind}\n"
        f"metadata: {{name: {name}, namespace: {NAMESPACE}}}\nspec: {spec}\n"
    )


def application(name: str) -> dict[str, Any]:
    """A SparkApplication that somebody makes by hand."""
    found: dict[str, Any] = yaml.safe_load(once(name))
    return found


class KilledError(BaseException):
    """The process is gone: nothing catches it."""


@dataclass
class Fate:
    """When the worker dies.

    Args:
        at: number of the step; None for never.
        after: whether the step is done before it dies, and its answer lost.
    """

    at: int | None = None
    after: bool = False
    steps: int = 0

    def meet(self, step: Callable[[], Any]) -> Any:
        """Take a step, or die at it."""
        self.steps += 1
        if self.steps != self.at:
            return step()
        if self.after:
            with suppress(Exception):
                step()
        raise KilledError


class Mortal:
    """Something whose every call is a step.

    Args:
        inner: what is called.
        fate: when the caller dies.
    """

    def __init__(self, inner: Any, fate: Fate) -> None:
        self._inner = inner
        self._fate = fate

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        # A paginator asks the store when it is walked; it writes nothing.
        if not callable(found) or name in ("get_paginator", "platform"):
            return found
        return lambda *args, **named: self._fate.meet(lambda: found(*args, **named))


def client_of(server: ApiServer) -> Client:
    """A client of an API server that stands alone."""
    return Client(KubeConfig.from_dict(server.kubeconfig))


@dataclass
class Folder:
    """Stands for a repository: a folder and the commit that it is at."""

    folder: Path
    head: str = "c0ffee1"

    def fetch(self) -> Checkout:
        """The folder as it is."""
        files = [path.name for path in self.folder.glob("*.yaml")]
        return Checkout(head=self.head, folder=self.folder, commits=dict.fromkeys(files, self.head))

    def put(self, head: str = "", **files: str | None) -> None:
        """Write files, None for those to delete, and make a commit of it."""
        for name, text in files.items():
            path = self.folder / f"{name}.yaml"
            path.unlink(missing_ok=True) if text is None else path.write_text(text)
        self.head = head or f"{int(self.head, 16) + 1:x}"


@dataclass
class World:
    """A store, an API server and a folder of definitions; workers come and go.

    Args:
        server: the API server, with the operator's kinds and the tenant's namespace.
        store: a client of the object store.
        bucket: of the records; it is there.
        folder: stands for the repository.
        clock: the time.
        events: bucket of the event logs.
        prices: what is known of prices.
        repository: a real one, which is followed in the folder's place.
    """

    server: ApiServer
    store: Any
    bucket: str
    folder: Folder
    events: str = EVENTS
    prices: Prices = field(default_factory=Prices)
    repository: Repository | None = None
    clock: datetime = field(default_factory=lambda: datetime(2026, 11, 21, 5, tzinfo=UTC))
    made: Counter[str] = field(default_factory=Counter)
    """How often each application was made."""
    gone: dict[Place, Json] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.client = client_of(self.server)
        self.cluster = LiveCluster(self.client, [NAMESPACE], keep_seconds=KEEP_SECONDS)
        create = self.cluster.create

        def counted(manifest: Json) -> Json | None:
            made = create(manifest)
            self.made[manifest["metadata"]["name"]] += made is not None
            return made

        self.cluster.create = counted  # type: ignore[method-assign]

    @property
    def ledger(self) -> Ledger:
        """The records, seen from outside."""
        return Ledger(self.store, self.bucket)

    @property
    def requests(self) -> Requests:
        """The inbox, seen from outside."""
        return Requests(Bucket(self.store, self.bucket))

    @property
    def marks(self) -> list[tuple[str, str]]:
        """Job and key of all runs that are marked as under way."""
        return [(series.job, key) for series, key in UnderWay(Bucket(self.store, self.bucket)).all()]

    def entries(self) -> list[Entry]:
        """All runs."""
        return list(self.ledger.runs())

    def worker(self, fate: Fate | None = None) -> Worker:
        """A new process."""
        return Worker(self, fate or Fate())

    def live(self) -> View:
        """What there is, with nothing lagging behind."""
        applications = {
            _place(each): dict(each) for each in self.client.list(APPLICATIONS, namespace=NAMESPACE)
        }
        pods = {_place(each): dict(each) for each in self.client.list(PODS, namespace=NAMESPACE)}
        gone, self.gone = self.gone, {}
        drivers = {place: pod for place, pod in pods.items() if _label(pod, "spark-role") == "driver"}
        return View(applications=applications, drivers=drivers, deleted=gone, pods=by_run(pods.values()))

    def pods(self) -> list[Json]:
        """All pods that there are."""
        return [dict(each) for each in self.client.list(PODS, namespace=NAMESPACE)]

    def names(self) -> list[str]:
        """Names of the applications that there are."""
        return sorted(_place(each)[1] for each in self.client.list(APPLICATIONS, namespace=NAMESPACE))

    def operator_says(self, name: str, state: str, message: str = "", *, attempts: int = 1) -> None:
        """Write an application's state, as the operator does.

        Args:
            name: of the application.
            state: where it is.
            message: of a failure.
            attempts: drivers that it has submitted.
        """
        status = {
            "executionAttempts": attempts,
            "submissionAttempts": attempts,
            "applicationState": {"state": state, "errorMessage": message},
            "driverInfo": {"podName": f"{name}-driver"},
            "lastSubmissionAttemptTime": None,
            "terminationTime": None,
        }
        self._call("PATCH", f"{_APPLICATIONS}/{name}/status", {"status": status}, _MERGE)

    def driver(self, name: str, status: Json, *, labels: Json | None = None) -> None:
        """Make a run's driver, or change what its kubelet says of it."""
        pod = f"{name}-driver"
        if self.server.call("GET", f"{_PODS}/{pod}").refusal:
            container = {"name": "spark-kubernetes-driver", "image": "spark:4"}
            own = {"spark-role": "driver", "spark-app-selector": f"spark-{abs(hash(name)):x}"}
            named = {"sparkoperator.k8s.io/app-name": name} if labels is None else labels
            body = {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": pod, "labels": {**own, **named}},
                "spec": {"containers": [container], "nodeName": "node-1"},
            }
            self._call("POST", _PODS, body)
        self._call("PATCH", f"{_PODS}/{pod}/status", {"status": status}, _MERGE)

    def deletes(self, name: str) -> None:
        """Somebody deletes an application, by kubectl."""
        found = self.client.get(APPLICATIONS, name, namespace=NAMESPACE)
        self.client.delete(APPLICATIONS, name, namespace=NAMESPACE)
        self.gone[NAMESPACE, name] = dict(found)

    def clean(self) -> None:
        """Take all away that a test has left."""
        for resource in (APPLICATIONS, PODS):
            for each in self.client.list(resource, namespace=NAMESPACE):
                self.client.delete(resource, _place(each)[1], namespace=NAMESPACE, grace_period=0)

    def _call(self, method: str, path: str, body: Any, content: str = "application/json") -> None:
        answer = self.server.call(method, path, body, content=content)
        assert not answer.refusal, answer.refusal


def new_world(cluster: ApiServer, store: Any, folder: Path) -> World:
    """A bucket of its own between a store and an API server that others use, too."""
    bucket = f"records-{uuid.uuid4().hex[:12]}"
    store.create_bucket(Bucket=bucket)
    folder.mkdir(exist_ok=True)
    return World(server=cluster, store=store, bucket=bucket, folder=Folder(folder))


class Worker:
    """A process of the worker's, put together as `__main__` does.

    Args:
        world: what it is in.
        fate: when it dies.
    """

    def __init__(self, world: World, fate: Fate) -> None:
        store = Mortal(world.store, fate)
        cluster = Mortal(world.cluster, fate)
        bucket = Bucket(store, world.bucket)
        ledger = Ledger(store, world.bucket, clock=lambda: world.clock)
        remote = Remote(url="file:///jobs")
        following = Following(world.repository or world.folder, remote, bucket, _platform, timedelta())
        logs = StoredEventLogs(Bucket(world.store, world.events), "spark")
        self.world = world
        self.following = following
        costs = Costs(ledger, cluster, lambda: world.prices, world.clock)
        self.tracking = Tracking(ledger, UnderWay(bucket), cluster, logs, costs, self._settings)
        self.passing = Passing(ledger, Requests(bucket), following, self.tracking, lambda: world.clock)
        self.tracking.recover(world.clock)

    def _settings(self, place: Place) -> JobSettings:
        return self.passing.settings(place)

    def go(self, passes: int = 1) -> None:
        """Pass, again and again."""
        for _ in range(passes):
            self.passing.run(self.world.live())


def _platform() -> Platform:
    return Platform(namespaces=frozenset({NAMESPACE}))


def ran(code: int, *, message: str = "") -> Json:
    """The status of a driver's pod that ended."""
    ended = {
        "exitCode": code,
        "reason": "Error" if code else "Completed",
        "message": message,
        "startedAt": "2026-11-21T05:01:00Z",
        "finishedAt": "2026-11-21T05:04:00Z",
    }
    return {
        "phase": "Failed" if code else "Succeeded",
        "containerStatuses": [_container({"terminated": ended})],
    }


def running() -> Json:
    """The status of a driver's pod that runs."""
    return {
        "phase": "Running",
        "containerStatuses": [_container({"running": {"startedAt": "2026-11-21T05:01:00Z"}})],
    }


def lost_node() -> Json:
    """The status of a driver's pod whose node went away."""
    condition = {
        "type": "DisruptionTarget",
        "status": "True",
        "reason": "DeletionByTaintManager",
        "message": "Taint manager: deleting due to NoExecute taint",
    }
    return {**ran(143), "conditions": [condition]}


def _container(state: Json) -> Json:
    return {
        "name": "spark-kubernetes-driver",
        "state": state,
        "image": "spark:4",
        "imageID": "",
        "ready": False,
        "restartCount": 0,
    }


def _place(thing: Any) -> Place:
    return thing["metadata"]["namespace"], thing["metadata"]["name"]


def _label(pod: Json, name: str) -> str:
    return str((pod["metadata"].get("labels") or {}).get(name, ""))


def keys(entries: Iterable[Entry]) -> Sequence[tuple[str, int, str, str]]:
    """Job, number, key and phase of runs."""
    return [
        (each.record.job, each.record.n, each.record.key, str(each.status.get("phase", "")))
        for each in entries
    ]

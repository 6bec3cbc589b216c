"""Follows what runs in the cluster: a full list and a watch for each kind and namespace.

What was deleted is in no list, and how it ended is gone with it. So a watch that broke goes on where it was
heard last, and a new process, after its list, where an earlier one had heard last: it is told the deletions
in between. The API server keeps that past for five minutes (kube-apiserver, `--etcd-compaction-interval`);
after that, a new list says what is there.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from httpx2 import HTTPError
from lightkube import ApiError, Client
from lightkube.operators import in_

from apps.jobs.runs import objects
from apps.jobs.runs.objects import Json

from .cluster import APPLICATIONS, PODS, Place, View

LOG = logging.getLogger(__name__)

WATCH_SECONDS: Final = 290
"""After which a watch ends, and goes on: under five minutes, when some proxies cut."""

PAST_SECONDS: Final = 2.0
"""In which the past is told after a list; the API server has it in memory, and says not when it is over."""

PAUSE_SECONDS: Final = 5.0
"""After a watch that broke."""

HTTP_GONE: Final = 410
"""The API server does not keep that past any more."""

Heard = Mapping[str, str]
"""Namespace and kind -> version of what was heard last of it."""


class Watching:
    """What there is, kept up to date by threads that end with the process.

    Args:
        client: with the worker's rights.
        namespaces: those that are watched.
        heard: what an earlier process had heard; nothing for the first one.
    """

    def __init__(self, client: Client, namespaces: Sequence[str], heard: Heard | None = None) -> None:
        self._client = client
        self._namespaces = namespaces
        self._lock = threading.Lock()
        self._applications: dict[Place, Json] = {}
        self._pods: dict[Place, Json] = {}
        self._deleted: dict[Place, Json] = {}
        self._gone: dict[str, Json] = {}
        self._heard: dict[str, str] = dict(heard or {})
        self._seen: View = View()
        self._seen_heard: Heard = {}
        self.settled: Heard = dict(heard or {})
        """What was heard before the last view that somebody has done with."""
        self._listed: set[str] = set()
        self._listed_at: dict[str, int] = {}
        self.changed = threading.Event()

    def start(self) -> None:
        """Begin to watch."""
        for namespace in self._namespaces:
            for kind, follow in (("application", self._follow_applications), ("pod", self._follow_pods)):
                name = f"watch-{kind}-{namespace}"
                threading.Thread(target=self._again, args=(follow, namespace), name=name, daemon=True).start()

    @property
    def is_complete(self) -> bool:
        """Whether every list has been read once: before that, what is missing may be there."""
        with self._lock:
            return len(self._listed) == 2 * len(self._namespaces)

    def view(self) -> View:
        """What there is now; what was deleted is in all views until somebody has done with one."""
        with self._lock:
            self.changed.clear()
            deleted = dict(self._deleted)
            gone = dict(self._gone)
            heard = dict(self._heard)
            pods = dict(self._pods)
            applications = dict(self._applications)
        drivers = {place: pod for place, pod in pods.items() if _role(pod) == "driver"}
        executors: dict[Place, int] = {}
        for (namespace, _), pod in pods.items():
            if _role(pod) == "executor" and objects.pod_phase(pod) == "Running":
                place = (namespace, str(objects.labels(pod).get(objects.SELECTOR, "")))
                executors[place] = executors.get(place, 0) + 1
        self._seen, self._seen_heard = (
            View(
                applications=applications,
                drivers=drivers,
                deleted=deleted,
                executors=executors,
                pods=by_run(pods.values()),
                gone=by_run(gone.values()),
            ),
            heard,
        )
        return self._seen

    def done(self) -> None:
        """Say that the last view was worked through: what was deleted before it is not told again."""
        gone = {objects.uid(pod): pod for pods in self._seen.gone.values() for pod in pods}
        with self._lock:
            _forget(self._deleted, self._seen.deleted)
            _forget(self._gone, gone)
            self.settled = self._seen_heard

    def _again(self, follow: Callable[[str], None], namespace: str) -> None:
        while True:
            try:
                follow(namespace)
            except (ApiError, HTTPError) as error:
                LOG.info("a watch in %s broke: %s", namespace, error)
                time.sleep(PAUSE_SECONDS)

    def _follow_applications(self, namespace: str) -> None:
        self._follow(namespace, APPLICATIONS, self._applications, {}, self._deleted_application)

    def _follow_pods(self, namespace: str) -> None:
        labels = {objects.ROLE: in_(["driver", "executor"])}
        self._follow(namespace, PODS, self._pods, labels, self._deleted_pod)

    def _deleted_application(self, place: Place, thing: Json) -> None:
        self._deleted[place] = thing

    def _deleted_pod(self, _: Place, pod: Json) -> None:
        self._gone[objects.uid(pod)] = pod

    def _follow(
        self,
        namespace: str,
        resource: Any,
        kept: dict[Place, Json],
        labels: Mapping[str, Any],
        on_deletion: Callable[[Place, Json], None],
    ) -> None:
        """The changes until they break off; before the first ones, or if they are lost, the whole list."""
        source = f"{namespace}/{resource.__name__}"
        selector = dict(labels) or None
        if source not in self._listed_at:
            listing = self._client.list(resource, namespace=namespace, labels=selector)
            found = {_place(each): dict(each) for each in listing}
            with self._lock:
                for place in [each for each in kept if each[0] == namespace and each not in found]:
                    on_deletion(place, kept.pop(place))
                kept.update(found)
                self._listed_at[source] = int(listing.resourceVersion or 0)
            self._complete(source, listing.resourceVersion)
        changes = self._client.watch(
            resource,
            namespace=namespace,
            labels=selector,
            resource_version=self._heard[source],
            server_timeout=WATCH_SECONDS,
        )
        try:
            for kind, each in changes:
                with self._lock:
                    _take(kept, kind, dict(each), self._listed_at[source], on_deletion)
                    self._heard[source] = str(each["metadata"]["resourceVersion"])
                self.changed.set()
        except ApiError as error:
            if error.status.code == HTTP_GONE:
                del self._heard[source], self._listed_at[source]
            raise

    def _complete(self, source: str, version: str | None) -> None:
        """A list was read: it is complete at once, or when the past before it was told."""
        if source in self._heard:
            timer = threading.Timer(PAST_SECONDS, self._is_told, [source])
            timer.daemon = True
            timer.start()
        else:
            self._heard[source] = str(version)
            self._is_told(source)

    def _is_told(self, source: str) -> None:
        with self._lock:
            self._listed.add(source)
        self.changed.set()


def _take(
    kept: dict[Place, Json], kind: str, thing: Json, listed: int, on_deletion: Callable[[Place, Json], None]
) -> None:
    """One change. Of those before the list only deletions are news: all else of them is in it, or later."""
    place = _place(thing)
    # Versions of one API server are numbers that grow (Kubernetes 1.35, KEP-5504).
    is_past = int(thing["metadata"]["resourceVersion"]) <= listed
    if kind == "DELETED":
        if objects.uid(kept.get(place) or thing) == objects.uid(thing):
            kept.pop(place, None)
        on_deletion(place, thing)
    elif not is_past:
        kept[place] = thing


def _forget(kept: dict[Any, Json], seen: Mapping[Any, Json]) -> None:
    """Take away what was seen; what came in its place since stays."""
    for key, thing in seen.items():
        if kept.get(key) is thing:
            del kept[key]


def by_run(pods: Iterable[Json]) -> dict[Place, list[Json]]:
    """Pods by their namespace and Spark's id of their run.

    Args:
        pods: drivers' and executors'.
    """
    found: dict[Place, list[Json]] = {}
    for pod in pods:
        place = (str(pod["metadata"]["namespace"]), str(objects.labels(pod).get(objects.SELECTOR, "")))
        found.setdefault(place, []).append(pod)
    return found


def _place(thing: Any) -> Place:
    return str(thing["metadata"]["namespace"]), str(thing["metadata"]["name"])


def _role(pod: Json) -> str:
    return str(objects.labels(pod).get(objects.ROLE, ""))

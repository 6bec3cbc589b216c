"""Follows what runs in the cluster: one watch for each kind and namespace, and a full list when it breaks.

Nothing rests on a single notice: whatever a watch misses is in the next list.
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
"""After which a watch ends and the whole list is read again: under five minutes, when some proxies cut."""

PAUSE_SECONDS: Final = 5.0
"""After a watch that broke."""


class Watching:
    """What there is, kept up to date by threads that end with the process.

    Args:
        client: with the worker's rights.
        namespaces: those that are watched.
    """

    def __init__(self, client: Client, namespaces: Sequence[str]) -> None:
        self._client = client
        self._namespaces = namespaces
        self._lock = threading.Lock()
        self._applications: dict[Place, Json] = {}
        self._pods: dict[Place, Json] = {}
        self._deleted: dict[Place, Json] = {}
        self._gone: list[Json] = []
        self._listed: set[tuple[str, str]] = set()
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
        """What there is now; what was deleted is in one view and in no other."""
        with self._lock:
            self.changed.clear()
            deleted, self._deleted = self._deleted, {}
            gone, self._gone = self._gone, []
            pods = dict(self._pods)
            applications = dict(self._applications)
        drivers = {place: pod for place, pod in pods.items() if _role(pod) == "driver"}
        executors: dict[Place, int] = {}
        for (namespace, _), pod in pods.items():
            if _role(pod) == "executor" and objects.pod_phase(pod) == "Running":
                place = (namespace, str(objects.labels(pod).get(objects.SELECTOR, "")))
                executors[place] = executors.get(place, 0) + 1
        return View(
            applications=applications,
            drivers=drivers,
            deleted=deleted,
            executors=executors,
            pods=by_run(pods.values()),
            gone=by_run(gone),
        )

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
        self._follow(namespace, PODS, self._pods, labels, lambda _, pod: self._gone.append(pod))

    def _deleted_application(self, place: Place, thing: Json) -> None:
        self._deleted[place] = thing

    def _follow(
        self,
        namespace: str,
        resource: Any,
        kept: dict[Place, Json],
        labels: Mapping[str, Any],
        on_deletion: Callable[[Place, Json], None],
    ) -> None:
        """One list, and the changes to it until the server ends them."""
        selector = dict(labels) or None
        listing = self._client.list(resource, namespace=namespace, labels=selector)
        found = {_place(each): dict(each) for each in listing}
        with self._lock:
            for place in [each for each in kept if each[0] == namespace and each not in found]:
                on_deletion(place, kept.pop(place))
            kept.update(found)
            self._listed.add((namespace, resource.__name__))
        self.changed.set()
        until = time.monotonic() + WATCH_SECONDS
        changes = self._client.watch(
            resource,
            namespace=namespace,
            labels=selector,
            resource_version=listing.resourceVersion,
            server_timeout=WATCH_SECONDS,
        )
        for kind, each in changes:
            place = _place(each)
            with self._lock:
                if kind == "DELETED":
                    kept.pop(place, None)
                    on_deletion(place, dict(each))
                else:
                    kept[place] = dict(each)
            self.changed.set()
            if time.monotonic() > until:
                return


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

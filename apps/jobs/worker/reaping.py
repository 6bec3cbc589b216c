"""Executors that wait for a node although their driver has ended: taken away, they hold a quota for nobody.

A driver that ends by itself deletes those in its last seconds. One that is killed does not (memory, eviction,
a lost node), and Kubernetes' garbage collection takes them only once the driver's pod is deleted, which may
be hours later or never. Executors that run need no help: they end when they have lost their driver.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice, zip_longest
from typing import Final, Protocol

from apps.jobs.ledger.audit import Action, Store, note
from apps.jobs.runs import objects
from apps.jobs.runs.objects import Json

from .cluster import Place, View

LOG = logging.getLogger(__name__)

PATIENCE: Final = timedelta(minutes=1)
"""From when a driver is first seen ended: one that can still delete its executors has done so in seconds."""

AT_ONCE: Final = 100
"""Pods deleted in one pass, so that a run of thousands holds no other's start up: they go in some minutes.
Namespaces take turns."""

WORKER: Final = "jobs-worker"
"""Who did it, in the audit list."""

ACTION: Final = "reap"


class Pods(Protocol):
    """What is done in a cluster: `cluster.LiveCluster`."""

    def delete_pod(self, place: Place) -> bool:
        """Delete a pod; False if it is gone."""


@dataclass(frozen=True, kw_only=True)
class Abandoned:
    """A driver that has ended, and its executors that wait.

    Args:
        driver: its pod.
        executors: their pods.
    """

    driver: Json
    executors: Sequence[Json]


def abandoned(view: View) -> Iterable[Abandoned]:
    """Find drivers that have ended and left executors that wait for a node.

    Only executors whose owner is that very pod: of a driver outside of the cluster nobody here knows its end.

    Args:
        view: what there is.
    """
    for driver in view.drivers.values():
        if not objects.has_ended(driver) or _goes(driver):
            continue
        place = (str(driver["metadata"]["namespace"]), str(objects.labels(driver).get(objects.SELECTOR, "")))
        waiting = [pod for pod in view.pods.get(place, ()) if _waits_for(pod, objects.uid(driver))]
        if waiting:
            yield Abandoned(driver=driver, executors=waiting)


def _goes(pod: Json) -> bool:
    return "deletionTimestamp" in pod["metadata"]


def _waits_for(pod: Json, driver: str) -> bool:
    owners = pod["metadata"].get("ownerReferences") or ()
    return (
        objects.labels(pod).get(objects.ROLE) == "executor"
        and objects.pod_phase(pod) == "Pending"
        and not _goes(pod)
        and any(each.get("uid") == driver for each in owners)
    )


class Reaping:
    """What takes such executors away.

    Args:
        cluster: where they are.
        store: the bucket of the audit list.
        namespaces: those that are counted from 0 on.
        clock: gives the time.
    """

    def __init__(
        self, cluster: Pods, store: Store, namespaces: Iterable[str], clock: Callable[[], datetime]
    ) -> None:
        self._cluster = cluster
        self._store = store
        self._clock = clock
        self._since: dict[str, datetime] = {}
        self._told: set[str] = set()
        self._taken = Counter(dict.fromkeys(namespaces, 0))

    @property
    def taken(self) -> Mapping[str, int]:
        """Executors that were taken away, by namespace."""
        return dict(self._taken)

    def run(self, view: View) -> None:
        """Do it once.

        Args:
            view: what there is in the cluster.
        """
        now = self._clock()
        found = {objects.uid(each.driver): each for each in abandoned(view)}
        self._since = {uid: self._since.get(uid, now) for uid in found}
        self._told &= found.keys()
        due = [each for uid, each in found.items() if now - self._since[uid] >= PATIENCE]
        for each, pod in islice(_in_turn(due), AT_ONCE):
            self._tell(each, now)
            place = (str(pod["metadata"]["namespace"]), objects.name(pod))
            self._taken[place[0]] += self._cluster.delete_pod(place)

    def _tell(self, each: Abandoned, now: datetime) -> None:
        """Keep that it is done, before it is; once for a driver, however many passes it takes."""
        uid = objects.uid(each.driver)
        if uid in self._told:
            return
        about = objects.name(each.driver)
        detail = f"{len(each.executors)} executors that waited for a node; their driver has ended"
        LOG.info("%s/%s: %s", each.driver["metadata"]["namespace"], about, detail)
        note(
            self._store,
            Action(
                at=now,
                viewer=WORKER,
                action=ACTION,
                namespace=each.driver["metadata"]["namespace"],
                about=about,
                detail=detail,
            ),
        )
        self._told.add(uid)


def _in_turn(due: Iterable[Abandoned]) -> Iterator[tuple[Abandoned, Json]]:
    """Executors, one of each namespace after the other: nobody's thousands keep another's quota waiting."""
    by_namespace: dict[str, list[tuple[Abandoned, Json]]] = defaultdict(list)
    for each in due:
        own = by_namespace[str(each.driver["metadata"]["namespace"])]
        own += [(each, pod) for pod in each.executors]
    for turn in zip_longest(*by_namespace.values()):
        yield from (found for found in turn if found is not None)

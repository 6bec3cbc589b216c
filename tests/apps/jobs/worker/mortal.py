"""Workers that are killed at one step after another, each followed by one that goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.apps.jobs.worlds import Fate, Folder, KilledError, World, new_world
from tests.store.judge.proxy import Judge
from tests.store.judge.roles import BUCKETS
from tests.walls.server import ApiServer


@dataclass(frozen=True, kw_only=True)
class Story:
    """What a worker sees to its end.

    Args:
        orders: definition of the job `orders`, from which all follows.
        passes: after so many all is done, whoever dies.
        live_on: what becomes in the cluster of what was made.
        check: that nothing is missing, and nothing there twice.
        begins: the time at first; None for the world's own.
    """

    orders: str
    passes: int
    live_on: Callable[[World], None]
    check: Callable[[World], None]
    begins: datetime | None = None

    def go_on(self, world: World, fate: Fate) -> int:
        """Pass until all is done; a worker that dies is followed by another. Gives the steps of the first."""
        worker, died = None, 0
        world.clock = self.begins or world.clock
        for _ in range(self.passes):
            try:
                worker = worker or world.worker(fate)
                worker.go()
            except KilledError:
                died, worker = died + 1, None
                continue
            self.live_on(world)
        assert died == (fate.at is not None and fate.steps >= fate.at)
        return fate.steps

    def killed_at_each(self, cluster: ApiServer, store: Any, folder: Path, every: int, *, after: bool) -> int:
        """Do it all, killed at one step after another; gives how many deaths there were."""
        at, deaths = 1, 0
        while True:
            world = new_world(cluster, store, folder / f"{after}-{at}")
            if self._told(world, Fate(at=at, after=after)) < at:
                return deaths
            deaths, at = deaths + 1, at + every

    def judged(self, cluster: ApiServer, judge: Judge, folder: Path) -> None:
        """Do it all with what the worker's role on AWS allows, and no more."""
        world = World(
            server=cluster,
            store=judge.client("jobs-worker"),
            bucket=BUCKETS.artifacts,
            folder=Folder(folder),
            events=BUCKETS.events,
        )
        self._told(world, Fate())
        assert judge.refused == []
        assert judge.not_judged == []

    def _told(self, world: World, fate: Fate) -> int:
        world.folder.put(orders=self.orders)
        try:
            steps = self.go_on(world, fate)
            self.check(world)
        finally:
            world.clean()
        return steps

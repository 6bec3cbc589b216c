"""`python -m apps.jobs.worker`: runs until it is told to end; being killed at any moment harms nothing."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError
from httpx2 import HTTPError
from lightkube import ApiError, Client
from lightkube.core.exceptions import ConfigError
from prometheus_client import start_http_server
from prometheus_client.registry import CollectorRegistry
from pydantic import ValidationError
from sqlalchemy import Engine

from apps.jobs.cost.loading import prices_of
from apps.jobs.definitions.settings import JobSettings
from apps.jobs.index.connecting import AddressError, address, connect
from apps.jobs.index.ends import ends
from apps.jobs.index.keeping import Keeper
from apps.jobs.index.timeliness import timeliness
from apps.jobs.ledger.bucket import Bucket
from apps.jobs.ledger.client import client as client_of_store
from apps.jobs.ledger.requests import Requests
from apps.jobs.ledger.store import ConflictError, Ledger, LedgerError
from apps.jobs.ledger.under_way import UnderWay
from apps.jobs.sync.following import Following
from apps.jobs.sync.repository import Remote, Repository, SyncError

from .cluster import LiveCluster, Place
from .configuration import Configuration, configuration
from .costing import Costs
from .ends import EndsMetrics, follow
from .event_logs import StoredEventLogs
from .memory import Memory
from .offerings import Offerings
from .passing import Passing
from .reaping import Reaping
from .signals import WorkerMetrics
from .timeliness import TimelinessMetrics
from .tracking import Tracking
from .watching import Watching

LOG = logging.getLogger("apps.jobs.worker")

IDLE_SECONDS: Final = 5.0
"""Longest time between two passes: what people ask for and schedules begin in it."""

SETTLE_SECONDS: Final = 0.2
"""After a change in the cluster, as the next is often close behind."""

LATE_NEWS: Final = timedelta(seconds=30)
"""How long the news of a run's end may take from the node to the worker; clocks differ by less."""

_OUTAGES: Final = (ClientError, BotoCoreError, ApiError, HTTPError, ConflictError, LedgerError)
"""What a pass may end by: it is tried again, and all of it is safe to be done twice."""


class Worker:
    """All parts of the worker, put together.

    Args:
        told: its configuration.
        index: the database of the index.
    """

    def __init__(self, told: Configuration, index: Engine) -> None:
        self._seen: datetime | None = None
        self._known_until: datetime | None = None
        namespaces = told.namespaces.split(",")
        client = Client()
        store = client_of_store(told.endpoint, told.region, attempts=4)
        bucket = Bucket(store, told.bucket)
        self._cluster = LiveCluster(client, namespaces, keep_seconds=told.keep_seconds)
        self._memory = Memory(bucket)
        self._watching = Watching(client, namespaces, self._memory.read())
        self._keeper = Keeper(index, Ledger(store, told.bucket))
        ledger = Ledger(store, told.bucket, changed=self._keeper.note)
        following = self._following(told, bucket)
        logs = StoredEventLogs(Bucket(store, told.events_bucket), told.events_prefix)

        def settings(place: Place) -> JobSettings:
            return self._passing.settings(place)

        self._offerings = Offerings(prices_of(told.region, told.prices), told.karpenter)
        costs = Costs(ledger, self._cluster, self._offerings.now, datetime.now(UTC))
        self._tracking = Tracking(ledger, UnderWay(bucket), self._cluster, logs, costs, settings)
        self._passing = Passing(
            ledger, Requests(bucket), following, self._tracking, lambda: datetime.now(UTC)
        )
        self._reaping = Reaping(self._cluster, bucket, namespaces, lambda: datetime.now(UTC))
        self.metrics = WorkerMetrics(self._passing, self._tracking, following, self._keeper, self._reaping)
        self.ends = EndsMetrics(
            lambda: ends(index),
            namespaces,
            announce=timedelta(seconds=2 * told.scrape_seconds + 5),
            clock=lambda: datetime.now(UTC),
        )
        self.timeliness = TimelinessMetrics(lambda: timeliness(index, self._known()), namespaces)

    def _known(self) -> datetime | None:
        """Up to when the index has how runs ended: up to a pass of which nothing waits to be written."""
        if self._seen is not None and not self._keeper.waiting:
            self._known_until = self._seen - LATE_NEWS
        return self._known_until

    def _following(self, told: Configuration, bucket: Bucket) -> Following | None:
        if not told.repository:
            return None
        remote = Remote(
            url=told.repository,
            branch=told.branch,
            folder=told.folder,
            username=told.credential("username"),
            password=told.credential("password"),
        )
        repository = Repository(remote, Path(told.home))
        return Following(repository, remote, bucket, self._cluster.platform, told.every)

    def run(self, end: threading.Event) -> None:
        """Pass after pass.

        Args:
            end: set when it is to end.
        """
        self._watching.start()
        self._keeper.start()
        looks = (end, self.ends.look, self.timeliness.look)
        threading.Thread(target=follow, args=looks, name="ends", daemon=True).start()
        self._offerings.follow(end)
        recovered = False
        while not end.is_set():
            try:
                begun = datetime.now(UTC)
                if self._watching.is_complete:
                    if not recovered:
                        self._tracking.recover(datetime.now(UTC))
                        recovered = True
                    view = self._watching.view()
                    self._passing.run(view)
                    self._watching.done()
                    self._memory.keep(self._watching.settled)
                    self.metrics.last_pass = datetime.now(UTC)
                    self._seen = begun
                    # Last: runs are made and judged also where this can't be done.
                    self._reaping.run(view)
            except _OUTAGES as error:
                self.metrics.failed_passes += 1
                LOG.warning("a pass did not go through, and is tried again: %s", error)
            if self._watching.changed.wait(IDLE_SECONDS):
                end.wait(SETTLE_SECONDS)
        self._keeper.end()


def main() -> None:
    """Run the worker by its environment."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    for chatty in ("httpx2", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    try:
        told = configuration(os.environ)
        worker = Worker(told, connect(address()))
    except (ValidationError, AddressError, ConfigError, SyncError) as error:
        sys.exit(f"the worker's environment is wrong: {error}")
    end = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: end.set())
    registry = CollectorRegistry()
    registry.register(worker.metrics)
    registry.register(worker.ends)
    registry.register(worker.timeliness)
    start_http_server(told.metrics_port, registry=registry)
    worker.run(end)


if __name__ == "__main__":
    main()

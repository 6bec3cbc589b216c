"""`python -m apps.jobs.web`: the pages, and what goes on beside them: backfills, and looks at jobs' data."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Iterable, Set
from datetime import UTC, datetime
from typing import Final

import uvicorn
from lightkube.config import client_adapter
from lightkube.config.kubeconfig import KubeConfig
from prometheus_client import start_http_server
from prometheus_client.registry import CollectorRegistry
from pydantic import ValidationError
from sqlalchemy import Engine

from apps.jobs.backfill.carrying import Carrier
from apps.jobs.backfill.kept import Backfill, Backfills
from apps.jobs.checks.asking import ANSWER, Answer, numbered, numbers
from apps.jobs.checks.parquet import s3
from apps.jobs.checks.rounds import Rounds
from apps.jobs.index.connecting import AddressError, address, connect
from apps.jobs.index.filters import Filters
from apps.jobs.index.paging import LARGEST, Asked
from apps.jobs.index.reading import Reader
from apps.jobs.ledger.bucket import Bucket
from apps.jobs.ledger.client import client as client_of_store
from apps.jobs.ledger.identity import Series
from apps.jobs.ledger.requests import Requests
from apps.jobs.ledger.store import Ledger
from apps.jobs.runs.phase import Phase
from apps.jobs.runs.run import Run
from apps.jobs.schedule.intervals import Interval
from apps.jobs.sync.known import Known

from .app import create
from .cluster import Cluster
from .conditions import ask_by_itself
from .configuration import Configuration, configuration
from .grid import intervals
from .metrics import PageMetrics
from .sources import Index, Sources
from .views.backfills import runs_since

LOG: Final = logging.getLogger("apps.jobs.web")

GRACE_SECONDS: Final = 10
"""How long answers under way may take after the process was told to end."""


def sources(told: Configuration, engine: Engine) -> Sources:
    """What the pages read, by what they are told.

    Args:
        told: the configuration.
        engine: of the index.
    """
    store = client_of_store(told.endpoint, told.region, attempts=3, connections=40)
    config = KubeConfig.from_env().get()
    if config is None:
        raise ValueError("there is no cluster: neither a service account's token nor a kubeconfig")
    bucket = Bucket(store, told.bucket)

    def index(namespaces: Set[str]) -> Index:
        return Reader(engine, namespaces)

    return Sources(
        door=told.door,
        cluster=Cluster(client_adapter.Client(config, client_adapter.ConnectionParams())),
        index=index,
        store=bucket,
        ledger=Ledger(store, told.bucket),
        requests=Requests(bucket),
        namespaces=told.tenants,
        secret=told.secret,
        live_key=told.pass_key,
        links=told.links,
        path=told.path.rstrip("/"),
    )


def carrier(made: Sources) -> Carrier:
    """What carries backfills on.

    Args:
        made: what the pages read.
    """
    every = frozenset(made.namespaces)

    def runs(backfill: Backfill) -> Iterable[Run]:
        return runs_since(made.index(every), backfill, made.clock())

    return Carrier(Backfills(made.store), made.requests, runs, every, lambda: datetime.now(UTC))


def rounds(made: Sources, told: Configuration) -> Rounds:
    """What looks at the data of all jobs.

    Args:
        made: what the pages read.
        told: the configuration.
    """
    every = frozenset(made.namespaces)

    def green(job: Known, looked_at: list[Interval]) -> dict[str, Run]:
        """The last run of each interval that went well."""
        only = Filters(
            namespaces=frozenset({job.namespace}),
            jobs=frozenset({job.name}),
            intervals=frozenset(each.key for each in looked_at),
            phases=frozenset({Phase.SUCCEEDED}),
        )
        page = made.index(every).page(Asked(size=LARGEST, now=made.clock()), only)
        begun = sorted((run for run in page.runs if run.started), key=lambda run: (run.started, run.n))
        return {run.interval: run for run in begun}

    def written_after(job: Known, looked_at: list[Interval]) -> dict[str, datetime]:
        return {key: run.started for key, run in green(job, looked_at).items() if run.started}

    def answers(job: Known, looked_at: list[Interval]) -> dict[str, Answer]:
        found: dict[str, Answer] = {}
        for key, run in green(job, looked_at).items():
            last = numbers(run.kept)[1]
            said = made.ledger.beside(run.run, numbered(ANSWER, last)) if last else None
            if said is not None:
                found[key] = Answer.model_validate_json(said)
        return found

    def ask_again(job: Known, key: str) -> bool:
        series = Series(namespace=job.namespace, job=job.name, interval=key)
        return ask_by_itself(made, made.index(every).series(series))

    return Rounds(
        made.store,
        s3(told.endpoint, told.region),
        told.checked_buckets,
        lambda: made.state().jobs,
        intervals,
        written_after,
        made.clock,
        answers,
        ask_again,
    )


def main() -> None:
    """Serve the pages by the process's environment."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    try:
        told = configuration(os.environ)
        made = sources(told, connect(address()))
    except (ValidationError, AddressError, OSError, ValueError) as error:
        sys.exit(f"the environment of the pages is wrong: {error}")
    stopped = threading.Event()
    threading.Thread(target=carrier(made).go_on, args=(stopped,), name="backfills", daemon=True).start()
    if told.check_seconds:
        looks = (stopped, told.check_seconds)
        threading.Thread(target=rounds(made, told).go_on, args=looks, name="checks", daemon=True).start()
    registry = CollectorRegistry()
    metrics = PageMetrics(registry)
    start_http_server(told.metrics_port, registry=registry)
    uvicorn.run(
        create(made, metrics),
        host="0.0.0.0",  # noqa: S104 - of a pod: policies say who reaches it
        port=told.port,
        # The login in front says who asks; nothing of the connection is believed.
        proxy_headers=False,
        server_header=False,
        access_log=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    stopped.set()


if __name__ == "__main__":
    main()

"""Two teams with their jobs and runs: what the pages are tried on."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from fastapi.testclient import TestClient

from apps.jobs.ledger.bucket import Bucket
from apps.jobs.ledger.identity import RunId, Series
from apps.jobs.ledger.record import Cause, Wanted
from apps.jobs.ledger.requests import Request, Requests
from apps.jobs.ledger.store import Ledger
from apps.jobs.runs.outcome import Checks, Cost, Failure, Frame, Quote
from apps.jobs.runs.phase import ENDED, Phase
from apps.jobs.runs.run import OF_RECORD, Run
from apps.jobs.sync.known import STATE, Fault, Known, State
from apps.jobs.web.app import create
from apps.jobs.web.cluster import Cluster
from apps.jobs.web.sources import Links, Sources
from apps.jobs.web.viewer import Door

from .memory import MemoryApi, MemoryIndex, MemoryS3

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
PASSWORD = "of the login alone"
DATA, SCIENCE = "data-dev", "science-dev"
MEMBERS = {"data-engineers": DATA, "scientists": SCIENCE}
READERS = {"auditors": DATA}
PEOPLE = {
    "ann": frozenset({"data-engineers"}),
    "sam": frozenset({"scientists"}),
    "eve": frozenset({"auditors"}),
    "admin": frozenset({"data-engineers", "scientists"}),
    "nobody": frozenset({"system:masters"}),
}
SPEC: Mapping[str, Any] = {
    "type": "Python",
    "sparkVersion": "4.1.2",
    "mainApplicationFile": "s3a://artifacts/data-dev/orders.py",
    "arguments": ["--day", "{{ interval.key }}"],
    "driver": {"cores": 1, "memory": "1g"},
    "executor": {"instances": 2, "cores": 1, "memory": "2g"},
}
FAILURE = Failure(
    code="DATA_ERROR",
    sentence="Bad value: [CAST_INVALID_INPUT] 'n/a' can not be cast to INT",
    confidence="certain",
    evidence=(
        Quote(source="error", text="[CAST_INVALID_INPUT] The value 'n/a' of the type STRING", about=""),
    ),
    advice="Clean the value, or use try_cast.",
    retry="never",
    frame=Frame(file="orders.py", line=41, function="totals"),
    fingerprint="f1f2f3f4f5f6a7b8",
    rules=1,
)


def run(
    day: int = 20,
    phase: Phase = Phase.SUCCEEDED,
    *,
    n: int = 1,
    job: str = "orders",
    namespace: str = DATA,
    **more: Any,
) -> Run:
    """A run of a day in November."""
    start = datetime(2026, 11, day, tzinfo=UTC)
    claimed = start + timedelta(days=1, minutes=n)
    over = phase in ENDED
    series = Series(namespace=namespace, job=job, interval=f"{start:%Y-%m-%d}")
    application = RunId(series=series, n=n).application
    given: dict[str, Any] = {
        "claimed": claimed,
        "key": "schedule" if n == 1 else f"request:{n}",
        "cause": Cause.SCHEDULE if n == 1 else Cause.MANUAL,
        "revision": "a1b2c3d4e5",
        "commit": "0123456789abcdef0123456789abcdef01234567",
        "path": f"{job}.yaml",
        "owner": "orders-team" if namespace == DATA else "models-team",
        "created": claimed + timedelta(seconds=2),
        "submitted": claimed + timedelta(seconds=5),
        "started": claimed + timedelta(seconds=9),
        "ended": claimed + timedelta(minutes=4) if over else None,
        "driver": f"{application}-driver",
        "node": "node-1",
        "spark": f"spark-{application}",
        "executors": 2,
        "failure": FAILURE if phase is Phase.FAILED else None,
        "cost": Cost(core_hours=0.2, gib_hours=0.5, dollars=Decimal("0.0123"), emr_dollars=Decimal("0.0151"))
        if over
        else None,
    }
    return Run(
        namespace=namespace,
        job=job,
        interval=series.interval,
        n=n,
        application=application,
        start=start,
        end=start + timedelta(days=1),
        phase=phase,
        **{**given, **more},
    )


def known(job: str = "orders", namespace: str = DATA, **more: Any) -> Known:
    """A job on a daily schedule."""
    return Known(
        **{
            "namespace": namespace,
            "name": job,
            "path": f"{job}.yaml",
            "line": 1,
            "revision": "a1b2c3d4e5",
            "commit": "0123456789abcdef0123456789abcdef01234567",
            "spec": dict(SPEC),
            "schedule": "@daily",
            "since": datetime(2026, 11, 1, tzinfo=UTC),
            "settings": {
                "owner": "orders-team",
                "checks": [{"name": "there", "output": "s3a://data/orders", "sql": "id > 0"}],
            },
            **more,
        }
    )


@dataclass
class World:
    """All that the pages read, and what they wrote.

    Args:
        runs: in the index.
        jobs: in Git.
        faults: of files in Git.
        path: where the pages are below their address.
    """

    runs: Sequence[Run] = ()
    jobs: Sequence[Known] = ()
    faults: Sequence[Fault] = ()
    path: str = ""
    api: MemoryApi = field(default_factory=lambda: MemoryApi(MEMBERS, READERS))
    s3: MemoryS3 = field(default_factory=MemoryS3)
    now: datetime = NOW

    def __post_init__(self) -> None:
        self.bucket = Bucket(self.s3, "records")
        self.ledger = Ledger(self.s3, "records", clock=lambda: self.now)
        self.requests = Requests(self.bucket)
        self.sources = Sources(
            door=Door(password=PASSWORD, groups=frozenset({*MEMBERS, *READERS}), members=PEOPLE),
            cluster=Cluster(self.api.client()),
            index=lambda namespaces: MemoryIndex(self.runs, namespaces),
            store=self.bucket,
            ledger=self.ledger,
            requests=self.requests,
            namespaces=(DATA, SCIENCE),
            secret=b"of the forms",
            live_key=b"of the passes",
            links=Links(history="/spark-history", repository="https://git.example/jobs/blob/{commit}/{path}"),
            path=self.path,
            clock=lambda: self.now,
        )
        self._records()
        self._state()
        self.app = create(self.sources)

    def _records(self) -> None:
        for each in sorted(self.runs, key=lambda run: run.n):
            self.ledger.claim(
                Wanted(
                    series=each.run.series,
                    manifest={
                        "apiVersion": "sparkoperator.k8s.io/v1beta2",
                        "kind": "SparkApplication",
                        "spec": dict(SPEC),
                    },
                    **{
                        name: getattr(each, name)
                        for name in OF_RECORD
                        if name not in ("namespace", "job", "interval", "n", "application", "claimed")
                    },
                )
            )

    def _state(self) -> None:
        state = State(
            url="ssh://git@git.example/jobs.git",
            branch="main",
            folder="jobs",
            head="0123456789abcdef0123456789abcdef01234567",
            fetched=NOW - timedelta(minutes=2),
            files=len(self.jobs) + len(self.faults),
            faults=tuple(self.faults),
            jobs=tuple(self.jobs),
        )
        self.s3.objects[STATE] = state.model_dump_json().encode()

    def client(self, name: str | None = "ann") -> TestClient:
        """A browser of somebody who has signed in; None for somebody who comes past the login."""
        found = TestClient(self.app, base_url="http://pages.test", follow_redirects=False)
        if name is not None:
            found.headers["Authorization"] = basic(name, PASSWORD)
        return found

    def asked(self) -> list[Request]:
        """What the worker is asked for, in no order."""
        return [request for _, request in self.requests.all() if request]

    def keep_log(self, of: Run, text: str) -> None:
        self.ledger.add(of.run, "driver.log.gz", gzip.compress(text.encode()), media_type="application/gzip")

    def keep(self, of: Run, name: str, content: Any) -> None:
        self.ledger.add(of.run, name, json.dumps(content).encode())


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def groups_header(*groups: str) -> str:
    """Groups as the login tells them: oauth2-proxy, by the settings that it has here."""
    return ",".join(basic(group, "-") for group in groups)


def busy() -> World:
    """A world with something on every screen."""
    red = Checks(passed=1, failed=1, first="there: no file")
    runs = [
        *(run(day) for day in range(5, 17)),
        run(17, Phase.FAILED),
        run(18, Phase.FAILED),
        run(19, Phase.SUCCEEDED, checks=red),
        run(19, Phase.SUCCEEDED, n=2),
        run(20, Phase.RUNNING),
        run(
            20,
            Phase.QUEUED,
            job="clicks",
            reason="no node yet: 0/3 nodes are available",
            started=None,
            driver="",
        ),
        run(20, Phase.SUCCEEDED, job="train", namespace=SCIENCE),
        run(19, Phase.FAILED, job="train", namespace=SCIENCE),
    ]
    jobs = [known(), known("clicks"), known("train", SCIENCE)]
    fault = Fault(
        path="bad.yaml", line=7, key="spec.driver.memory", message="must be a size such as 2g, not 2 GB"
    )
    return World(runs=runs, jobs=jobs, faults=[fault])

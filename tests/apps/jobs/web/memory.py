# ruff: noqa: N803 - names of boto3's arguments
"""Index, bucket and API server in memory: what pages are tried with where no server runs.

They refuse what the real ones do: the index shows nothing of namespaces that its reader was not made for
(`index.reading`), the bucket writes under conditions alone (`ledger.bucket`), and the API server lets the
pages impersonate one user and the tenants' groups, and nobody else (RBAC's verb `impersonate`).
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Any

import httpx2
from botocore.exceptions import ClientError

from apps.jobs.index.answers import By, Cell, Count, Failures, JobSummary, Page
from apps.jobs.index.filters import Filters
from apps.jobs.index.paging import Asked
from apps.jobs.ledger.identity import RunId, Series
from apps.jobs.runs.phase import Phase
from apps.jobs.runs.run import Run
from apps.jobs.web.cluster import VIEWER

ALL = Filters()
LOST = (Phase.FAILED, Phase.LOST)
SERVICE_TOKEN = "Bearer of-the-pages"


class MemoryS3:
    """As much of boto3's client as the ledger asks for, over a dictionary."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:
        if Key not in self.objects:
            raise _refused("NoSuchKey")
        return {"Body": io.BytesIO(self.objects[Key]), "ETag": _mark(self.objects[Key])}

    def put_object(
        self,
        *,
        Bucket: str,
        Key: str,
        Body: bytes,
        ContentType: str,
        IfNoneMatch: str = "",
        IfMatch: str = "",
    ) -> dict[str, Any]:
        there = self.objects.get(Key)
        if (IfNoneMatch and there is not None) or (IfMatch and (there is None or _mark(there) != IfMatch)):
            raise _refused("PreconditionFailed")
        self.objects[Key] = Body
        return {"ETag": _mark(Body)}

    def delete_object(self, *, Bucket: str, Key: str) -> None:
        self.objects.pop(Key, None)

    def get_paginator(self, operation: str) -> MemoryS3:
        assert operation == "list_objects_v2"
        return self

    def paginate(self, *, Bucket: str, Prefix: str) -> Iterator[dict[str, Any]]:
        yield {"Contents": [{"Key": key} for key in sorted(self.objects) if key.startswith(Prefix)]}


def _mark(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def _refused(code: str) -> ClientError:
    return ClientError(  # type: ignore[no-untyped-call]
        {"Error": {"Code": code, "Message": code}}, "any"
    )


@dataclass
class MemoryIndex:
    """`index.reading.Reader`, over a list."""

    runs: Sequence[Run]
    namespaces: Set[str]

    def _of(self, filters: Filters) -> list[Run]:
        return [run for run in self.runs if run.namespace in self.namespaces and _fits(run, filters)]

    def page(self, asked: Asked, filters: Filters = ALL) -> Page:
        found = sorted(self._of(filters), key=lambda run: (run.claimed, run.interval, run.n), reverse=True)
        begin = 0
        if asked.after:
            last = json.loads(base64.urlsafe_b64decode(asked.after + "=="))["identity"]
            begin = [_identity(run) for run in found].index(tuple(last)) + 1
        here = found[begin : begin + asked.size]
        if begin + asked.size >= len(found):
            return Page(runs=tuple(here), next="")
        names = ("namespace", "job", "interval", "n")
        last_one = dict(zip(names, _identity(here[-1]), strict=True))
        return Page(runs=tuple(here), next=asked.next(last_one, here[-1].claimed))

    def series(self, series: Series) -> tuple[Run, ...]:
        found = [
            run
            for run in self._of(ALL)
            if (run.namespace, run.job, run.interval) == (series.namespace, series.job, series.interval)
        ]
        return tuple(sorted(found, key=lambda run: run.n))

    def run(self, run: RunId) -> Run | None:
        return next((each for each in self.series(run.series) if each.n == run.n), None)

    def of_application(self, namespace: str, application: str) -> tuple[Run, ...]:
        return tuple(
            run for run in self._of(ALL) if (run.namespace, run.application) == (namespace, application)
        )

    def counts(self, by: By, filters: Filters = ALL) -> tuple[Count, ...]:
        groups: dict[str, list[Run]] = {}
        for run in self._of(filters):
            value = run.failure.code if by is By.CODE and run.failure else ""
            if by is not By.CODE:
                value = f"{run.namespace}/{run.job}" if by is By.JOB else str(getattr(run, by.value))
            groups.setdefault(value, []).append(run)
        return tuple(
            sorted(
                (
                    Count(
                        value=value,
                        runs=len(group),
                        priced=sum(1 for run in group if run.cost and run.cost.dollars is not None),
                        dollars=_dollars(group),
                        core_hours=None,
                        emr_dollars=_emr_dollars(group),
                        wasted=_dollars([run for run in group if run.phase in LOST]),
                    )
                    for value, group in groups.items()
                ),
                key=lambda count: (-count.runs, count.value),
            )
        )

    def failures(self, filters: Filters = ALL, *, most: int = 50) -> tuple[Failures, ...]:
        runs = sorted(self._of(filters), key=lambda run: run.claimed)
        marks = Counter(run.failure.fingerprint for run in runs if run.failure and run.failure.fingerprint)
        found = []
        for mark, times in marks.most_common(most):
            alike = [run for run in runs if run.failure and run.failure.fingerprint == mark]
            jobs = len({(run.namespace, run.job) for run in alike})
            found.append(Failures(fingerprint=mark, times=times, jobs=jobs, first=alike[0], last=alike[-1]))
        return tuple(found)

    def grid(self, start: datetime, end: datetime, filters: Filters = ALL) -> tuple[Cell, ...]:
        latest: dict[tuple[str, str, str], list[Run]] = {}
        for run in sorted(self._of(filters), key=lambda run: run.n):
            if run.start and start <= run.start < end:
                latest.setdefault((run.namespace, run.job, run.interval), []).append(run)
        return tuple(_cell(runs) for runs in latest.values())

    def jobs(self, since: datetime, filters: Filters = ALL) -> tuple[JobSummary, ...]:
        groups: dict[tuple[str, str], list[Run]] = {}
        for run in sorted(self._of(filters), key=lambda run: run.claimed):
            groups.setdefault((run.namespace, run.job), []).append(run)
        found = []
        for (namespace, job), runs in sorted(groups.items()):
            lately = [run for run in runs if run.claimed >= since]
            lengths = [
                run.ended - run.started
                for run in lately
                if run.ended and run.started and run.phase is Phase.SUCCEEDED
            ]
            seconds = [each.total_seconds() for each in lengths]
            found.append(
                JobSummary(
                    namespace=namespace,
                    job=job,
                    last=runs[-1],
                    runs=len(lately),
                    succeeded=sum(run.phase is Phase.SUCCEEDED for run in lately),
                    failed=sum(run.phase is Phase.FAILED for run in lately),
                    median=timedelta(seconds=median(seconds)) if seconds else None,
                    slow=max(lengths, default=None),
                    priced=sum(1 for run in lately if run.cost and run.cost.dollars is not None),
                    dollars=_dollars(lately),
                    emr_dollars=_emr_dollars(lately),
                    wasted=_dollars([run for run in lately if run.phase in LOST]),
                )
            )
        return tuple(found)


def _identity(run: Run) -> tuple[str, str, str, int]:
    return run.namespace, run.job, run.interval, run.n


def _dollars(runs: Sequence[Run]) -> Decimal | None:
    known = [run.cost.dollars for run in runs if run.cost and run.cost.dollars is not None]
    return sum(known, Decimal(0)) if known else None


def _emr_dollars(runs: Sequence[Run]) -> Decimal | None:
    known = [run.cost.emr_dollars for run in runs if run.cost and run.cost.emr_dollars is not None]
    return sum(known, Decimal(0)) if known else None


def _fits(run: Run, filters: Filters) -> bool:
    code = run.failure.code if run.failure else ""
    shown = f"{run.namespace} {run.job} {run.interval} {run.owner} {run.commit} {code}".lower()
    sets = (
        (filters.namespaces, run.namespace),
        (filters.jobs, run.job),
        (filters.intervals, run.interval),
        (filters.phases, run.phase),
        (filters.codes, code),
        (filters.causes, run.cause),
        (filters.owners, run.owner),
    )
    return (
        all(not wanted or value in wanted for wanted, value in sets)
        and run.commit.startswith(filters.commit)
        and (not filters.key or run.key == filters.key)
        and (not filters.fingerprint or bool(run.failure and run.failure.fingerprint == filters.fingerprint))
        and all(word in shown for word in filters.text.lower().split())
        and (filters.since is None or run.claimed >= filters.since)
        and (filters.until is None or run.claimed < filters.until)
    )


def _cell(runs: Sequence[Run]) -> Cell:
    last = runs[-1]
    assert last.start
    assert last.end
    return Cell(
        namespace=last.namespace,
        job=last.job,
        interval=last.interval,
        start=last.start,
        end=last.end,
        n=last.n,
        runs=len(runs),
        phase=last.phase,
        code=last.failure.code if last.failure else "",
        revision=last.revision,
        checks_passed=last.checks.passed if last.checks else None,
        checks_warned=last.checks.warned if last.checks else None,
        checks_failed=last.checks.failed if last.checks else None,
    )


@dataclass
class MemoryApi:
    """The API server, as its RBAC lets the pages act.

    Args:
        members: namespaces by the group that may do all to the jobs there.
        readers: namespaces by the group that may only look.
        objects: what is there, by path.
        refused: paths that nobody may read.
        withheld: verbs that nobody may.
        asked: method, path, user and groups of all requests that were let through.
    """

    members: Mapping[str, str]
    readers: Mapping[str, str] = field(default_factory=dict)
    objects: dict[str, Any] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    withheld: set[str] = field(default_factory=set)
    asked: list[tuple[str, str, str, tuple[str, ...]]] = field(default_factory=list)

    def client(self) -> httpx2.Client:
        return httpx2.Client(
            transport=httpx2.MockTransport(self._answer),
            base_url="https://api.test",
            headers={"Authorization": SERVICE_TOKEN},
        )

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        user = request.headers.get("impersonate-user", "")
        groups = tuple(
            value.decode() for name, value in request.headers.raw if name.lower() == b"impersonate-group"
        )
        if user != VIEWER or not set(groups) <= {*self.members, *self.readers}:
            return _status(403, f'users "{user}" is forbidden: cannot impersonate resource')
        path = request.url.path
        self.asked.append((request.method, path, user, groups))
        if path.endswith("/selfsubjectaccessreviews"):
            wanted = json.loads(request.content)["spec"]["resourceAttributes"]
            return httpx2.Response(
                201, json={"status": {"allowed": self._may(groups, wanted["verb"], wanted["namespace"])}}
            )
        namespace = path.split("/namespaces/")[1].split("/")[0]
        verb = {"GET": "get", "DELETE": "delete"}[request.method]
        if path in self.refused or not self._may(groups, verb, namespace):
            return _status(403, f"{path} is forbidden")
        found = self.objects.get(path)
        if found is None:
            return _status(404, "not found")
        return (
            httpx2.Response(200, text=found) if isinstance(found, str) else httpx2.Response(200, json=found)
        )

    def _may(self, groups: Sequence[str], verb: str, namespace: str) -> bool:
        if verb in self.withheld:
            return False
        if any(self.members.get(group) == namespace for group in groups):
            return True
        return verb == "get" and any(self.readers.get(group) == namespace for group in groups)


def _status(code: int, message: str) -> httpx2.Response:
    return httpx2.Response(code, json={"kind": "Status", "code": code, "message": message})

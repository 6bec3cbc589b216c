"""The parts of the jobs keep their records with the roles that a stack on AWS gives to them."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.fs as pafs
import pyarrow.parquet as pq
import pytest
from botocore.exceptions import ClientError

from apps.jobs.checks import kept as kept_checks
from apps.jobs.checks.parquet import measure
from apps.jobs.ledger.audit import Action, latest, note
from apps.jobs.ledger.bucket import Bucket
from apps.jobs.ledger.identity import Series
from apps.jobs.ledger.record import Cause, Wanted
from apps.jobs.ledger.requests import Requests, SyncRequest
from apps.jobs.ledger.store import ConflictError, Ledger
from apps.jobs.ledger.under_way import UnderWay
from apps.jobs.sync.known import STATE
from apps.jobs.worker.event_logs import StoredEventLogs
from tests.store.conftest import judge
from tests.store.gateway import key_of
from tests.store.judge.proxy import Judge
from tests.store.judge.roles import ACCOUNT, BUCKETS

__all__ = ["judge"]

pytestmark = pytest.mark.store

WORKER, WEB = "jobs-worker", "jobs-web"
NOW = datetime(2026, 11, 21, 5, tzinfo=UTC)
FORBIDDEN = 403


@pytest.fixture(autouse=True)
def everything_was_judged(judge: Judge) -> Iterator[None]:
    yield
    assert judge.not_judged == [], "a request that no rule speaks of proves nothing"


def wanted(job: str) -> Wanted:
    start = datetime(2026, 11, 20, tzinfo=UTC)
    return Wanted(
        series=Series(namespace="data-prod", job=job, interval="2026-11-20"),
        key="schedule",
        cause=Cause.SCHEDULE,
        start=start,
        end=start + timedelta(days=1),
        manifest={"kind": "SparkApplication", "metadata": {}, "spec": {"type": "Python"}},
    )


def ledger(judge: Judge, role: str) -> Ledger:
    return Ledger(judge.client(role), BUCKETS.artifacts, clock=lambda: NOW)


def bucket(judge: Judge, role: str) -> Bucket:
    return Bucket(judge.client(role), BUCKETS.artifacts)


def refused(attempt: Callable[[], Any]) -> bool:
    """Whether S3 forbids it."""
    try:
        attempt()
    except ClientError as error:
        return int(error.response["ResponseMetadata"]["HTTPStatusCode"]) == FORBIDDEN
    return False


def test_the_worker_claims_a_run_once_and_keeps_what_becomes_of_it(judge: Judge) -> None:
    kept = ledger(judge, WORKER)
    claim, again = kept.claim(wanted("claimed")), kept.claim(wanted("claimed"))
    assert (claim.mine, again.mine, again.record) == (True, False, claim.record)
    run = claim.record.run
    first = kept.set_status(run, {"phase": "running"}, "")
    kept.set_status(run, {"phase": "failed"}, first)
    with pytest.raises(ConflictError):
        kept.set_status(run, {"phase": "succeeded"}, first)
    assert kept.add(run, "evidence/driver.json", b"{}")
    assert not kept.add(run, "evidence/driver.json", b"[]"), "it was there, and stays"
    assert kept.status(run)[0] == {"phase": "failed"}
    assert [each.record.job for each in ledger(judge, WEB).runs(run.series)] == ["claimed"]


def test_a_record_is_taken_away_by_nobody(judge: Judge) -> None:
    run = ledger(judge, WORKER).claim(wanted("stays")).record.run
    for role in (WORKER, WEB):
        assert refused(partial(bucket(judge, role).delete, f"{run.prefix}record.json"))
    assert ledger(judge, WEB).read(run) is not None


def test_the_worker_marks_runs_and_takes_requests_away(judge: Judge) -> None:
    series = wanted("marked").series
    marks = UnderWay(bucket(judge, WORKER))
    marks.mark(series, "schedule")
    assert (series, "schedule") in list(marks.all())
    marks.clear(series, "schedule")
    assert (series, "schedule") not in list(marks.all())
    name = Requests(bucket(judge, WEB)).ask(SyncRequest(by="ann"))
    inbox = Requests(bucket(judge, WORKER))
    assert name in dict(inbox.all())
    inbox.done(name)
    assert name not in dict(inbox.all())


def test_the_worker_reads_event_logs_and_writes_none(judge: Judge) -> None:
    key = "spark/data-prod/eventlog_v2_spark-1/events_1_spark-1"
    judge.store.client("admin").put_object(Bucket=BUCKETS.events, Key=key, Body=b'{"Event":"End"}\n')
    events = Bucket(judge.client(WORKER), BUCKETS.events)
    assert list(StoredEventLogs(events, "spark").lines("data-prod", "spark-1")) == ['{"Event":"End"}\n']
    assert list(StoredEventLogs(events, "spark").lines("data-prod", "spark-2")) == []
    has = StoredEventLogs(events, "spark").has
    assert (has("data-prod", "spark-1"), has("data-prod", "spark-2")) == (True, False)
    assert refused(partial(events.create, "spark/data-prod/made-up", b"x"))
    assert refused(partial(events.delete, key))


def test_the_worker_keeps_what_it_knows_of_git_and_the_pages_read_it(judge: Judge) -> None:
    assert bucket(judge, WORKER).replace(STATE, b"{}", "") is not None
    assert bucket(judge, WEB).get(STATE) is not None
    assert refused(partial(bucket(judge, WEB).replace, STATE, b"[]", ""))


def test_the_pages_write_no_run(judge: Judge) -> None:
    assert refused(partial(ledger(judge, WEB).claim, wanted("forged")))
    assert refused(partial(bucket(judge, WEB).create, "jobs/open/data-prod/orders/once/key", b""))


def test_the_pages_check_data_and_keep_what_they_found(judge: Judge) -> None:
    table = io.BytesIO()
    pq.write_table(pa.table({"day": [1, 2, 3]}), table)
    judge.store.client("admin").put_object(
        Bucket=BUCKETS.data, Key="data-prod/orders/day=1/part-0.parquet", Body=table.getvalue()
    )
    store = pafs.S3FileSystem(
        access_key=WEB, secret_key=key_of(WEB), region=ACCOUNT.region, endpoint_override=judge.url
    )
    assert measure(store, f"{BUCKETS.data}/data-prod/orders/day=1", {"day"}).rows == 3
    assert measure(store, f"{BUCKETS.data}/data-prod/orders/day=2").files == 0, "missing is no error"
    kept_checks.add(bucket(judge, WEB), "data-prod", "orders", {})
    assert refused(partial(bucket(judge, WORKER).create, "jobs/checks/data-prod/other.json", b"{}"))
    data = judge.client(WEB)
    assert refused(partial(data.put_object, Bucket=BUCKETS.data, Key="data-prod/orders/x", Body=b"x"))


def test_what_people_and_the_worker_did_is_written_and_taken_away_by_nobody(judge: Judge) -> None:
    for role, who in ((WEB, "ann"), (WORKER, "jobs-worker")):
        note(bucket(judge, role), Action(at=NOW, viewer=who, action="stop", namespace="data-prod"))
    found = latest(bucket(judge, WEB), {"data-prod"}, 10)
    assert {each.viewer for each in found} == {"ann", "jobs-worker"}
    for key in bucket(judge, WEB).keys("jobs/audit/"):
        for role in (WORKER, WEB):
            assert refused(partial(bucket(judge, role).delete, key))

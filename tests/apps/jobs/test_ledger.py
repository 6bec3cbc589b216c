"""Runs are claimed once in the real S3 server, whoever claims them and whatever is lost on the way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from apps.jobs.ledger.bucket import ATTEMPTS
from apps.jobs.ledger.identity import Series
from apps.jobs.ledger.record import Cause, Wanted
from apps.jobs.ledger.store import ConflictError, Ledger, LedgerError
from components.object_store.policies import ADMIN_ACCOUNT
from tests.store.gateway import Gateway

pytestmark = pytest.mark.store

BUCKET = "records"
NOW = datetime(2026, 11, 21, 5, tzinfo=UTC)


@pytest.fixture
def client(gateway: Gateway) -> Any:
    found = gateway.client(ADMIN_ACCOUNT)
    found.create_bucket(Bucket=BUCKET)
    return found


@pytest.fixture
def ledger(client: Any) -> Ledger:
    return Ledger(client, BUCKET, clock=lambda: NOW)


def wanted(
    key: str = "schedule", *, job: str = "orders", day: int = 20, namespace: str = "data-dev"
) -> Wanted:
    start = datetime(2026, 11, day, tzinfo=UTC)
    return Wanted(
        series=Series(namespace=namespace, job=job, interval=f"2026-11-{day:02}"),
        key=key,
        cause=Cause.SCHEDULE if key == "schedule" else Cause.MANUAL,
        start=start,
        end=start + timedelta(days=1),
        manifest={"kind": "SparkApplication", "metadata": {}, "spec": {"type": "Python"}},
    )


def test_of_many_workers_that_want_a_run_one_makes_it_and_all_find_it(ledger: Ledger) -> None:
    with ThreadPoolExecutor(16) as pool:
        claims = list(pool.map(lambda _: ledger.claim(wanted()), range(32)))
    assert [claim.mine for claim in claims].count(True) == 1
    assert {claim.record.n for claim in claims} == {1}
    assert len({claim.record.token for claim in claims}) == 1
    assert len(list(ledger.runs())) == 1


def test_runs_for_different_keys_at_once_get_numbers_without_gaps(ledger: Ledger) -> None:
    keys = [f"request:{number}" for number in range(12)]
    with ThreadPoolExecutor(12) as pool:
        claims = list(pool.map(lambda key: ledger.claim(wanted(key)), keys))
    assert sorted(claim.record.n for claim in claims) == list(range(1, 13))
    assert {claim.record.key for claim in claims} == set(keys)


def test_a_rerun_is_one_more_and_leaves_the_first_as_it_was(ledger: Ledger) -> None:
    first = ledger.claim(wanted()).record
    second = ledger.claim(wanted("request:1")).record
    assert (first.n, second.n) == (1, 2)
    assert ledger.read(first.run) == first
    assert first.application != second.application


def test_a_claim_whose_answer_was_lost_is_known_again_as_ones_own(client: Any) -> None:
    """boto3 asks a second time, which is refused, and the run is claimed all the same."""

    class Lossy:
        """Writes, and then says what a second try of the same request would be told."""

        def __getattr__(self, name: str) -> Any:
            return getattr(client, name)

        def put_object(self, **request: Any) -> Any:
            client.put_object(**request)
            return client.put_object(**request)

    claim = Ledger(Lossy(), BUCKET).claim(wanted())
    assert claim.mine
    assert claim.record.n == 1


def test_a_write_that_meets_another_is_tried_again(client: Any) -> None:
    """AWS answers 409 ConditionalRequestConflict then; versitygw has no such answer."""
    answers = iter(["ConditionalRequestConflict"] * (ATTEMPTS - 1))

    class Busy:
        def __getattr__(self, name: str) -> Any:
            return getattr(client, name)

        def put_object(self, **request: Any) -> Any:
            if code := next(answers, None):
                raise ClientError({"Error": {"Code": code}}, "PutObject")  # type: ignore[no-untyped-call]
            return client.put_object(**request)

    assert Ledger(Busy(), BUCKET).claim(wanted()).mine


def test_a_record_that_shows_a_moment_after_it_refused_another_is_waited_for(
    ledger: Ledger, client: Any
) -> None:
    ledger.claim(wanted())
    hidden = iter(range(3))

    class Late:
        def __getattr__(self, name: str) -> Any:
            return getattr(client, name)

        def get_object(self, **request: Any) -> Any:
            if next(hidden, None) is not None:
                raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")  # type: ignore[no-untyped-call]
            return client.get_object(**request)

    claim = Ledger(Late(), BUCKET).claim(wanted())
    assert not claim.mine
    assert claim.record.n == 1


def test_what_lies_beside_a_record_is_never_overwritten(ledger: Ledger) -> None:
    run = ledger.claim(wanted()).record.run
    assert ledger.add(run, "verdict.json", b'{"code": "DATA_ERROR"}')
    assert not ledger.add(run, "verdict.json", b'{"code": "UNKNOWN"}')
    assert ledger.beside(run, "verdict.json") == b'{"code": "DATA_ERROR"}'
    assert ledger.beside(run, "driver.log.gz") is None


@pytest.mark.parametrize("name", ["record.json", "status.json", "/driver.log", "../000002/record.json"])
def test_nothing_beside_a_record_can_take_its_place(ledger: Ledger, name: str) -> None:
    run = ledger.claim(wanted()).record.run
    with pytest.raises(ValueError, match="can not lie beside a record"):
        ledger.add(run, name, b"")


def test_a_status_is_written_by_whoever_saw_the_last_one(ledger: Ledger) -> None:
    run = ledger.claim(wanted()).record.run
    assert ledger.status(run) == ({}, "")
    seen = ledger.set_status(run, {"state": "QUEUED"}, "")
    ledger.set_status(run, {"state": "RUNNING"}, seen)
    with pytest.raises(ConflictError):
        ledger.set_status(run, {"state": "FAILED"}, seen)
    with pytest.raises(ConflictError):
        ledger.set_status(run, {"state": "FAILED"}, "")
    assert ledger.status(run)[0] == {"state": "RUNNING"}


def filled(ledger: Ledger) -> Iterator[tuple[str, str, int]]:
    for namespace, job, day, key in (
        ("data-dev", "orders", 20, "schedule"),
        ("data-dev", "orders", 20, "request:1"),
        ("data-dev", "orders", 21, "schedule"),
        ("data-dev", "orders-eu", 20, "schedule"),
        ("science-dev", "orders", 20, "schedule"),
    ):
        record = ledger.claim(wanted(key, job=job, day=day, namespace=namespace)).record
        yield namespace, record.interval if job == "orders" else job, record.n


def test_an_index_is_rebuilt_by_listing(ledger: Ledger, client: Any) -> None:
    expected = list(filled(ledger))
    run = ledger.claim(wanted()).record.run
    ledger.set_status(run, {"state": "FAILED"}, "")
    ledger.add(run, "verdict.json", b'{"code": "DATA_ERROR"}')
    ledger.add(run, "evidence/driver.json", b"{}")
    client.put_object(
        Bucket=BUCKET, Key="jobs/runs/data-dev/orders/2026-11-20/000009/driver.log", Body=b"of nobody"
    )
    client.put_object(Bucket=BUCKET, Key="notes.txt", Body=b"of somebody else")
    entries = list(ledger.runs())
    assert len(entries) == len(expected)
    first = next(each for each in entries if each.record.run == run)
    assert first.status == {"state": "FAILED"}
    assert first.verdict == {"code": "DATA_ERROR"}
    assert first.beside == ("evidence/driver.json", "verdict.json")
    assert [each.record.n for each in ledger.runs(wanted().series)] == [1, 2]
    assert {each.record.namespace for each in ledger.runs(namespace="data-dev")} == {"data-dev"}


def test_more_runs_than_fit_on_a_page_are_listed(ledger: Ledger, client: Any) -> None:
    record = ledger.claim(wanted()).record
    for number in range(1001):
        key = f"{record.run.prefix}evidence/{number:04}"
        client.put_object(Bucket=BUCKET, Key=key, Body=b"")
    ledger.claim(wanted(day=21))
    entries = list(ledger.runs())
    assert [len(entry.beside) for entry in entries] == [1001, 0]


def test_a_record_that_this_release_can_not_read_is_named_and_left_alone(ledger: Ledger, client: Any) -> None:
    record = ledger.claim(wanted()).record
    key = f"{record.run.prefix}record.json"
    newer = json.dumps({**json.loads(record.model_dump_json()), "format": 2}).encode()
    client.put_object(Bucket=BUCKET, Key=key, Body=newer)
    with pytest.raises(LedgerError, match=f"{key}.*run the release that wrote it"):
        ledger.claim(wanted())
    assert client.get_object(Bucket=BUCKET, Key=key)["Body"].read() == newer


def test_a_record_that_was_copied_to_another_place_is_refused(ledger: Ledger, client: Any) -> None:
    record = ledger.claim(wanted()).record
    body = record.model_dump_json().encode()
    client.put_object(Bucket=BUCKET, Key="jobs/runs/data-dev/orders/2026-11-20/000002/record.json", Body=body)
    with pytest.raises(LedgerError, match="is the record of"):
        ledger.claim(wanted("request:1"))

"""Backfills are carried on by requests: each interval once, whoever carries and whatever is lost."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from apps.jobs.backfill.carrying import Carrier, states
from apps.jobs.backfill.kept import Backfill, Backfills, Item
from apps.jobs.backfill.plan import Request, State
from apps.jobs.ledger.bucket import Bucket
from apps.jobs.ledger.requests import Requests, RunRequest
from apps.jobs.ledger.store import Ledger
from apps.jobs.runs.phase import Phase
from apps.jobs.runs.run import Run
from tests.apps.jobs.web.memory import MemoryS3

START = datetime(2026, 11, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Platform:
    """The bucket, and a worker that does what it is asked for."""

    def __init__(self, days: int = 10, at_once: int = 3, stop_after: int | None = 3) -> None:
        s3 = MemoryS3()
        self.bucket = Bucket(s3, "records")
        self.ledger = Ledger(s3, "records", clock=lambda: NOW)
        self.inbox = Requests(self.bucket)
        self.backfills = Backfills(self.bucket)
        self.runs: dict[tuple[str, int], Run] = {}
        self.backfill = Backfill(
            id="b1",
            token="t",
            request=Request(
                namespace="data-dev",
                job="orders",
                first=START,
                last=START + timedelta(days=days),
                at_once=at_once,
                stop_after=stop_after,
            ),
            items=tuple(
                Item(
                    key=f"2026-11-{day + 1:02}",
                    start=START + timedelta(days=day),
                    end=START + timedelta(days=day + 1),
                )
                for day in range(days)
            ),
            manifest={"apiVersion": "v", "kind": "SparkApplication", "metadata": {}, "spec": {}},
            requester="ann",
            at=NOW,
        )
        self.backfills.add(self.backfill)

    def carrier(self) -> Carrier:
        def runs(_: Backfill) -> Iterable[Run]:
            return list(self.runs.values())

        return Carrier(self.backfills, self.inbox, runs, {"data-dev"}, lambda: NOW)

    def work(self) -> None:
        for name, request in list(self.inbox.all()):
            assert isinstance(request, RunRequest)
            record = self.ledger.claim(request.wanted).record
            self.runs.setdefault((record.interval, record.n), Run.of(record, {"phase": "running"}))
            self.inbox.done(name)

    def end(self, phase: Phase = Phase.SUCCEEDED, most: int = 100) -> None:
        for place in sorted(self.active)[:most]:
            self.runs[place] = self.runs[place].model_copy(update={"phase": phase})

    @property
    def active(self) -> list[tuple[str, int]]:
        return [place for place, run in self.runs.items() if run.phase is Phase.RUNNING]

    def order(self, **said: Any) -> None:
        self.backfills.order(self.backfill, by="ann", at=NOW, **said)


def test_at_most_so_many_run_and_each_interval_runs_once() -> None:
    platform, most = Platform(), 0
    carrier = platform.carrier()
    for _ in range(20):
        carrier.carry()
        platform.work()
        most = max(most, len(platform.active))
        platform.end(most=1)
    assert most == 3
    assert sorted(platform.runs) == [(f"2026-11-{day:02}", 1) for day in range(1, 11)]
    assert {run.key for run in platform.runs.values()} == {"backfill:b1"}


def test_several_that_carry_and_begin_anew_at_any_time_double_nothing() -> None:
    platform = Platform()
    for _ in range(12):
        for _ in range(2):
            platform.carrier().carry()
        platform.work()
        platform.carrier().carry()
        assert len(platform.active) <= 3
        platform.end(most=2)
        platform.work()
    assert sorted(platform.runs) == [(f"2026-11-{day:02}", 1) for day in range(1, 11)]


def test_what_is_asked_for_and_not_done_yet_takes_a_place() -> None:
    platform = Platform()
    carrier = platform.carrier()
    for _ in range(5):
        carrier.carry()
    assert len(list(platform.inbox.all())) == 3


def test_after_a_stop_nothing_is_asked_for_until_it_goes_on() -> None:
    platform = Platform()
    carrier = platform.carrier()
    carrier.carry()
    platform.work()
    platform.order(stop=True, forgiven=0)
    platform.end()
    for _ in range(3):
        carrier.carry()
    assert list(platform.inbox.all()) == []
    platform.order(stop=False, forgiven=0)
    carrier.carry()
    assert len(list(platform.inbox.all())) == 3


def test_after_so_many_failures_nothing_is_asked_for() -> None:
    platform = Platform(at_once=1, stop_after=2)
    carrier = platform.carrier()
    for _ in range(6):
        carrier.carry()
        platform.work()
        platform.end(Phase.FAILED)
    assert len(platform.runs) == 2


def test_a_retry_that_went_well_makes_an_interval_green() -> None:
    platform = Platform(at_once=1)
    platform.carrier().carry()
    platform.work()
    platform.end(Phase.FAILED)
    failed = next(iter(platform.runs.values()))
    again = failed.model_copy(update={"n": 2, "key": "retry:1", "phase": Phase.SUCCEEDED})
    other = failed.model_copy(update={"interval": "2026-11-09", "key": "schedule"})
    assert states([again, failed, other], "backfill:b1") == {failed.interval: State.GREEN}

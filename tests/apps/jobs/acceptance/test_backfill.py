"""A month is run again: as it was shown, so many at once, stopped and gone on with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from apps.jobs.backfill.carrying import Carrier
from apps.jobs.backfill.kept import Backfill, Backfills, kept
from apps.jobs.backfill.overrides import Overrides, applied
from apps.jobs.backfill.plan import Past, Plan, Request, State, plan
from apps.jobs.definitions.checking import GROUP, ONCE_KIND
from apps.jobs.index.rebuilding import runs_of
from apps.jobs.ledger.bucket import Bucket
from apps.jobs.runs.phase import ACTIVE
from apps.jobs.runs.run import Run
from apps.jobs.sync.known import Known
from tests.apps.jobs.worlds import NAMESPACE, Worker, World, daily, ran

pytestmark = [pytest.mark.apiserver, pytest.mark.store]

FIRST = datetime(2026, 10, 20, tzinfo=UTC)
LAST = FIRST + timedelta(days=30)
THERE = ("2026-10-22", "2026-11-01", "2026-11-18")


def _planned(known: Known, past: dict[str, Past], now: datetime) -> tuple[Plan, Backfill]:
    request = Request(
        namespace=NAMESPACE,
        job="nightly",
        first=FIRST,
        last=LAST,
        at_once=3,
        overrides=Overrides(executors=5),
    )
    shown = plan(request, known.definition, past, now)
    manifest = {
        "apiVersion": GROUP,
        "kind": ONCE_KIND,
        "metadata": {},
        "spec": {**applied(known.spec, request.overrides), "restartPolicy": {"type": "Never"}},
    }
    return shown, kept(shown, manifest=manifest, requester="ada", at=now, revision=known.revision)


def _of(world: World, backfill: Backfill) -> list[Run]:
    return [run for run in runs_of(world.ledger) if run.key == backfill.run_key]


class Played:
    """Carrier, worker and a cluster in which one run after another goes well."""

    def __init__(self, world: World, worker: Worker) -> None:
        self.world, self.worker = world, worker
        self.backfills = Backfills(Bucket(world.store, world.bucket))
        self.most = 0

    def round(self, backfill: Backfill) -> None:
        """One round of all of them."""
        world = self.world
        carrier = Carrier(
            self.backfills, world.requests, lambda each: _of(world, each), {NAMESPACE}, lambda: world.clock
        )
        carrier.carry()
        self.worker.go()
        active = [run for run in _of(world, backfill) if run.phase in ACTIVE]
        self.most = max(self.most, len(active))
        if active:
            world.driver(active[0].application, ran(0))
            world.operator_says(active[0].application, "COMPLETED")
            self.worker.go()

    def done(self, backfill: Backfill) -> int:
        """Runs that have ended."""
        return sum(run.is_over for run in _of(self.world, backfill))


def test_15_thirty_days_at_most_three_at_once_stopped_and_gone_on_with(world: World) -> None:
    world.folder.put(nightly=daily("nightly", arguments="'{{ interval.key }}'"))
    worker = world.worker()
    worker.go()
    (known,) = worker.following.state.jobs
    past = dict.fromkeys(THERE, Past(state=State.GREEN, revision=known.revision))
    shown, backfill = _planned(known, past, world.clock)
    assert (len(shown.run), [each.key for each in shown.skipped]) == (27, list(THERE))
    assert not shown.refused

    played = Played(world, worker)
    played.backfills.add(backfill)
    while played.done(backfill) < 10:
        played.round(backfill)
    played.backfills.order(backfill, stop=True, forgiven=0, by="ada", at=world.clock)
    for _ in range(5):
        played.round(backfill)
    begun = len(_of(world, backfill))
    assert begun < 14, "after a stop nothing more is started, and what runs may end"
    assert played.done(backfill) == begun

    played.backfills.order(backfill, stop=False, forgiven=0, by="ada", at=world.clock)
    for _ in range(60):
        played.round(backfill)
        if played.done(backfill) == 27:
            break
    runs = _of(world, backfill)
    assert sorted(run.interval for run in runs) == sorted(each.key for each in shown.run)
    assert {run.phase.value for run in runs} == {"succeeded"}
    assert played.most == 3
    assert set(world.made.values()) == {1}
    executors = {each["spec"]["executor"]["instances"] for each in world.live().applications.values()}
    assert executors == {5}, "what was changed for the backfill is in its runs"

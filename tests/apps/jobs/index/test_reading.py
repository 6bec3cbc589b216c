"""Every question is answered from what its asker may see, in the order and the part that was asked for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Engine, event

from apps.jobs.index.answers import By
from apps.jobs.index.filters import Filters
from apps.jobs.index.paging import Asked, Order, PageError
from apps.jobs.index.reading import ALL, Reader
from apps.jobs.index.writing import write
from apps.jobs.ledger.record import Cause
from apps.jobs.runs.outcome import Checks, Cost
from apps.jobs.runs.phase import Phase
from apps.jobs.runs.run import Run
from tests.apps.jobs.index.samples import DAY, HOUR, NOW, a_run, failed, many

pytestmark = pytest.mark.store

MINE = frozenset({"data-dev"})
NOT_MINE = "science-dev"
MINUTE = timedelta(minutes=1)


def names(runs: Iterable[Run]) -> list[tuple[str, str, int]]:
    return [(run.job, run.interval, run.n) for run in runs]


def all_of(reader: Reader, size: int, filters: Filters = ALL, **asked: Any) -> list[Run]:
    """A whole list, page by page."""
    found: list[Run] = []
    after = ""
    while True:
        page = reader.page(Asked(size=size, after=after, now=NOW, **asked), filters)
        assert len(page.runs) <= size
        found += page.runs
        after = page.next
        if not after:
            return found
        assert len(page.runs) == size, "a page that others follow is full"


# Who may see what


def test_nothing_of_another_namespace_is_in_any_answer(index: Engine) -> None:
    """Asked in every way that there is, by name as well; those who may see it do."""
    theirs = a_run(namespace=NOT_MINE, cost=Cost(dollars=Decimal(7)), **failed())
    write(index, [theirs])
    theirs = Reader(index, {NOT_MINE}).page(Asked(now=NOW)).runs[0]
    for filters in (
        Filters(),
        Filters(namespaces={NOT_MINE}),
        Filters(fingerprint="f1"),
        Filters(text="orders"),
    ):
        for namespaces, found in ((MINE, 0), (frozenset[str](), 0), (frozenset({NOT_MINE}), 1)):
            reader = Reader(index, namespaces)
            answers: dict[str, Iterable[Any]] = {
                "page": reader.page(Asked(now=NOW), filters).runs,
                "run": [run for run in [reader.run(theirs.run)] if run],
                "series": reader.series(theirs.run.series),
                "of_application": reader.of_application(NOT_MINE, theirs.application),
                "counts": reader.counts(By.PHASE, filters),
                "failures": reader.failures(filters),
                "grid": reader.grid(NOW - 30 * DAY, NOW, filters),
                "jobs": reader.jobs(NOW - 30 * DAY, filters),
            }
            questions = {name for name in vars(Reader) if not name.startswith("_")}
            assert set(answers) == questions, "a new question is asked here as well"
            assert {name: len(list(answer)) for name, answer in answers.items()} == dict.fromkeys(
                answers, found
            )


def test_first_and_last_of_equal_failures_are_ones_that_the_viewer_may_see(index: Engine) -> None:
    write(index, [a_run(namespace=NOT_MINE, day=day, **failed()) for day in (1, 19)])
    write(index, [a_run(day=day, **failed()) for day in (10, 11)])
    (found,) = Reader(index, MINE).failures()
    assert (found.times, found.jobs) == (2, 1)
    assert (found.first.interval, found.last.interval) == ("2026-11-10", "2026-11-11")


def test_the_last_run_of_an_interval_is_one_that_the_viewer_may_see(index: Engine) -> None:
    write(index, [a_run(), a_run(n=2, namespace=NOT_MINE, **failed())])
    (cell,) = Reader(index, MINE).grid(NOW - 30 * DAY, NOW)
    assert (cell.n, cell.runs, cell.phase) == (1, 1, Phase.SUCCEEDED)


# Pages


@pytest.mark.parametrize("down", [True, False])
@pytest.mark.parametrize("order", list(Order))
def test_pages_are_the_list_cut_in_parts_in_every_order(index: Engine, order: Order, down: bool) -> None:
    runs = [*many(60), a_run(started=None, ended=None, phase=Phase.QUEUED), a_run(job="b", ended=None)]
    write(index, runs)
    reader = Reader(index, {"data-dev", NOT_MINE})

    def value(run: Run) -> Any:
        return {
            Order.CLAIMED: run.claimed,
            Order.ENDED: run.ended,
            Order.JOB: run.job,
            Order.PHASE: run.phase,
            Order.OWNER: run.owner,
            Order.WAITED: max((run.started or run.ended or NOW) - run.claimed, timedelta()),
            Order.RAN: run.ran(NOW),
            Order.DOLLARS: run.cost and run.cost.dollars,
        }[order]

    known = sorted((run for run in runs if value(run) is not None), key=lambda run: (value(run), run.run))
    unknown = sorted((run for run in runs if value(run) is None), key=lambda run: run.run)
    expected = [*reversed(known), *reversed(unknown)] if down else [*known, *unknown]
    for size in (1, 7, len(runs)):
        assert all_of(reader, size, order=order, descending=down) == expected


def test_a_run_that_comes_between_two_pages_moves_none_of_the_others(index: Engine) -> None:
    write(index, [a_run(day=day) for day in range(1, 5)])
    reader = Reader(index, MINE)
    first = reader.page(Asked(size=2, now=NOW))
    write(index, [a_run(day=9)])
    second = reader.page(Asked(size=2, now=NOW, after=first.next))
    assert [run.interval for run in (*first.runs, *second.runs)] == [
        f"2026-11-0{day}" for day in (4, 3, 2, 1)
    ]
    assert not second.next


def test_what_goes_on_is_as_long_on_all_pages_as_on_the_first(index: Engine) -> None:
    write(index, [a_run(job=f"job-{each}", started=NOW - each * HOUR, ended=None) for each in range(1, 5)])
    write(index, [a_run(job="done", started=NOW - 9 * HOUR, ended=NOW - 6 * HOUR)])
    reader = Reader(index, MINE)
    first = reader.page(Asked(size=2, order=Order.RAN, now=NOW))
    later = reader.page(Asked(size=9, order=Order.RAN, now=NOW + 5 * HOUR, after=first.next))
    assert [run.job for run in (*first.runs, *later.runs)] == ["job-4", "job-3", "done", "job-2", "job-1"]


@pytest.mark.parametrize("size", [0, 1001])
def test_a_size_out_of_bounds_is_refused(size: int) -> None:
    with pytest.raises(PageError, match=f"1 to 1000 runs, not {size}"):
        Asked(size=size, now=NOW)


@pytest.mark.parametrize(
    "after", ["x", "nonsense!", "e30", "eyJvcmRlciI6ICJuYW1lIn0", "\N{SNOWMAN}", "bnVsbA", "////"]
)
def test_a_mark_that_nobody_gave_is_refused(after: str) -> None:
    with pytest.raises(PageError, match="begin with its first page"):
        Asked(after=after, now=NOW)


def test_a_mark_of_another_list_is_refused(index: Engine) -> None:
    write(index, [a_run(day=day) for day in (1, 2)])
    mark = Reader(index, MINE).page(Asked(size=1, now=NOW)).next
    for other in ({"order": Order.JOB}, {"descending": False}):
        with pytest.raises(PageError, match="in another order"):
            Asked(size=1, now=NOW, after=mark, **other)


# Filters

KINDS = {
    "plain": a_run(),
    "science": a_run(namespace=NOT_MINE),
    "payments": a_run(job="payments", owner="team-money", commit="deadbeef"),
    "day": a_run(day=19),
    "denied": a_run(job="denied", **failed("S3_DENIED", fingerprint="f2", sentence="S3 refused 100% of_it")),
    "backfill": a_run(job="past", n=3, cause=Cause.BACKFILL, key="backfill:b1"),
    "running": a_run(job="now", phase=Phase.RUNNING, ended=None),
    "doubtful": a_run(job="doubtful", checks=Checks(passed=1, failed=2)),
    "sound": a_run(job="sound", checks=Checks(passed=3)),
    "late": a_run(job="late", claimed=NOW + DAY),
}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(), set(KINDS)),
        (Filters(namespaces={NOT_MINE}), {"science"}),
        (Filters(jobs={"payments", "denied"}), {"payments", "denied"}),
        (Filters(intervals={"2026-11-19"}), {"day"}),
        (Filters(phases={Phase.RUNNING, Phase.FAILED}), {"running", "denied"}),
        (Filters(codes={"S3_DENIED"}), {"denied"}),
        (Filters(codes={"DATA_ERROR"}), set()),
        (Filters(causes={Cause.BACKFILL}), {"backfill"}),
        (Filters(owners={"team-money"}), {"payments"}),
        (Filters(commit="DeadBe"), {"payments"}),
        (Filters(commit="eadbeef"), set()),
        (Filters(key="backfill:b1"), {"backfill"}),
        (Filters(fingerprint="f2"), {"denied"}),
        (Filters(text="PAYM"), {"payments"}),
        (Filters(text="money  payments"), {"payments"}),
        (Filters(text="money denied"), set()),
        (Filters(text="100%"), {"denied"}),
        (Filters(text="of_it"), {"denied"}),
        (Filters(text="1%0"), set()),
        (Filters(text="s3_denied"), {"denied"}),
        (Filters(since=NOW + HOUR), {"late"}),
        (Filters(until=KINDS["day"].claimed + MINUTE), {"day"}),
        (Filters(until=KINDS["day"].claimed), set()),
        (Filters(checks_failed=True), {"doubtful"}),
        (Filters(checks_failed=False), set(KINDS) - {"doubtful"}),
        (Filters(jobs={"denied"}, phases={Phase.RUNNING}), set()),
    ],
    ids=count(),
)
def test_a_filter_leaves_what_it_names(index: Engine, filters: Filters, expected: set[str]) -> None:
    write(index, KINDS.values())
    found = {run.run for run in Reader(index, {*MINE, NOT_MINE}).page(Asked(now=NOW), filters).runs}
    assert {name for name, run in KINDS.items() if run.run in found} == expected
    assert len(found) == len(expected)


# Sums


def test_runs_are_counted_with_what_they_cost_and_unknown_is_no_zero(index: Engine) -> None:
    write(
        index,
        [
            a_run(cost=Cost(core_hours=2, dollars=Decimal("0.10"))),
            a_run(n=2, cost=Cost(core_hours=1.5, dollars=Decimal("0.05"), emr_dollars=Decimal("0.06"))),
            a_run(n=3),
            a_run(job="payments", **failed("S3_DENIED")),
        ],
    )
    reader = Reader(index, MINE)
    good, bad = reader.counts(By.PHASE)
    assert (good.value, good.runs, good.priced, good.dollars, good.core_hours) == (
        "succeeded",
        3,
        2,
        Decimal("0.15"),
        Decimal("3.5"),
    )
    assert (bad.value, bad.runs, bad.priced, bad.dollars, bad.core_hours) == ("failed", 1, 0, None, None)
    assert (good.emr_dollars, good.wasted) == (Decimal("0.06"), None)
    assert [(each.value, each.runs) for each in reader.counts(By.CODE)] == [("", 3), ("S3_DENIED", 1)]
    assert [(each.value, each.runs) for each in reader.counts(By.JOB, Filters(phases={Phase.FAILED}))] == [
        ("data-dev/payments", 1)
    ]


def test_jobs_of_two_teams_that_are_named_alike_are_two(index: Engine) -> None:
    ours, theirs = (Cost(dollars=Decimal(each)) for each in ("0.10", "0.70"))
    write(index, [a_run(cost=ours), a_run(namespace=NOT_MINE, cost=theirs)])
    found = Reader(index, MINE | {NOT_MINE}).counts(By.JOB)
    name = a_run().job
    assert [(each.value, each.dollars) for each in found] == [
        (f"data-dev/{name}", Decimal("0.10")),
        (f"{NOT_MINE}/{name}", Decimal("0.70")),
    ]


def test_what_failed_and_lost_runs_took_is_summed_up_for_job_and_team(index: Engine) -> None:
    spent = Cost(dollars=Decimal("0.25"), emr_dollars=Decimal("0.30"))
    lost = a_run(n=3, phase=Phase.LOST, cost=spent)
    write(index, [a_run(cost=spent), a_run(n=2, cost=spent, **failed()), lost, a_run(n=4, **failed())])
    (team,) = Reader(index, MINE).counts(By.NAMESPACE)
    assert (team.dollars, team.wasted, team.emr_dollars) == tuple(map(Decimal, ("0.75", "0.50", "0.90")))
    (job,) = Reader(index, MINE).jobs(NOW - 60 * DAY)
    assert (job.dollars, job.wasted, job.emr_dollars) == (team.dollars, team.wasted, team.emr_dollars)


def test_equal_failures_are_one_with_the_first_commit_that_had_it(index: Engine) -> None:
    write(index, [a_run(day=day, commit=f"c{day}", **failed()) for day in (5, 3, 4)])
    write(index, [a_run(job="payments", day=6, commit="c6", **failed(sentence="Bad value, again"))])
    write(index, [a_run(day=7, **failed("S3_DENIED", fingerprint="f2")), a_run(day=8)])
    write(index, [a_run(day=9, **failed("UNKNOWN", fingerprint=""))])
    most, other = Reader(index, MINE).failures()
    assert (most.fingerprint, most.times, most.jobs) == ("f1", 4, 2)
    assert (most.first.commit, most.last.commit) == ("c3", "c6")
    assert most.last.failure
    assert most.last.failure.sentence == "Bad value, again"
    assert (other.fingerprint, other.times, other.first) == ("f2", 1, other.last)
    assert [each.fingerprint for each in Reader(index, MINE).failures(most=1)] == ["f1"]
    assert [each.times for each in Reader(index, MINE).failures(Filters(jobs={"payments"}))] == [1]


def test_the_grid_has_the_last_run_of_each_interval_by_job_and_time(index: Engine) -> None:
    write(
        index,
        [
            a_run(day=10),
            a_run(day=10, n=2, checks=Checks(passed=4, warned=1, failed=2), **failed()),
            a_run(day=11),
            a_run(day=12, job="late", phase=Phase.RUNNING, ended=None),
            a_run(day=13),
            a_run(day=None, job="once"),
        ],
    )
    start = NOW.replace(day=10, hour=0)
    cells = Reader(index, MINE).grid(start, start + 3 * DAY)
    assert [(cell.job, cell.interval, cell.n, cell.runs, cell.phase, cell.code) for cell in cells] == [
        ("late", "2026-11-12", 1, 1, "running", ""),
        ("orders", "2026-11-10", 2, 2, "failed", "DATA_ERROR"),
        ("orders", "2026-11-11", 1, 1, "succeeded", ""),
    ]
    checked = cells[1]
    assert (checked.start, checked.end) == (start, start + DAY)
    assert (checked.checks_passed, checked.checks_warned, checked.checks_failed) == (4, 1, 2)
    assert cells[2].checks_failed is None


def test_a_job_is_summed_up_over_the_time_that_was_asked_for(index: Engine) -> None:
    for day, minutes in ((1, 99), (15, 10), (16, 20), (17, 30)):
        run = a_run(day=day, cost=Cost(dollars=Decimal(1)) if day < 17 else None)
        write(index, [run.model_copy(update={"ended": (run.started or NOW) + minutes * MINUTE})])
    write(
        index,
        [a_run(day=18, **failed()), a_run(day=None, job="once", phase=Phase.PLANNED, claimed=NOW - 60 * DAY)],
    )
    once, orders = Reader(index, MINE).jobs(NOW - 10 * DAY)
    assert (orders.runs, orders.succeeded, orders.failed) == (4, 3, 1)
    assert (orders.median, orders.slow) == (20 * MINUTE, 29 * MINUTE)
    assert (orders.priced, orders.dollars) == (2, Decimal(2))
    assert orders.last.interval == "2026-11-18"
    assert (once.runs, once.median, once.dollars, once.last.phase) == (0, None, None, Phase.PLANNED)


def test_a_run_is_found_by_its_application(index: Engine) -> None:
    """One that came another way may have had the same name before."""
    write(index, [a_run(day=day, application="by-hand") for day in (3, 4)])
    found = Reader(index, MINE).of_application("data-dev", "by-hand")
    assert [run.interval for run in found] == ["2026-11-04", "2026-11-03"]


# What a question may do to the database


def test_a_question_writes_nothing_and_is_ended_when_it_takes_too_long(index: Engine) -> None:
    seen: list[tuple[str, str, str]] = []

    def look(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if "FROM runs" in statement:
            with connection.connection.cursor() as other:
                shown = "SHOW transaction_read_only", "SHOW statement_timeout", "SHOW transaction_isolation"
                seen.append(tuple(other.execute(each).fetchone()[0] for each in shown))

    event.listen(index, "before_cursor_execute", look)
    Reader(index, MINE).page(Asked(now=NOW))
    assert seen == [("on", "10s", "repeatable read")]
    event.remove(index, "before_cursor_execute", look)
    write(index, [a_run()])

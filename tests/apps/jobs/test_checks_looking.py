"""Every interval is looked at where its data lies; a day that goes turns red, the others stay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.fs as pafs
import pyarrow.parquet as pq
import pytest

from apps.jobs.checks.asking import Answer, Count, Question
from apps.jobs.checks.findings import State
from apps.jobs.checks.judging import Checked
from apps.jobs.checks.kept import MOST_INTERVALS, Results, add, read
from apps.jobs.checks.looking import begin, look
from apps.jobs.checks.places import named
from apps.jobs.checks.rounds import AGAIN_AFTER, Rounds
from apps.jobs.definitions.settings import Check
from apps.jobs.ledger.bucket import Bucket
from apps.jobs.schedule.cron import Schedule
from apps.jobs.schedule.intervals import Interval, between
from apps.jobs.sync.known import Known
from tests.apps.jobs.web.memory import MemoryS3

DAILY = Schedule("@daily")
FIRST = datetime(2026, 10, 20, tzinfo=UTC)
DAYS = list(between(DAILY, FIRST, FIRST + timedelta(days=28)))
NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def check(tmp_path: Path) -> Check:
    for day in DAYS:
        write(tmp_path, day, 100)
    output = f"{tmp_path}/orders/day={{{{ interval.key }}}}"
    return Check(name="orders", output=output, notNull=("id",), within="day")


def write(folder: Path, day: Interval, rows: int, ids: Sequence[Any] = ()) -> None:
    place = folder / "orders" / f"day={day.key}"
    place.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"id": list(ids) or list(range(rows))}), place / "part-0.parquet")


def states(check: Check, known: Results | None = None) -> dict[str, Checked]:
    return look(pafs.LocalFileSystem(), DAILY, [check], DAYS, known or Results(), NOW)


def test_a_day_that_is_dropped_cut_or_emptied_turns_red_with_its_number_and_no_other(
    check: Check, tmp_path: Path
) -> None:
    assert {each.state for each in states(check).values()} == {State.PASS}
    (tmp_path / "orders" / f"day={DAYS[-1].key}" / "part-0.parquet").unlink()
    write(tmp_path, DAYS[-2], 40)
    write(tmp_path, DAYS[-3], 100, [None, *range(99)])
    found = states(check)
    red = {key: each.findings[0] for key, each in found.items() if each.state is not State.PASS}
    assert sorted(red) == [DAYS[-3].key, DAYS[-2].key, DAYS[-1].key]
    assert red[DAYS[-1].key].state is State.MISSING
    assert "40 rows, fewer than half of 100, the median of 3 such weekdays" in red[DAYS[-2].key].sentence
    assert "id: 1 nulls of 100 rows" in red[DAYS[-3].key].sentence


def test_a_store_that_refuses_is_red_and_says_so(check: Check) -> None:
    class Refusing:
        def get_file_info(self, _: Any) -> Any:
            raise OSError("AWS Error ACCESS_DENIED")

    found = look(Refusing(), DAILY, [check], DAYS[:1], Results(), NOW)[DAYS[0].key]
    assert found.state is State.FAIL
    assert "can not be read: AWS Error ACCESS_DENIED" in found.findings[0].sentence


def test_what_was_seen_earlier_counts_for_the_median(check: Check, tmp_path: Path) -> None:
    known = Results(intervals=states(check))
    write(tmp_path, DAYS[-1], 10)
    found = look(pafs.LocalFileSystem(), DAILY, [check], DAYS[-1:], known, NOW)[DAYS[-1].key]
    assert found.state is State.FAIL


@pytest.mark.parametrize("schedule", [DAILY, Schedule("@hourly"), Schedule("@daily", "Asia/Tokyo")])
def test_the_begin_of_an_interval_is_read_from_its_key(schedule: Schedule) -> None:
    for each in list(between(schedule, FIRST, FIRST + timedelta(days=2))):
        assert begin(schedule, each.key) == each.start
    assert begin(schedule, "once") is None


def test_results_are_kept_of_the_latest_intervals(check: Check) -> None:
    bucket = Bucket(MemoryS3(), "records")
    one = Checked(at=NOW, state=State.PASS, findings=())
    add(bucket, "data-dev", "orders", {f"{number:05}": one for number in range(MOST_INTERVALS)})
    add(bucket, "data-dev", "orders", {"00000": one, "99999": one})
    kept = read(bucket, "data-dev", "orders").intervals
    assert len(kept) == MOST_INTERVALS
    assert "99999" in kept
    assert "00000" not in kept
    assert read(bucket, "data-dev", "others").intervals == {}


class Asking:
    """A store that has nothing, and notes what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def get_file_info(self, selector: Any) -> list[Any]:
        self.asked.append(selector.base_dir)
        return []


def job(*outputs: str, since: datetime = FIRST) -> Known:
    return Known(
        namespace="data-dev",
        name="orders",
        path="orders.yaml",
        line=1,
        revision="a1b2c3d4e5",
        commit="c",
        spec={},
        schedule="@daily",
        since=since,
        settings={"checks": [{"name": f"c{n}", "output": output} for n, output in enumerate(outputs)]},
    )


def rounds(store: Any, *jobs: Known, green: Mapping[str, datetime] | None = None) -> Bucket:
    bucket = Bucket(MemoryS3(), "records")
    Rounds(bucket, store, ["data"], lambda: jobs, lambda *_: DAYS, lambda *_: green or {}, lambda: NOW).go()
    return bucket


def test_a_round_looks_at_every_interval_since_the_job_is_there() -> None:
    store = Asking()
    bucket = rounds(store, job("s3a://data/data-dev/orders/day={{ interval.key }}", since=DAYS[-4].end))
    assert store.asked == [f"data/data-dev/orders/day={each.key}" for each in DAYS[-3:]]
    found = read(bucket, "data-dev", "orders").intervals
    assert {key: each.state for key, each in found.items()} == {each.key: State.MISSING for each in DAYS[-3:]}


def test_a_round_looks_at_what_a_backfill_made_of_the_time_before_the_job_was_there() -> None:
    new = job("s3a://data/data-dev/orders/day={{ interval.key }}", since=NOW)
    bucket = rounds(Asking(), new, green={DAYS[3].key: NOW, DAYS[9].key: NOW})
    found = read(bucket, "data-dev", "orders").intervals
    assert {key: each.state for key, each in found.items()} == {
        DAYS[3].key: State.MISSING,
        DAYS[9].key: State.MISSING,
    }


@pytest.mark.parametrize(
    "output",
    [
        "s3a://data/science-dev/train",
        "s3a://data/data-dev/../science-dev/train",
        "s3a://events/data-dev/x",
        "s3a://data/data-dev",
        "s3a://data/data-development/x",
        "/etc/data-dev/x",
    ],
)
def test_a_definition_learns_nothing_of_another_tenants_data(output: str) -> None:
    store = Asking()
    found = read(rounds(store, job(output)), "data-dev", "orders").intervals
    assert store.asked == []
    finding = found[DAYS[-1].key].findings[0]
    assert finding.state is State.FAIL
    assert "has to be below s3a://data/data-dev/" in finding.sentence


def test_what_spark_counted_is_said_of_its_day_alone(check: Check) -> None:
    asked = check.model_copy(update={"sql": "id >= 0"})
    question = Question(output=named(asked, DAYS[-1]), sql="id >= 0")
    count = Count(question=question, rows=100, broken=7)
    answer = Answer(asked=datetime.now(UTC) + timedelta(hours=1), counts={"orders": count})
    answers = {DAYS[-1].key: answer}
    found = look(pafs.LocalFileSystem(), DAILY, [asked], DAYS[-2:], Results(), NOW, answers=answers)
    assert {key: checked.findings[0].sentence for key, checked in found.items()} == {
        DAYS[-1].key: "id >= 0: does not hold in 7 of 100 rows",
        DAYS[-2].key: "id >= 0: Spark has not answered; it is asked once a run has gone well",
    }
    assert [checked.state for checked in found.values()] == [State.WARN, State.FAIL]


def test_answers_are_read_of_jobs_with_a_condition_alone() -> None:
    plain = job("s3a://data/data-dev/a")
    told = {"name": "c", "output": "s3a://data/data-dev/b", "sql": "id > 0"}
    asking = plain.model_copy(update={"name": "asking", "settings": {"checks": [told]}})
    of: list[str] = []

    def answers(each: Known, _: list[Interval]) -> dict[str, Answer]:
        of.append(each.name)
        return {}

    bucket = Bucket(MemoryS3(), "records")
    jobs = (plain, asking)
    Rounds(
        bucket, Asking(), ["data"], lambda: jobs, lambda *_: DAYS, lambda *_: {}, lambda: NOW, answers
    ).go()
    assert of == ["asking"]


@pytest.mark.parametrize(
    ("asked", "refused", "wanted"),
    [
        ({}, (), [DAYS[-1].key]),
        ({DAYS[-1].key: NOW - AGAIN_AFTER + timedelta(seconds=1)}, (), [DAYS[-2].key]),
        ({DAYS[-1].key: NOW - AGAIN_AFTER}, (), [DAYS[-1].key]),
        ({}, (DAYS[-1].key, DAYS[-2].key), [each.key for each in DAYS[-1:-4:-1]]),
    ],
    ids=["none is answered", "the last within a day", "the last a day ago", "two may not be asked"],
)
def test_spark_is_asked_again_of_the_latest_interval_that_wants_it_one_a_round(
    tmp_path: Path, asked: Mapping[str, datetime], refused: Sequence[str], wanted: list[str]
) -> None:
    told = {"name": "c", "output": "s3a://data/data-dev/day={{ interval.key }}", "sql": "id > 0"}
    of = job().model_copy(update={"settings": {"checks": [told]}})
    for each in DAYS:
        place = tmp_path / "data" / "data-dev" / f"day={each.key}"
        place.mkdir(parents=True)
        pq.write_table(pa.table({"id": [1]}), place / "a.parquet")
    found: list[str] = []

    def ask_again(_: Known, key: str) -> bool:
        found.append(key)
        return key not in refused

    Rounds(
        Bucket(MemoryS3(), "records"),
        pafs.SubTreeFileSystem(str(tmp_path), pafs.LocalFileSystem()),
        ["data"],
        lambda: [of],
        lambda *_: DAYS,
        lambda *_: {each.key: each.end for each in DAYS},
        lambda: NOW,
        lambda *_: {key: Answer(asked=at, sentence="no room") for key, at in asked.items()},
        ask_again,
    ).go()
    assert found == wanted


def test_a_wrong_check_takes_nothing_from_the_right_ones() -> None:
    store = Asking()
    found = read(rounds(store, job("s3a://data/data-dev/a", "s3a://x/y/z")), "data-dev", "orders").intervals
    assert [each.check for each in found[DAYS[0].key].findings] == ["c0", "c1"]
    assert store.asked == ["data/data-dev/a/metadata", *["data/data-dev/a"] * len(DAYS)]


def test_a_job_without_checks_is_passed_by() -> None:
    store = Asking()
    rounds(store, job())
    assert store.asked == []

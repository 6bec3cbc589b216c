"""A day is green only if it is there and is what it has to be; dropped, cut, emptied or shifted it is red."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.fs as pafs
import pyarrow.parquet as pq
import pytest

from apps.jobs.checks.findings import State
from apps.jobs.checks.judging import judge, same_weekday, together
from apps.jobs.checks.measured import Measured
from apps.jobs.checks.parquet import measure, place
from apps.jobs.definitions.settings import Check
from apps.jobs.schedule.cron import Schedule
from apps.jobs.schedule.intervals import Interval, interval

UTC_ZONE = ZoneInfo("UTC")
START = datetime(2026, 11, 20, tzinfo=UTC)
DAY = interval(Schedule("@daily"), START, START + timedelta(days=1))
CHECK = Check(
    name="orders", output="s3a://data/orders/day=2026-11-20", rowsAtLeast=10, notNull=("id",), within="at"
)
STORE = pafs.LocalFileSystem()

Judge = Callable[..., list[tuple[State, str]]]


def rows(count: int = 100, *, start: datetime = START, nulls: int = 0) -> Mapping[str, Sequence[Any]]:
    return {
        "id": [None] * nulls + list(range(count - nulls)),
        "at": [start + timedelta(minutes=10 * number % 1440) for number in range(count)],
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "orders" / "day=2026-11-20"
    found.mkdir(parents=True)
    return found


def write(
    folder: Path, columns: Mapping[str, Sequence[Any]] | None = None, *, name: str = "part-0.parquet"
) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(rows() if columns is None else columns), path, row_group_size=40)
    return path


@pytest.fixture
def judged(folder: Path) -> Judge:
    def found(
        check: Check = CHECK, each: Interval = DAY, zone: ZoneInfo = UTC_ZONE, **more: Any
    ) -> list[tuple[State, str]]:
        columns = {*check.not_null, check.within} - {""}
        said = judge(check, measure(STORE, str(folder), columns), each, zone, **more)
        return [(finding.state, finding.sentence) for finding in said]

    return found


def test_a_day_that_is_there_passes_and_says_its_rows(folder: Path, judged: Judge) -> None:
    write(folder)
    write(folder, name="part-1.parquet")
    assert judged() == [(State.PASS, "200 rows in 2 files")]


def test_a_day_that_nobody_wrote_is_missing(judged: Judge) -> None:
    assert judged() == [(State.MISSING, "no file in s3a://data/orders/day=2026-11-20")]


def test_a_folder_that_was_never_made_is_missing_too(tmp_path: Path) -> None:
    assert measure(STORE, str(tmp_path / "nothing")).files == 0


def test_what_spark_writes_beside_the_data_is_no_data(folder: Path, judged: Judge) -> None:
    (folder / "_SUCCESS").write_text("")
    write(folder, name="_temporary/0/part-0.parquet")
    write(folder, name=".part-0.parquet.crc")
    assert judged()[0][0] is State.MISSING


def test_a_file_without_rows_is_red(folder: Path, judged: Judge) -> None:
    write(folder, rows(0))
    assert (State.FAIL, "0 rows, fewer than 10") in judged()


def test_a_file_that_is_cut_off_is_red_and_named(folder: Path, judged: Judge) -> None:
    path = write(folder)
    path.write_bytes(path.read_bytes()[:-20])
    state, sentence = judged()[0]
    assert state is State.FAIL
    assert sentence.startswith("can not be read: part-0.parquet: ")


def test_nulls_are_counted_over_all_row_groups_and_files(folder: Path, judged: Judge) -> None:
    write(folder, rows(nulls=3))
    write(folder, rows(nulls=1), name="part-1.parquet")
    assert judged() == [(State.FAIL, "id: 4 nulls of 200 rows")]


def test_a_file_without_a_column_has_nulls_there_as_spark_reads_it(folder: Path, judged: Judge) -> None:
    write(folder)
    write(folder, {"at": rows()["at"]}, name="part-1.parquet")
    assert judged() == [(State.FAIL, "id: 100 nulls of 200 rows")]


def test_a_column_that_no_file_has_is_red(folder: Path, judged: Judge) -> None:
    write(folder, {"at": rows()["at"]})
    assert judged() == [(State.FAIL, "id: no file has this column")]


@pytest.mark.parametrize(
    ("shift", "words"),
    [
        (timedelta(minutes=-1), "from 2026-11-19 23:59:00, before the interval"),
        (timedelta(minutes=10), "to 2026-11-21 00:00:00, after the interval"),
    ],
)
def test_values_outside_of_the_interval_are_red_on_their_side(
    folder: Path, judged: Judge, shift: timedelta, words: str
) -> None:
    write(folder, rows(144, start=START + shift))
    assert judged() == [(State.FAIL, f"at: {words}")]


def test_a_day_in_another_zone_is_the_day_there(folder: Path, judged: Judge) -> None:
    schedule = Schedule("@daily", "Asia/Tokyo")
    start = datetime(2026, 11, 19, 15, tzinfo=UTC)
    tokyo = interval(schedule, start, start + timedelta(days=1))
    write(folder, {"id": [1] * 10, "at": [date(2026, 11, 20)] * 10})
    assert judged(each=tokyo, zone=schedule.local)[0][0] is State.PASS
    write(folder, {"id": [1] * 10, "at": [date(2026, 11, 19)] * 10})
    assert judged(each=tokyo, zone=schedule.local) == [
        (State.FAIL, "at: from 2026-11-19, before the interval")
    ]


def test_a_day_that_is_in_the_folders_name_alone_counts(folder: Path, judged: Judge) -> None:
    write(folder)
    assert judged(CHECK.model_copy(update={"within": "day"}))[0][0] is State.PASS


def test_files_that_do_not_say_leave_a_doubt_and_no_green(folder: Path, judged: Judge) -> None:
    pq.write_table(pa.table(rows()), folder / "part-0.parquet", write_statistics=False)
    assert judged() == [
        (State.WARN, "id: the files do not say how many nulls it has"),
        (State.WARN, "at: the files do not say its least and most"),
    ]


def test_a_column_of_words_is_no_time(folder: Path, judged: Judge) -> None:
    write(folder, {"id": [1] * 10, "at": ["soon"] * 10})
    assert judged() == [(State.WARN, "at: 'soon' is no time, so nobody can say whether it is inside")]


def test_data_that_is_older_than_the_run_that_should_have_written_it_is_stale(
    folder: Path, judged: Judge
) -> None:
    path = write(folder)
    written = datetime(2026, 11, 21, 5, tzinfo=UTC)
    os.utime(path, (written.timestamp(), written.timestamp()))
    assert judged(written_after=written - timedelta(minutes=5))[0][0] is State.PASS
    state, sentence = judged(written_after=written + timedelta(hours=1))[0]
    assert state is State.STALE
    assert "2026-11-21 05:00 UTC, before the last run began (2026-11-21 06:00 UTC)" in sentence


@pytest.mark.parametrize(
    ("count", "weekdays", "state"),
    [
        (100, (100, 110, 90), State.PASS),
        (100, (250, 300, 210), State.FAIL),
        (100, (40, 45, 30), State.FAIL),
        (100, (250, 300), State.PASS),
        (50, (100, 100, 100), State.PASS),
        (49, (100, 100, 100), State.FAIL),
    ],
)
def test_rows_are_held_against_the_median_of_the_same_weekday(
    folder: Path, judged: Judge, count: int, weekdays: Sequence[int], state: State
) -> None:
    write(folder, rows(count))
    found = judged(weekdays=weekdays)
    assert found[0][0] is state
    if state is State.FAIL:
        assert f"{count} rows" in found[0][1]
        assert "the median of 3 such weekdays" in found[0][1]


def test_the_same_weekday_is_that_of_the_schedules_zone_and_the_latest_eight() -> None:
    others = {str(week): (START - timedelta(weeks=week), 1000 - week) for week in range(1, 12)} | {
        "thursday": (START - timedelta(days=1), 5),
        "later": (START + timedelta(weeks=1), 7),
    }
    assert same_weekday(DAY, others, UTC_ZONE) == [992, 993, 994, 995, 996, 997, 998, 999]


def test_a_condition_in_sql_is_left_open_and_never_green(folder: Path, judged: Judge) -> None:
    write(folder)
    found = judged(CHECK.model_copy(update={"sql": "amount >= 0"}))
    assert [state for state, _ in found] == [State.PASS, State.WARN]


def test_the_worst_of_all_checks_is_that_of_the_interval(folder: Path) -> None:
    write(folder, rows(nulls=3))
    measured = measure(STORE, str(folder), {"id", "at"})
    strict = judge(CHECK.model_copy(update={"rows_at_least": 500}), measured, DAY, UTC_ZONE)
    gone = judge(CHECK.model_copy(update={"name": "gone"}), Measured(), DAY, UTC_ZONE)
    found = together([*strict, *gone], {"orders": 100}, START)
    assert found.state is State.MISSING
    assert [each.state for each in found.findings] == [State.MISSING, State.FAIL, State.FAIL]


def test_no_check_at_all_is_not_green() -> None:
    assert together([], {}, START).state is State.WARN


@pytest.mark.parametrize(
    ("output", "expected"),
    [("s3a://data/orders/day=1/", "data/orders/day=1"), ("data/orders", "data/orders")],
)
def test_a_folder_is_named_as_the_store_does(output: str, expected: str) -> None:
    assert place(output) == expected

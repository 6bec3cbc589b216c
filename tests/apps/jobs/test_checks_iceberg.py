"""A day of an Iceberg table is green only if the table's current snapshot has it, as it has to be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.fs as pafs
import pytest
from pyiceberg.catalog.memory import InMemoryCatalog
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.partitioning import UNPARTITIONED_PARTITION_SPEC, PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import BucketTransform, DayTransform, IdentityTransform, Transform
from pyiceberg.types import DateType, LongType, NestedField, StringType, TimestamptzType

from apps.jobs.checks.findings import State
from apps.jobs.checks.iceberg import store
from apps.jobs.checks.judging import Checked
from apps.jobs.checks.kept import Results
from apps.jobs.checks.looking import look
from apps.jobs.definitions.settings import Check
from apps.jobs.schedule.cron import Schedule
from apps.jobs.schedule.intervals import Interval, between

DAILY = Schedule("@daily")
FIRST = datetime(2026, 10, 20, tzinfo=UTC)
DAYS = list(between(DAILY, FIRST, FIRST + timedelta(days=28)))
WEEK = DAYS[:7]
NOW = datetime(2026, 11, 21, tzinfo=UTC)

SCHEMA = Schema(
    NestedField(1, "id", LongType()),
    NestedField(2, "at", TimestamptzType()),
    NestedField(3, "day", DateType()),
    NestedField(4, "text", StringType()),
)
COLUMNS = {"id": 1, "at": 2, "day": 3, "text": 4}


def by(**transforms: Transform[Any, Any]) -> PartitionSpec:
    fields = (
        PartitionField(COLUMNS[name], 1000 + number, transform, f"part_{name}")
        for number, (name, transform) in enumerate(transforms.items())
    )
    return PartitionSpec(*fields)


def rows(day: Interval, count: int = 100, *, nulls: int = 0) -> list[dict[str, Any]]:
    return [
        {
            "id": None if number < nulls else number,
            "at": day.start + timedelta(minutes=number),
            "day": day.start.date(),
            "text": day.key,
        }
        for number in range(count)
    ]


def append(table: Any, *lines: Sequence[dict[str, Any]]) -> None:
    every = [row for each in lines for row in each]
    table.append(pa.Table.from_pylist(every, schema_to_pyarrow(table.schema(), include_field_ids=False)))


class Lake:
    """Tables made by pyiceberg, and what a check says of them."""

    def __init__(self, folder: Path) -> None:
        self.catalog = InMemoryCatalog("test", warehouse=f"file://{folder}")
        self.catalog.create_namespace("lake")

    def table(self, spec: PartitionSpec, version: str = "2", days: Sequence[Interval] = DAYS) -> Any:
        made = self.catalog.create_table(
            "lake.orders", SCHEMA, partition_spec=spec, properties={"format-version": version}
        )
        if days:
            append(made, *(rows(day) for day in days))
        return made

    def folder(self, table: Any) -> Path:
        return Path(table.location().removeprefix("file://"))

    def look(
        self,
        table: Any,
        schedule: Schedule = DAILY,
        days: Sequence[Interval] = DAYS,
        after: datetime | None = None,
        **check: Any,
    ) -> dict[str, Checked]:
        told = Check(**{"name": "orders", "output": str(self.folder(table)), "notNull": ("id",), **check})
        written = {} if after is None else {each.key: after for each in days}
        return look(pafs.LocalFileSystem(), schedule, [told], days, Results(), NOW, written_after=written)

    def not_green(self, table: Any, **more: Any) -> dict[str, tuple[State, str]]:
        return {
            key: (each.state, each.findings[0].sentence)
            for key, each in self.look(table, **more).items()
            if each.state is not State.PASS
        }


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_day_that_is_dropped_cut_or_emptied_turns_red_with_its_number_and_no_other(
    lake: Lake, version: str
) -> None:
    table = lake.table(by(at=DayTransform()), version)
    assert lake.not_green(table) == {}
    emptied, cut, dropped = DAYS[-3:]
    table.delete(f"at >= '{dropped.start.isoformat()}'")
    table.delete(f"at >= '{(cut.start + timedelta(minutes=40)).isoformat()}'")
    table.delete(f"at >= '{emptied.start.isoformat()}' AND at < '{emptied.end.isoformat()}'")
    append(table, rows(emptied, nulls=100))
    assert lake.not_green(table) == {
        dropped.key: (State.MISSING, f"no file of {dropped.key} in {lake.folder(table)}"),
        cut.key: (State.FAIL, "40 rows, fewer than half of 100, the median of 3 such weekdays"),
        emptied.key: (State.FAIL, "id: 100 nulls of 100 rows"),
    }


def test_rows_and_files_of_a_day_are_those_of_the_current_snapshot(lake: Lake) -> None:
    table = lake.table(by(at=DayTransform()), days=WEEK)
    append(table, rows(DAYS[0], 20))
    (said,) = lake.look(table, days=WEEK)[DAYS[0].key].findings
    assert (said.state, said.sentence) == (State.PASS, "120 rows in 2 files")


def test_what_was_rolled_back_does_not_count(lake: Lake) -> None:
    table = lake.table(by(at=DayTransform()), days=WEEK)
    before = table.current_snapshot().snapshot_id
    append(table, rows(DAYS[5], 20, nulls=7))
    assert lake.not_green(table, days=WEEK) == {DAYS[5].key: (State.FAIL, "id: 7 nulls of 120 rows")}
    table.manage_snapshots().rollback_to_snapshot(before).commit()
    assert lake.not_green(table, days=WEEK) == {}


def test_a_column_that_was_renamed_is_the_same_one(lake: Lake) -> None:
    table = lake.table(by(at=DayTransform()), days=WEEK)
    append(table, rows(DAYS[5], 20, nulls=7))
    with table.update_schema() as change:
        change.rename_column("id", "number")
        change.rename_column("at", "moment")
    append(table, [{**row, "number": row["id"], "moment": row["at"]} for row in rows(DAYS[5], 1)])
    found = lake.not_green(table, days=WEEK, notNull=("number",), within="moment")
    assert found == {DAYS[5].key: (State.FAIL, "number: 7 nulls of 121 rows")}
    old = lake.look(table, days=WEEK, notNull=("id",))
    assert {each.findings[0].sentence for each in old.values()} == {"id: no file has this column"}


def test_a_file_that_is_older_than_a_column_has_no_value_there(lake: Lake) -> None:
    table = lake.table(by(at=DayTransform()), days=WEEK)
    with table.update_schema() as change:
        change.add_column("price", LongType())
    new = [{**row, "price": 3} for row in rows(DAYS[3])]
    table.delete(f"at >= '{DAYS[3].start.isoformat()}' AND at < '{DAYS[3].end.isoformat()}'")
    append(table, new)
    found = lake.look(table, days=WEEK, notNull=("price",))
    assert found[DAYS[3].key].state is State.PASS
    assert found[DAYS[4].key].findings[0].sentence == "price: 100 nulls of 100 rows"


@pytest.mark.parametrize("column", ["day", "text"])
def test_a_table_by_a_day_of_its_own_is_read_by_it_and_its_times_are_looked_at(
    lake: Lake, column: str
) -> None:
    table = lake.table(by(**{column: IdentityTransform()}), days=WEEK)
    late = {**rows(DAYS[2], 1)[0], "at": DAYS[3].start}
    append(table, [late])
    assert lake.not_green(table, days=WEEK, within="at") == {
        DAYS[2].key: (State.FAIL, f"at: to {DAYS[3].start:%Y-%m-%d %H:%M:%S}, after the interval")
    }


def test_days_of_a_schedule_in_another_zone_do_not_fit_the_partitions_and_are_a_doubt(lake: Lake) -> None:
    table = lake.table(by(at=DayTransform()), days=DAYS[:3])
    tokyo = Schedule("@daily", "Asia/Tokyo")
    day = next(iter(between(tokyo, DAYS[1].start, DAYS[2].end)))
    (finding,) = lake.look(table, tokyo, [day])[day.key].findings
    # Rows are of the first 100 minutes of each day in UTC: the whole file lies in the day of Tokyo.
    assert finding.sentence == "100 rows in 1 files"
    append(table, [{**rows(DAYS[1], 1)[0], "at": DAYS[1].end - timedelta(minutes=1)}, rows(DAYS[1], 1)[0]])
    states = [(each.state, each.sentence) for each in lake.look(table, tokyo, [day])[day.key].findings]
    assert states == [(State.WARN, "102 rows at most: 1 of 2 files may have rows of other intervals")]


def test_a_table_without_partitions_is_read_by_the_column_that_the_check_names(lake: Lake) -> None:
    table = lake.table(UNPARTITIONED_PARTITION_SPEC, days=DAYS[:1])
    append(table, rows(DAYS[1]))
    append(table, rows(DAYS[2]), rows(DAYS[3]))
    found = lake.look(table, days=DAYS[:5], intervalColumn="at")
    assert [found[each.key].state for each in DAYS[:5]] == [
        State.PASS,
        State.PASS,
        State.WARN,
        State.WARN,
        State.MISSING,
    ]
    (fault,) = lake.look(table, days=DAYS[:1])[DAYS[0].key].findings
    assert fault.state is State.FAIL
    assert "its partitions are of no time: name the column" in fault.sentence


def test_a_partition_by_buckets_beside_the_day_is_no_other_day(lake: Lake) -> None:
    table = lake.table(by(id=BucketTransform(4), at=DayTransform()), days=DAYS[:2])
    assert lake.not_green(table, days=DAYS[:2]) == {}


def test_of_two_days_that_a_table_is_partitioned_by_the_check_says_which(lake: Lake) -> None:
    table = lake.table(by(at=DayTransform(), day=IdentityTransform()), days=DAYS[:2])
    (fault,) = lake.look(table, days=DAYS[:1])[DAYS[0].key].findings
    assert "its partitions are of at and day: name the column" in fault.sentence
    for setting, column in (("within", "at"), ("intervalColumn", "day")):
        named: dict[str, Any] = {setting: column}
        assert lake.look(table, days=DAYS[:1], **named)[DAYS[0].key].state is State.PASS


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ("price", "it has no column price, which intervalColumn names"),
        ("id", "id is of type long: intervalColumn has to be a date, time or text"),
    ],
)
def test_a_column_that_is_no_time_is_refused_with_the_cure(lake: Lake, named: str, words: str) -> None:
    table = lake.table(by(at=DayTransform()), days=DAYS[:1])
    (fault,) = lake.look(table, days=DAYS[:1], intervalColumn=named)[DAYS[0].key].findings
    assert fault.sentence.endswith(words)


def test_data_of_a_commit_before_the_last_run_is_stale(lake: Lake) -> None:
    table = lake.table(by(at=DayTransform()), days=DAYS[:2])
    made = datetime.fromtimestamp(table.current_snapshot().timestamp_ms / 1000, UTC)
    early = lake.look(table, days=DAYS[:1], after=made - timedelta(minutes=1))
    late = lake.look(table, days=DAYS[:1], after=made + timedelta(minutes=1))
    assert early[DAYS[0].key].state is State.PASS
    assert late[DAYS[0].key].state is State.STALE


def test_columns_whose_figures_the_table_does_not_keep_are_a_doubt(lake: Lake) -> None:
    table = lake.catalog.create_table(
        "lake.orders",
        SCHEMA,
        partition_spec=by(day=IdentityTransform()),
        properties={"write.metadata.metrics.default": "none"},
    )
    append(table, rows(DAYS[0]))
    found = lake.look(table, days=DAYS[:1], within="at")[DAYS[0].key].findings
    assert [(each.state, each.sentence) for each in found] == [
        (State.WARN, "id: the files do not say how many nulls it has"),
        (State.WARN, "at: the files do not say its least and most"),
    ]


def test_a_table_that_nothing_was_written_to_has_no_day(lake: Lake) -> None:
    table = lake.table(by(at=DayTransform()), days=())
    assert {each.state for each in lake.look(table).values()} == {State.MISSING}


def _metadata(folder: Path) -> Path:
    return max((folder / "metadata").glob("*.metadata.json"))


def _cut_manifest(folder: Path) -> None:
    path = next(iter((folder / "metadata").glob("*-m0.avro")))
    path.write_bytes(path.read_bytes()[:200])


def _no_metadata(folder: Path) -> None:
    _metadata(folder).write_text("{}")


def _lost_list(folder: Path) -> None:
    next(iter((folder / "metadata").glob("snap-*.avro"))).unlink()


@pytest.mark.parametrize("damage", [_cut_manifest, _no_metadata, _lost_list])
def test_a_table_that_can_not_be_read_is_red_on_all_days_and_says_so(
    lake: Lake, damage: Callable[[Path], None]
) -> None:
    table = lake.table(by(at=DayTransform()), days=DAYS[:3])
    damage(lake.folder(table))
    for each in lake.look(table, days=DAYS[:3]).values():
        assert each.state is State.FAIL
        assert "can not be read: " in each.findings[0].sentence


def test_metadata_that_names_files_of_another_table_learns_nothing_of_it(lake: Lake) -> None:
    table = lake.table(by(at=DayTransform()), days=DAYS[:1])
    folder = lake.folder(table)
    mine = folder.with_name("mine")
    (mine / "metadata").mkdir(parents=True)
    (mine / "metadata" / "v1.metadata.json").write_text(_metadata(folder).read_text())
    check = Check(name="mine", output=str(mine))
    found = look(pafs.LocalFileSystem(), DAILY, [check], DAYS[:1], Results(), NOW)[DAYS[0].key]
    assert found.state is State.FAIL
    assert "metadata names a file outside of its table's folder" in found.findings[0].sentence


@pytest.mark.parametrize("bound", ["MOST_FILE_BYTES", "MOST_BYTES"])
def test_a_table_of_more_metadata_than_anybody_reads_is_red_and_says_the_bound(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    table = lake.table(by(at=DayTransform()), days=DAYS[:1])
    monkeypatch.setattr(store, bound, 2**10)
    (finding,) = lake.look(table, days=DAYS[:1])[DAYS[0].key].findings
    assert finding.state is State.FAIL
    assert "MiB of metadata, more than 0: rewrite its manifests" in finding.sentence


def test_two_metadata_files_of_one_version_are_a_doubt(lake: Lake) -> None:
    table = lake.table(by(at=DayTransform()), days=DAYS[:1])
    newest = _metadata(lake.folder(table))
    newest.with_name(f"{newest.name[:6]}another.metadata.json").write_text(newest.read_text())
    (finding,) = lake.look(table, days=DAYS[:1])[DAYS[0].key].findings
    assert finding.state is State.WARN
    assert "metadata/ has 2 files of version 1, and only the catalog knows" in finding.sentence

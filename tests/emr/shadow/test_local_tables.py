"""Two outputs on this machine: what is the same is called equal, and each fault is found where it is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pa_parquet
import pytest

from emr.shadow import fingerprint as fingerprints
from emr.shadow.compare import Difference, NotComparableError, compare
from emr.shadow.fingerprint import Fingerprint, Options
from emr.shadow.local_tables import fingerprint
from emr.shadow.places import Store, open_place
from tests.emr.shadow import outputs

WITHOUT_TIME = Options(left_out=("written_at",))


def of(folder: Path, **given: Any) -> Fingerprint:
    return fingerprint(open_place(str(folder), Store()), **given)


def found(
    tmp_path: Path, fault: Callable[[outputs.Rows], outputs.Rows], kind: str = "parquet"
) -> list[Difference]:
    left = outputs.write(tmp_path / "left", outputs.rows(), kind)
    right = outputs.write(tmp_path / "right", fault(outputs.rows("17:30")), kind, files=3)
    return list(compare(of(left, options=WITHOUT_TIME), of(right, options=WITHOUT_TIME)))


@pytest.mark.parametrize("kind", ["parquet", "orc", "csv", "json"])
def test_the_same_rows_in_other_files_and_another_order_are_equal(tmp_path: Path, kind: str) -> None:
    assert found(tmp_path, lambda rows: {day: each[::-1] for day, each in rows.items()}, kind) == []


def test_a_column_that_no_two_runs_share_is_a_difference_unless_it_is_left_out(tmp_path: Path) -> None:
    left = outputs.write(tmp_path / "left", outputs.rows("10:00"))
    right = outputs.write(tmp_path / "right", outputs.rows("17:30"))
    assert {each.column for each in compare(of(left), of(right))} == {"written_at"}


@pytest.mark.parametrize("kind", ["parquet", "orc", "csv", "json"])
def test_15_one_lost_row_is_found_in_its_partition(tmp_path: Path, kind: str) -> None:
    first = found(tmp_path, outputs.lose, kind)[0]
    assert (first.what, first.partition) == ("rows", "day=2026-01-02")
    assert first.text == "40 rows on the left, 39 on the right (-1)"


@pytest.mark.parametrize("kind", ["parquet", "orc", "csv", "json"])
def test_15_one_doubled_row_is_found_in_its_partition(tmp_path: Path, kind: str) -> None:
    first = found(tmp_path, outputs.double, kind)[0]
    assert first.text == "40 rows on the left, 41 on the right (+1)"


def test_a_row_lost_and_another_doubled_are_found_though_the_count_is_right(tmp_path: Path) -> None:
    every = found(tmp_path, lambda rows: outputs.lose(outputs.double(rows)) | {
        outputs.DAYS[1]: [*rows[outputs.DAYS[1]][:-1], rows[outputs.DAYS[1]][3]]
    })  # fmt: skip
    assert {each.what for each in every} == {"values"}
    assert {each.partition for each in every} == {"day=2026-01-02"}


@pytest.mark.parametrize("kind", ["parquet", "orc", "csv", "json"])
def test_15_swapped_columns_are_named_in_every_partition(tmp_path: Path, kind: str) -> None:
    every = found(tmp_path, outputs.swap, kind)
    texts = {each.text for each in every}
    assert texts <= {"columns net and gross are swapped", "columns gross and net are swapped"}
    assert len(every) == 3


@pytest.mark.parametrize("kind", ["parquet", "orc"])
def test_15_a_change_of_one_cent_is_found_with_its_sum(tmp_path: Path, kind: str) -> None:
    (only,) = found(tmp_path, outputs.change, kind)
    assert (only.partition, only.column) == ("day=2026-01-03", "net")
    assert "sum 1068.60 -> 1068.61 (+0.01)" in only.text


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_a_change_of_one_cent_is_found_in_text(tmp_path: Path, kind: str) -> None:
    (only,) = found(tmp_path, outputs.change, kind)
    assert (only.partition, only.column) == ("day=2026-01-03", "net")


@pytest.mark.parametrize("kind", ["parquet", "orc"])
def test_15_a_partition_without_rows_is_found_though_its_file_is_there(tmp_path: Path, kind: str) -> None:
    (only,) = found(tmp_path, outputs.empty, kind)
    assert (only.what, only.partition) == ("partition", "day=2026-01-01")
    assert only.text == "is empty on the right; the left has 40 rows"


def test_a_partition_that_is_not_there_is_missing_and_not_empty(tmp_path: Path) -> None:
    (only,) = found(
        tmp_path, lambda rows: {day: each for day, each in rows.items() if day != outputs.DAYS[0]}
    )
    assert only.text == "is missing on the right; the left has 40 rows"


def test_values_that_moved_from_one_row_to_another_are_found(tmp_path: Path) -> None:
    def move(rows: outputs.Rows) -> outputs.Rows:
        first, second, *rest = rows[outputs.DAYS[0]]
        pair = [{**first, "net": second["net"]}, {**second, "net": first["net"]}]
        return {**rows, outputs.DAYS[0]: [*pair, *rest]}

    (only,) = found(tmp_path, move)
    assert (only.what, only.partition) == ("moved", "day=2026-01-01")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("customer", "Zoe 1"),
        ("score", 0.1428571),
        ("good", True),
        ("raw", b"\x01\xfe"),
        ("tags", ["ab"]),
        ("tags", ["b", "a"]),
        ("place", {"town": "Ulm 1", "zip": None}),
        ("seen", None),
    ],
)
def test_one_other_value_of_any_type_is_found_in_its_column(
    tmp_path: Path, column: str, value: object
) -> None:
    def put(rows: outputs.Rows) -> outputs.Rows:
        zero, first, *rest = rows[outputs.DAYS[0]]
        assert first[column] != value
        return {**rows, outputs.DAYS[0]: [zero, {**first, column: value}, *rest]}

    assert [each.column for each in found(tmp_path, put)] == [column]


def test_a_null_and_the_text_of_nothing_are_not_the_same(tmp_path: Path) -> None:
    for side, value in (("left", None), ("right", "")):
        (tmp_path / side).mkdir()
        pa_parquet.write_table(pa.table({"a": pa.array([value], pa.string())}), tmp_path / side / "x.parquet")
    (only,) = compare(of(tmp_path / "left"), of(tmp_path / "right"))
    assert "1 nulls -> 0" in only.text


def test_a_nulls_place_among_columns_counts(tmp_path: Path) -> None:
    for side, row in (("left", (None, "x")), ("right", ("x", None))):
        (tmp_path / side).mkdir()
        table = pa.table({"a": pa.array([row[0]], pa.string()), "b": pa.array([row[1]], pa.string())})
        pa_parquet.write_table(table, tmp_path / side / "x.parquet")
    assert [each.what for each in compare(of(tmp_path / "left"), of(tmp_path / "right"))] == ["swapped"]


def _floats(folder: Path, values: list[float]) -> Path:
    folder.mkdir()
    pa_parquet.write_table(pa.table({"a": values}), folder / "x.parquet")
    return folder


def test_the_last_digits_of_a_sum_in_another_order_are_no_difference(tmp_path: Path) -> None:
    forward, backward = sum([0.1] * 10), 0.1 * 10
    assert forward != backward
    left, right = _floats(tmp_path / "left", [forward]), _floats(tmp_path / "right", [backward])
    assert compare(of(left), of(right)) == ()


@pytest.mark.parametrize(
    "value", [1.0, 9999999.99, 1e15, 1e-12, -3.25, float("inf"), float("nan"), 0.0, 1e300]
)
def test_a_float_that_differs_in_its_ninth_digit_is_found(tmp_path: Path, value: float) -> None:
    other = value * (1 + 2e-9) if value and value not in (float("inf"),) and value == value else 1.5
    left, right = _floats(tmp_path / "left", [value]), _floats(tmp_path / "right", [other])
    assert compare(of(left), of(left)) == ()
    assert [each.column for each in compare(of(left), of(right))] == ["a"]


def test_an_approximate_column_may_differ_within_the_tolerance_and_no_further(tmp_path: Path) -> None:
    left, right = _floats(tmp_path / "left", [1.0, 2.0]), _floats(tmp_path / "right", [1.0, 2.004])
    rough = Options(approximate=("a",))
    pair = (of(left, options=rough), of(right, options=rough))
    assert compare(*pair, Decimal("0.005")) == ()
    assert [each.column for each in compare(*pair, Decimal("0.003"))] == ["a"]
    assert [each.column for each in compare(of(left), of(right), Decimal("0.005"))] == ["a"], "undeclared"


def test_types_order_and_names_of_columns_are_compared(tmp_path: Path) -> None:
    for side, table in (
        ("left", pa.table({"a": pa.array([1], pa.int32()), "Key": ["x"], "gone": [1]})),
        ("right", pa.table({"a": pa.array([1], pa.int64()), "key": ["x"], "new": [1]})),
    ):
        (tmp_path / side).mkdir()
        pa_parquet.write_table(table, tmp_path / side / "x.parquet")
    texts = [each.text for each in compare(of(tmp_path / "left"), of(tmp_path / "right"))]
    assert texts == [
        "column a is int on the left, bigint on the right",
        "column Key is named key on the right",
        "column gone is missing on the right",
        "column new is on the right alone",
    ]


def test_rows_are_divided_by_a_column_where_folders_do_not(tmp_path: Path) -> None:
    for side, amount in (("left", 1), ("right", 2)):
        (tmp_path / side).mkdir()
        table = pa.table({"day": ["mon", "tue"], "amount": [1, amount]})
        pa_parquet.write_table(table, tmp_path / side / "x.parquet")
    by_day = Options(by=("day",))
    (only,) = compare(of(tmp_path / "left", options=by_day), of(tmp_path / "right", options=by_day))
    assert only.partition == "day=tue"


def test_a_writer_that_left_no_marker_is_told(tmp_path: Path) -> None:
    left = outputs.write(tmp_path / "left", outputs.rows(), marker=b"")
    right = outputs.write(tmp_path / "right", outputs.rows(), marker=None)
    assert [each.what for each in compare(of(left), of(right))] == ["unfinished"]
    assert compare(of(right), of(left)) == ()


def test_folders_keep_their_names_and_their_files_are_counted(tmp_path: Path) -> None:
    table = pa.table({"a": [1]})
    for folder in ("day=01/town=S%C3%A3o%2FPaulo", "day=1/town=__HIVE_DEFAULT_PARTITION__"):
        (tmp_path / folder).mkdir(parents=True)
        pa_parquet.write_table(table, tmp_path / folder / "x.parquet")
        pa_parquet.write_table(table, tmp_path / folder / ".x.parquet.tmp")
    (tmp_path / "_temporary/0").mkdir(parents=True)
    pa_parquet.write_table(table, tmp_path / "_temporary/0/x.parquet")
    figures = of(tmp_path).partitions
    assert {name: (each.rows, each.files) for name, each in figures.items()} == {
        "day=01/town=São/Paulo": (1, 1),
        "day=1/town=__HIVE_DEFAULT_PARTITION__": (1, 1),
    }


def test_a_kept_fingerprint_compares_as_the_table_does(tmp_path: Path) -> None:
    left = of(outputs.write(tmp_path / "left", outputs.rows()))
    assert fingerprints.from_json(fingerprints.to_json(left)) == left


def test_fingerprints_of_different_options_are_not_compared(tmp_path: Path) -> None:
    folder = outputs.write(tmp_path / "left", outputs.rows())
    with pytest.raises(NotComparableError, match="same options"):
        compare(of(folder), of(folder, options=WITHOUT_TIME))


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"_delta_log/0.json": "{}", "x.parquet": ""}, "Delta table"),
        ({".hoodie/hoodie.properties": "", "x.parquet": ""}, "Hudi table"),
        ({"000000_0": "x"}, "give --format"),
        ({"a.parquet": "x", "b.orc": "x"}, "give --format"),
        ({"day=1/a.parquet": "x", "b.parquet": "x"}, "contradict each other"),
        ({"a.parquet": "no parquet"}, "can't be read as parquet"),
    ],
)
def test_what_is_no_plain_table_is_refused_with_what_to_do(
    tmp_path: Path, files: dict[str, str], message: str
) -> None:
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    with pytest.raises(ValueError, match=message):
        of(tmp_path)


def test_an_option_that_names_no_column_is_refused_with_the_columns(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no column nam; it has a"):
        of(_floats(tmp_path / "left", [1.0]), options=Options(left_out=("nam",)))


def test_a_place_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="does not exist"):
        of(tmp_path / "nothing")


def test_hdfs_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="hdfs:// can't be read here"):
        open_place("hdfs:///data", Store())


@pytest.fixture
def in_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Takes this process to a time zone, and back after the test."""

    def move(name: str) -> None:
        monkeypatch.setenv("TZ", name)
        time.tzset()

    yield move
    monkeypatch.undo()
    time.tzset()


def test_times_mean_the_same_on_machines_of_any_zone(tmp_path: Path, in_zone: Callable[[str], None]) -> None:
    moment = datetime(2026, 3, 29, 2, 30)  # noqa: DTZ001 - a time without a zone is what is tried
    pa_parquet.write_table(pa.table({"a": pa.array([moment], pa.timestamp("us"))}), tmp_path / "x.parquet")
    in_zone("America/New_York")
    there = of(tmp_path)
    in_zone("Europe/Berlin")
    assert of(tmp_path) == there
    assert there.partitions[""].columns["a"].low == "2026-03-29 02:30:00"

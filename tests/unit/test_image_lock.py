"""What was pushed is recorded, and runs wherever the record is."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.kube.image_lock import FILE, by_digest, record, recorded

SPARK, BASE = "registry.example/spark/spark:4.1.2-0a1b2c3d4e5f", "registry.example/spark/base:bookworm-1"
FIRST, SECOND = f"sha256:{'1' * 64}", f"sha256:{'2' * 64}"


def test_a_checkout_in_which_nothing_was_pushed_records_nothing(tmp_path: Path) -> None:
    assert recorded(tmp_path) == {}


def test_what_was_pushed_is_named_by_tag_and_digest(tmp_path: Path) -> None:
    record(tmp_path, "registry.example/spark", {SPARK: FIRST, BASE: SECOND})
    assert by_digest(tmp_path) == {SPARK: f"{SPARK}@{FIRST}", BASE: f"{BASE}@{SECOND}"}


def test_the_next_push_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    record(tmp_path, "registry.example/spark", {SPARK: FIRST, BASE: FIRST})
    record(tmp_path, "registry.example/spark", {SPARK: SECOND})
    assert recorded(tmp_path) == {SPARK: SECOND}


def test_what_other_registries_have_stays(tmp_path: Path) -> None:
    elsewhere = SPARK.replace("registry.example", "registry.example:5000")
    record(tmp_path, "registry.example:5000/spark", {elsewhere: FIRST})
    record(tmp_path, "registry.example/spark", {SPARK: SECOND})
    record(tmp_path, "registry.example", {"registry.example/spark:1": FIRST})
    assert set(recorded(tmp_path)) == {elsewhere, SPARK, "registry.example/spark:1"}


def test_a_push_of_the_same_changes_nothing(tmp_path: Path) -> None:
    record(tmp_path, "registry.example/spark", {SPARK: FIRST, BASE: SECOND})
    before = (tmp_path / FILE).read_text()
    record(tmp_path, "registry.example/spark", {BASE: SECOND, SPARK: FIRST})
    assert (tmp_path / FILE).read_text() == before, "commits would differ without a reason"


@pytest.mark.parametrize(
    "line",
    [
        "<<<<<<< HEAD",
        f"{FIRST} {SPARK}",
        f"{FIRST[:-1]}  {SPARK}",
        f"{FIRST}  {SPARK.partition(':')[0]}",
        f"{FIRST}  {SPARK}@{FIRST}",
        f"{FIRST}  {SPARK}\n{SECOND}  {SPARK}",
    ],
)
def test_a_broken_line_is_shown_with_its_number_and_what_to_do(tmp_path: Path, line: str) -> None:
    (tmp_path / FILE).write_text(f"# comment\n{line}\n")
    with pytest.raises(ValueError, match=r"images\.lock line [23] is .*push again"):
        recorded(tmp_path)

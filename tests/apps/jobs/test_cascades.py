"""Of failures that belong together the first is named, and what stands alone is left alone."""

from __future__ import annotations

from typing import Any

from apps.jobs.verdict.cascades import WINDOW_SECONDS, Cascade, Failure, cascades

START = 1_800_000_000.0


def failure(run: str, minutes: float, code: str, **more: Any) -> Failure:
    return Failure(run=run, job=f"data-dev/{run[0]}", ended=START + 60 * minutes, code=code, **more)


def test_a_run_without_its_input_follows_the_run_that_should_have_written_it() -> None:
    found = cascades(
        [
            failure("c1", 20, "INPUT_MISSING", misses="s3a://data/b/day=1/part", writes=("s3a://data/c",)),
            failure("a1", 0, "EXEC_OOM_KILLED", writes=("s3a://data/a/",)),
            failure("b1", 10, "INPUT_MISSING", misses="s3a://data/a/day=1", writes=("s3a://data/b",)),
        ]
    )
    assert found == [Cascade(first="a1", others=("b1", "c1"))]


def test_a_folder_whose_name_only_begins_alike_is_another() -> None:
    orders = failure("a1", 0, "DATA_ERROR", writes=("s3a://data/orders",))
    other = failure("b1", 5, "INPUT_MISSING", misses="s3a://data/orders-eu/day=1")
    assert cascades([orders, other]) == []


def test_jobs_that_meet_the_same_broken_thing_are_one_cascade() -> None:
    found = cascades(
        [failure(f"{job}1", minute, "S3_DENIED", subject="s3a://data") for minute, job in enumerate("abc")]
    )
    assert found == [Cascade(first="a1", others=("b1", "c1"))]


def test_the_same_verdict_about_another_thing_is_not() -> None:
    first = failure("a1", 0, "NODE_LOST", subject="node-1")
    assert cascades([first, failure("b1", 1, "NODE_LOST", subject="node-2")]) == []


def test_errors_in_two_jobs_have_nothing_to_do_with_each_other() -> None:
    assert cascades([failure("a1", 0, "USER_EXCEPTION"), failure("b1", 1, "USER_EXCEPTION")]) == []


def test_what_comes_later_than_the_window_is_no_consequence() -> None:
    late = WINDOW_SECONDS / 60 + 1
    first = failure("a1", 0, "S3_DENIED", subject="s3a://data")
    assert cascades([first, failure("b1", late, "S3_DENIED", subject="s3a://data")]) == []

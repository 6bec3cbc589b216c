"""What changed since the last green run comes in the order in which a person would look."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from apps.jobs.verdict.changes import Change, Kind, Snapshot, changes

GREEN = Snapshot(
    commit="a1",
    image="sha256:aa",
    spark="4.1.2",
    sizes={"executor.memory": "4g", "executor.instances": "8"},
    conf={"spark.sql.shuffle.partitions": "64"},
    arguments=("--day={interval}",),
    input_bytes=10 * 1024**3,
    nodes=frozenset({"r7g.2xlarge"}),
    plans=("p0", "p1"),
    stages=(64, 64, 8),
)

FOLLOWS: dict[str, Any] = {"plans": ("p0", "x1"), "stages": (640, 640, 8)}
"""What any change brings about."""

INJECTED: dict[str, tuple[str, dict[str, Any], Kind]] = {
    "a commit": ("USER_EXCEPTION", {"commit": "b2"}, Kind.COMMIT),
    "an image": ("DEPENDENCY", {"image": "sha256:bb"}, Kind.IMAGE),
    "a release of Spark": ("SPARK_BUG", {"spark": "4.2.0"}, Kind.SPARK),
    "less memory": ("EXEC_OOM_KILLED", {"sizes": {**GREEN.sizes, "executor.memory": "2g"}}, Kind.SIZES),
    "fewer executors": ("TIMEOUT", {"sizes": {**GREEN.sizes, "executor.instances": "1"}}, Kind.SIZES),
    "a property": ("CONFIG", {"conf": {"spark.sql.shuffle.partitions": "-1"}}, Kind.CONF),
    "an argument": ("INPUT_MISSING", {"arguments": ("--day={interval}", "--full")}, Kind.ARGUMENTS),
    "more input": ("EXEC_JVM_OOM", {"input_bytes": 90 * 1024**3}, Kind.INPUT),
    "less input": ("DATA_ERROR", {"input_bytes": 1}, Kind.INPUT),
    "another kind of node": ("NODE_LOST", {"nodes": frozenset({"m7g.large"})}, Kind.NODES),
}


@pytest.mark.parametrize("what", INJECTED)
def test_what_was_changed_stands_first_and_what_it_brought_about_after_it(what: str) -> None:
    code, changed, kind = INJECTED[what]
    found = changes(GREEN, replace(GREEN, **{**FOLLOWS, **changed}), code)
    assert [change.kind for change in found] == [kind, Kind.PLAN, Kind.STAGES]


def test_of_two_changes_the_one_that_the_verdict_comes_from_stands_first() -> None:
    failed = replace(GREEN, commit="b2", input_bytes=90 * 1024**3)
    assert changes(GREEN, failed, "EXEC_OOM_KILLED")[0].kind is Kind.INPUT
    assert changes(GREEN, failed, "USER_EXCEPTION")[0].kind is Kind.COMMIT


def test_a_change_names_what_was_and_what_is() -> None:
    failed = replace(GREEN, conf={"spark.sql.shuffle.partitions": "8", "spark.sql.ansi.enabled": "false"})
    assert changes(GREEN, failed, "DATA_ERROR") == [
        Change(kind=Kind.CONF, what="spark.sql.ansi.enabled", before="-", after="false"),
        Change(kind=Kind.CONF, what="spark.sql.shuffle.partitions", before="64", after="8"),
    ]


def test_a_day_that_is_a_little_larger_is_no_change() -> None:
    assert changes(GREEN, replace(GREEN, input_bytes=12 * 1024**3), "TIMEOUT") == []


def test_what_is_not_known_of_one_of_them_is_no_change() -> None:
    unknown = Snapshot(sizes=GREEN.sizes, conf=GREEN.conf)
    assert changes(GREEN, unknown, "TIMEOUT") == []


def test_a_run_that_ended_early_has_fewer_stages_and_that_is_no_change() -> None:
    assert changes(GREEN, replace(GREEN, stages=(64,), plans=("p0",)), "TIMEOUT") == []

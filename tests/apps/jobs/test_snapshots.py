"""What a run ran with and did is read from its record and its event log, and compared.

The event logs are Spark's (4.1.2, `local[2]`), without what is not read.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from apps.jobs.ledger.identity import Series
from apps.jobs.ledger.record import Cause, Record, Wanted
from apps.jobs.verdict import snapshots
from apps.jobs.verdict.changes import Kind, changes
from apps.jobs.verdict.snapshots import Profile, profile, snapshot, written

FOLDER = Path(__file__).parent / "profiles"
DAY = datetime(2026, 11, 20, tzinfo=UTC)
DIGEST = "localhost:30500/spark@sha256:" + "a" * 64
DRIVER = {"status": {"containerStatuses": [{"name": "spark-kubernetes-driver", "imageID": DIGEST}]}}


def did(name: str) -> Profile:
    return profile((FOLDER / f"{name}.jsonl").read_text().splitlines())


def record(day: datetime = DAY, **more: str) -> Record:
    spec = {
        "sparkVersion": "4.1.2",
        "arguments": ["--day={{ interval.key }}", "{{ run.id }}", "{{ interval.start }}"],
        "sparkConf": {"spark.sql.shuffle.partitions": "64"},
        "driver": {"memory": "1g"},
        "executor": {"memory": "4g", "instances": 8, "labels": {"a": "b"}},
    }
    wanted = Wanted(
        series=Series(namespace="data-dev", job="orders", interval=f"{day:%Y-%m-%d}"),
        key="schedule",
        cause=Cause.SCHEDULE,
        start=day,
        end=day + timedelta(days=1),
        commit=more.get("commit", "a1"),
        manifest={"apiVersion": "v1", "kind": "SparkApplication", "spec": spec},
    )
    return wanted.as_run(1, "token", day)


def test_an_event_log_says_what_was_read_by_which_plans_in_which_stages() -> None:
    green = did("green")
    assert (green.input_bytes, green.stages) == (6088, [2, 1, 2, 1])
    assert len(set(green.plans)) == 2
    assert green.heaps == {"driver": 77696960}


def test_a_query_that_stayed_has_its_plan_and_one_that_changed_another() -> None:
    green, changed = did("green"), did("changed")
    assert green.plans[0] == changed.plans[0]
    assert green.plans[1] != changed.plans[1]


def test_a_log_that_is_cut_in_the_middle_is_read_as_far_as_it_goes() -> None:
    lines = (FOLDER / "green.jsonl").read_text().splitlines()
    assert profile([*lines[:-1], lines[-1][:20], '{"Event":"SparkListenerTaskEnd"']).stages == [2, 1, 2, 1]


def test_of_a_log_that_is_too_long_nobody_says_how_much_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "MOST_CHARACTERS", 1500)
    assert did("green").input_bytes is None


def test_two_days_of_a_job_differ_in_nothing_but_what_they_did() -> None:
    first, second = (
        snapshot(record(day), DRIVER, ["m5.xlarge"], did("green")) for day in (DAY, DAY + timedelta(days=1))
    )
    assert first.arguments == ("--day={{ interval.key }}", "{{ run.id }}", "{{ interval.start }}")
    assert changes(first, second, "USER_EXCEPTION") == []


def test_the_image_is_known_by_its_digest() -> None:
    found = snapshot(record(), DRIVER, [], Profile())
    assert found.image == DIGEST
    assert found.sizes == {"driver.memory": "1g", "executor.memory": "4g", "executor.instances": "8"}


def test_another_commit_comes_before_what_it_brought_about() -> None:
    green = snapshot(record(), DRIVER, ["m5.xlarge"], did("green"))
    failed = snapshot(record(commit="b2"), DRIVER, ["m5.xlarge"], did("changed"))
    found = [each.kind for each in changes(green, failed, "USER_EXCEPTION")]
    assert found == [Kind.COMMIT, Kind.INPUT, Kind.PLAN]


def test_it_is_the_same_after_it_was_kept() -> None:
    found = snapshot(record(), DRIVER, ["m5.xlarge"], did("green"))
    assert snapshots.read({**written(found, {"1": 5}), "later": True}) == found

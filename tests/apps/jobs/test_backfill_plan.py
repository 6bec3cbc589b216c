"""A backfill is shown before it starts: which intervals run, which do not and why, and what that takes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from apps.jobs.backfill.overrides import Overrides, applied, differences
from apps.jobs.backfill.plan import MOST, Order, Past, Plan, Redo, Request, State, plan
from apps.jobs.cost.run import RunCost
from apps.jobs.definitions.checking import Definition
from apps.jobs.definitions.settings import JobSettings
from apps.jobs.schedule.cron import Schedule
from apps.jobs.schedule.due import Concurrency

NOW = datetime(2026, 11, 21, 5, tzinfo=UTC)
DAILY = Schedule("@daily")
SPEC: Mapping[str, Any] = {
    "type": "Python",
    "arguments": ["--day", "{{ interval.key }}"],
    "executor": {"instances": 2, "cores": 1, "memory": "2g"},
    "sparkConf": {"spark.sql.shuffle.partitions": "64"},
}


def definition(spec: Mapping[str, Any] = SPEC, schedule: Schedule | None = DAILY) -> Definition:
    return Definition(
        namespace="data-dev",
        name="orders",
        path="orders.yaml",
        line=1,
        spec=spec,
        metadata={},
        schedule=schedule,
        concurrency=Concurrency.FORBID if schedule else None,
        suspended=False,
        settings=JobSettings(),
        revision="a1b2c3d4e5",
    )


def request(first: int = 1, last: int = 11, **more: Any) -> Request:
    month = datetime(2026, 11, 1, tzinfo=UTC)
    return Request(
        namespace="data-dev",
        job="orders",
        first=month + timedelta(days=first - 1),
        last=month + timedelta(days=last - 1),
        **more,
    )


def shown(wanted: Request | None = None, past: Mapping[str, Past] | None = None, **more: Any) -> Plan:
    return plan(wanted or request(), more.pop("job", definition()), past or {}, NOW, **more)


def keys(found: Plan) -> list[str]:
    return [each.key[-2:] for each in found.run]


PAST = {
    "2026-11-02": Past(state=State.GREEN, revision="a1b2c3d4e5", checked=True),
    "2026-11-03": Past(state=State.GREEN, revision="0000000000"),
    "2026-11-04": Past(state=State.GREEN, revision="a1b2c3d4e5", checked=False),
    "2026-11-05": Past(state=State.FAILED, revision="a1b2c3d4e5"),
    "2026-11-06": Past(state=State.ACTIVE),
}


@pytest.mark.parametrize(
    ("redo", "expected"),
    [
        (Redo.MISSING, "01 07"),
        (Redo.FAILED, "01 05 07"),
        (Redo.CHECKS, "01 04 05 07"),
        (Redo.OLDER, "01 03 05 07"),
        (Redo.ALL, "01 02 03 04 05 07"),
    ],
)
def test_what_is_chosen_says_which_intervals_run_again(redo: Redo, expected: str) -> None:
    found = shown(request(1, 8, redo=redo), PAST)
    assert keys(found) == expected.split()
    assert len(found.run) + len(found.skipped) == 7


def test_every_interval_that_is_not_run_has_its_reason() -> None:
    reasons = {each.key[-2:]: each.reason for each in shown(request(1, 8), PAST).skipped}
    assert reasons == {
        "02": "has a run that succeeded",
        "03": "has a run that succeeded",
        "04": "has a run that succeeded",
        "05": "has a run, which failed",
        "06": "has a run under way",
    }


def test_a_run_under_way_is_never_doubled() -> None:
    assert "06" not in keys(shown(request(1, 8, redo=Redo.ALL), PAST))


def test_a_day_that_has_not_ended_is_not_run() -> None:
    found = shown(request(19, 24))
    assert keys(found) == ["19", "20"]
    assert found.skipped[0].reason == "has not ended: it does at 2026-11-22 00:00 UTC"


def test_the_latest_can_come_first() -> None:
    assert keys(shown(request(1, 4, order=Order.LATEST))) == ["03", "02", "01"]


def test_core_hours_and_cost_come_from_past_runs() -> None:
    green = [
        RunCost(
            usd=Decimal(usd),
            spot=None,
            on_demand=None,
            emr=None,
            core_hours=Decimal(hours),
            gib_hours=Decimal(1),
        )
        for usd, hours in ((2, 8), (1, 4), (3, 16))
    ]
    found = shown(green=green)
    assert found.core_hours
    assert [found.core_hours.least, found.core_hours.median, found.core_hours.most] == [40, 80, 160]
    assert found.usd
    assert [found.usd.least, found.usd.most] == [10, 30]


def test_without_past_runs_nothing_is_guessed() -> None:
    assert (shown().core_hours, shown().usd) == (None, None)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (shown(job=definition(schedule=None)), "has no schedule"),
        (
            shown(job=definition({"type": "Python", "arguments": ["--all"]})),
            "does the same for every interval",
        ),
        (shown(request(8, 8)), "has to be before the end"),
        (shown(request(22, 24)), "there is nothing to run"),
        (shown(live={"2026-11-03", "2026-11-04"}), "another backfill of orders has 2026-11-03 and 1 more"),
        (shown(request(1, 2), {}, live={"2026-11-03"}), ""),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_reason(found: Plan, words: str) -> None:
    assert bool(found.refused) == bool(words)
    assert words in " ".join(found.refused)


def test_more_than_a_thousand_runs_are_to_be_confirmed() -> None:
    start = datetime(2023, 1, 1, tzinfo=UTC)
    for days, confirm in ((MOST, ""), (MOST + 1, "It starts 1,001 runs.")):
        wanted = Request(namespace="data-dev", job="orders", first=start, last=start + timedelta(days=days))
        assert shown(wanted).confirm == confirm


def test_years_of_minutes_are_refused_in_no_time() -> None:
    wanted = Request(
        namespace="data-dev", job="orders", first=datetime(2000, 1, 1, tzinfo=UTC), last=NOW, redo=Redo.ALL
    )
    found = shown(wanted, job=definition(schedule=Schedule("* * * * *")))
    assert "more than 20,000 intervals" in found.refused[0]


@pytest.mark.parametrize(
    "other",
    [
        shown(request(1, 10)),
        shown(request(overrides=Overrides(executors=9))),
        shown(request(at_once=5)),
        shown(past={"2026-11-03": Past(state=State.GREEN)}),
    ],
)
def test_what_is_started_is_what_was_shown(other: Plan) -> None:
    assert shown().token == shown().token
    assert other.token != shown().token


def test_overrides_are_a_difference_and_leave_the_definition_as_it_is() -> None:
    wanted = Overrides(executors=6, executor_memory="4g", conf={"spark.sql.shuffle.partitions": "200"})
    found = shown(request(overrides=wanted)).differences
    assert [(each.field, each.before, each.after) for each in found] == [
        ("executor.instances", "2", "6"),
        ("executor.memory", "2g", "4g"),
        ("sparkConf[spark.sql.shuffle.partitions]", "64", "200"),
    ]
    assert SPEC["executor"]["instances"] == 2


def test_a_job_that_scales_by_itself_scales_to_the_number_that_was_asked_for() -> None:
    scaling = {
        **SPEC,
        "dynamicAllocation": {"enabled": True, "initialExecutors": 4, "minExecutors": 1, "maxExecutors": 8},
    }
    found = applied(scaling, Overrides(executors=2))["dynamicAllocation"]
    assert found == {"enabled": True, "initialExecutors": 2, "minExecutors": 1, "maxExecutors": 2}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"executor_memory": "4 GB"}, "is no size"),
        ({"image": "ours:latest"}, "can move"),
        ({"conf": {"hadoop.x": "1"}}, "is no property of Spark"),
        ({"conf": {"spark.hadoop.fs.s3a.secret.key": "hunter2hunter2"}}, "has a secret in it"),
        ({"executors": 5000}, "less than or equal to 1000"),
        ({"cores": 1}, "Extra inputs are not permitted"),
    ],
)
def test_an_override_that_can_not_be_is_refused(wrong: Mapping[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Overrides(**wrong)


def test_a_difference_shows_no_secret() -> None:
    found = differences({}, {"sparkConf": {"spark.x": "postgres://me:hunter2@db/x"}})
    assert "hunter2" not in found[0].after

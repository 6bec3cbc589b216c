"""Schedules tick as the operator's parser says, and every interval that ended is run, waits or is let go."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.jobs.ledger.identity import Series
from apps.jobs.schedule.cron import Schedule, ScheduleError
from apps.jobs.schedule.due import CatchUp, Concurrency, Due, Plan, due
from apps.jobs.schedule.intervals import Interval, between, ended
from components.tenants.admission_names import CRON
from tests.apps.jobs.ticks.record import NUMBER, SCHEDULES, SINCE, ZONES

ANSWERS = [json.loads(line) for line in (Path(__file__).parent / "ticks" / "answers.jsonl").open()]
DAY = timedelta(days=1)
BERLIN = "Europe/Berlin"


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def calm(ticks: list[datetime], zone: str) -> list[datetime]:
    """Those on whose day no clock changes: on the others we differ from the operator on purpose."""
    local = ZoneInfo(zone)
    return [
        tick
        for tick in ticks
        if (tick - DAY).astimezone(local).utcoffset() == (tick + DAY).astimezone(local).utcoffset()
    ]


def test_the_operators_parser_was_asked_about_all_of_them() -> None:
    assert len(ANSWERS) == len(SCHEDULES) * len(ZONES) * len(SINCE)
    assert all(answer["ticks"] and "error" not in answer for answer in ANSWERS)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_ticks_are_those_of_the_operators_parser(schedule: str) -> None:
    for answer in (each for each in ANSWERS if each["schedule"] == schedule):
        zone, expected = answer["zone"], [datetime.fromisoformat(each) for each in answer["ticks"]]
        ours = list(
            islice(Schedule(schedule, zone).ticks(datetime.fromisoformat(answer["since"])), NUMBER + 8)
        )
        until = min(ours[-1], expected[-1])
        assert [each for each in calm(ours, zone) if each <= until] == [
            each for each in calm(expected, zone) if each <= until
        ], f"{schedule} in {zone} since {answer['since']}"


def ticks(text: str, zone: str, since: str, number: int) -> list[str]:
    found = islice(Schedule(text, zone).ticks(at(since, zone)), number)
    return [f"{each.astimezone(ZoneInfo(zone)):%m-%d %H:%M%z}" for each in found]


def test_a_time_that_a_day_lacks_is_made_up_for_at_once() -> None:
    found = ticks("30 2 * * *", BERLIN, "2026-03-28T00:00", 3)
    assert found == ["03-28 02:30+0100", "03-29 03:00+0200", "03-30 02:30+0200"]


def test_a_time_that_a_day_has_twice_comes_once() -> None:
    found = ticks("30 2 * * *", BERLIN, "2026-10-24T00:00", 3)
    assert found == ["10-24 02:30+0200", "10-25 02:30+0200", "10-26 02:30+0100"]


def test_every_hour_is_every_hour_that_passes() -> None:
    found = list(islice(Schedule("@hourly", BERLIN).ticks(at("2026-10-24T22:00")), 30))
    assert {later - earlier for earlier, later in pairwise(found)} == {timedelta(hours=1)}


def test_every_is_counted_from_a_moment_that_all_workers_know() -> None:
    assert list(islice(Schedule("@every 1h30m").ticks(at("2026-11-20T00:10")), 2)) == [
        at("2026-11-20T01:30"),
        at("2026-11-20T03:00"),
    ]


@pytest.mark.parametrize(
    ("text", "zone", "says"),
    [
        ("60 * * * *", "UTC", "'60': minute 0-59"),
        ("0 5 * * 7", "UTC", r"'7': weekday 0-6 \(Sunday is 0\)"),
        ("*/0 * * * *", "UTC", "has a field that can not be"),
        ("0 5 L * *", "UTC", "'l': day 1-31"),
        ("0 5 * *", "UTC", "is no schedule: write five fields"),
        ("0 0 5 * * *", "UTC", "is no schedule"),
        ("@reboot", "UTC", "is no schedule"),
        ("@every 30s", "UTC", "must leave a minute or more"),
        ("0 0 31 2 *", "UTC", "has no day on which it would ever run"),
        ("@daily", "Europe/Atlantis", "time zone 'Europe/Atlantis' is not known"),
        ("@daily", "../etc/passwd", "is not known"),
    ],
)
def test_what_is_no_schedule_is_refused_with_what_to_write(text: str, zone: str, says: str) -> None:
    with pytest.raises(ScheduleError, match=says):
        Schedule(text, zone)


FIELDS = st.tuples(
    *(
        st.one_of(
            st.just("*"),
            st.integers(low, high).map(str),
            st.tuples(st.integers(low, high), st.integers(low, high)).map(
                lambda ends: f"{min(ends)}-{max(ends)}"
            ),
            st.integers(1, 12).map(lambda step: f"*/{step}"),
            st.sampled_from(["L", "7", "60", "1#2", "5-", "?", "0"]),
        )
        for low, high in ((0, 59), (0, 23), (1, 28), (1, 12), (0, 6))
    )
).map(" ".join)


@given(FIELDS)
def test_what_is_taken_here_is_what_the_api_server_takes(text: str) -> None:
    try:
        Schedule(text)
        said = "taken"
    except ScheduleError as error:
        said = "taken" if "no day on which" in str(error) else "refused"
    assert said == ("taken" if re.search(CRON, text) else "refused")


@given(
    st.sampled_from(SCHEDULES),
    st.sampled_from(ZONES),
    st.datetimes(datetime(2024, 3, 1), datetime(2027, 12, 31)),  # noqa: DTZ001
)
def test_intervals_meet_without_gap_or_overlap_and_each_has_its_own_key(
    text: str, zone: str, moment: datetime
) -> None:
    schedule, since = Schedule(text, zone), moment.replace(tzinfo=UTC)
    first = next(schedule.ticks(since))
    found = list(islice(ended(schedule, since, first + 400 * DAY), 20))
    assert all(earlier.end == later.start for earlier, later in pairwise(found))
    assert found[0].start <= since < found[0].end == first
    assert len({each.key for each in found}) == len(found)
    for each in found:
        Series(namespace="data-dev", job="orders", interval=each.key)


def test_a_day_is_named_by_its_date_in_the_schedules_zone() -> None:
    (found,) = ended(Schedule("@daily", BERLIN), at("2026-11-20T12:00"), at("2026-11-21T12:00"))
    assert found == Interval(start=at("2026-11-19T23:00"), end=at("2026-11-20T23:00"), key="2026-11-20")


def test_an_interval_within_a_day_is_named_by_its_moment() -> None:
    (found,) = ended(Schedule("0 */6 * * *", "UTC"), at("2026-11-20T05:00"), at("2026-11-20T07:00"))
    assert found.key == "2026-11-20"
    (found,) = ended(Schedule("0 5 * * *", "UTC"), at("2026-11-20T04:00"), at("2026-11-20T07:00"))
    assert found.key == "2026-11-19T05-00Z"


def test_a_backfill_has_the_intervals_that_begin_within_it() -> None:
    keys = [each.key for each in between(Schedule("@daily"), at("2026-11-01T00:00"), at("2026-11-04T00:00"))]
    assert keys == ["2026-11-01", "2026-11-02", "2026-11-03"]


def plan(**changes: Any) -> Plan:
    given = {
        "schedule": Schedule("@daily"),
        "since": at("2026-11-10T12:00"),
        "concurrency": Concurrency.FORBID,
        "catch_up": CatchUp.ALL,
    }
    return Plan(**{**given, **changes})


def asked(now: str, *, settled: tuple[str, ...] = (), active: bool = False, **changes: Any) -> Due:
    return due(plan(**changes), at(now), settled=settled, active=active)


def keys(intervals: tuple[Interval, ...]) -> list[str]:
    return [each.key[-2:] for each in intervals]


def test_an_interval_is_due_at_its_end_and_not_before() -> None:
    assert asked("2026-11-10T23:59") == Due()
    assert keys(asked("2026-11-11T00:00").run) == ["10"]


def test_what_was_claimed_or_skipped_is_not_due_again() -> None:
    assert asked("2026-11-11T06:00", settled=("2026-11-10",)) == Due()


def test_the_same_question_has_the_same_answer_however_late_it_is_asked() -> None:
    assert keys(asked("2026-11-11T00:00").run) == keys(asked("2026-11-11T23:59").run)


def test_three_missed_intervals_are_run_one_by_one_where_only_one_may_run() -> None:
    found = asked("2026-11-13T06:00")
    assert (keys(found.run), keys(found.waiting)) == (["10"], ["11", "12"])
    found = asked("2026-11-13T06:00", active=True)
    assert (keys(found.run), keys(found.waiting)) == ([], ["10", "11", "12"])


def test_they_are_run_at_once_where_that_is_allowed() -> None:
    assert keys(asked("2026-11-13T06:00", concurrency=Concurrency.ALLOW, active=True).run) == [
        "10",
        "11",
        "12",
    ]


def test_the_latest_takes_the_place_of_all_before_it() -> None:
    found = asked("2026-11-13T06:00", concurrency=Concurrency.REPLACE, active=True)
    assert (keys(found.run), found.replace) == (["12"], True)
    assert [(skipped.interval.key, skipped.reason) for skipped in found.skipped] == [
        ("2026-11-10", "a later interval takes its place (Replace)"),
        ("2026-11-11", "a later interval takes its place (Replace)"),
    ]


def test_of_missed_intervals_the_latest_is_run_and_the_others_say_why_not() -> None:
    found = asked("2026-11-13T06:00", catch_up=CatchUp.LATEST)
    assert keys(found.run) == ["12"]
    assert {skipped.reason for skipped in found.skipped} == {
        "missed, and a later interval is run (catch-up latest)"
    }
    assert len(found.skipped) == 2


def test_without_catching_up_only_what_has_just_ended_is_run() -> None:
    assert keys(asked("2026-11-13T00:10", catch_up=CatchUp.NONE).run) == ["12"]
    found = asked("2026-11-13T06:00", catch_up=CatchUp.NONE)
    assert found.run == ()
    assert [skipped.reason for skipped in found.skipped][-1] == "missed by 6 h (catch-up none)"


def test_what_is_past_its_deadline_is_let_go() -> None:
    found = asked("2026-11-13T06:00", deadline=timedelta(hours=8))
    assert keys(found.run) == ["12"]
    assert [skipped.reason for skipped in found.skipped] == [
        "2 d late; it may be 8 h",
        "30 h late; it may be 8 h",
    ]


def test_a_suspended_schedule_starts_nothing_and_skips_nothing() -> None:
    assert asked("2026-11-13T06:00", suspended=True) == Due()


def test_more_than_a_pass_takes_is_left_to_the_next() -> None:
    found = asked("2026-11-20T06:00", most=3, concurrency=Concurrency.ALLOW)
    assert (keys(found.run), found.more) == (["10", "11", "12"], True)


def test_the_newest_of_a_pass_is_not_taken_for_the_latest_of_all() -> None:
    assert asked("2026-11-20T06:00", most=3, catch_up=CatchUp.LATEST).run == ()


@given(
    st.sampled_from(Concurrency),
    st.sampled_from(CatchUp),
    st.integers(0, 200),
    st.booleans(),
    st.one_of(st.none(), st.integers(1, 48).map(lambda hours: timedelta(hours=hours))),
)
def test_every_interval_that_ended_is_run_waits_or_is_let_go(
    concurrency: Concurrency, catch_up: CatchUp, hours: int, active: bool, deadline: timedelta | None
) -> None:
    asking = plan(concurrency=concurrency, catch_up=catch_up, deadline=deadline)
    now = at("2026-11-10T12:00") + timedelta(hours=hours)
    found = due(asking, now, settled=(), active=active)
    said = [*found.run, *found.waiting, *(skipped.interval for skipped in found.skipped)]
    assert sorted(said) == list(ended(asking.schedule, asking.since, now))

"""Schedules are said in words that mean what the operator's parser makes of them."""

from __future__ import annotations

import locale

import pytest

from apps.jobs.schedule.cron import Schedule
from apps.jobs.schedule.words import in_words
from tests.apps.jobs.ticks.record import SCHEDULES


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        ("0 6 * * *", "every day at 06:00 (Europe/Berlin)"),
        ("@daily", "every day at 00:00 (Europe/Berlin)"),
        ("0 6,18 * * *", "every day at 06:00 and 18:00 (Europe/Berlin)"),
        ("30 2 * * 1-5", "at 02:30, Monday through Friday (Europe/Berlin)"),
        ("0 3 * * sun", "at 03:00, only on Sunday (Europe/Berlin)"),
        ("0 0 * * 0", "at 00:00, only on Sunday (Europe/Berlin)"),
        ("*/5 * * * *", "every 5 minutes (Europe/Berlin)"),
        ("0 */6 * * *", "every 6 hours (Europe/Berlin)"),
        ("5/15 * * * *", "every 15 minutes, minutes 5 through 59 past the hour (Europe/Berlin)"),
        (
            "0 0 1,15 jan,mar *",
            "at 00:00, on day 1 and 15 of the month, only in January and March (Europe/Berlin)",
        ),
        ("@every 90m", "every 90 minutes"),
        ("@every 24h", "every day"),
    ],
)
def test_a_schedule_is_said_in_words_with_its_time_zone(schedule: str, words: str) -> None:
    assert in_words(Schedule(schedule, "Europe/Berlin")) == words


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        ("*/45 * * * *", "at 0 and 45 minutes past the hour (UTC)"),
        ("*/90 * * * *", "every hour (UTC)"),
        ("0 */5 * * *", "every day at 00:00, 05:00, 10:00, 15:00 and 20:00 (UTC)"),
        ("0 0 * */5 *", "at 00:00, only in January, June, and November (UTC)"),
        ("0 0 */2 * *", "at 00:00, every 2 days, between day 1 and 31 of the month (UTC)"),
    ],
)
def test_a_step_that_begins_anew_is_not_said_as_an_even_rhythm(schedule: str, words: str) -> None:
    assert in_words(Schedule(schedule)) == words


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        ("0 9 1 * mon", "at 09:00, on day 1 of the month, or on Monday (UTC)"),
        ("0 9 *,3 * 1", "at 09:00, only on Monday (UTC)"),
        ("0 9 ? * 2", "at 09:00, only on Tuesday (UTC)"),
    ],
)
def test_a_day_and_a_weekday_are_said_as_the_operator_joins_them(schedule: str, words: str) -> None:
    assert in_words(Schedule(schedule)) == words


def test_every_schedule_that_the_operators_parser_was_asked_about_has_words() -> None:
    assert [each for each in SCHEDULES if not in_words(Schedule(each, "UTC")).endswith(" (UTC)")] == []


def test_words_are_english_whatever_the_machine_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locale, "getlocale", lambda *_: ("de_DE", "UTF-8"))
    assert in_words(Schedule("0 6 * * 1")) == "at 06:00, only on Monday (UTC)"

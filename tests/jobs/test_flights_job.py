"""The flights job's transformations on made-up flights, and what it says about input that it can't use."""

from __future__ import annotations

import argparse
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.spark

AIRPORTS = [
    ("AAA", "Alpha", "Aville", "AL"),
    ("BBB", "Beta", "Bville", "BE"),
    ("CCC", "Gamma", "Cville", "GA"),
]

Flight = tuple[str | None, int | None, int | None, str | None, str | None]

GOOD: Flight = ("03141530", 7, 100, "AAA", "BBB")


@pytest.fixture(scope="module")
def airports(spark: Any, job: Any) -> Any:
    rows = ", ".join(map(repr, AIRPORTS))
    return spark.sql(f"SELECT * FROM VALUES {rows} AS rows({', '.join(job.AIRPORT_COLUMNS)})")  # noqa: S608 - made-up rows


def made_up(spark: Any, job: Any, *flights: Flight) -> Any:
    # As SQL: rows handed over from Python would start Python workers, which the job never needs.
    columns = ", ".join(f"CAST({name} AS {kind}) AS {name}" for name, kind in job.COLUMNS.items())
    rows = ", ".join(f"({', '.join(map(literal, flight))})" for flight in flights or [GOOD])
    frame = spark.sql(f"SELECT {columns} FROM VALUES {rows} AS rows({', '.join(job.COLUMNS)})")  # noqa: S608 - made-up rows
    return frame if flights else frame.limit(0)


def literal(value: str | int | None) -> str:
    return "NULL" if value is None else repr(value)


def judged(spark: Any, job: Any, airports: Any, *flights: Flight) -> list[Any]:
    return list(job.judge(made_up(spark, job, *flights), airports, 2001).collect())


def table(spark: Any, job: Any, airports: Any, *flights: Flight) -> dict[tuple[str, str], Any]:
    accepted = job.accepted(job.judge(made_up(spark, job, *flights), airports, 2001))
    return {(row["grouping"], row["key"]): row for row in job.statistics(accepted).collect()}


def test_a_date_becomes_the_clock_time_of_departure_whatever_the_time_zone(
    spark: Any, job: Any, airports: Any
) -> None:
    # 02:30 on 2001-04-01 does not exist in the session's zone, New York: clocks went from 02:00 to 03:00.
    row = judged(spark, job, airports, ("04010230", 0, 100, "AAA", "BBB"))[0]

    assert row["departed"] == datetime(2001, 4, 1, 2, 30), "a flight elsewhere did leave at that clock time"  # noqa: DTZ001
    assert row["reason"] is None, "it is a good flight"


@pytest.mark.parametrize(
    ("flight", "reason"),
    [
        (GOOD, None),
        ((None, 7, 100, "AAA", "BBB"), "value missing"),
        (("03141530", None, 100, "AAA", "BBB"), "value missing"),
        (("03141530", 7, 100, None, "BBB"), "value missing"),
        (("02291200", 7, 100, "AAA", "BBB"), "date unreadable"),
        (("13011200", 7, 100, "AAA", "BBB"), "date unreadable"),
        (("03142400", 7, 100, "AAA", "BBB"), "date unreadable"),
        (("03141260", 7, 100, "AAA", "BBB"), "date unreadable"),
        (("3141530", 7, 100, "AAA", "BBB"), "date unreadable"),
        (("0314 530", 7, 100, "AAA", "BBB"), "date unreadable"),
        (("03141530", 7, 100, "AAA", "ZZZ"), "airport unknown"),
        (("03141530", 7, 100, "ZZZ", "AAA"), "airport unknown"),
        (("03141530", 7, 100, "AAA", "AAA"), "from an airport to itself"),
        (("03141530", 7, 0, "AAA", "BBB"), "distance not positive"),
        (("03141530", -120, 100, "AAA", "BBB"), None),
        (("03141530", -121, 100, "AAA", "BBB"), "delay not believable"),
        (("03141530", 1380, 100, "AAA", "BBB"), None),
        (("03141530", 1381, 100, "AAA", "BBB"), "delay not believable"),
    ],
)
def test_a_flight_is_rejected_for_the_first_reason_that_holds(
    spark: Any, job: Any, airports: Any, flight: Flight, reason: str | None
) -> None:
    assert [row["reason"] for row in judged(spark, job, airports, flight)] == [reason], (
        f"{flight} must be judged once, as {reason or 'accepted'}"
    )


def test_every_flight_is_either_accepted_or_rejected(spark: Any, job: Any, airports: Any) -> None:
    flights = (GOOD, GOOD, (None, 7, 100, "AAA", "BBB"), ("03141530", 7, 0, "AAA", "BBB"))
    frame = job.judge(made_up(spark, job, *flights), airports, 2001)

    assert job.accepted(frame).count() == 2, "two equal flights are two flights: there is no flight number"
    assert job.rejected(frame).count() == 2, "the rest keeps its rows, with a reason"
    assert set(job.rejected(frame).columns) == {*job.COLUMNS, "reason"}, "as stored, so that one can look"


def test_measures_of_a_route_are_those_of_its_flights(spark: Any, job: Any, airports: Any) -> None:
    delays = (-10, 0, 14, 15, 60)
    rows = table(spark, job, airports, *(("03141530", delay, 100, "AAA", "BBB") for delay in delays))
    route = rows["route", "AAA-BBB"]

    assert route["flights"] == 5, "all five are on the route"
    assert route["late"] == 2, "late begins at 15 minutes, so 14 is on time"
    assert route["very_late"] == 1, "very late begins at 60 minutes"
    assert (route["delay_minutes"], route["distance_miles"]) == (79, 500), "sums of the five"
    assert route["mean_delay"] == pytest.approx(15.8), "79 minutes over 5 flights"
    assert route["median_delay"] == 14, "the middle one of five"
    assert route["p90_delay"] == pytest.approx(42), "position 3.6 of 0..4 lies between 15 and 60"
    assert (route["min_delay"], route["max_delay"]) == (-10, 60), "the extremes"


def test_each_grouping_names_its_keys_readably(spark: Any, job: Any, airports: Any) -> None:
    rows = table(spark, job, airports, ("03070905", 20, 500, "AAA", "BBB"))

    assert set(rows) == {
        ("all", "all"),
        ("month", "2001-03"),
        ("weekday", "Wednesday"),
        ("day", "2001-03-07"),
        ("hour", "09"),
        ("origin", "AAA"),
        ("destination", "BBB"),
        ("route", "AAA-BBB"),
        ("origin-hour", "AAA 09"),
        ("distance", "0500-0999"),
        ("punctuality", "late"),
    }, "one key per grouping; 500 miles begin the second band"


def test_punctuality_has_four_classes(spark: Any, job: Any, airports: Any) -> None:
    delays = (-1, 0, 14, 15, 59, 60)
    rows = table(spark, job, airports, *(("03070905", delay, 500, "AAA", "BBB") for delay in delays))
    classes = {key: row["flights"] for (grouping, key), row in rows.items() if grouping == "punctuality"}

    assert classes == {"early": 1, "on time": 2, "late": 2, "very late": 1}, (
        "the bounds belong to the later class"
    )


def test_a_lost_flight_is_noticed(job: Any) -> None:
    rows = [{"grouping": name, "flights": 9 if name == "route" else 10} for name in job.groupings()]

    with pytest.raises(job.UnusableError, match=r"10 flights were accepted, .*\{'route': 9\}") as caught:
        job.check_totals(rows, 10)
    assert caught.value.status == 4, "results that contradict each other have a status of their own"


def entry(grouping: str, key: str, flights: int, delay: float) -> dict[str, Any]:
    return {"grouping": grouping, "key": key, "flights": flights, "mean_delay": delay, "min_delay": 0}


def test_rankings_leave_out_what_is_rare_and_break_ties_by_key(spark: Any, job: Any) -> None:
    rows = [
        *(entry("day", f"2001-01-{day:02d}", 50, delay) for day, delay in ((1, 5.0), (2, 9.0))),
        *(entry("origin", key, flights, 3.0) for key, flights in (("BBB", 40), ("AAA", 40), ("CCC", 39))),
        entry("route", "AAA-BBB", 4, 8.0),
        entry("route", "BBB-AAA", 3, 99.0),
        entry("origin-hour", "AAA 07", 2, 4.0),
        entry("origin-hour", "AAA 08", 2, 1.0),
        entry("origin-hour", "AAA 09", 1, -9.0),
    ]
    lists = job.rankings(rows)

    assert [row["key"] for row in lists["worst_days"]] == ["2001-01-02", "2001-01-01"], "worst first"
    assert [row["key"] for row in lists["worst_airports"]] == ["AAA", "BBB"], (
        "39 flights in 2 days are under 20 a day"
    )
    assert [row["key"] for row in lists["worst_routes"]] == ["AAA-BBB"], (
        "3 flights in 2 days are under 2 a day"
    )
    assert [row["key"] for row in lists["best_hour_of_busiest_airports"]] == ["AAA 08"], (
        "the best hour with one flight a day; 09 has half of one"
    )


def test_codes_get_names_where_they_are_airports(job: Any) -> None:
    lists = {
        "worst_days": [{"key": "2001-01-01"}],
        "worst_routes": [{"key": "AAA-XXX"}],
        "best_airports": [{"key": "AAA"}],
    }
    job.add_names(lists, {"AAA": "Alpha, Aville"})

    assert lists["worst_routes"][0]["name"] == "Alpha, Aville to XXX", "an unknown code stays a code"
    assert lists["best_airports"][0]["name"] == "Alpha, Aville"
    assert "name" not in lists["worst_days"][0], "a day is no airport"


@pytest.fixture
def files(spark: Any, job: Any, tmp_path: Path) -> argparse.Namespace:
    """A run's options, with input files that are fine."""
    made_up(
        spark, job, *[GOOD] * 3, ("03150600", 90, 100, "BBB", "CCC"), ("bad", 0, 1, "AAA", "BBB")
    ).write.parquet(str(tmp_path / "in"))
    lines = ["iata,name,city,state", *(",".join(airport) for airport in AIRPORTS)]
    (tmp_path / "airports.csv").write_text("\n".join(lines))
    return argparse.Namespace(
        input=str(tmp_path / "in"),
        airports=str(tmp_path / "airports.csv"),
        output=str(tmp_path / "out"),
        run="one",
        year=2001,
    )


def test_a_run_writes_everything_and_its_answer_last(spark: Any, job: Any, files: argparse.Namespace) -> None:
    answer = job.run(spark, files)
    out = Path(files.output) / "one"

    written = json.loads("".join(path.read_text() for path in (out / "answer").glob("part-*")))
    assert written == answer, "what is written is what was computed"
    assert (answer["accepted"], answer["rejected"]) == (4, {"date unreadable": 1}), "five flights went in"
    assert [path.name for path in (out / "flights").glob("year=*/month=*")] == ["month=3"], (
        "by year and month"
    )
    assert len([*(out / "statistics").glob("grouping=*")]) == len(job.groupings()), "by grouping"
    markers = {path.parent.name: path.stat().st_mtime for path in out.glob("*/_SUCCESS")}
    assert max(markers, key=lambda name: markers[name]) == "answer", "an answer means that the rest is there"


def test_the_same_run_again_replaces_its_results(spark: Any, job: Any, files: argparse.Namespace) -> None:
    job.run(spark, files)
    answer = job.run(spark, files)
    flights = spark.read.parquet(f"{files.output}/one/flights")

    assert flights.count() == answer["accepted"] == 4, "a restarted driver must not double the flights"


def test_a_run_without_a_name_gets_the_applications(spark: Any, job: Any, files: argparse.Namespace) -> None:
    files.run = None

    assert job.run(spark, files)["run"] == "flights-tests", "so the runs of a schedule never meet"


def failure(spark: Any, job: Any, files: argparse.Namespace) -> tuple[int, str]:
    with pytest.raises(job.UnusableError) as caught:
        job.run(spark, files)
    assert not Path(files.output).exists(), "input that can't be used leaves no result behind"
    return caught.value.status, str(caught.value)


def test_a_missing_input_is_named(spark: Any, job: Any, files: argparse.Namespace) -> None:
    files.input = "/no/such/flights.parquet"
    status, text = failure(spark, job, files)

    assert status == 3, "a missing file has its own status"
    assert "/no/such/flights.parquet does not exist. Upload it" in text, "what, which, and what to do"


def test_a_missing_airports_file_is_named(spark: Any, job: Any, files: argparse.Namespace) -> None:
    files.airports = "/no/such/airports.csv"

    assert failure(spark, job, files)[0] == 3
    assert "/no/such/airports.csv does not exist" in failure(spark, job, files)[1]


def test_an_empty_folder_is_no_input(spark: Any, job: Any, files: argparse.Namespace, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    files.input = str(tmp_path / "empty")
    status, text = failure(spark, job, files)

    assert (status, "holds no parquet data" in text) == (2, True), text


def test_a_file_of_another_kind_is_no_input(spark: Any, job: Any, files: argparse.Namespace) -> None:
    files.input = files.airports
    status, text = failure(spark, job, files)

    assert (status, "is not a parquet file" in text) == (2, True), text


def test_missing_and_wrong_columns_are_all_named(
    spark: Any, job: Any, files: argparse.Namespace, tmp_path: Path
) -> None:
    spark.sql("SELECT '03141530' AS date, '7' AS delay, 1 AS distance, 'AAA' AS origin").write.parquet(
        str(tmp_path / "other")
    )
    files.input = str(tmp_path / "other")
    status, text = failure(spark, job, files)

    assert status == 2, "the input can't be used"
    assert "delay is string" in text, "a type that does not fit"
    assert "destination is missing" in text, "and the missing column, in the same message"
    assert "distance is" not in text, "a 32-bit number fits"


def test_input_without_a_usable_flight_says_why_each_was_rejected(
    spark: Any, job: Any, files: argparse.Namespace, tmp_path: Path
) -> None:
    made_up(spark, job, ("02291200", 7, 100, "AAA", "BBB")).write.parquet(str(tmp_path / "leap"))
    files.input = str(tmp_path / "leap")
    status, text = failure(spark, job, files)

    assert status == 2, "the input can't be used"
    assert "1 rows, rejected as {'date unreadable': 1}" in text, "the numbers by reason"
    assert "--year, which is 2001" in text, "a 29 February points at the year"


def test_empty_input_is_refused(spark: Any, job: Any, files: argparse.Namespace, tmp_path: Path) -> None:
    made_up(spark, job).write.parquet(str(tmp_path / "none"))
    files.input = str(tmp_path / "none")

    assert "0 rows" in failure(spark, job, files)[1], "an empty answer would look like a good one"

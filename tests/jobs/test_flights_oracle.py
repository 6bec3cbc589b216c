"""The oracle must notice what it is there for: each kind of error, made on purpose, gives a sentence."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from jobs.flights import oracle

FLIGHTS = (
    ("01010800", 20, 300, "AAA", "BBB"),
    ("01010900", -5, 300, "AAA", "BBB"),
    ("01020800", 61, 2500, "BBB", "CCC"),
    ("02291200", 0, 300, "AAA", "BBB"),
    ("01020800", 1381, 2500, "BBB", "CCC"),
)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    flights, airports = tmp_path / "flights.parquet", tmp_path / "airports.csv"
    airports.write_text("iata,name,city,state\nAAA,Alpha,A,AL\nBBB,Beta,B,BE\nCCC,Gamma,C,GA\n")
    rows = ", ".join(map(str, FLIGHTS))
    values = f"VALUES {rows} AS rows(date, delay, distance, origin, destination)"
    duckdb.sql(f"COPY (FROM ({values})) TO '{flights}' (FORMAT parquet)")
    return flights, airports


@pytest.fixture
def expected(files: tuple[Path, Path]) -> oracle.Expected:
    return oracle.compute(*files)


@pytest.fixture
def answer(expected: oracle.Expected) -> dict[str, Any]:
    """An answer that agrees."""
    lists = {
        name: [dict(expected.statistics[oracle.RANKINGS[name].split("'")[1], key]) for key in keys]
        for name, keys in expected.rankings.items()
    }
    total = dict(expected.statistics["all", "all"])
    return {"accepted": expected.accepted, "rejected": dict(expected.rejected), "total": total, **lists}


RUN = """
CREATE VIEW raw AS FROM read_parquet('{flights}');
COPY (SELECT try_strptime('2001' || date, '%Y%m%d%H%M') AS departed, origin, destination,
    distance AS distance_miles, delay AS delay_minutes, 2001 AS year, 1 AS month
    FROM raw WHERE date <> '02291200' AND delay < 1381)
    TO '{run}/flights' (FORMAT parquet, PARTITION_BY (year, month), OVERWRITE_OR_IGNORE);
COPY (SELECT *, if(date = '02291200', 'date unreadable', 'delay not believable') AS reason
    FROM raw WHERE date = '02291200' OR delay > 1380) TO '{run}/rejected/0.parquet';
COPY (FROM read_json('{run}.json'))
    TO '{run}/statistics' (FORMAT parquet, PARTITION_BY ("grouping"), OVERWRITE_OR_IGNORE);
"""


@pytest.fixture
def output(files: tuple[Path, Path], expected: oracle.Expected, tmp_path: Path) -> Path:
    """Results as the job writes them, made without it."""
    folder = tmp_path / "run"
    for name in ("flights", "rejected", "statistics"):
        (folder / name).mkdir(parents=True)
    (tmp_path / "run.json").write_text(json.dumps([*map(dict, expected.statistics.values())]))
    with duckdb.connect() as db:
        db.execute(RUN.format(flights=files[0], run=folder))
    return folder


def test_counts_are_those_of_the_made_up_flights(expected: oracle.Expected) -> None:
    assert expected.accepted == 3, "of five, one has no such day and one is too late to be believed"
    assert expected.rejected == {"date unreadable": 1, "delay not believable": 1}
    route = expected.statistics["route", "AAA-BBB"]
    assert (route["flights"], route["late"], route["delay_minutes"]) == (2, 1, 15), "20 and -5 minutes"
    assert route["median_delay"] == 7.5, "between the two"
    assert expected.rankings["worst_days"] == ["2001-01-02", "2001-01-01"], "61 minutes against 7.5"


def test_equal_results_have_no_difference(
    output: Path, answer: dict[str, Any], expected: oracle.Expected
) -> None:
    assert oracle.compare(output, answer, expected) == []


def test_a_lost_flight_is_found(output: Path, answer: dict[str, Any], expected: oracle.Expected) -> None:
    next((output / "flights").rglob("*.parquet")).unlink()
    files = [*(output / "flights").rglob("*.parquet")]
    if not files:
        duckdb.sql(
            "COPY (SELECT TIMESTAMP '2001-01-01 08:00' AS departed, 'AAA' AS origin, 'BBB' AS destination, "
            f"300 AS distance_miles, 20 AS delay_minutes) TO '{output}/flights/0.parquet'"
        )

    assert oracle.compare(output, answer, expected) == ["flights holds 1 rows, expected 3"]


def test_a_changed_flight_is_found_though_the_count_is_right(
    output: Path, answer: dict[str, Any], expected: oracle.Expected
) -> None:
    file = next((output / "flights").rglob("*.parquet"))
    duckdb.sql(f"CREATE OR REPLACE TABLE changed AS FROM read_parquet('{file}', hive_partitioning = false)")
    duckdb.sql("UPDATE changed SET delay_minutes = delay_minutes + 1 WHERE origin = 'BBB'")
    duckdb.sql(f"COPY changed TO '{file}'")

    assert oracle.compare(output, answer, expected) == [
        "flights holds 3 rows as expected, but their content differs"
    ]


def test_a_wrong_measure_names_grouping_key_and_both_values(
    expected: oracle.Expected,
) -> None:
    found = copy.deepcopy(dict(expected.statistics))
    found["route", "AAA-BBB"] = {**found["route", "AAA-BBB"], "late": 2}

    assert oracle.compare_statistics(found, expected.statistics) == ["route AAA-BBB: late is 2, expected 1"]


@pytest.mark.parametrize(("error", "noticed"), [(1e-15, False), (1e-6, True)])
def test_a_mean_may_differ_in_its_last_bit_and_no_more(
    expected: oracle.Expected, error: float, noticed: bool
) -> None:
    found = copy.deepcopy(dict(expected.statistics))
    row = found["all", "all"]
    found["all", "all"] = {**row, "mean_delay": row["mean_delay"] * (1 + error)}

    assert bool(oracle.compare_statistics(found, expected.statistics)) is noticed


def test_missing_and_surplus_keys_are_named(expected: oracle.Expected) -> None:
    found = dict(expected.statistics)
    found["hour", "23"] = found.pop(("hour", "08"))

    assert oracle.compare_statistics(found, expected.statistics) == [
        "hour 08 is missing",
        "hour 23 should not exist",
    ]


def test_a_ranking_in_another_order_is_found(answer: dict[str, Any], expected: oracle.Expected) -> None:
    answer["worst_days"].reverse()

    assert oracle.compare_answer(answer, expected) == [
        "answer: worst_days lists ['2001-01-01', '2001-01-02'], expected ['2001-01-02', '2001-01-01']"
    ]


def test_a_wrong_count_of_rejected_flights_is_found(
    output: Path, answer: dict[str, Any], expected: oracle.Expected
) -> None:
    answer["rejected"] = {"date unreadable": 2}

    assert oracle.compare_answer(answer, expected)[0].startswith("answer: rejected is {'date unreadable': 2}")

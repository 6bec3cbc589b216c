"""The same questions about the flights in DuckDB's SQL: what the Spark job must answer.

Written apart from the job and in another way: row by row instead of by histograms, with its own copy of every
rule. Nothing is shared but the names of columns and groupings, so an error would have to be made twice.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import duckdb

TOLERANCE: Final = 1e-9
"""Relative difference that means and quantiles may have.

They are a sum of whole numbers divided once, or two whole numbers mixed linearly: engines may round the last
of 52 bits (2e-16) differently, while one flight counted wrongly changes the mean of all 3 M by over 1e-8.
"""

COUNTS: Final = (
    "flights",
    "late",
    "very_late",
    "delay_minutes",
    "distance_miles",
    "min_delay",
    "max_delay",
)
"""Whole numbers: they must be equal."""

MEANS: Final = ("mean_delay", "median_delay", "p90_delay")
"""Fractions: they must be equal within `TOLERANCE`."""

KEYS: Final = MappingProxyType(
    {
        "all": "'all'",
        "month": "strftime(departed, '%Y-%m')",
        "weekday": "dayname(departed)",
        "day": "strftime(departed, '%Y-%m-%d')",
        "hour": "strftime(departed, '%H')",
        "origin": "origin",
        "destination": "destination",
        "route": "origin || '-' || destination",
        "origin-hour": "origin || ' ' || strftime(departed, '%H')",
        "distance": """CASE WHEN miles >= 2000 THEN '2000+' WHEN miles >= 1500 THEN '1500-1999'
            WHEN miles >= 1000 THEN '1000-1499' WHEN miles >= 500 THEN '0500-0999' ELSE '0000-0499' END""",
        "punctuality": """CASE WHEN delay >= 60 THEN 'very late' WHEN delay >= 15 THEN 'late'
            WHEN delay >= 0 THEN 'on time' ELSE 'early' END""",
    }
)
"""SQL that gives a flight's key in each grouping."""

RANKINGS: Final = MappingProxyType(
    {
        "months": "grouping = 'month' ORDER BY key LIMIT 12",
        "weekdays": "grouping = 'weekday' ORDER BY mean_delay, key LIMIT 10",
        "hours": "grouping = 'hour' ORDER BY key LIMIT 24",
        "distances": "grouping = 'distance' ORDER BY key LIMIT 10",
        "punctuality": "grouping = 'punctuality' ORDER BY min_delay, key LIMIT 10",
        "worst_days": "grouping = 'day' ORDER BY mean_delay DESC, key LIMIT 10",
        "best_days": "grouping = 'day' ORDER BY mean_delay, key LIMIT 10",
        "busiest_airports": "grouping = 'origin' ORDER BY flights DESC, key LIMIT 10",
        "worst_airports": "grouping = 'origin' AND daily >= 20 ORDER BY mean_delay DESC, key LIMIT 10",
        "best_airports": "grouping = 'origin' AND daily >= 20 ORDER BY mean_delay, key LIMIT 10",
        "busiest_routes": "grouping = 'route' ORDER BY flights DESC, key LIMIT 10",
        "worst_routes": "grouping = 'route' AND daily >= 2 ORDER BY mean_delay DESC, key LIMIT 10",
        "best_hour_of_busiest_airports": """grouping = 'origin-hour' AND daily >= 1 AND key[:3] IN
            (SELECT key FROM ranked WHERE grouping = 'origin' ORDER BY flights DESC, key LIMIT 10)
            QUALIFY row_number() OVER (PARTITION BY key[:3] ORDER BY mean_delay, key) = 1
            ORDER BY (SELECT flights FROM statistics origin
                WHERE origin.grouping = 'origin' AND origin.key = ranked.key[:3]) DESC""",
    }
)
"""SQL conditions and orders of the answer's lists."""

_JUDGED: Final = """
CREATE TABLE judged AS
SELECT flight.*, TRY_STRPTIME(printf('%04d', $year) || date, '%Y%m%d%H%M') AS departed,
    CASE
        WHEN date IS NULL OR delay IS NULL OR distance IS NULL OR origin IS NULL OR destination IS NULL
            THEN 'value missing'
        WHEN NOT regexp_full_match(date, '[0-9]{8}') OR departed IS NULL THEN 'date unreadable'
        WHEN origin NOT IN (FROM codes) OR destination NOT IN (FROM codes) THEN 'airport unknown'
        WHEN origin = destination THEN 'from an airport to itself'
        WHEN distance < 1 THEN 'distance not positive'
        WHEN delay < -120 OR delay > 1380 THEN 'delay not believable'
    END AS reason
FROM read_parquet($flights) AS flight
"""

_GROUPED: Final = """
SELECT '{name}' AS "grouping", {key} AS key,
    count(*) AS flights,
    count(*) FILTER (delay >= 15) AS late,
    count(*) FILTER (delay >= 60) AS very_late,
    sum(delay)::BIGINT AS delay_minutes,
    sum(miles)::BIGINT AS distance_miles,
    sum(delay) / count(*) AS mean_delay,
    quantile_cont(delay, 0.5) AS median_delay,
    quantile_cont(delay, 0.9) AS p90_delay,
    min(delay) AS min_delay,
    max(delay) AS max_delay
FROM accepted GROUP BY ALL
"""

_FINGERPRINT: Final = (
    "SELECT count(*), sum(hash(departed, origin, destination, {miles}, {delay})) FROM {source}"
)
"""Counts the rows and adds up a hash of each: equal for equal rows in any order, repeated rows included."""

Statistics = Mapping[tuple[str, str], Mapping[str, Any]]
"""Measures by grouping and key."""


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What the job must find.

    Args:
        accepted: flights that count.
        rejected: flights that do not, by reason.
        statistics: measures of every key of every grouping.
        rankings: keys of each list of the answer, in order.
        fingerprint: row count and sum of row hashes of the accepted flights.
    """

    accepted: int
    rejected: Mapping[str, int]
    statistics: Statistics = field(repr=False)
    rankings: Mapping[str, list[str]] = field(repr=False)
    fingerprint: tuple[int, int] = field(repr=False)


def compute(flights: Path, airports: Path, *, year: int = 2001) -> Expected:
    """Answer all questions from the files that the job reads.

    Args:
        flights: Parquet file.
        airports: CSV file.
        year: of the flights.
    """
    with duckdb.connect() as db:
        db.execute("CREATE TABLE codes AS SELECT iata FROM read_csv($1, all_varchar = true)", [str(airports)])
        db.execute(_JUDGED, {"year": year, "flights": str(flights)})
        db.execute("CREATE VIEW accepted AS SELECT *, distance AS miles FROM judged WHERE reason IS NULL")
        reasons = dict(db.sql("SELECT reason, count(*) FROM judged GROUP BY ALL").fetchall())
        union = " UNION ALL ".join(_GROUPED.format(name=name, key=key) for name, key in KEYS.items())
        db.execute(f"CREATE TABLE statistics AS {union}")
        db.execute(
            """CREATE VIEW ranked AS SELECT *, flights /
            (SELECT count(*) FROM statistics WHERE grouping = 'day') AS daily FROM statistics"""
        )
        return Expected(
            accepted=reasons.pop(None, 0),
            rejected=reasons,
            statistics=_statistics(db.table("statistics")),
            rankings={
                name: [key for (key,) in db.sql(f"SELECT key FROM ranked WHERE {where}").fetchall()]  # noqa: S608 - constants
                for name, where in RANKINGS.items()
            },
            fingerprint=_fingerprint(db, "accepted", miles="distance", delay="delay"),
        )


def compare(output: Path, answer: Mapping[str, Any], expected: Expected) -> list[str]:
    """Compare what a run wrote with what is expected.

    Args:
        output: the run's folder, with `flights`, `rejected` and `statistics` as Spark wrote them.
        answer: the run's answer.
        expected: from `compute`.

    Returns:
        One sentence for each difference, at most 20; none means equal.
    """
    with duckdb.connect() as db:
        flights = f"read_parquet('{output}/flights/**/*.parquet', hive_partitioning = false)"
        written = _fingerprint(db, flights, miles="distance_miles", delay="delay_minutes")
        rejected = f"SELECT reason, count(*) FROM read_parquet('{output}/rejected/*.parquet') GROUP BY ALL"  # noqa: S608 - a local folder
        reasons = dict(db.sql(rejected).fetchall())
        files = f"read_parquet('{output}/statistics/**/*.parquet', hive_partitioning = true)"
        statistics = _statistics(db.sql(f"FROM {files}"))
    differences = [] if written == expected.fingerprint else [_rows("flights", written, expected.fingerprint)]
    if reasons != expected.rejected:
        differences.append(f"rejected holds {reasons}, expected {dict(expected.rejected)}")
    differences += compare_statistics(statistics, expected.statistics)
    differences += compare_answer(answer, expected)
    return differences[:20]


def compare_statistics(found: Statistics, expected: Statistics) -> list[str]:
    """One sentence for each measure that differs, and for each key that is missing or too many.

    Args:
        found: what a run wrote.
        expected: what was computed here from the same file.
    """
    differences = [f"{' '.join(name)} is missing" for name in sorted(expected.keys() - found.keys())]
    differences += [f"{' '.join(name)} should not exist" for name in sorted(found.keys() - expected.keys())]
    for name in sorted(expected.keys() & found.keys()):
        differences += _measures(" ".join(name), found[name], expected[name])
    return differences


def compare_answer(answer: Mapping[str, Any], expected: Expected) -> list[str]:
    """One sentence for each difference between the answer's document and what is expected.

    Args:
        answer: the document that a run wrote.
        expected: what was computed here from the same file.
    """
    differences = []
    for name, wanted in (("accepted", expected.accepted), ("rejected", dict(expected.rejected))):
        if answer[name] != wanted:
            differences.append(f"answer: {name} is {answer[name]}, expected {wanted}")
    differences += _measures("answer: total", answer["total"], expected.statistics["all", "all"])
    for name, keys in expected.rankings.items():
        found = [entry["key"] for entry in answer[name]]
        if found != keys:
            differences.append(f"answer: {name} lists {found}, expected {keys}")
            continue
        grouping = RANKINGS[name].split("'")[1]
        for entry in answer[name]:
            where = f"answer: {name} {entry['key']}"
            differences += _measures(where, entry, expected.statistics[grouping, entry["key"]])
    return differences


def _measures(where: str, found: Mapping[str, Any], expected: Mapping[str, Any]) -> Iterable[str]:
    for name in COUNTS:
        if found[name] != expected[name]:
            yield f"{where}: {name} is {found[name]}, expected {expected[name]}"
    for name in MEANS:
        if not math.isclose(found[name], expected[name], rel_tol=TOLERANCE, abs_tol=TOLERANCE):
            yield f"{where}: {name} is {found[name]!r}, expected {expected[name]!r} within {TOLERANCE}"


def _rows(name: str, found: tuple[int, int], expected: tuple[int, int]) -> str:
    if found[0] != expected[0]:
        return f"{name} holds {found[0]} rows, expected {expected[0]}"
    return f"{name} holds {found[0]} rows as expected, but their content differs"


def _statistics(table: duckdb.DuckDBPyRelation) -> dict[tuple[str, str], dict[str, Any]]:
    names = table.columns
    rows = (dict(zip(names, row, strict=True)) for row in table.fetchall())
    return {(row["grouping"], row["key"]): row for row in rows}


def _fingerprint(db: duckdb.DuckDBPyConnection, source: str, *, miles: str, delay: str) -> tuple[int, int]:
    rows, total = db.sql(_FINGERPRINT.format(source=source, miles=miles, delay=delay)).fetchall()[0]
    return int(rows), int(total or 0)

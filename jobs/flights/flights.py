"""How late are flights in the US? Cleans three million of them, computes statistics, writes an answer.

One file on purpose: `spark-submit` in cluster mode hands a remote main file to the driver untouched, but
resolves remote `--py-files` on the submitting side, which would then need the tenant's credentials.

Input: Parquet with `COLUMNS`. `date` is the local clock time of departure as MMDDhhmm, without a year;
`delay` is the arrival's delay in minutes, negative when early; `distance` is in miles; `origin` and
`destination` are airport codes. Cancelled flights are absent, and there is neither a carrier nor a flight
number, so two equal rows can be two flights: they are kept.

Output, below `{output}/{run}/`: `flights` (the accepted ones, partitioned by year and month), `rejected` (the
others, with the reason), `statistics` (partitioned by grouping, see `groupings`), and last `answer`: one JSON
document as text. An answer that exists is therefore complete.

Exit status: 0 done; 1 Spark failed; 2 an argument or the input cannot be used; 3 the input is missing;
4 the results contradict each other, so there is no answer.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import reduce
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Final

from pyspark.errors import AnalysisException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 - the name that every Spark user knows

COLUMNS: Final = MappingProxyType(
    {"date": "string", "delay": "bigint", "distance": "bigint", "origin": "string", "destination": "string"}
)
"""Columns that the input must have, with their types."""

AIRPORT_COLUMNS: Final = MappingProxyType(dict.fromkeys(("iata", "name", "city", "state"), "string"))
"""Columns that the airports' file must have."""

LATE: Final = 15
VERY_LATE: Final = 60
"""Minutes from which a flight is late (as the US Department of Transportation counts) and very late."""

EARLIEST: Final = -120
LATEST: Final = 1380
"""Bounds in minutes of a delay that is believed. Arrivals get rarer up to 87 minutes early, then three are
hours early. Of 32 that are over 23 hours late, 25 left at midnight on one route: a day is counted wrongly."""

RANKED_DAILY: Final = MappingProxyType({"origin": 20, "route": 2, "origin-hour": 1})
"""Departures a day from which a grouping's key is ranked by its delay: the mean of fewer is chance."""

TOP: Final = 10
"""Length of each ranking."""

DISTANCE_BANDS: Final = (0, 500, 1000, 1500, 2000)
"""Lower bounds of the distance bands in miles."""

DATE_PARTS: Final = (1_000_000, 10_000, 100, 1)
"""What a date as a number is divided by for its month, day, hour and minute."""

WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
"""In the order of Spark's `weekday`."""

log = logging.getLogger("flights")

Row = Mapping[str, Any]
Entry = dict[str, Any]
"""A row of `statistics`, and what a ranking makes of it."""


class UnusableError(Exception):
    """The job cannot go on, for a reason that its user can remove.

    Args:
        message: what, the value, the bound, and what to do next.
        status: the process's exit status, see the module's documentation.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


def read(spark: SparkSession, path: str, kind: str, columns: Mapping[str, str]) -> DataFrame:
    """The wanted columns of a file or folder.

    Args:
        spark: the session.
        path: of any file system that Spark knows.
        kind: `parquet`, or `csv` with a header.
        columns: names and types; a whole number may be stored in fewer bits.

    Raises:
        UnusableError: the path does not exist or holds something else; a column is missing or of other type.
    """
    try:
        table = spark.read.format(kind).option("header", "true").load(path)
    except AnalysisException as error:
        condition = error.getCondition() or ""
        if condition == "PATH_NOT_FOUND":
            raise UnusableError(f"{path} does not exist. Upload it, or correct the argument.", 3) from error
        if condition.startswith("UNABLE_TO_INFER_SCHEMA"):
            raise UnusableError(f"{path} holds no {kind} data. Upload the file again.", 2) from error
        raise
    except Exception as error:
        if "CANNOT_READ_FILE_FOOTER" in str(error):
            raise UnusableError(f"{path} is not a {kind} file. Upload the file again.", 2) from error
        if "AccessDenied" in str(error):
            raise UnusableError(f"{path} is refused to this tenant. Use its own or public/.", 2) from error
        raise
    kinds = {name: "bigint" if kind in ("int", "smallint") else kind for name, kind in table.dtypes}
    wrong = [
        f"{name} is {kinds.get(name, 'missing')}" for name in columns if kinds.get(name) != columns[name]
    ]
    if wrong:
        wanted = ", ".join(f"{name} ({type_})" for name, type_ in columns.items())
        raise UnusableError(f"{path} needs the columns {wanted}, but {', '.join(wrong)}.", 2)
    return table.select(*(F.col(name).cast(type_) for name, type_ in columns.items()))


def judge(flights: DataFrame, airports: DataFrame, year: int) -> DataFrame:
    """Add `departed` (null if the date is unreadable) and `reason`, null for flights that are accepted.

    Args:
        flights: with `COLUMNS`, of one year.
        airports: with `AIRPORT_COLUMNS`.
        year: that year, as the dates have none.
    """
    codes = airports.select("iata").distinct()
    for end in ("origin", "destination"):
        known = codes.select(F.col("iata").alias(end), F.lit(True).alias(f"{end}_known"))
        flights = flights.join(F.broadcast(known), end, "left")
    departed = _departed(F.col("date"), year)
    reason = (
        F.when(reduce(Column.__or__, (F.col(name).isNull() for name in COLUMNS)), "value missing")
        .when(departed.isNull(), "date unreadable")
        .when(F.col("origin_known").isNull() | F.col("destination_known").isNull(), "airport unknown")
        .when(F.col("origin") == F.col("destination"), "from an airport to itself")
        .when(F.col("distance") <= 0, "distance not positive")
        .when(~F.col("delay").between(EARLIEST, LATEST), "delay not believable")
    )
    return flights.select(*COLUMNS, departed.alias("departed"), reason.alias("reason"))


def _departed(date: Column, year: int) -> Column:
    """Local clock time of MMDDhhmm, null if there is none; without a time zone spring skips no hour."""
    digits = F.when(date.rlike("^[0-9]{8}$"), date).cast("int")
    month, day, hour, minute = ((digits / F.lit(part)).cast("int") % F.lit(100) for part in DATE_PARTS)
    return F.try_make_timestamp_ntz(F.lit(year), month, day, hour, minute, F.lit(0))


def accepted(judged: DataFrame) -> DataFrame:
    """The flights that count, with the columns that questions are asked by."""
    departed = F.col("departed")
    return judged.where(F.col("reason").isNull()).select(
        departed,
        F.col("origin"),
        F.col("destination"),
        F.col("distance").alias("distance_miles"),
        F.col("delay").alias("delay_minutes"),
        F.year(departed).alias("year"),
        F.month(departed).alias("month"),
    )


def rejected(judged: DataFrame) -> DataFrame:
    """The flights that do not count, as they were stored, with the reason."""
    return judged.where(F.col("reason").isNotNull()).select(*COLUMNS, "reason")


def groupings() -> dict[str, tuple[dict[str, Column], Column]]:
    """What the statistics are grouped by. Each grouping covers every flight once.

    Gives, by the grouping's name, the values to group by and the text that is made of them for the key. Text
    is made after the grouping: formatting three million dates takes longer than all the rest.
    """
    departed, miles, delay = F.col("departed"), F.col("distance_miles"), F.col("delay_minutes")
    year, month = {"year": F.col("year")}, {"month": F.col("month")}
    origin, destination = {"origin": F.col("origin")}, {"destination": F.col("destination")}
    hour = {"hour": F.hour(departed)}
    hour_text = F.format_string("%02d", "hour")
    weekday = F.get(F.array(*map(F.lit, WEEKDAYS)), F.col("weekday"))
    band = F.lit(f"{DISTANCE_BANDS[-1]}+")
    for low, high in reversed([*pairwise(DISTANCE_BANDS)]):
        band = F.when(miles < high, f"{low:04d}-{high - 1:04d}").otherwise(band)
    punctuality = F.when(delay < 0, "early").when(delay < LATE, "on time").when(delay < VERY_LATE, "late")
    return {
        "all": ({}, F.lit("all")),
        "month": (year | month, F.format_string("%04d-%02d", "year", "month")),
        "weekday": ({"weekday": F.weekday(departed)}, weekday),
        "day": ({"day": departed.cast("date")}, F.col("day").cast("string")),
        "hour": (hour, hour_text),
        "origin": (origin, F.col("origin")),
        "destination": (destination, F.col("destination")),
        "route": (origin | destination, F.concat_ws("-", "origin", "destination")),
        "origin-hour": (origin | hour, F.concat_ws(" ", F.col("origin"), hour_text)),
        "distance": ({"band": band}, F.col("band")),
        "punctuality": ({"class": punctuality.otherwise("very late")}, F.col("class")),
    }


def statistics(flights: DataFrame) -> DataFrame:
    """One row per grouping and key: counts, sums, and mean, exact quantiles and extremes of the delay."""
    tables = (
        _measure(flights, values).withColumns({"grouping": F.lit(name), "key": key}).drop(*values)
        for name, (values, key) in groupings().items()
    )
    return reduce(DataFrame.unionByName, tables)


def _measure(flights: DataFrame, values: Mapping[str, Column]) -> DataFrame:
    """Measures of each group, by way of its histogram: exact quantiles of single rows would need a sort."""
    names = [column.alias(name) for name, column in values.items()]
    histogram = flights.groupBy(*names, F.col("delay_minutes").alias("delay")).agg(
        F.count("*").alias("n"), F.sum("distance_miles").alias("miles")
    )
    delay, n = F.col("delay"), F.col("n")
    none = F.lit(0).cast("bigint")
    return histogram.groupBy(*values).agg(
        F.sum(n).alias("flights"),
        F.sum(F.when(delay >= LATE, n).otherwise(none)).alias("late"),
        F.sum(F.when(delay >= VERY_LATE, n).otherwise(none)).alias("very_late"),
        F.sum(delay * n).alias("delay_minutes"),
        F.sum("miles").alias("distance_miles"),
        (F.sum(delay * n) / F.sum(n)).alias("mean_delay"),
        F.percentile(delay, 0.5, n).alias("median_delay"),
        F.percentile(delay, 0.9, n).alias("p90_delay"),
        F.min(delay).alias("min_delay"),
        F.max(delay).alias("max_delay"),
    )


def check_totals(rows: Iterable[Row], flights: int) -> None:
    """Compare each grouping's sum with the number of accepted flights: it covers every one once.

    Raises:
        UnusableError: one covers others.
    """
    totals = dict.fromkeys(groupings(), 0)
    for row in rows:
        totals[row["grouping"]] += row["flights"]
    wrong = {name: total for name, total in totals.items() if total != flights}
    if wrong:
        raise UnusableError(f"{flights} flights were accepted, but groupings cover others: {wrong}.", 4)


def check_written(spark: SparkSession, target: str, expected: Mapping[str, int]) -> None:
    """Count what was written: each folder holds as many rows as were computed.

    Raises:
        UnusableError: one holds another number.
    """
    for name, count in expected.items():
        found = spark.read.parquet(f"{target}/{name}").count()
        if found != count:
            raise UnusableError(f"{target}/{name} holds {found} rows instead of {count}. Run again.", 4)


def rankings(rows: Iterable[Row]) -> dict[str, list[Entry]]:
    """The short lists that people ask for, best or worst first; ties in the order of the key.

    Args:
        rows: of `statistics`, all groupings.
    """
    by: dict[str, list[Row]] = {name: [] for name in groupings()}
    for row in rows:
        by[row["grouping"]].append(row)
    airports, routes, hours = (
        [row for row in by[name] if row["flights"] >= daily * len(by["day"])]
        for name, daily in RANKED_DAILY.items()
    )
    busiest = _first(by["origin"], "flights", reverse=True)
    best_hours = (
        _first([row for row in hours if row["key"].split()[0] == airport["key"]], "mean_delay")[:1]
        for airport in busiest
    )
    return {
        "months": _first(by["month"], "key", length=12),
        "weekdays": _first(by["weekday"], "mean_delay"),
        "hours": _first(by["hour"], "key", length=24),
        "distances": _first(by["distance"], "key"),
        "punctuality": _first(by["punctuality"], "min_delay"),
        "worst_days": _first(by["day"], "mean_delay", reverse=True),
        "best_days": _first(by["day"], "mean_delay"),
        "busiest_airports": busiest,
        "worst_airports": _first(airports, "mean_delay", reverse=True),
        "best_airports": _first(airports, "mean_delay"),
        "busiest_routes": _first(by["route"], "flights", reverse=True),
        "worst_routes": _first(routes, "mean_delay", reverse=True),
        "best_hour_of_busiest_airports": [hour for best in best_hours for hour in best],
    }


def _first(rows: Iterable[Row], measure: str, *, reverse: bool = False, length: int = TOP) -> list[Entry]:
    """First rows by a measure, then by key, without the grouping."""
    ordered = sorted(rows, key=lambda row: row["key"])
    ordered.sort(key=lambda row: row[measure], reverse=reverse)
    return [{name: value for name, value in row.items() if name != "grouping"} for row in ordered[:length]]


def add_names(lists: Mapping[str, list[Entry]], airports: Mapping[str, str]) -> None:
    """Put what the codes mean, given in `airports`, beside each airport and route of the rankings."""
    for name in lists:
        for entry in lists[name] if "airport" in name or "route" in name else ():
            codes = entry["key"].split()[0].split("-")
            entry["name"] = " to ".join(airports.get(code, code) for code in codes)


def run(spark: SparkSession, options: argparse.Namespace) -> dict[str, Any]:
    """Read, judge, compute, write and check; return the answer that was written.

    Raises:
        UnusableError: the input cannot be used, or the results contradict each other.
    """
    started = time.monotonic()
    name = options.run or spark.sparkContext.appName
    target = f"{options.output.rstrip('/')}/{name}"
    airports = read(spark, options.airports, "csv", AIRPORT_COLUMNS)
    judged = judge(read(spark, options.input, "parquet", COLUMNS), airports, options.year).persist()
    reasons = {row["reason"]: row["count"] for row in judged.groupBy("reason").count().collect()}
    count = reasons.pop(None, 0)
    if not count:
        raise UnusableError(
            f"{options.input} has no usable flight: {sum(reasons.values())} rows, rejected as {reasons}. "
            f"Check the file and --year, which is {options.year}.",
            2,
        )
    log.info("%d flights accepted, %d rejected: %s", count, sum(reasons.values()), reasons)
    write(accepted(judged), f"{target}/flights", "year", "month")
    write(rejected(judged), f"{target}/rejected")
    table = statistics(accepted(judged)).repartition("grouping").persist()
    write(table, f"{target}/statistics", "grouping")
    rows = [row.asDict() for row in table.collect()]
    check_totals(rows, count)
    written = {"flights": count, "rejected": sum(reasons.values()), "statistics": len(rows)}
    check_written(spark, target, written)
    lists = rankings(rows)
    add_names(lists, {row["iata"]: f"{row['name']}, {row['city']}" for row in airports.collect()})
    answer = {
        "run": name,
        "application": spark.sparkContext.applicationId,
        "spark": spark.version,
        "input": options.input,
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(time.monotonic() - started, 1),
        "accepted": count,
        "rejected": reasons,
        "statistics": len(rows),
        "total": next(row for row in rows if row["grouping"] == "all"),
        **lists,
    }
    text = spark.range(1).coalesce(1).select(F.lit(json.dumps(answer)))
    text.write.mode("overwrite").text(f"{target}/answer")
    log.info("answer written to %s/answer after %.1f s", target, time.monotonic() - started)
    return answer


def write(table: DataFrame, path: str, *partitions: str) -> None:
    """Write Parquet; what an earlier attempt of the same run left there is replaced."""
    table.write.mode("overwrite").partitionBy(*partitions).parquet(path)


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Arguments of the command line; argparse ends the process with status 2 when they are wrong."""
    parser = argparse.ArgumentParser(prog="flights", description="Delay statistics of US flights.")
    parser.add_argument("--input", required=True, help="Parquet file or folder with the flights")
    parser.add_argument("--airports", required=True, help="CSV file with the airports")
    parser.add_argument("--output", required=True, help="folder that gets one folder per run")
    parser.add_argument("--run", help="name of this run's folder; the application's name if absent")
    parser.add_argument("--year", type=int, default=2001, help="year of the flights (default: %(default)s)")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the job; return the process's exit status."""
    options = arguments(argv)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s: %(message)s", stream=sys.stdout)
    log.setLevel(logging.INFO)
    spark = SparkSession.builder.getOrCreate()
    problem: UnusableError | None = None
    try:
        run(spark, options)
    except UnusableError as error:
        problem = error
    finally:
        spark.stop()
    if problem:
        # After stop(), to be the log's last line: the kubelet keeps the end of the log in the pod's status.
        print(f"flights: {problem}", flush=True)
        return problem.status
    return 0


if __name__ == "__main__":
    sys.exit(main())

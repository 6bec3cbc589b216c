"""Jobs that are slow for one reason each, and one that is not: `slow.py skewed|spilling|collecting|sound`."""

from __future__ import annotations

import sys

from pyspark.sql import SparkSession

TASKS = 8
OBJECTS = 3_000_000


def skewed(spark: SparkSession) -> None:
    """19 of 20 rows have one key, and so one task has nearly all the work."""
    rows = spark.range(0, 3_000_000).selectExpr("if(id % 20 = 0, id, 0) AS key")
    parts = rows.repartition(TASKS, "key")
    _done(parts.selectExpr("sha2(repeat(cast(key AS string), 900), 512) AS digest"))


def spilling(spark: SparkSession) -> None:
    """Sorts more than its tasks have memory for."""
    rows = spark.range(0, 3_000_000, 1, TASKS).selectExpr(
        "hash(id) AS key", "sha2(cast(id AS string), 256) AS text"
    )
    _done(rows.repartition(TASKS, "key").sortWithinPartitions("key"))


def collecting(spark: SparkSession) -> None:
    """Keeps millions of small objects in a heap that has just room for them."""
    rows = spark.range(0, OBJECTS, 1, 4).selectExpr("id % 100 AS key", "cast(id AS string) AS text")
    lists = rows.groupBy("key").agg({"text": "collect_list"}).toDF("key", "texts")
    _done(lists.selectExpr("size(texts) AS length"))


def sound(spark: SparkSession) -> None:
    """The same work in even parts that fit."""
    rows = spark.range(0, 1_000_000, 1, TASKS).repartition(TASKS, "id")
    _done(rows.selectExpr("sha2(repeat(cast(id AS string), 400), 512) AS digest"))


def _done(rows: object) -> None:
    rows.write.format("noop").mode("overwrite").save()  # type: ignore[attr-defined]


if __name__ == "__main__":
    session = SparkSession.builder.getOrCreate()
    {each.__name__: each for each in (skewed, spilling, collecting, sound)}[sys.argv[1]](session)
    session.stop()

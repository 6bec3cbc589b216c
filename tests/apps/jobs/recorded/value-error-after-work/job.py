"""Induces the failure that this folder records."""

from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("orders").getOrCreate()


def check(rows: int) -> None:
    """Refuses a day that is empty."""
    if rows < 100:
        raise ValueError(f"only {rows} orders on 2026-11-20: the day is not whole")


check(spark.range(17).count())

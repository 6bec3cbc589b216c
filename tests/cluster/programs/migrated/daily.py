"""Counts lines by a word of theirs, with a module that comes beside it and a variable of the driver."""

from __future__ import annotations

import argparse
import os

from pyspark.sql import SparkSession
from shape import COLUMN, WORD  # type: ignore[import-not-found]  # it comes with --py-files


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--input", required=True)
    parser.add_argument("--output", required=True)
    arguments = parser.parse_args()
    spark = SparkSession.builder.getOrCreate()
    lines = spark.read.text(arguments.input).selectExpr(f"split(value, ' ')[{WORD}] as {COLUMN}")
    counted = lines.groupBy(COLUMN).count().selectExpr("*", f"'{os.environ['STAGE']}' as stage")
    counted.write.mode("overwrite").parquet(arguments.output)
    spark.stop()


main()

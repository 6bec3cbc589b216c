"""A job of a known length and a known result, which needs executors and store all the time it runs.

Numbers from 0 up to `--rows` pass a shuffle and are written as one Parquet file a task, each task taking
`--seconds`. Whatever happens on the way, each number must be in the output once. Waiting costs no CPU time.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Iterator
from typing import Any

from pyspark.sql import SparkSession


def main() -> None:
    """Run the job."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--output", required=True, help="folder that gets the Parquet files")
    parser.add_argument("--rows", type=int, required=True, help="how many numbers")
    parser.add_argument("--tasks", type=int, required=True, help="tasks that write, and files")
    parser.add_argument("--seconds", type=float, required=True, help="what a task takes at least")
    parser.add_argument("--input", help="Parquet that is read first, every row and column of it")
    options = parser.parse_args()

    def wait(rows: Iterable[Any]) -> Iterator[Any]:
        time.sleep(options.seconds)
        yield from rows

    spark = SparkSession.builder.getOrCreate()
    try:
        if options.input:
            spark.read.parquet(options.input).write.format("noop").mode("overwrite").save()
        numbers = spark.range(0, options.rows, 1, 4).repartition(options.tasks, "id")
        slowly = spark.createDataFrame(numbers.rdd.mapPartitions(wait), numbers.schema)
        slowly.write.mode("overwrite").parquet(options.output)
    finally:
        spark.stop()


if __name__ == "__main__":
    main()

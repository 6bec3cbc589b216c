"""Induces the failure that this folder records."""

import pathlib
import shutil
import sys

from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("orders").getOrCreate()
OUTPUT = f"{sys.argv[1]}/data/daily"


def remove(rows):
    """What another writer of the same folder does when it is done."""
    for row in rows:
        shutil.rmtree(pathlib.Path(OUTPUT) / "_temporary", ignore_errors=True)
        yield row


spark.range(10).repartition(2).rdd.mapPartitions(remove).toDF().write.parquet(OUTPUT)

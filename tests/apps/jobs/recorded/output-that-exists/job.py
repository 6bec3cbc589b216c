"""Induces the failure that this folder records."""

import sys

from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("orders").getOrCreate()
for _ in range(2):
    spark.range(10).write.parquet(f"{sys.argv[1]}/data/daily")
